/**
 * A DuckDB file of a stranger: whatever its state says or is made of, it ends with a sentence, and nothing
 * else is read or written.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startEngine } from '../../../src/destinations/engine/engine.js';
import { openDestination, queryFile, readStatus } from '../../../src/destinations/open.js';
import {
  readLoadState,
  readProgress,
  readResourceState,
} from '../../../src/destinations/state/state-schema.js';
import { asXanoError } from '../../../src/errors.js';
import { sql } from '../duckdb.js';
import { report, tempFolder } from '../writing.js';
import { contentsOf, folderOf, loadedFile, put, whatHappens } from './loaded.js';

const literal = (value: unknown): string => `'${JSON.stringify(value).replaceAll("'", "''")}'`;
const set = (column: string, value: unknown): string =>
  `UPDATE _xano.resources SET ${column} = ${literal(value)}`;
const VIEW = (name: string): string[] => [
  `CREATE TABLE _xano.old AS FROM _xano.${name}`,
  `DROP TABLE _xano.${name}`,
  `CREATE VIEW _xano.${name} AS FROM _xano.old`,
];
const column = (type: unknown, more: object = {}): object => ({ name: 'id', type, list: false, ...more });

/** What a file says that no load writes, by the statements that make it say so. */
const REFUSED: readonly (readonly [string, readonly string[]])[] = [
  ['a column type that is SQL', [set('columns', [column("VARCHAR; COPY (SELECT 1) TO 'victim'; --")])]],
  ['a column type of another kind', [set('columns', [column('ENUM')])]],
  ['a column type in lower case', [set('columns', [column('bigint')])]],
  ['a size that is SQL', [set('columns', [column('FLOAT', { list: true, size: '3]; DROP TABLE x' })])]],
  ['a size that is negative', [set('columns', [column('FLOAT', { list: true, size: -3 })])]],
  ['a size that is no whole number', [set('columns', [column('FLOAT', { list: true, size: 2.5 })])]],
  ['a shape with a leaf that is SQL', [set('columns', [column('JSON', { shape: { list: 'BIGINT); --' } })])]],
  [
    'a shape with a field whose name holds a NUL',
    [set('columns', [column('JSON', { shape: { fields: [{ name: 'a\0b', shape: 'BIGINT' }] } })])],
  ],
  [
    'a reference that is SQL',
    [set('columns', [column('BIGINT', { references_table_id: '1; DROP TABLE x' })])],
  ],
  ['a reference to a negative table', [set('columns', [column('BIGINT', { references_table_id: -1 })])]],
  ['columns that are no list', [set('columns', { length: 3 })]],
  ['a column without a name', [set('columns', [{ type: 'BIGINT', list: false }])]],
  [
    'columns nested very deep',
    [`UPDATE _xano.resources SET columns = repeat('[', 9000) || repeat(']', 9000)`],
  ],
  ['an origin that is a list', [set('origin', [1])]],
  ['a watermark that is a text', [set('watermark', 'soon')]],
  [
    'a watermark whose value is not of its type',
    [set('watermark', { column: 'id', type: 'BIGINT', value: '1 OR true' })],
  ],
  [
    'a watermark of a day that is none',
    [set('watermark', { column: 'd', type: 'DATE', value: '"2026-99-99"' })],
  ],
  ['a negative number of rows', ['UPDATE _xano.resources SET rows = -1']],
  ['no number of rows', ['UPDATE _xano.resources SET rows = NULL']],
  ['a time that never comes', [`UPDATE _xano.resources SET loaded_at = 'infinity'`]],
  ['a time in the year 290000', [`UPDATE _xano.resources SET loaded_at = '290000-01-01'`]],
  ['a table of the state as a place for rows', [`UPDATE _xano.resources SET target_schema = '_XANO'`]],
  ['no identity', ['UPDATE _xano.resources SET identity = NULL']],
  ['an empty table name', [`UPDATE _xano.resources SET target_table = ''`]],
  ['a format without a version', ['DELETE FROM _xano.format']],
  ['a negative version', ['UPDATE _xano.format SET version = -1']],
  ['a view in the place of resources', VIEW('resources')],
  ['a view in the place of loads', VIEW('loads')],
  ['a view in the place of format', VIEW('format')],
  ['a view in the place of rejects', VIEW('rejects')],
  [
    'a view that reads a file',
    [
      'DROP TABLE _xano.resources',
      `CREATE VIEW _xano.resources AS SELECT content AS identity FROM read_text('package.json')`,
    ],
  ],
  [
    'a view that never ends',
    [
      'DROP TABLE _xano.format',
      'CREATE VIEW _xano.format AS SELECT range::INT AS version FROM range(1000000000000)',
    ],
  ],
  [
    'a generated column',
    [
      'DROP TABLE _xano.format',
      'CREATE TABLE _xano.format (v INTEGER, version INTEGER GENERATED ALWAYS AS (v + 1))',
    ],
  ],
  ['a default', ['ALTER TABLE _xano.loads ALTER bytes SET DEFAULT (1 + 1)']],
  ['a column of another type', ['ALTER TABLE _xano.resources ALTER rows TYPE VARCHAR']],
  ['a column that is a list', ['ALTER TABLE _xano.resources ALTER identity TYPE VARCHAR[] USING [identity]']],
  ['a table without a column', ['ALTER TABLE _xano.resources DROP COLUMN completeness']],
  [
    'a CHECK constraint',
    [
      'DROP TABLE _xano.format',
      'CREATE TABLE _xano.format (version INTEGER CHECK (version > 0))',
      'INSERT INTO _xano.format VALUES (1)',
    ],
  ],
  ['a type of its own that is called like one of DuckDB’s', [`CREATE TYPE xano_data.JSON AS ENUM ('a')`]],
  ['a type called json in the schema main', ['CREATE TYPE main.json AS BIGINT']],
];

