/**
 * Merges into a Parquet folder: values of old rows stay exact, and a merge without changes writes no rows.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Destination, TargetPlan } from '../../../src/destinations/destination.js';
import { openDestination, queryFile, readSchema, readStatus } from '../../../src/destinations/open.js';
import type { Column, Reject } from '../../../src/table/column.js';
import { rejectionOf } from '../../rest/decode/reading.js';
import { sql } from '../duckdb.js';
import { column, ID_NAME, plan, publication, records, report, tempFolder } from '../writing.js';

interface Folder {
  readonly to: string;
  readonly folder: string;
  readonly file: string;
  /** Open for all loads of a test. */
  readonly destination: Promise<Destination>;
  /** The contents and the time of the table's file: both change where it is written again. */
  readonly written: () => readonly [Buffer, number];
  readonly states: () => string[];
}

function aFolder(name = 'out'): Folder {
  const folder = join(tempFolder(), name);
  const to = `${folder}/`;
  const file = join(folder, 'xano_data', 'shop.parquet');
  const destination = openDestination(to);
  onTestFinished(async () => (await destination).close());
  return {
    to,
    folder,
    file,
    destination,
    written: () => [readFileSync(file), statSync(file).ino],
    states: () => readdirSync(join(folder, '_xano', 'tables')),
  };
}

const merge = (n: number, columns: readonly Column[] = ID_NAME, hard_delete = false): TargetPlan =>
  plan({ write_disposition: 'merge', hard_delete, load_id: `load-${n}`, target: { columns } });

interface Load {
  readonly rows: readonly (object | string)[];
  readonly rejects?: readonly Reject[];
  /** Rows that did not come are gone. Default: only what came was read. */
  readonly is_all?: boolean;
}

/** Publishes these rows. */
async function load(place: Folder, of: TargetPlan, { rows, rejects = [], is_all = false }: Load) {
  const writer = await (await place.destination).openTarget(of);
  await writer.write(records(rows, rejects, of.target.columns), null);
  await writer.staged();
  const said = publication(of.load_id);
  const n = of.load_id.at(-1)!;
  return writer.commit({
    ...said,
    complete_ranges: is_all ? [{}] : [],
    watermark: { column: 'id', type: 'BIGINT', value: n },
    report: { ...said.report, ...report(of.load_id, { finished_at: `2026-02-0${n}T00:00:00.000Z` }) },
  });
}

const rowsOf = async (place: Folder, select = '*') =>
  (await queryFile(place.to, `SELECT ${select} FROM shop ORDER BY id`)).rows;

const EVERY = [
  column('id', 'BIGINT'),
  column('d', 'DOUBLE'),
  column('t', 'VARCHAR'),
  column('b', 'BOOLEAN'),
  column('at', 'TIMESTAMPTZ'),
  column('day', 'DATE'),
  column('u', 'UUID'),
  column('j', 'JSON'),
  column('v', 'FLOAT', { list: true, size: 3 }),
  column('vs', 'FLOAT', { list: true, size: 2, list_of_vectors: true }),
  column('ats', 'TIMESTAMPTZ', { list: true }),
  column('js', 'JSON', { list: true }),
];
const FULL =
  '{"id":9223372036854775807,"d":-0.0,"t":"é\\u0000\\"","b":true,"at":-1,"day":"0001-01-01","u":"0f0e0d0c-0000-4000-8000-000000000000","j":{"a":  1.10, "a": null},"v":[0.1,-0.0,3],"vs":[[1,2],null],"ats":[1767323045678,null],"js":[{"n":1e400},"x"]}';
const EMPTY = '{"id":-9223372036854775808,"d":null,"t":"","j":null,"v":null,"vs":[],"ats":[],"js":[null]}';

