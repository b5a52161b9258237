import { describe, expect, it } from 'vitest';
import { toDlt } from '../../src/index.js';
import { everyKind } from './every-kind.js';

describe('a file for dlt', () => {
  it('says every kind of pages and credentials, and what dlt does otherwise', async () => {
    const { text, notes } = toDlt(everyKind());
    await expect(`${text}\n`).toMatchFileSnapshot('../fixtures/export/every-kind.py');
    expect(notes).toEqual([
      {
        names: ['Door/basic-form'],
        reason: 'left out, since dlt sends the id and secret of a client in the form only',
      },
      {
        names: ['people'],
        reason:
          'pages are asked for by number, in the order of the key: rows that are deleted meanwhile shift others out of sight',
      },
      { names: ['events'], reason: 'rows that are gone in Xano stay, since dlt does not look for them' },
      { names: ['Door/mine'], reason: 'what the config leaves open is left to the guesses of dlt' },
    ]);
  });

  it('holds only the parts that its endpoints take', () => {
    const single = everyKind().filter(({ name }) => name === 'Door/offset');
    const { text } = toDlt(single);
    expect([...text.matchAll(/^(?:def|class) (\w+)/gm)].map(([, name]) => name)).toEqual([
      'list_at',
      'Onward',
      'Offsets',
      'sources',
      'main',
    ]);
  });
});
