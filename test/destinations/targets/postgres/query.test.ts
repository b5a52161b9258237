/** Queries on a Postgres database of a load: values of each type, and nothing that writes. */
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openDestination, openStore } from '../../../../src/destinations/open.js';
import type { Store } from '../../../../src/destinations/store.js';
import { rejectionOf } from '../../../rest/decode/reading.js';
import { describePostgres, rows } from '../../../servers/postgres.js';
import { publish, using } from '../../conformance/place.js';
import { column, plan, report, tempFolder } from '../../writing.js';
import { type DatabasePlace, postgresPlace } from './place.js';

async function loadedPlace(): Promise<DatabasePlace> {
  const place = await postgresPlace();
  await using(place, (destination) => publish(destination, plan(), [{ id: 1, name: 'a' }]));
  return place;
}

async function storeOf({ to }: DatabasePlace): Promise<Store> {
  const store = await openStore(to);
  onTestFinished(() => store.close());
  return store;
}

/** All rows of a query, the sizes of its batches, and its columns. */
async function run(store: Store, sql: string, signal?: AbortSignal) {
  return store.query(
    sql,
    async ({ columns, batches }) => {
      const sizes: number[] = [];
      const all: unknown[] = [];
      for await (const batch of batches()) {
        sizes.push(batch.length);
        all.push(...batch);
      }
      return { columns: columns.map(({ name, type }) => `${name} ${type}`), rows: all, sizes };
    },
    signal === undefined ? {} : { signal },
  );
}
const failure = async (store: Store, sql: string) => {
  const { code, message } = await rejectionOf(run(store, sql));
  return `${code}: ${message}`;
};

/** Statements that write, and what is said of them. */
const REFUSED: readonly (readonly [string, string])[] = [
  ['INSERT INTO shop VALUES (2)', 'A query can only read: INSERT is not allowed.'],
  ['CREATE TABLE x ()', 'A query can only read: CREATE is not allowed.'],
  ["COPY (SELECT 1) TO PROGRAM 'cat'", 'A query can only read: COPY is not allowed.'],
  ["/* x */ COPY shop TO '/tmp/x'", 'Syntax error at or near "COPY".'],
  ['SET transaction_read_only = off', 'A query can only read: SET is not allowed.'],
  ['DO $$ BEGIN END $$', 'A query can only read: DO is not allowed.'],
  ['NOTIFY x', 'Syntax error at or near "NOTIFY".'],
  [
    'WITH gone AS (DELETE FROM shop RETURNING *) SELECT * FROM gone',
    'A query can only read: DECLARE CURSOR must not contain data-modifying statements in WITH.',
  ],
  ['SELECT * INTO other FROM shop', 'SELECT ... INTO is not allowed here.'],
  ['SELECT 1; SELECT 2', 'The SQL contains several statements; a query runs one.'],
  ['SELECT 1; COMMIT; DROP TABLE xano_data.shop', 'The SQL contains several statements; a query runs one.'],
  [
    "SELECT set_config('transaction_read_only', 'off', true)",
    'A query can only read: Transaction read-write mode must be set before any query.',
  ],
  [
    "SELECT nextval('public.numbers')",
    'A query can only read: Cannot execute nextval() in a read-only transaction.',
  ],
  [
    'SELECT * FROM shop FOR UPDATE',
    'A query can only read: Cannot execute SELECT FOR UPDATE in a read-only transaction.',
  ],
  [
    'EXPLAIN ANALYZE DELETE FROM shop',
    'A query can only read: Cannot execute DELETE in a read-only transaction.',
  ],
  ['SELECT lo_create(1)', 'A query can only read: Cannot execute lo_create() in a read-only transaction.'],
  ['SELECT public.writes()', 'A query can only read: Cannot execute DELETE in a read-only transaction.'],
  ['SELECT 1 / (3000 - i) FROM generate_series(1, 5000) i', 'Division by zero.'],
  ['SELECT nothing FROM shop', 'Column "nothing" does not exist.'],
  ['', 'Syntax error at end of input.'],
];