describe('a merge into a Parquet folder', () => {
  it('keeps every value and type of the rows that stay', async () => {
    const place = aFolder();
    await load(place, merge(1, EVERY), { rows: [FULL, EMPTY] });
    const all = async () => {
      const rows = await sql(
        ':memory:',
        "SET TimeZone = 'UTC'",
        `SELECT columns(*)::VARCHAR FROM '${place.file}' ORDER BY id`,
      );
      return (rows as { id: string; _xano_load_id: string }[]).filter(({ id }) => id !== '7');
    };
    const types = async () =>
      sql(':memory:', `SELECT column_name, column_type FROM (DESCRIBE FROM '${place.file}')`);
    const before = [await all(), await types(), await readSchema(place.to)];
    expect(before[0]).toMatchObject([
      { d: null, t: '', vs: '[]', js: '[NULL]' },
      {
        d: '-0.0',
        at: '1969-12-31 23:59:59.999+00',
        j: '{"a":  1.10, "a": null}',
        v: '[0.1, -0.0, 3.0]',
        vs: '[[1.0, 2.0], NULL]',
        js: '[{"n":1e400}, "x"]',
      },
    ]);
    for (const n of [2, 3]) {
      const published = await load(place, merge(n, EVERY), { rows: [{ id: 7, v: [1, 2, n] }] });
      expect(published).toMatchObject({ rows_written: 1, rows_total: 3, changes: [] });
      expect([await all(), await types(), await readSchema(place.to)]).toEqual(before);
    }
  });

  it('takes the types of columns from the state, whatever another program made of the file', async () => {
    const place = aFolder();
    const columns = [
      column('id', 'BIGINT'),
      column('d', 'DOUBLE'),
      column('at', 'TIMESTAMPTZ'),
      column('j', 'JSON'),
    ];
    await load(place, merge(1, columns), { rows: [{ id: 1, d: 1.5, at: 0, j: { a: 1 } }] });
    const [footer] = (await sql(
      ':memory:',
      `SELECT decode(value) AS text FROM parquet_kv_metadata('${place.file}') WHERE key = 'xano'::BLOB`,
    )) as { text: string }[];
    const text = `'${footer!.text.replaceAll("'", "''")}'`;
    const ours = `SELECT 1::INTEGER AS id, 'nan'::FLOAT AS d, 'infinity'::TIMESTAMPTZ AS "at", '{"a": 1}' AS j, 'load-1' AS _xano_load_id, NULL::TIMESTAMP AS _xano_deleted_at, 'theirs' AS extra`;
    await sql(':memory:', `COPY (${ours}) TO '${place.file}' (KV_METADATA {xano: ${text}})`);
    await load(place, merge(2, columns), { rows: [{ id: 5_000_000_000, d: 2 }] });
    expect(await sql(':memory:', `SELECT column_type FROM (DESCRIBE FROM '${place.file}')`)).toEqual(
      [
        'BIGINT',
        'DOUBLE',
        'TIMESTAMP WITH TIME ZONE',
        'JSON',
        'VARCHAR',
        'TIMESTAMP WITH TIME ZONE',
        'VARCHAR',
      ].map((column_type) => ({ column_type })),
    );
    expect(await rowsOf(place, 'id, d::VARCHAR AS d, "at"::VARCHAR AS "at", j::VARCHAR AS j, extra')).toEqual(
      [
        { id: '1', d: 'nan', at: 'infinity', j: '{"a": 1}', extra: 'theirs' },
        { id: '5000000000', d: '2.0', at: null, j: null, extra: null },
      ],
    );
  });

  it('adds, retypes and loses columns as in a DuckDB file', async () => {
    const place = aFolder();
    await load(place, merge(1), { rows: [{ id: 1, name: 'a' }] });
    const now = [column('id', 'BIGINT'), column('n', 'DOUBLE')];
    expect(await load(place, merge(2, now), { rows: [{ id: 2, n: 1.5 }], is_all: true })).toMatchObject({
      rows_deleted: 1,
      changes: [
        { change: 'column_removed', name: 'name', from: 'VARCHAR', to: null },
        { change: 'column_added', name: 'n', from: null, to: 'DOUBLE' },
      ],
    });
    const later = [column('id', 'BIGINT'), column('n', 'JSON')];
    expect(await load(place, merge(3, later), { rows: [{ id: 3, n: { a: 1 } }] })).toMatchObject({
      changes: [{ change: 'column_retyped', name: 'n', from: 'DOUBLE', to: 'JSON' }],
    });
    expect(await rowsOf(place, 'id, name, n::VARCHAR AS n, _xano_deleted_at IS NULL AS there')).toEqual([
      { id: '1', name: 'a', n: null, there: false },
      { id: '2', name: null, n: '1.5', there: true },
      { id: '3', name: null, n: '{"a":1}', there: true },
    ]);
  });

  it('into a folder with = in its name takes that for no column', async () => {
    const place = aFolder('x=1');
    await load(place, merge(1), { rows: [{ id: 1 }] });
    await load(place, merge(2), { rows: [{ id: 2 }] });
    expect(await rowsOf(place)).toEqual([
      { id: '1', name: null, _xano_load_id: 'load-1', _xano_deleted_at: null },
      { id: '2', name: null, _xano_load_id: 'load-2', _xano_deleted_at: null },
    ]);
  });

  it('is followed by a replace that counts rows gone since, and none that were marked before', async () => {
    const place = aFolder();
    const rows = [{ id: 1 }, { id: 2 }, { id: 3 }];
    await load(place, merge(1), { rows, is_all: true });
    await load(place, merge(2), { rows: rows.slice(1), is_all: true });
    const replace = plan({ load_id: 'load-3', allow_shrink: false });
    expect(await load(place, replace, { rows: [{ id: 3 }], is_all: true })).toMatchObject({
      rows_deleted: 1,
    });
  });
});