it.each(REFUSED)(
  'a file is refused in a sentence and left unchanged where it has %s',
  async (_, statements) => {
    const file = await loadedFile();
    await sql(file, ...statements);
    const before = contentsOf(folderOf(file));
    for (const [command, error] of Object.entries(await whatHappens(file)))
      expect({ command, code: error?.code, message: error?.message }).toEqual({
        command,
        code: 'DATABASE_FAILED',
        message: expect.stringMatching(/^The load state in the destination is not valid: .{1,300}\.$/),
      });
    expect(contentsOf(folderOf(file))).toEqual(before);
  },
);

it('a file with forged columns of one resource is refused for that resource alone', async () => {
  const file = await loadedFile();
  await sql(file, set('columns', [column('VARCHAR; DROP TABLE x')]));
  await put(file, { identity: 'host/other', target: { name: 'other' }, origin: null });
  expect(await sql(file, 'SELECT name FROM xano_data.other')).toEqual([{ name: 'a' }]);
  await expect(put(file)).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
  expect(await sql(file, 'SELECT name FROM xano_data.shop')).toEqual([{ name: 'a' }]);
});

it('a file is refused where a view stands in place of a loaded table', async () => {
  const file = await loadedFile();
  await sql(
    file,
    'DROP TABLE xano_data.shop',
    'CREATE VIEW xano_data.shop AS SELECT 1 AS id, range AS name FROM range(1000000000000)',
  );
  await expect(put(file)).rejects.toMatchObject({
    code: 'DATABASE_FAILED',
    message:
      'The load state in the destination is not valid: xano_data."shop" is a view, not the loaded table.',
  });
});

