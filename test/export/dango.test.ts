import { describe, expect, it } from 'vitest';
import { toDango } from '../../src/index.js';
import { everyKind } from './every-kind.js';

describe('a sources.yml for Dango', () => {
  it('expresses every kind of pagination and credentials that Dango knows, and lists the differences', async () => {
    const { text, notes } = toDango(everyKind());
    await expect(`${text}\n`).toMatchFileSnapshot('../fixtures/export/every-kind.yml');
    const tables = ['things / "all"', 'people', 'events', 'lines'];
    expect(notes).toEqual([
      {
        names: ['Door/offset'],
        reason:
          'skipped, because dlt advances by the size that it requests: it loses rows if the server returns fewer',
      },
      {
        names: ['Door/single'],
        reason: 'skipped, because Dango sends only the id and secret when it requests a token',
      },
      {
        names: ['Door/basic-form'],
        reason: 'skipped, because Dango sends the id and secret of a client only in the form',
      },
      { names: ['Door/mine'], reason: 'skipped, because Dango cannot log in to get a token' },
      {
        names: tables,
        reason:
          'dlt requests pages by number, in the order of the key: it misses rows that shift when others are deleted meanwhile',
      },
      { names: ['things / "all"'], reason: '"password" is loaded: Dango cannot exclude columns' },
      { names: ['things / "all"', 'events'], reason: 'timestamps stay numbers, epoch milliseconds' },
      {
        names: ['things / "all"'],
        reason: '"price" overwrites a column with the same name in snake_case',
      },
      { names: ['events', 'lines'], reason: 'every run reads all rows' },
      {
        names: ['Door/next', 'Door/silent', 'Door/posted'],
        reason: 'dlt never stops if the server ignores the page number',
      },
    ]);
  });
});
