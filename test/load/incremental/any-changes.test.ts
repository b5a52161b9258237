/** Whatever happens between loads: afterwards the table is what the source is. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deleteRow, insertRow, rowFromJson, updateRow } from '../../../src/sandbox/data/rows.js';
import { NOON } from '../../fixtures/clock.js';
import { query } from '../loading.js';
import { alive, openOffice } from '../open-office.js';

/** What may happen to the row of a key: it comes, changes or goes, whichever can be. */
interface Step {
  readonly id: number;
  readonly kind: 'put' | 'remove';
  /** Two changes may have the same time. */
  readonly passes: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  id: fc.integer({ min: -3, max: 25 }),
  kind: fc.constantFrom('put', 'put', 'remove'),
  passes: fc.boolean(),
});
const rounds = fc.array(fc.array(step, { maxLength: 14 }), { minLength: 2, maxLength: 4 });
const SEED = 20261121;

const all = async (file: string): Promise<unknown[]> =>
  (await query(file, 'SELECT id, name FROM xano_data.items ORDER BY id')).map(({ id, name }) => [
    Number(id),
    name,
  ]);

it.each([
  ['marked', false],
  ['removed', true],
])(
  'an incremental merge of every change that has its time leaves exactly the rows that are there, others %s',
  async (_, hard_delete) => {
    await fc.assert(
      fc.asyncProperty(rounds, async (list) => {
        const { rows, file, load } = await openOffice({
          rows: [],
          incremental: { column: 'updated_at', lag_ms: 0 },
          page_size: 4,
        });
        let now = NOON - 86_400_000;
        let version = 0;
        for (const steps of list) {
          for (const { id, kind, passes } of steps) {
            if (passes) now++;
            const is = rows.sorted.some(({ key }) => key === BigInt(id));
            const row = rowFromJson(JSON.stringify({ id, name: `version ${++version}`, updated_at: now }));
            if (kind === 'remove' && is) deleteRow(rows, row.key);
            if (kind === 'remove') continue;
            if (is) updateRow(rows, row);
            else insertRow(rows, row);
          }
          const result = await load({ hard_delete, allow_empty: true, allow_shrink: true });
          expect(result.onlyTable).toMatchObject({ status: 'loaded', completeness: 'proved' });
          const there = rows.sorted.map(({ json }) => {
            const { id, name } = JSON.parse(json) as { id: number; name: string };
            return [id, name];
          });
          expect(hard_delete ? await all(file) : await alive(file)).toEqual(there);
        }
      }),
      { numRuns: 8, seed: SEED },
    );
  },
  120_000,
);