describe('a file with more than a load writes', () => {
  const HARMLESS: readonly (readonly [string, readonly string[]])[] = [
    [
      'macros that are called like functions',
      [
        'epoch_ms(x)',
        'to_json(x)',
        'count(x)',
        'strftime(a, b)',
        'now()',
        'strlen(x)',
        'md5(x)',
        'max(x)',
      ].flatMap((head) => [
        `CREATE MACRO main.${head} AS 42`,
        `CREATE MACRO _xano.${head} AS 42`,
        `CREATE MACRO xano_data.${head} AS 42`,
      ]),
    ],
    [
      'a table macro that is called like a function',
      ['CREATE MACRO main.duckdb_tables() AS TABLE SELECT 1 AS a'],
    ],
    [
      'views of its own in the schema of the state',
      [`CREATE VIEW _xano.more AS FROM read_text('package.json')`],
    ],
    ['a plain column that nobody asks for', ['ALTER TABLE _xano.resources ADD COLUMN more INTEGER']],
    [
      'a hundred thousand loads',
      [`INSERT INTO _xano.loads SELECT 'l' || i, now(), now(), 'loaded', 0, 0, '{}' FROM range(100000) r(i)`],
    ],
    [
      'comments of a megabyte',
      [
        `COMMENT ON TABLE xano_data.shop IS '${'x'.repeat(1_000_000)}'`,
        `COMMENT ON TABLE _xano.loads IS '\u001b[2J'`,
      ],
    ],
    [
      'a name with quotes, line breaks and control characters',
      [`UPDATE _xano.resources SET resource = 'a"; DROP TABLE x; --' || chr(10) || chr(27) || chr(8238)`],
    ],
  ];
  it.each(HARMLESS)('is loaded into: %s', async (_, statements) => {
    const file = await loadedFile();
    await sql(file, ...statements);
    expect(await whatHappens(file)).toEqual({ status: null, schema: null, load: null });
    expect(await sql(file, 'SELECT id, name, _xano_load_id AS load FROM xano_data.shop')).toEqual([
      { id: '1', name: 'a', load: 'load-2' },
    ]);
  });
});

it('a file is refused where a text of the state is too long', async () => {
  const file = await loadedFile();
  await sql(file, `UPDATE _xano.loads SET report = '"' || repeat('x', 100000000) || '"'`);
  await expect(readStatus(file)).rejects.toMatchObject({
    code: 'DATABASE_FAILED',
    message: 'The load state in the destination is not valid: the report of a load is longer than 64 MiB.',
  });
  await put(file, { load_id: 'load-2' });
});

it('an attached file reaches no other file, whatever statement runs', async () => {
  const folder = tempFolder();
  const [file, secret] = [join(folder, 'x.duckdb'), join(folder, 'secret.csv')];
  writeFileSync(secret, 'a\n1\n');
  const engine = await startEngine({
    spill_folder: join(folder, 'spill'),
    files: [file],
    sleep: async () => {},
    lock_wait_ms: 0,
  });
  try {
    await engine.attach(file, 'target');
    const session = await engine.session();
    for (const statement of [
      `FROM read_csv('${secret}')`,
      `FROM read_text('${secret}')`,
      `FROM glob('${folder}/*')`,
      `COPY (SELECT 1) TO '${join(folder, 'new.csv')}'`,
      `ATTACH '${join(folder, 'other.duckdb')}' AS other`,
      'INSTALL httpfs',
      'LOAD httpfs',
      `SET enable_external_access = true`,
      `SET allowed_directories = ['${folder}']`,
      `SET allowed_configs = ['temp_directory']`,
      `SET temp_directory = '${folder}'`,
      `SET TimeZone = 'Asia/Tokyo'`,
      `CREATE PERSISTENT SECRET s (TYPE s3)`,
    ])
      await expect(session.run(statement), statement).rejects.toThrow(/disabled|locked|not|Secret|cannot/i);
    session.close();
    await engine.detach('target');
  } finally {
    engine.close();
  }
  expect(existsSync(join(folder, 'new.csv'))).toBe(false);
  expect(existsSync(join(folder, 'other.duckdb'))).toBe(false);
});

