import { describe, expect, it } from 'vitest';
import { toDango } from '../../src/index.js';
import { everyKind } from './every-kind.js';

describe('a sources.yml for Dango', () => {
  it('says every kind of pages and credentials that Dango knows, and what it does otherwise', async () => {
    const { text, notes } = toDango(everyKind());
    await expect(`${text}\n`).toMatchFileSnapshot('../fixtures/export/every-kind.yml');
    const tables = ['things / "all"', 'people', 'events', 'lines'];
    expect(notes).toEqual([
      {
        names: ['Door/offset'],
        reason:
          'left out, since dlt goes on by the size that it asked for: from a server that gives fewer it loses rows',
      },
      {
        names: ['Door/single'],
        reason: 'left out, since Dango sends nothing but id and secret when it asks for a token',
      },
      {
        names: ['Door/basic-form'],
        reason: 'left out, since Dango sends the id and secret of a client in the form only',
      },
      { names: ['Door/mine'], reason: 'left out, since Dango cannot log in to get a token' },
      {
        names: tables,
        reason:
          'pages are asked for by number, in the order of the key: rows that are deleted meanwhile shift others out of sight',
      },
      { names: ['things / "all"'], reason: '"password" is loaded, too: no column can be left out' },
      { names: ['things / "all"', 'events'], reason: 'timestamps stay numbers, epoch milliseconds' },
      {
        names: ['things / "all"'],
        reason: '"price" overwrites a column whose name is the same in lower case letters and underscores',
      },
      { names: ['events', 'lines'], reason: 'everything is read every time' },
      {
        names: ['Door/next', 'Door/silent', 'Door/posted'],
        reason: 'a server that does not obey the page number is asked for ever',
      },
    ]);
  });
});
