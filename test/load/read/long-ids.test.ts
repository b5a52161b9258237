/** Whole numbers that grow: from eighteen digits to nineteen, and beyond what BIGINT holds. */
import { describe, expect, it } from 'vitest';
import { parseEndpoints } from '../../../src/rest/config/parse-endpoints.js';
import type { WriteDisposition } from '../../../src/table/column.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientWith } from '../../fixtures/local-xano.js';
import { serve } from '../../rest/http/serving.js';
import { loadInto, query, temporaryFile } from '../loading.js';

/**
 * Lists that are loaded into one file, one after the other: their records as JSON texts, so that no number is
 * rounded.
 */
async function loadedInto(write_disposition: WriteDisposition, lists: readonly (readonly string[])[]) {
  let now: readonly string[] = [];
  const { origin } = await serve(() => ({ body: `{"items":[${now.join(',')}]}` }));
  const endpoint = {
    name: 'items',
    base_url: origin,
    path: 'items',
    method: 'GET',
    data_selector: 'items',
    primary_key: ['id'],
    write_disposition,
    pagination: { type: 'single_page' },
    auth: { type: 'none' },
  };
  const configs = parseEndpoints({ version: 1, endpoints: [endpoint] });
  const file = temporaryFile();
  const changes: unknown[] = [];
  for (const [nth, list] of lists.entries()) {
    now = list;
    const { onlyTable } = await loadInto(configs, file, {
      http: clientWith('none', fakeClock()),
      random: () => `000${nth}`,
      allow_shrink: true,
    });
    expect(onlyTable).toMatchObject({ status: 'loaded', values_rejected: 0 });
    changes.push(...onlyTable.schema_changes.map(({ name, from, to }) => [name, from, to]));
  }
  const types = Object.fromEntries(
    (await query(file, 'DESCRIBE xano_data.items')).map(({ column_name, column_type }) => [
      column_name,
      column_type,
    ]),
  );
  const rows = await query(
    file,
    'SELECT id::VARCHAR AS id, n::VARCHAR AS n FROM xano_data.items ORDER BY _xano_load_id, length(id::VARCHAR), id::VARCHAR',
  );
  return { types, rows: rows.map(({ id, n }) => [id, n]), changes };
}

const item = (id: string, n: string): string => `{"id":${id},"n":${n}}`;

describe.each<WriteDisposition>(['replace', 'append', 'merge'])('a load by %s', (way) => {
  it('keeps ids BIGINT that grow from eighteen digits to nineteen', async () => {
    const first = [
      item('999999999999999998', '9223372036854775807'),
      item('999999999999999999', '-9223372036854775808'),
    ];
    const second = [
      item('999999999999999999', '-1'),
      item('1000000000000000000', '1234567890123456789'),
      item('9223372036854775807', 'null'),
    ];
    const { types, rows, changes } = await loadedInto(way, [first, second]);
    expect(types).toMatchObject({ id: 'BIGINT', n: 'BIGINT' });
    expect(changes).toEqual([]);
    const before = [
      ['999999999999999998', '9223372036854775807'],
      ['999999999999999999', '-9223372036854775808'],
    ];
    const kept = { replace: [], append: before, merge: before.slice(0, 1) }[way];
    expect(rows).toEqual([
      ...kept,
      ['999999999999999999', '-1'],
      ['1000000000000000000', '1234567890123456789'],
      ['9223372036854775807', null],
    ]);
  });

  it.each(['9223372036854775808', '-9223372036854775809', '18446744073709551615', `1${'0'.repeat(60)}`])(
    'keeps a longer number exact in a column of JSON: %s',
    async (long) => {
      const first = [item('1', '9223372036854775807'), item('2', '-9007199254740993')];
      const { types, rows, changes } = await loadedInto(way, [first, [item('3', '7'), item('4', long)]]);
      expect(types).toMatchObject({ id: 'BIGINT', n: 'JSON' });
      expect(changes).toEqual([['n', 'BIGINT', 'JSON']]);
      const before = [
        ['1', '9223372036854775807'],
        ['2', '-9007199254740993'],
      ];
      expect(rows).toEqual([...(way === 'replace' ? [] : before), ['3', '7'], ['4', long]]);
    },
  );
});

it('a fraction beside nineteen digits, which no DOUBLE holds, makes the column JSON with both exact', async () => {
  const list = [item('1', '1234567890123456789'), item('2', '0.5'), item('3', '1.50')];
  const { types, rows } = await loadedInto('replace', [list]);
  expect(types).toMatchObject({ n: 'JSON' });
  expect(rows).toEqual([
    ['1', '1234567890123456789'],
    ['2', '0.5'],
    ['3', '1.50'],
  ]);
});

it('a load keeps more than two thousand ids of one page exact, the last of which is too long', async () => {
  const list = Array.from({ length: 2001 }, (_, n) =>
    item(String(1_000_000_000_000_000_000n + BigInt(n)), n === 2000 ? '99999999999999999999' : String(n)),
  );
  const { types, rows } = await loadedInto('merge', [list]);
  expect(types).toMatchObject({ id: 'BIGINT', n: 'JSON' });
  expect(rows[0]).toEqual(['1000000000000000000', '0']);
  expect(rows[2000]).toEqual(['1000000000000002000', '99999999999999999999']);
});
