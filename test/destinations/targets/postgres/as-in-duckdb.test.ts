/** The same loads into a Postgres database and into a DuckDB file end with the same tables, and report the same. */
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Destination, Publication } from '../../../../src/destinations/destination.js';
import { quote } from '../../../../src/destinations/engine/sql.js';
import { openDestination, queryFile, readSchema } from '../../../../src/destinations/open.js';
import { postgresColumnNames, postgresName } from '../../../../src/table/postgres-types.js';
import { describePostgres } from '../../../servers/postgres.js';
import { column, type PlanChoices, plan, publication, records, tempFolder } from '../../writing.js';
import { postgresPlace } from './place.js';

/** One load: its plan, its rows, and what is told of them. */
interface Load extends PlanChoices {
  readonly rows: readonly (object | string)[];
  readonly told?: Partial<Publication>;
}

async function publish(
  destination: Destination,
  { rows, told = {}, ...more }: Load,
  n: number,
): Promise<unknown> {
  const of = plan({ load_id: `load-${n}`, fingerprint: `f${n}`, ...more });
  const writer = await destination.openTarget(of);
  try {
    await writer.write(records(rows, [], of.target.columns), null);
    await writer.staged();
    return await writer.commit({ ...publication(of.load_id), ...told });
  } catch (thrown) {
    await writer.abort({ keep: false });
    return thrown instanceof Error ? thrown.message : thrown;
  }
}

