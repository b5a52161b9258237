import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CAPABILITIES } from '../../../src/destinations/capabilities.js';
import type { DestinationOptions } from '../../../src/destinations/create-destination.js';
import { openDestination, queryFile, readSchema } from '../../../src/destinations/open.js';
import { rejectionOf } from '../../rest/decode/reading.js';
import { destinationConformance } from '../conformance/conformance.js';
import { type FoundTable, type Place, publish, using } from '../conformance/place.js';
import { sql } from '../duckdb.js';
import { column, plan, publication, records, report, tempFolder } from '../writing.js';

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const name = (value: string): string => `"${value.replaceAll('"', '""')}"`;

async function findTable(file: string, schema: string, table: string): Promise<FoundTable | undefined> {
  const where = `schema_name = ${text(schema)} AND table_name = ${text(table)}`;
  const tables = await queryFile(file, `SELECT comment FROM duckdb_tables() WHERE ${where}`).catch(
    () => undefined,
  );
  if (tables?.rows[0] === undefined) return undefined;
  const columns = await queryFile(
    file,
    `SELECT column_name AS name, data_type AS type, comment FROM duckdb_columns() WHERE ${where} ORDER BY column_index`,
  );
  const names = columns.rows.map((column) => String(column['name']));
  const texts = names.map((column, i) => `${name(column)}::VARCHAR AS c${i}`).join(', ');
  const { rows } = await queryFile(file, `SELECT ${texts} FROM ${name(schema)}.${name(table)}`);
  return {
    comment: tables.rows[0]['comment'] as string | null,
    columns: columns.rows as unknown as FoundTable['columns'],
    rows: rows.map((row) => names.map((_, i) => row[`c${i}`] as string | null)),
  };
}

interface FilePlace extends Place {
  readonly file: string;
  readonly folder: string;
  readonly open: (options?: DestinationOptions) => ReturnType<Place['open']>;
}

async function duckdbPlace(): Promise<FilePlace> {
  const folder = tempFolder();
  const file = join(folder, 'x.duckdb');
  return {
    file,
    folder,
    open: (options) => openDestination(file, { now: () => 0, sleep: async () => {}, ...options }),
    table: (schema, table) => findTable(file, schema, table),
    tables: () => readSchema(file),
    makeForeign: async (schema, table) => {
      await sql(
        file,
        `CREATE SCHEMA ${name(schema)}`,
        `CREATE TABLE ${name(schema)}.${name(table)} AS SELECT 'mine' AS mine`,
      );
    },
  };
}

destinationConformance('a DuckDB file', duckdbPlace, CAPABILITIES.duckdb);