describe('any JSON in the state', () => {
  const json = fc.oneof(
    fc.jsonValue({ maxDepth: 4 }),
    // Close to what is right: one part of it is something else.
    fc
      .record({
        name: fc.oneof(fc.string(), fc.jsonValue()),
        type: fc.oneof(fc.constantFrom('BIGINT', 'VARCHAR', 'JSON', 'FLOAT'), fc.jsonValue()),
        list: fc.oneof(fc.boolean(), fc.jsonValue()),
        size: fc.oneof(fc.integer(), fc.constant(undefined), fc.jsonValue()),
        shape: fc.oneof(fc.constant('BIGINT'), fc.constant(undefined), fc.jsonValue()),
      })
      .map((one) => [one]),
  );
  const sentence = (work: () => unknown): void => {
    try {
      work();
    } catch (thrown) {
      expect(asXanoError(thrown)).toMatchObject({ code: 'DATABASE_FAILED' });
    }
  };

  it('is read, or refused in a sentence, in any column', () => {
    const row = {
      identity: 'i',
      resource: 'r',
      schema: 's',
      name: 'n',
      rows: 1,
      loaded_at: '2026-01-01T00:00:00Z',
      staging_id: null,
      origin: null,
      columns: null,
      watermark: null,
      flattened: null,
      description: null,
    };
    fc.assert(
      fc.property(json, fc.constantFrom('origin', 'columns', 'watermark', 'flattened'), (value, at) => {
        sentence(() => readResourceState({ ...row, [at]: JSON.stringify(value) ?? null }));
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(
        fc.record(Object.fromEntries(Object.keys(row).map((key) => [key, fc.jsonValue()]))),
        (value) => {
          sentence(() => readResourceState({ ...row, ...value }));
        },
      ),
    );
    fc.assert(
      fc.property(json, fc.jsonValue(), (value, other) => {
        const load = { load_id: 'l', started_ms: 1, finished_ms: null, status: 'loaded', report: null };
        sentence(() => readLoadState({ ...load, report: JSON.stringify(value) ?? null }));
        sentence(() => readLoadState({ ...load, started_ms: other }));
        const progress = { rows: 1, staging_id: 's', compressed: true, resume: 'null', columns_added: '[]' };
        sentence(() => readProgress({ ...progress, columns_added: JSON.stringify(value) ?? null }));
        sentence(() => readProgress({ ...progress, resume: JSON.stringify(value) ?? null, rows: other }));
      }),
      { numRuns: 1_000 },
    );
  });

  it('in a real file at worst fails the load with a sentence', async () => {
    const file = await loadedFile();
    await fc.assert(
      fc.asyncProperty(
        json,
        fc.constantFrom(
          '_xano.resources|columns',
          '_xano.resources|origin',
          '_xano.resources|watermark',
          '_xano.loads|report',
        ),
        async (value, where) => {
          const [table, at] = where.split('|');
          await sql(file, `UPDATE ${table} SET ${at} = ${literal(value)}`);
          for (const error of Object.values(await whatHappens(file)))
            if (error !== null) expect(error.code).toBe('DATABASE_FAILED');
          await sql(file, 'DROP SCHEMA _xano CASCADE', 'DROP SCHEMA xano_data CASCADE');
          await put(file);
        },
      ),
      { numRuns: 12 },
    );
  });
});

it('a file whose learned page sizes are not numbers of rows is refused', async () => {
  const file = await loadedFile();
  const destination = await openDestination(file);
  await destination.record(report(), { page_sizes: { 'host/a': 100 } });
  await destination.close();
  await sql(file, 'UPDATE _xano.servers SET page_size = -5');
  await expect(put(file)).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
});

it('a file that shadows functions with macros is queried without harm to anything else', async () => {
  const file = await loadedFile();
  await sql(file, `CREATE MACRO xano_data.peek() AS TABLE SELECT content FROM read_text('package.json')`);
  await expect(queryFile(file, 'FROM peek()')).rejects.toMatchObject({ code: 'QUERY_FAILED' });
});