/** A value of either place: JSON by what it means, times only by whether there is one. */
function common(name: string, value: unknown): unknown {
  if (name === '_xano_deleted_at') return value === null ? undefined : true;
  if (typeof value !== 'string' || !/^[[{"]/.test(value)) return value;
  try {
    return content(JSON.parse(value));
  } catch {
    return value;
  }
}

/** JSON as it counts: STRUCTs have every key. */
function content(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(content);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(kept.map(([name, inner]) => [name, content(inner)]));
}

/** All tables of a place, by their names in Postgres: their rows without an order, each column by its name there. */
async function tables(to: string): Promise<unknown> {
  const isPostgres = to.startsWith('postgres:');
  const all: (readonly [string, unknown])[] = [];
  for (const { schema, table, columns } of await readSchema(to)) {
    const name = table.slice(`${schema}.`.length);
    const at = quote(schema!, isPostgres ? postgresName(name) : name);
    const { rows } = await queryFile(to, `SELECT * FROM ${at}`);
    const texts = rows.map((row) => {
      const names = isPostgres ? Object.keys(row) : postgresColumnNames(Object.keys(row));
      const values = Object.values(row).map((value, i) => [names[i]!, common(names[i]!, content(value))]);
      // A row that did not change keeps the id of its load in Postgres.
      return JSON.stringify(
        values.filter(([one, value]) => one !== '_xano_load_id' && value !== undefined).toSorted(),
      );
    });
    all.push([
      quote(schema!, postgresName(name)),
      { columns: (columns ?? []).map((one) => one.column).toSorted(), rows: texts.toSorted() },
    ]);
  }
  return Object.fromEntries(all);
}

/** Runs loads into both, and compares after each. */
async function compare(loads: readonly Load[]): Promise<void> {
  const place = await postgresPlace();
  const file = join(tempFolder(), 'shop.duckdb');
  const reference = await openDestination(file, { now: () => 0, sleep: async () => {} });
  const destination = await place.open();
  onTestFinished(() => destination.close());
  const published: unknown[] = [];
  const expected: unknown[] = [];
  for (const [i, load] of loads.entries()) {
    published.push(await publish(destination, load, i + 1));
    expected.push(await publish(reference, load, i + 1));
  }
  await reference.close();
  expect(expected.filter((one) => typeof one === 'string')).toEqual([]);
  expect(published).toEqual(expected);
  expect(await tables(place.to)).toEqual(await tables(file));
}

const V = [column('id', 'BIGINT'), column('v', 'JSON')];
const of = (texts: readonly string[], first = 1) => texts.map((text, i) => `{"id":${first + i},"v":${text}}`);
const FIRST = of([
  '{"colour":"red","size":{"w":1.5,"h":2},"items":[{"sku":"a","n":9007199254740993,"discounts":[{"code":"x","pct":5},{"code":"y"}]},{"sku":"b","n":2}],"tags":["t1",null]}',
  '{"colour":"blue","items":[]}',
  '[]',
]);
const SECOND = of(
  [
    '{"items":[{"sku":"c","n":5,"discounts":[{"pct":1.5}]}]}',
    '{"new":[1],"colour":7}',
    '{"size":"large","items":[{"sku":{"deep":[1,2]}}]}',
    '{"at":"2024-01-01","items":[{"sku":"d"}]}',
  ],
  2,
);
const THIRD = of(['{"tags":[{"a":1}]}', 'null', '{"colour":"green"}'], 1);
const flat = { flatten: { reserved: [] } } as const;
const json = { target: { columns: V } } as const;

/** Shapes and dispositions that are tried together, each of them at least once. */
const NESTED: readonly (readonly [string, PlanChoices])[] = [
  ['flatten and replace', flat],
  ['struct and append', { nested: 'struct', write_disposition: 'append' }],
  ['flatten and append of unknown rows', { ...flat, write_disposition: 'append', skip_known: 'id' }],
  ['flatten, struct and merge', { ...flat, nested: 'struct', write_disposition: 'merge' }],
  ['struct and merge that deletes', { nested: 'struct', write_disposition: 'merge', hard_delete: true }],
];

const merge = { write_disposition: 'merge' } as const;
const append = { write_disposition: 'append' } as const;
const named = (name: string, more: PlanChoices = {}): PlanChoices => ({
  identity: `host/${name}`,
  ...more,
  target: { name, columns: V, ...more.target },
});
const other = (name: string): PlanChoices => named(name, { origin: { workspace_id: 1, table_id: 2 } });
const typed = (
  type: 'BIGINT' | 'DOUBLE' | 'VARCHAR' | 'JSON' | 'BOOLEAN' | 'TIMESTAMPTZ',
  list = false,
): PlanChoices => ({
  target: { columns: [column('id', 'BIGINT'), column('v', type, { list })] },
});
const key = (names: readonly string[], more: PlanChoices = {}): PlanChoices => ({
  ...merge,
  ...more,
  target: {
    columns: [column('id', 'BIGINT'), column('name', 'VARCHAR'), column('v', 'JSON')],
    primary_key: names,
  },
});
const ODD = ['a', 'A', 'b\'c"d', '😀', 'e\\f', ' ', 'NULL', ''];
const odd = (v: number, names = ODD) => names.map((name, i) => ({ id: i % 3, name, v }));

const SEQUENCES: readonly (readonly [string, readonly Load[]])[] = [
  [
    'another name, another schema, and back, with lists as tables',
    [
      { ...flat, ...named('shop'), rows: FIRST },
      { ...flat, ...named('store'), rows: SECOND },
      { ...flat, ...named('store', { target: { schema: 'other' } }), ...merge, rows: THIRD },
      { ...flat, ...named('shop'), ...merge, rows: SECOND },
    ],
  ],
  [
    'two tables that exchange their names',
    [
      { ...named('a'), rows: FIRST },
      { ...other('b'), rows: THIRD },
      { ...named('b'), rows: SECOND },
      { ...other('a'), rows: FIRST },
    ],
  ],
  [
    'a type that changes with each replace',
    [
      { ...typed('BIGINT'), rows: of(['1', '2']) },
      { ...typed('VARCHAR'), rows: of(['"x"', '"2"']) },
      { ...typed('BOOLEAN'), rows: of(['true', 'null']) },
      { ...typed('TIMESTAMPTZ'), rows: of(['1700000000123', '-1']) },
      { ...typed('DOUBLE', true), rows: of(['[1.5,null]', '[]']) },
      { ...typed('JSON'), rows: of(['{"a":1.10}', '[]']) },
      { ...typed('BIGINT'), rows: of(['9007199254740993', '2']) },
    ],
  ],
  ...([merge, append] as const).map(
    (how) =>
      [
        `a type that widens while old rows stay: ${how.write_disposition}`,
        [
          { ...how, ...typed('BIGINT'), rows: of(['1', '9007199254740993']), told: { complete_ranges: [] } },
          { ...how, ...typed('DOUBLE'), rows: of(['1.5'], 3), told: { complete_ranges: [] } },
          { ...how, ...typed('VARCHAR'), rows: of(['"x"', 'null'], 4), told: { complete_ranges: [] } },
          {
            ...how,
            ...typed('VARCHAR', true),
            rows: of(['["x",null]', '[]'], 6),
            told: { complete_ranges: [] },
          },
          { ...how, ...typed('JSON'), rows: of(['{"a":1.10}', '"é"'], 8), told: { complete_ranges: [] } },
          { ...how, ...typed('BIGINT'), rows: of(['5'], 1), told: { complete_ranges: [] } },
        ],
      ] as const,
  ),
  [
    'a text key, marked and deleted rows',
    [
      { ...key(['name']), rows: odd(1) },
      { ...key(['name']), rows: odd(2, ODD.slice(2)) },
      {
        ...key(['name']),
        rows: [...odd(3, ['a', 'new']), { id: 1, name: null, v: 1 }],
        told: { complete_ranges: [] },
      },
      { ...key(['name'], { hard_delete: true }), rows: odd(4, ['a', '😀']) },
      { ...key(['name'], { write_disposition: 'replace' }), rows: [...odd(5), { id: 1, name: null, v: 1 }] },
      {
        ...key(['name']),
        rows: [...odd(6, ['a']), { id: 2, name: null, v: 2 }],
        told: { complete_ranges: [] },
      },
    ],
  ],
  [
    'a key of two columns, one of one, and none',
    [
      { ...key(['id', 'name']), rows: odd(1) },
      { ...key(['id', 'name']), rows: odd(2, ['A', 'a', 'x']), told: { complete_ranges: [] } },
      { ...key(['id', 'name'], { hard_delete: true }), rows: odd(3, ['A', 'a']) },
      { ...key(['name']), rows: odd(4, ['A', 'z']), told: { complete_ranges: [] } },
      { ...key([], { write_disposition: 'replace' }), rows: [...odd(5), ...odd(5)] },
      { ...key([], append), rows: odd(6) },
      { ...key(['name'], { write_disposition: 'replace' }), rows: odd(7) },
    ],
  ],
  [
    'columns that come and go',
    [
      {
        rows: [
          { id: 1, name: 'a' },
          { id: 2, name: 'b' },
        ],
      },
      {
        ...merge,
        target: { columns: [column('id', 'BIGINT')] },
        rows: [{ id: 1 }, { id: 3 }],
        told: { complete_ranges: [] },
      },
      {
        target: { columns: [column('id', 'BIGINT'), column('x', 'VARCHAR')] },
        rows: [{ id: 1, x: 'x' }, { id: 4 }],
      },
      { ...append, rows: [{ id: 5, name: 'e' }] },
      {
        rows: [
          { id: 1, name: 'again' },
          { id: 5, name: 'e' },
        ],
      },
      { target: { columns: [], primary_key: [] }, rows: [{}, {}] },
    ],
  ],
  [
    'names of every kind',
    ['replace', 'merge', 'replace'].map((type, i) => {
      const names = [
        'xmin',
        'XMIN',
        'ctid',
        'a"b',
        'é'.repeat(40),
        `${'é'.repeat(40)}2`,
        'Name',
        'name',
        'select',
        ' ',
        '_xano_load_id',
        'tableoid',
      ];
      return {
        write_disposition: type as 'replace' | 'merge',
        target: {
          name: `${'long '.repeat(20)}"`,
          columns: [column('id', 'BIGINT'), ...names.map((name) => column(name, 'BIGINT'))],
        },
        rows: [1, 2, 3 + i].map((id) =>
          Object.fromEntries(['id', ...names].map((name, n) => [name, n === 0 ? id : id * 10 + n + i])),
        ),
      };
    }),
  ],
  [
    'rows of a replace that stay',
    [
      { ...flat, ...named('shop'), rows: FIRST },
      {
        ...flat,
        ...named('shop'),
        rows: of(['{"items":[{"sku":"new"}]}'], 1),
        told: { keep: [{ id: '2' }, { id: '3' }] },
      },
      {
        ...named('shop'),
        rows: of(['{"a":1.10,"a":2}', '1.50'], 7),
        told: { keep: [{ id: '1' }, { id: '2' }] },
      },
    ],
  ],
];

describePostgres('a Postgres database and a DuckDB file', () => {
  it.each(NESTED)('hold the same after loads with %s', async (_, more) => {
    const how = { ...more, ...json };
    const { flatten: __, nested: ___, ...plain } = how;
    await compare([
      { ...how, rows: FIRST },
      { ...how, rows: SECOND, told: { complete_ranges: [{ after: '2' }] } },
      { ...how, rows: SECOND },
      { ...how, rows: THIRD },
      { ...plain, rows: of(['{"items":[1]}'], 2) },
      { ...how, rows: FIRST },
    ]);
  });

  it.each(SEQUENCES)('hold the same after %s', async (_, loads) => {
    await compare(loads);
  });
});