/** Another program that has the file open, until it is told to stop. */
async function otherProgram(file: string, more = ''): Promise<ChildProcess & { readonly pid: number }> {
  const code = `
    import { DuckDBInstance } from '@duckdb/node-api';
    const instance = await DuckDBInstance.create(${JSON.stringify(file)}, ${more === '' ? '{}' : "{ access_mode: 'READ_ONLY' }"});
    const connection = await instance.connect();
    ${more}
    console.log('ready');
    // Who holds the file must not be collected as garbage.
    setInterval(() => void [instance, connection], 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) {
    if (line !== 'ready') continue;
    return child as ChildProcess & { readonly pid: number };
  }
  throw new Error('the other program ended');
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

const OLD = [['1', 'old', 'load-1']];
const publishOld = (place: Place) =>
  using(place, (destination) => publish(destination, plan(), [{ id: 1, name: 'old' }]));
const rowsOf = async (place: Place) => (await place.table('xano_data', 'shop'))?.rows;

describe('a DuckDB file that another program holds', () => {
  it('is waited for, and then the error names the program', async () => {
    const place = await duckdbPlace();
    await publishOld(place);
    const other = await otherProgram(place.file);
    const slept: number[] = [];
    const sleep = async (ms: number) => void slept.push(ms);
    const destination = await place.open({ sleep, lock_wait_ms: 1_000 });
    const error = await rejectionOf(destination.openTarget(plan()));
    await destination.close();
    expect(error.code).toBe('DATABASE_LOCKED');
    expect(error.message).toContain(place.file);
    expect(error.message).toMatch(
      new RegExp(`^Another program has .*: \\S*node\\S* \\(process ${other.pid}\\)\\.$`),
    );
    expect(error.hint).toBe('Close that program, or load into another file with --to.');
    expect(slept).toEqual([200, 200, 200, 200, 200]);
    expect(readdirSync(place.folder)).toEqual(['x.duckdb']);
    await stop(other);
    expect(await rowsOf(place)).toEqual(OLD);
  });

  it('is written when the program releases it in time', async () => {
    const place = await duckdbPlace();
    await publishOld(place);
    const other = await otherProgram(place.file);
    const slept: number[] = [];
    const sleep = async (ms: number) => {
      slept.push(ms);
      if (slept.length === 3) await stop(other);
    };
    const destination = await place.open({ sleep });
    await publish(destination, plan({ load_id: 'load-2' }), [{ id: 2, name: 'new' }]);
    await destination.close();
    expect(slept).toEqual([200, 200, 200]);
    expect(await rowsOf(place)).toEqual([['2', 'new', 'load-2']]);
  });

  it('can be read by that program while rows are staged', async () => {
    const place = await duckdbPlace();
    await publishOld(place);
    await using(place, async (destination) => {
      const writer = await destination.openTarget(plan({ load_id: 'load-2' }));
      await writer.write(records([{ id: 2, name: 'new' }]), null);
      await writer.staged();
      const reader = await otherProgram(
        place.file,
        `const rows = (await connection.runAndReadAll('FROM xano_data.shop')).getRowsJson();
         if (JSON.stringify(rows) !== '[["1","old","load-1"]]') throw new Error(JSON.stringify(rows));`,
      );
      const error = await rejectionOf(writer.commit(publication('load-2')));
      expect([error.code, error.message.includes(`(process ${reader.pid})`)]).toEqual([
        'DATABASE_LOCKED',
        true,
      ]);
      await stop(reader);
      expect(await rowsOf(place)).toEqual(OLD);
      expect(await writer.commit(publication('load-2'))).toEqual({
        rows_written: 1,
        rows_deleted: 1,
        rows_total: 1,
        values_rejected: 0,
        changes: [],
      });
    });
    expect(await rowsOf(place)).toEqual([['2', 'new', 'load-2']]);
  });

  it('keeps the staged rows when it cannot be written at the end', async () => {
    const place = await duckdbPlace();
    await publishOld(place);
    await using(place, async (destination) => {
      const writer = await destination.openTarget(plan());
      await writer.write(records([{ id: 2, name: 'new' }]), { after: '2' });
      await writer.staged();
      const other = await otherProgram(place.file);
      expect((await rejectionOf(writer.commit(publication()))).code).toBe('DATABASE_LOCKED');
      await writer.abort({ keep: true });
      await stop(other);
    });
    await using(place, async (destination) => {
      const writer = await destination.openTarget(plan());
      expect(writer.checkpoint).toEqual({ rows: 1, resume: { after: '2' }, columns_added: [] });
      await writer.abort({ keep: true });
    });
  });

  it('is reported as loading when only its staging file is held', async () => {
    const place = await duckdbPlace();
    const other = await otherProgram(`${place.file}.staging`);
    const error = await using(place, (destination) => rejectionOf(destination.openTarget(plan())));
    expect(error.code).toBe('DATABASE_LOCKED');
    expect(error.message).toMatch(
      new RegExp(`^Another load into this file is running: it has .*\\(process ${other.pid}\\)\\.$`),
    );
    expect(existsSync(`${place.file}.staging`)).toBe(true);
  });

  it('is reported as loading when this program loads into it', async () => {
    const place = await duckdbPlace();
    await using(place, async (first) => {
      const writer = await first.openTarget(plan());
      await writer.write(records([{ id: 1 }]), { after: '1' });
      const error = await using(place, (second) => rejectionOf(second.openTarget(plan())));
      expect(error.code).toBe('DATABASE_LOCKED');
      await writer.staged();
      await writer.commit(publication());
    });
    expect(await rowsOf(place)).toEqual([['1', null, 'load-1']]);
  });
});

describe('a path that cannot hold a DuckDB file', () => {
  const failures: [string, (path: string) => void, RegExp][] = [
    [
      'a file of something else',
      (path) => writeFileSync(path, 'no database at all\n'.repeat(500)),
      / is not a DuckDB file\.$/,
    ],
    ['a folder', (path) => void mkdirSync(path), /x is a folder, not a file\.$/],
    ['none/x, a file in no folder', () => {}, /^The folder .*none does not exist\.$/],
  ];

  it.each(failures)(
    'is refused before anything is read, and nothing is left there: %s',
    async (what, make, message) => {
      const folder = tempFolder();
      const path = join(folder, what.startsWith('none') ? 'none/x' : 'x');
      make(path);
      const before = readdirSync(folder, { recursive: true });
      const content = existsSync(path) && statSync(path).isFile() ? readFileSync(path, 'utf8') : null;
      const destination = await openDestination(path);
      const error = await rejectionOf(destination.openTarget(plan()));
      await destination.close();
      expect(error.code).toBe('DATABASE_FAILED');
      expect(error.message).toMatch(message);
      expect(readdirSync(folder, { recursive: true })).toEqual(before);
      if (content !== null) expect(readFileSync(path, 'utf8')).toBe(content);
    },
  );

  it.each(failures.slice(0, 2))('has no readable state: %s', async (_, make, message) => {
    const path = join(tempFolder(), 'x');
    make(path);
    const destination = await openDestination(path);
    const error = await rejectionOf(destination.recall());
    await destination.close();
    expect(error.code).toBe('DATABASE_FAILED');
    expect(error.message).toMatch(message);
  });

  it.each(['md:shop', 'mysql://host/db', 'parquet:', 'hdfs://host/x.duckdb'])(
    'is refused when it is not a path: %s',
    async (path) => {
      const error = await rejectionOf(openDestination(path));
      expect([error.code, error.message]).toEqual([
        'USAGE',
        `"${path.split(':')[0]}:" is not a destination that xano-connector can write to.`,
      ]);
    },
  );
});

describe('a DuckDB file', () => {
  it('has nothing beside it after a complete load', async () => {
    const place = await duckdbPlace();
    await using(place, async (destination) => {
      await publish(destination, plan(), [{ id: 1 }]);
      await destination.record(report());
    });
    expect(readdirSync(place.folder)).toEqual(['x.duckdb']);
  });

  it('has its staging file beside it, and no temporary folder, after an unfinished load', async () => {
    const place = await duckdbPlace();
    await using(place, async (destination) => {
      const [one, two] = [
        await destination.openTarget(plan()),
        await destination.openTarget(plan({ identity: 'two' })),
      ];
      await one.write(records([{ id: 1 }]), { after: '1' });
      await two.write(records([{ id: 1 }]), { after: '1' });
      await one.abort({ keep: true });
      await two.abort({ keep: false });
    });
    expect(readdirSync(place.folder)).toEqual(['x.duckdb.staging']);
    await using(place, (destination) => publish(destination, plan()));
    expect(readdirSync(place.folder)).toEqual(['x.duckdb']);
    expect(await rowsOf(place)).toEqual([['1', null, 'load-1']]);
  });

  it('has nothing beside it when all progress of a load was dropped', async () => {
    const place = await duckdbPlace();
    await using(place, async (destination) => {
      const writer = await destination.openTarget(plan());
      await writer.write(records([{ id: 1 }]), null);
      await writer.abort({ keep: false });
    });
    expect(readdirSync(place.folder)).toEqual([]);
  });

  it('keeps its temporary files to the user while a load runs', async () => {
    const place = await duckdbPlace();
    await using(place, async (destination) => {
      const writer = await destination.openTarget(plan());
      // So much that it is on its way into DuckDB at once.
      await writer.write(records([{ id: 1, name: 'only for me'.repeat(100_000) }]), null);
      const folder = join(place.folder, 'x.duckdb.staging.tmp');
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      const files = readdirSync(folder);
      expect(files).toHaveLength(1);
      expect(statSync(join(folder, files[0]!)).mode & 0o777).toBe(0o600);
      await writer.abort({ keep: false });
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  it.each(['VARCHAR', 'SMALLINT'])(
    'matches rows by key where its owner changed the key column to %s',
    async (type) => {
      const place = await duckdbPlace();
      await publishOld(place);
      await sql(place.file, `ALTER TABLE xano_data.shop ALTER id TYPE ${type}`);
      if (type === 'VARCHAR') await sql(place.file, "INSERT INTO xano_data.shop (id) VALUES ('mine'), ('3')");
      else await sql(place.file, 'INSERT INTO xano_data.shop (id) VALUES (2), (3)');
      await using(place, async (destination) => {
        const published = await publish(destination, plan({ load_id: 'load-2' }), [
          { id: 3, name: 'new' },
          { id: 4_000_000_000, name: 'new' },
        ]);
        expect(published).toMatchObject({ rows_written: 2, rows_deleted: 2, rows_total: 2 });
      });
      expect(await rowsOf(place)).toEqual([
        ['3', 'new', 'load-2'],
        ['4000000000', 'new', 'load-2'],
      ]);
    },
  );

  it('changes neither rows nor state when the last statement of a commit fails, and takes the rows when it succeeds', async () => {
    const place = await duckdbPlace();
    await publishOld(place);
    const state = async () => ({
      rows: await rowsOf(place),
      resources: await place.table('_xano', 'resources'),
      rejects: await place.table('_xano', 'rejects'),
      renamed: await place.table('other', 'renamed'),
    });
    const before = await state();
    expect(before.resources?.rows).toHaveLength(1);
    // The load record is written last: where its table takes no such row, all that came before must be
    // undone.
    await sql(place.file, 'ALTER TABLE _xano.loads ADD COLUMN other INTEGER');
    await using(place, async (destination) => {
      const writer = await destination.openTarget(
        plan({ load_id: 'load-2', target: { schema: 'other', name: 'renamed' } }),
      );
      await writer.write(
        records([{ id: 2 }], [{ row_key: '2', column: 'name', raw: '5', reason: 'r' }]),
        null,
      );
      await writer.staged();
      expect((await rejectionOf(writer.commit(publication('load-2')))).code).toBe('DATABASE_FAILED');
      expect(await state()).toEqual(before);
      await sql(place.file, 'ALTER TABLE _xano.loads DROP COLUMN other');
      expect(await writer.commit(publication('load-2'))).toEqual({
        rows_written: 1,
        rows_deleted: 1,
        rows_total: 1,
        values_rejected: 1,
        changes: [{ change: 'table_renamed', name: 'shop', from: 'shop', to: 'renamed' }],
      });
    });
    expect(await place.table('other', 'renamed')).toMatchObject({ rows: [['2', null, 'load-2']] });
    expect(await rowsOf(place)).toBeUndefined();
  });

  it('of a newer version is refused and left alone', async () => {
    const place = await duckdbPlace();
    await publishOld(place);
    await sql(place.file, 'UPDATE _xano.format SET version = 2');
    await using(place, async (destination) => {
      for (const work of [
        () => destination.recall(),
        () => publish(destination, plan(), [{ id: 2 }]),
        () => destination.record(report()),
      ]) {
        const error = await rejectionOf(work());
        expect([error.code, error.message]).toEqual([
          'DATABASE_FAILED',
          'A newer xano-connector wrote the destination (state version 2).',
        ]);
      }
    });
    expect(await rowsOf(place)).toEqual(OLD);
    expect(await sql(place.file, 'FROM _xano.format')).toEqual([{ version: 2 }]);
  });

  it('keeps the tables, views and settings of other programs', async () => {
    const place = await duckdbPlace();
    await sql(
      place.file,
      'CREATE TABLE theirs AS SELECT 42 AS n',
      'CREATE VIEW seen AS FROM theirs',
      "COMMENT ON TABLE theirs IS 'c'",
    );
    await publishOld(place);
    expect(await sql(place.file, 'FROM seen')).toEqual([{ n: 42 }]);
    expect(await place.table('main', 'theirs')).toEqual({
      comment: 'c',
      columns: [{ name: 'n', type: 'INTEGER', comment: null }],
      rows: [['42']],
    });
    expect(await rowsOf(place)).toEqual(OLD);
  });

  it('refuses to replace a view of the same name', async () => {
    const place = await duckdbPlace();
    await sql(place.file, 'CREATE SCHEMA xano_data', 'CREATE VIEW xano_data.shop AS SELECT 42 AS n');
    const error = await using(place, (destination) => rejectionOf(publish(destination, plan(), [{ id: 1 }])));
    expect([error.code, error.message]).toEqual([
      'DATABASE_FAILED',
      'xano-connector did not create the table xano_data."shop" in the destination.',
    ]);
    expect(await sql(place.file, 'FROM xano_data.shop')).toEqual([{ n: 42 }]);
  });

  it('refuses a dataset with the name of its state', async () => {
    const place = await duckdbPlace();
    await publishOld(place);
    const loads = plan({ identity: 'x', origin: null, target: { schema: '_xano', name: 'loads' } });
    const error = await using(place, (destination) => rejectionOf(publish(destination, loads, [{ id: 1 }])));
    expect(error.message).toBe('xano-connector did not create the table _xano."loads" in the destination.');
    expect((await place.table('_xano', 'loads'))?.rows).toHaveLength(1);
  });

  it('is complete for the load after a kill, and so are its staged rows', async () => {
    const place = await duckdbPlace();
    await publishOld(place);
    await using(place, async (destination) => {
      const writer = await destination.openTarget(plan());
      await writer.write(records([{ id: 2 }]), { after: '2' });
      await writer.abort({ keep: true });
    });
    // What a killed program leaves: a batch file nobody knows, in a folder nobody holds.
    const left = join(place.folder, 'x.duckdb.staging.tmp');
    mkdirSync(left);
    writeFileSync(join(left, 'r_0-0.json'), '[{"id":');
    expect(await using(place, (destination) => publish(destination, plan(), [{ id: 3 }]))).toMatchObject({
      rows_written: 2,
    });
    expect(readdirSync(place.folder)).toEqual(['x.duckdb']);
    expect((await rowsOf(place))?.map(([id]) => id)).toEqual(['2', '3']);
  });

  it('makes rows durable as time passes, and loses only later rows in a kill', async () => {
    const place = await duckdbPlace();
    let now = 0;
    const destination = await place.open({ now: () => now });
    const writer = await destination.openTarget(plan());
    await writer.write(records([{ id: 1 }]), { after: '1' });
    now = 3_000;
    await writer.write(records([{ id: 2 }]), { after: '2' });
    await writer.widen(column('x', 'BIGINT'));
    await writer.write(records([{ id: 3, x: 1 }]), { after: '3' });
    // Closed without a word to the writer: as good as killed.
    await destination.close();
    await using(place, async (next) => {
      const again = await next.openTarget(plan());
      expect(again.checkpoint).toEqual({ rows: 2, resume: { after: '2' }, columns_added: [] });
      await again.abort({ keep: false });
    });
  });

  it.each([
    ['a batch of more than 16 MB', 17],
    ['several of them', 40],
  ])('keeps all rows of %s when the load stops', async (_, megabytes) => {
    const place = await duckdbPlace();
    const pad = 'x'.repeat(1024 * 1024);
    await using(place, async (destination) => {
      const writer = await destination.openTarget(plan());
      for (let id = 1; id <= megabytes; id++)
        await writer.write(records([{ id, name: pad }]), { after: String(id) });
      await writer.abort({ keep: true });
    });
    await using(place, async (destination) => {
      const writer = await destination.openTarget(plan());
      expect(writer.checkpoint).toEqual({
        rows: megabytes,
        resume: { after: String(megabytes) },
        columns_added: [],
      });
      expect(await writer.staged()).toEqual({ rows: megabytes, distinct_keys: megabytes, keyless_rows: 0 });
      await writer.abort({ keep: false });
    });
  });

  it('keeps rows that a full batch had just brought when it stops right then', async () => {
    const place = await duckdbPlace();
    await using(place, async (destination) => {
      const writer = await destination.openTarget(plan());
      await writer.write(records([{ id: 1, name: 'x'.repeat(17 * 1024 * 1024) }]), { after: '1' });
      await writer.abort({ keep: true });
    });
    await using(place, async (destination) => {
      const writer = await destination.openTarget(plan());
      expect(writer.checkpoint).toEqual({ rows: 1, resume: { after: '1' }, columns_added: [] });
      await writer.abort({ keep: false });
    });
  });
});

describe('a query on a file', () => {
  it('gives columns and rows, times in UTC', async () => {
    const place = await duckdbPlace();
    await publishOld(place);
    expect(
      await queryFile(
        place.file,
        'SELECT id, name, make_timestamp_ms(0)::TIMESTAMPTZ AS at FROM xano_data.shop',
      ),
    ).toEqual({
      columns: ['id', 'name', 'at'],
      rows: [{ id: '1', name: 'old', at: '1970-01-01 00:00:00+00' }],
    });
  });

  it.each([
    ['no file', 'none.duckdb', 'SELECT 1', 'DATABASE_FAILED', /^The file .*none\.duckdb does not exist\.$/],
    [
      'a statement that writes',
      'x.duckdb',
      'DROP TABLE xano_data.shop',
      'QUERY_FAILED',
      /^A query can only read: DROP is not allowed\.$/,
    ],
    ['no statement at all', 'x.duckdb', 'SELEC 1', 'QUERY_FAILED', /^syntax error at or near "SELEC"\.$/],
  ])('is refused: %s', async (_, file, statement, code, message) => {
    const place = await duckdbPlace();
    await publishOld(place);
    const error = await rejectionOf(queryFile(join(place.folder, file), statement));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(await rowsOf(place)).toEqual(OLD);
    expect(readdirSync(place.folder)).toEqual(['x.duckdb']);
  });
});