/** Values as SQL, their types, and what a query gives. */
const VALUES: readonly (readonly [string, string, unknown])[] = [
  ['9007199254740993', 'bigint', 9007199254740993n],
  ['5', 'integer', 5],
  ['1.10::numeric', 'numeric', { json: '1.10' }],
  ["'NaN'::numeric", 'numeric', 'NaN'],
  ["'infinity'::float8", 'double precision', Number.POSITIVE_INFINITY],
  ["'-0'::float8", 'double precision', -0],
  ['1.5::real', 'real', 1.5],
  ['true', 'boolean', true],
  ["'é😀'", 'text', 'é😀'],
  [`'{"a": 1.10, "a":2}'::json`, 'json', { json: '{"a": 1.10, "a":2}' }],
  [`'{"b":1.10,"a":1}'::jsonb`, 'jsonb', { json: '{"a": 1, "b": 1.10}' }],
  ['ARRAY[9007199254740993, NULL]', 'bigint[]', [9007199254740993n, null]],
  [`ARRAY['NULL', NULL, 'a,"b"']`, 'text[]', ['NULL', null, 'a,"b"']],
  [
    'ARRAY[[1, 2], [3, 4]]',
    'integer[]',
    [
      [1, 2],
      [3, 4],
    ],
  ],
  ["'{}'::text[]", 'text[]', []],
  [`ARRAY['{"a":1.0}'::json]`, 'json[]', [{ json: '{"a":1.0}' }]],
  [
    "timestamptz '2024-01-02 03:04:05.000006+02'",
    'timestamp with time zone',
    '2024-01-02 01:04:05.000006+00',
  ],
  ["date '2024-02-29'", 'date', '2024-02-29'],
  ["uuid 'F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6'", 'uuid', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
  ["interval '1 month 2 days'", 'interval', '1 mon 2 days'],
  ["'\\x00ff'::bytea", 'bytea', '\\x00ff'],
  ['NULL', 'text', null],
];

describePostgres('a query on a Postgres database', () => {
  it('gives values of each type, rows in batches, and names that are distinct', async () => {
    const store = await storeOf(await loadedPlace());
    const list = VALUES.map(([sql], i) => `${sql} AS c${i}`);
    expect(await run(store, `SELECT ${list.join(', ')}`)).toEqual({
      columns: VALUES.map(([, type], i) => `c${i} ${type}`),
      rows: [VALUES.map(([, , value]) => value)],
      sizes: [1],
    });
    expect((await run(store, 'SELECT 1 AS a, 2 AS a, 3 AS b, 4 AS a')).columns).toEqual([
      'a integer',
      'a:1 integer',
      'b integer',
      'a:2 integer',
    ]);
    const { sizes, rows: many } = await run(store, 'SELECT i FROM generate_series(1, 5001) i');
    expect([sizes, many]).toEqual([[2000, 2000, 1001], Array.from({ length: 5_001 }, (_, i) => [i + 1])]);
    expect((await run(store, 'SELECT i FROM generate_series(1, 4000) i')).sizes).toEqual([2000, 2000]);
    expect(await run(store, 'SELECT 1 AS a WHERE false')).toEqual({
      columns: ['a integer'],
      rows: [],
      sizes: [],
    });
    expect(await run(store, 'SHOW timezone')).toMatchObject({ columns: ['TimeZone text'], rows: [['UTC']] });
    expect((await run(store, 'EXPLAIN SELECT * FROM shop')).columns).toEqual(['QUERY PLAN text']);
    // As many rows as are asked for at a time.
    const plans = await run(store, `EXPLAIN VERBOSE SELECT '${'\n'.repeat(1_998)}'`);
    expect(plans.sizes).toEqual([2000]);
    expect((await run(store, 'TABLE shop;')).rows).toEqual([[1n, 'a', 'load-1']]);
    expect((await run(store, 'SELECT 1 -- one')).rows).toEqual([[1]]);
  });

  it('changes nothing, and says why it is refused', async () => {
    const place = await loadedPlace();
    await rows(
      place.to,
      "CREATE SEQUENCE public.numbers; CREATE FUNCTION public.writes() RETURNS int LANGUAGE sql AS 'DELETE FROM xano_data.shop; SELECT 1'",
    );
    const store = await storeOf(place);
    const said: unknown[] = [];
    for (const [sql] of REFUSED) said.push([sql, await failure(store, sql)]);
    expect(said).toEqual(REFUSED.map(([sql, sentence]) => [sql, `QUERY_FAILED: ${sentence}`]));
    // The server runs this one; it ends with the transaction.
    await run(store, 'EXPLAIN ANALYZE CREATE TABLE public.made AS SELECT 1');
    expect(
      await rows(
        place.to,
        "SELECT to_regclass('public.made') AS made, is_called, (SELECT count(*) FROM xano_data.shop) AS n FROM public.numbers",
      ),
    ).toEqual([{ made: null, is_called: 'f', n: '1' }]);
  });

  it('ends at the server when it is stopped', async () => {
    const place = await loadedPlace();
    const store = await storeOf(place);
    const controller = new AbortController();
    const sleeping = rejectionOf(run(store, 'SELECT pg_sleep(60)', controller.signal));
    const asleep =
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    while ((await rows(place.to, asleep)).length === 0);
    controller.abort();
    expect((await sleeping).code).toBe('INTERRUPTED');
    while ((await rows(place.to, asleep)).length > 0);
    expect((await run(store, 'SELECT count(*) FROM shop')).rows).toEqual([[1n]]);
  });

  it('finds the same status and schema as in a DuckDB file, but for the names of types', async () => {
    const place = await postgresPlace();
    const file = join(tempFolder(), 'shop.duckdb');
    const columns = [
      column('id', 'BIGINT', { description: 'the key' }),
      column('v', 'JSON'),
      column('tags', 'VARCHAR', { list: true }),
    ];
    const of = plan({ flatten: { reserved: [] }, target: { columns, description: 'all shops' } });
    const duckdb = { open: () => openDestination(file, { now: () => 0, sleep: async () => {} }) };
    for (const one of [place, duckdb])
      await using(one, async (destination) => {
        await publish(destination, of, [
          '{"id":1,"v":{"a":[{"b":1}],"c":"x"},"tags":["t"]}',
          '{"id":2,"v":[],"tags":[]}',
        ]);
        await destination.record(report());
      });
    const [stored, filed] = [await storeOf(place), await storeOf({ ...place, to: file })];
    const untyped = (tables: Awaited<ReturnType<Store['schema']>>) =>
      tables.map((table) => ({ ...table, columns: table.columns?.map((one) => ({ ...one, type: null })) }));
    expect(untyped(await stored.schema())).toEqual(untyped(await filed.schema()));
    const status = async (store: Store) => {
      const { tables, loads, staging } = await store.status();
      return { tables: tables.map(({ loaded_at: _, age_ms: __, ...table }) => table), loads, staging };
    };
    expect(await status(stored)).toEqual(await status(filed));
    expect((await status(stored)).tables).toHaveLength(1);
  });
});
