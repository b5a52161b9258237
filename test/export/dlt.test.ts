import { describe, expect, it } from 'vitest';
import { toDlt } from '../../src/index.js';
import { everyKind } from './every-kind.js';

describe('a file for dlt', () => {
  it('expresses every kind of pagination and credentials, and lists the differences', async () => {
    const { text, notes } = toDlt(everyKind());
    await expect(`${text}\n`).toMatchFileSnapshot('../fixtures/export/every-kind.py');
    expect(notes).toEqual([
      {
        names: ['Door/basic-form'],
        reason: 'skipped, because dlt sends the id and secret of a client only in the form',
      },
      {
        names: ['people'],
        reason:
          'dlt requests pages by number, in the order of the key: it misses rows that shift when others are deleted meanwhile',
      },
      { names: ['events'], reason: 'rows deleted in Xano stay, because dlt does not detect deletions' },
      { names: ['Door/mine'], reason: 'dlt guesses the settings that the config omits' },
    ]);
  });

  it('contains only the parts that its endpoints need', () => {
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