describe('a merge into a Parquet folder that changes no row', () => {
  const rows = [
    { id: 1, name: 'a' },
    { id: 2, name: 'b' },
  ];

  it.each([
    ['brings rows that are there', { rows: rows.slice(1) }],
    ['brings all rows', { rows, is_all: true }],
    ['brings no row', { rows: [] }],
  ])('leaves the file as it is, and keeps its state beside it: it %s', async (_, more: Load) => {
    const place = aFolder();
    await load(place, merge(1), { rows });
    const before = place.written();
    for (const n of [2, 3]) {
      const published = await load(place, merge(n), more);
      expect(published).toMatchObject({ rows_written: more.rows.length, rows_deleted: 0, rows_total: 2 });
      expect([place.written(), place.states().length]).toEqual([before, 1]);
      const state = 'SELECT load_id, watermark::VARCHAR AS watermark FROM _xano.resources';
      expect((await queryFile(place.to, state)).rows).toEqual([
        { load_id: `load-${n}`, watermark: `{"column":"id","type":"BIGINT","value":"${n}"}` },
      ]);
    }
    expect((await rowsOf(place)).map((row) => row['_xano_load_id'])).toEqual(['load-1', 'load-1']);
    await load(place, merge(4), { rows: [{ id: 3 }] });
    expect([place.states(), (await readStatus(place.to)).tables[0]?.rows]).toEqual([[], 3]);
  });

  it('keeps the rejected values of this load', async () => {
    const place = aFolder();
    const reject = (raw: string): Reject => ({ row_key: '2', column: 'name', raw, reason: 'r' });
    await load(place, merge(1), { rows, rejects: [reject('1')] });
    const before = place.written();
    for (const raw of ['2', '3']) {
      await load(place, merge(Number(raw)), { rows, rejects: [reject(raw)] });
      expect((await queryFile(place.to, 'SELECT raw FROM _xano.rejects')).rows).toEqual([{ raw }]);
    }
    expect([place.written(), readdirSync(join(place.folder, '_xano', 'rejects')).length]).toEqual([
      before,
      1,
    ]);
  });

  it.each([
    ['a zero that loses its sign', [{ id: 1, d: 0 }], { d: '0.0' }],
    ['a zero in a vector', ['{"id":1,"d":-0.0,"v":[0,1]}'], { v: '[0.0, 1.0]' }],
    ['a zero in a list of vectors', ['{"id":1,"d":-0.0,"v":[-0.0,1],"vs":[[0,1]]}'], { vs: '[[0.0, 1.0]]' }],
    [
      'the spelling of JSON',
      ['{"id":1,"d":-0.0,"v":[-0.0,1],"vs":[[-0.0,1]],"j":{"a": 1}}'],
      { j: '{"a": 1}' },
    ],
  ] as const)('is told from one that changes %s', async (_, changed, found) => {
    const place = aFolder();
    const columns = [
      column('id', 'BIGINT'),
      column('d', 'DOUBLE'),
      column('v', 'FLOAT', { list: true, size: 2 }),
      column('vs', 'FLOAT', { list: true, size: 2, list_of_vectors: true }),
      column('j', 'JSON'),
    ];
    const same = '{"id":1,"d":-0.0,"v":[-0.0,1],"vs":[[-0.0,1]],"j":{"a":1}}';
    await load(place, merge(1, columns), { rows: [same] });
    const before = place.written();
    await load(place, merge(2, columns), { rows: [same] });
    expect(place.written()).toEqual(before);
    await load(place, merge(3, columns), { rows: changed });
    const texts = 'd::VARCHAR AS d, v::VARCHAR AS v, vs::VARCHAR AS vs, j::VARCHAR AS j, _xano_load_id';
    expect(await rowsOf(place, texts)).toMatchObject([{ ...found, _xano_load_id: 'load-3' }]);
  });

  it('is told from one that marks a row, brings it back, or removes the marked ones', async () => {
    const place = aFolder();
    const alive = 'id, _xano_deleted_at IS NULL AS there';
    await load(place, merge(1), { rows });
    await load(place, merge(2), { rows: rows.slice(0, 1), is_all: true });
    expect(await rowsOf(place, alive)).toEqual([
      { id: '1', there: true },
      { id: '2', there: false },
    ]);
    await load(place, merge(3), { rows: rows.slice(1) });
    expect((await rowsOf(place, alive)).map(({ there }) => there)).toEqual([true, true]);
    await load(place, merge(4), { rows: rows.slice(0, 1), is_all: true });
    await load(place, merge(5, ID_NAME, true), { rows: rows.slice(0, 1) });
    expect((await rowsOf(place, 'id')).map(({ id }) => id)).toEqual(['1']);
  });

  it.each([
    [
      'rows without a key',
      [{ name: 'a' }, { name: 'a' }, { name: 'b' }],
      [{ name: 'a' }, { name: 'b' }, { name: 'b' }],
    ],
    ['a row for one of two with its key', [{ id: 1 }, { id: 1 }], [{ id: 1 }, { id: 2 }]],
  ])('is told from one that brings as many others: %s', async (_, first, second) => {
    const place = aFolder();
    await load(place, plan({ write_disposition: 'append' }), { rows: first });
    await load(place, merge(2), { rows: [] });
    await load(place, merge(3), { rows: second, is_all: true });
    const found = await rowsOf(place, 'id::INT AS id, name');
    expect(found.map((row) => JSON.stringify(row)).toSorted()).toEqual(
      second.map((row) => JSON.stringify({ id: null, name: null, ...row })).toSorted(),
    );
  });

  it('appends nothing without writing the file again', async () => {
    const place = aFolder();
    const append = (n: number) =>
      plan({ write_disposition: 'append', skip_known: 'name', load_id: `load-${n}` });
    await load(place, append(1), { rows });
    const before = place.written();
    expect(await load(place, append(2), { rows })).toMatchObject({ rows_written: 0, rows_total: 2 });
    expect(place.written()).toEqual(before);
  });

  it.each([
    ['is not JSON', (path: string) => writeFileSync(path, 'x')],
    ['is a link', (path: string) => symlinkSync(path.replace(/_xano.*/, 'elsewhere'), path)],
  ])('trusts the footer where the state beside it %s', async (_, make) => {
    const place = aFolder();
    await load(place, merge(1), { rows });
    const [row] = (await queryFile(place.to, 'SELECT staging_id FROM _xano.resources')).rows;
    mkdirSync(join(place.folder, '_xano', 'tables'), { recursive: true });
    writeFileSync(join(place.folder, 'elsewhere'), '{}');
    make(join(place.folder, '_xano', 'tables', `${String(row?.['staging_id'])}.json`));
    expect((await readStatus(place.to)).tables).toMatchObject([
      { table: 'shop', rows: 2, load_id: 'load-1' },
    ]);
    await load(place, merge(2), { rows });
    expect((await readStatus(place.to)).tables).toMatchObject([
      { table: 'shop', rows: 2, load_id: 'load-2' },
    ]);
    expect(readFileSync(join(place.folder, 'elsewhere'), 'utf8')).toBe('{}');
  });

  it('refuses the state of a newer version', async () => {
    const place = aFolder();
    await load(place, merge(1), { rows });
    await load(place, merge(2), { rows });
    const path = join(place.folder, '_xano', 'tables', place.states()[0]!);
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), version: 99 }));
    expect((await rejectionOf(readStatus(place.to))).message).toMatch(/newer xano-connector/);
  });
});
