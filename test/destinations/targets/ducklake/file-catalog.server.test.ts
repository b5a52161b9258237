import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CAPABILITIES } from '../../../../src/destinations/capabilities.js';
import {
  maintain,
  openDestination,
  openStore,
  queryFile,
  readSchema,
  readStatus,
} from '../../../../src/destinations/open.js';
import { rejectionOf } from '../../../rest/decode/reading.js';
import { destinationConformance } from '../../conformance/conformance.js';
import { type Place, publish, types, using } from '../../conformance/place.js';
import { sql } from '../../duckdb.js';
import { column, ID_NAME, plan, publication, records, tempFolder } from '../../writing.js';
import { attached, EXTENSIONS, findTable, run } from './lakes.js';
import { KILLS, listsFile, serveLists, start } from './loaders.js';

const options = { now: () => 0, sleep: async () => {}, extension_folder: EXTENSIONS };

interface LakePlace extends Place {
  readonly to: string;
  readonly file: string;
}

/** A lake whose catalog is a file of DuckDB. */
async function lakePlace(file = join(tempFolder(), 'shop.ducklake')): Promise<LakePlace> {
  const to = `ducklake:${file}`;
  const at = { path: file, options: [`DATA_PATH '${file}.files/'`] };
  return {
    to,
    file,
    open: () => openDestination(to, options),
    table: async (schema, table) =>
      existsSync(file)
        ? attached({ ...at, options: [...at.options, 'READ_ONLY'] }, (lake) => findTable(lake, schema, table))
        : undefined,
    tables: () => readSchema(to, options),
    makeForeign: (schema, table) =>
      attached(at, async (lake) => {
        await run(
          `CREATE SCHEMA ${lake}."${schema}"`,
          `CREATE TABLE ${lake}."${schema}"."${table}" AS SELECT 'mine' AS mine`,
        );
      }),
  };
}

/** Limits the size of files that this process writes, in bytes, as `ulimit -f` does for a new one. */
function limitFiles(bytes: string): void {
  // A program of Linux, beside its shell.
  execFileSync('bash', ['-c', `prlimit --pid ${process.pid} --fsize=${bytes}:unlimited`]);
}

destinationConformance('a DuckLake with its catalog in a file', lakePlace, CAPABILITIES.ducklake);

const rowsOf = async (place: Place) => (await place.table('xano_data', 'shop'))?.rows.toSorted();

describe('a DuckLake with its catalog in a file', () => {
  it('is read back by its name: status, schema and queries', async () => {
    const { to, open } = await lakePlace();
    await using({ open }, (destination) =>
      publish(destination, plan({ target: { description: 'Orders of the shop' } }), [{ id: 1, name: 'a' }]),
    );
    const status = await readStatus(to, { ...options, now: () => Date.parse('2026-01-02T03:05:10Z') });
    expect([status.file, status.staging]).toEqual([to, null]);
    expect(status.tables.map(({ table, rows, completeness }) => [table, rows, completeness])).toEqual([
      ['shop', 1, 'not_provable'],
    ]);
    const [table] = await readSchema(to, options);
    expect([table?.description, table?.columns?.map(({ column: name, type }) => `${name} ${type}`)]).toEqual([
      'Orders of the shop',
      ['id BIGINT', 'name VARCHAR'],
    ]);
    expect((await queryFile(to, 'SELECT * FROM shop', options)).rows).toEqual([
      { id: '1', name: 'a', _xano_load_id: 'load-1' },
    ]);
  });

  it('is read only, and nothing else is in reach of a query', async () => {
    const { to, open, file } = await lakePlace();
    await using({ open }, (destination) => publish(destination, plan(), [{ id: 1 }]));
    const secret = join(tempFolder(), 'secret.csv');
    writeFileSync(secret, 'mine');
    for (const statement of [
      `FROM read_csv('${secret}')`,
      "FROM read_csv('http://127.0.0.1:9/x.csv')",
      `FROM glob('${join(file, '..', '..')}/*')`,
    ]) {
      const { code, message } = await rejectionOf(queryFile(to, statement, options));
      expect([code, message]).toEqual(['QUERY_FAILED', expect.stringContaining('disabled by configuration')]);
    }
    for (const statement of [`ATTACH '${secret}.db'`, 'LOAD ducklake', 'DELETE FROM shop'])
      expect((await rejectionOf(queryFile(to, statement, options))).code).toBe('QUERY_FAILED');
  });

  it('keeps vectors as lists, and says so in its schema', async () => {
    const place = await lakePlace();
    const columns = [column('id', 'BIGINT'), column('v', 'FLOAT', { list: true, size: 2 })];
    const of = plan({ target: { columns } });
    await using(place, async (destination) => {
      await publish(destination, of, [{ id: 1, v: [0.5, -1] }]);
      expect(await publish(destination, of, [{ id: 1, v: [0.5, 2] }])).toMatchObject({ changes: [] });
    });
    const found = await place.table('xano_data', 'shop');
    expect([types(found)?.[1], found?.rows]).toEqual([['v', 'FLOAT[]'], [['1', '[0.5, 2.0]', 'load-1']]]);
    const [table] = await readSchema(place.to, options);
    expect(table?.columns?.map(({ type }) => type)).toEqual(['BIGINT', 'FLOAT[]']);
  });

  it('writes a table again, in the same transaction, where a type changes that does not widen', async () => {
    const place = await lakePlace();
    const of = (type: 'BIGINT' | 'VARCHAR', load_id: string) =>
      plan({
        write_disposition: 'append',
        load_id,
        target: {
          description: 'Orders',
          columns: [column('id', 'BIGINT'), column('n', type, { description: 'A number' })],
        },
      });
    await using(place, async (destination) => {
      await publish(destination, of('BIGINT', 'load-1'), [{ id: 1, n: 7 }]);
      expect(await publish(destination, of('VARCHAR', 'load-2'), [{ id: 2, n: 'x' }])).toMatchObject({
        rows_total: 2,
        changes: [{ change: 'column_retyped', name: 'n', from: 'BIGINT', to: 'VARCHAR' }],
      });
    });
    expect(await place.table('xano_data', 'shop')).toEqual({
      comment: 'Orders',
      columns: [
        { name: 'id', type: 'BIGINT', comment: null },
        { name: 'n', type: 'VARCHAR', comment: 'A number' },
        { name: '_xano_load_id', type: 'VARCHAR', comment: null },
      ],
      rows: [
        ['1', '7', 'load-1'],
        ['2', 'x', 'load-2'],
      ],
    });
  });

  it('refuses a second load while one runs, and takes the next one', async () => {
    const place = await lakePlace();
    await using(place, async (destination) => {
      const writer = await destination.openTarget(plan());
      const second = await place.open();
      const refusal = await rejectionOf(second.openTarget(plan()));
      await second.close();
      expect([refusal.code, refusal.message]).toEqual([
        'DATABASE_LOCKED',
        'Another load into this lake is running in this program.',
      ]);
      await writer.abort({ keep: false });
    });
    await using(place, (destination) => publish(destination, plan(), [{ id: 1 }]));
    expect(await rowsOf(place)).toEqual([['1', null, 'load-1']]);
  });

  it('leaves rows, state and rejected values as they were when a load fails in its transaction', async () => {
    const place = await lakePlace();
    await using(place, async (destination) => {
      await publish(destination, plan(), [{ id: 1, name: 'old' }]);
      const writer = await destination.openTarget(plan({ load_id: 'load-2' }));
      await writer.write(records([{ id: 2, name: 'new' }]), null);
      await writer.staged();
      const broken = { ...publication('load-2'), report: { ...publication().report, finished_at: 'never' } };
      expect((await rejectionOf(writer.commit(broken))).code).toBe('DATABASE_FAILED');
      await writer.abort({ keep: false });
    });
    expect(await rowsOf(place)).toEqual([['1', 'old', 'load-1']]);
    expect((await place.table('_xano', 'loads'))?.rows.map(([id]) => id)).toEqual(['load-1']);
  });

  it('has one load or the other, with its own state, after a kill before, in and after publishing', async () => {
    const place = await lakePlace();
    const { origin, setValue } = await serveLists();
    const file = listsFile({ origin, source: 's', tables: 2, rows: 20_000 });
    const load = (value: number) => {
      setValue('s', value);
      return start(['load', '--endpoints', file, '--to', place.to]);
    };
    expect((await load(0).ended).status).toBe(0);
    for (const value of KILLS) {
      const { child, ended } = load(value);
      let looks = 0;
      let hasBegun = false;
      for (; child.exitCode === null; await nextTurn()) {
        // DuckDB has a log of the catalog while that is written to.
        const isPublishing = existsSync(`${place.file}.wal`);
        hasBegun ||= isPublishing;
        const isThere = [existsSync(`${place.file}.staging`), isPublishing, hasBegun && !isPublishing];
        const phase = value <= 5 ? 0 : value <= 15 ? 1 : 2;
        if (isThere[phase] && ++looks >= [value * 20, (value - 5) * 3, value - 15][phase]!) break;
      }
      child.kill('SIGKILL');
      expect((await ended).status).toBe(null);
      for (const table of ['t0', 't1']) {
        const sql = `SELECT count(*) AS n, count(DISTINCT value) AS v, max(_xano_load_id) = (SELECT load_id FROM _xano.resources WHERE target_table = '${table}') AS same FROM ${table}`;
        expect((await queryFile(place.to, sql, options)).rows).toEqual([{ n: '20000', v: '1', same: true }]);
      }
    }
    expect((await load(7).ended).status).toBe(0);
    expect((await load(7).ended).status).toBe(0);
    const all = await queryFile(place.to, 'SELECT DISTINCT value FROM (FROM t0 UNION ALL FROM t1)', options);
    expect(all.rows).toEqual([{ value: '7' }]);
    // Up to twenty-three loads, one after the other.
  }, 900_000);

  it.runIf(process.platform === 'linux')(
    'keeps the rows of before where its files may not grow, and takes the next load',
    async () => {
      const place = await lakePlace();
      const shop = (n: number) => plan({ load_id: `load-${n}`, target: { columns: ID_NAME } });
      await using(place, (destination) => publish(destination, shop(1), [{ id: 1, name: 'old' }]));
      const long = Array.from({ length: 2_000 }, (_, id) => ({ id, name: randomBytes(500).toString('hex') }));
      const failure = await using(place, async (destination) => {
        const writer = await destination.openTarget(shop(2));
        await writer.write(records(long, [], ID_NAME), { page: 1 });
        await writer.staged();
        limitFiles(String(64 * 1024));
        try {
          return await rejectionOf(writer.commit(publication('load-2')));
        } finally {
          limitFiles('unlimited');
          await writer.abort({ keep: true });
        }
      });
      expect([failure.code, failure.message, failure.hint]).toEqual([
        'DATABASE_FAILED',
        `A file of ${place.to} would exceed the size limit of this user or of its disk.`,
        'Raise the limit (ulimit -f), then run the same command again: it continues where it stopped.',
      ]);
      expect(await rowsOf(place)).toEqual([['1', 'old', 'load-1']]);
      await using(place, async (destination) => {
        const writer = await destination.openTarget(shop(3));
        expect(writer.checkpoint?.rows).toBe(long.length);
        await writer.staged();
        await writer.commit(publication('load-3'));
      });
      const count = 'SELECT count(*)::INT AS n, sum(length(name))::INT AS bytes FROM shop';
      expect((await queryFile(place.to, count, options)).rows).toEqual([{ n: 2_000, bytes: 2_000_000 }]);
    },
  );

  it('is looked after: nothing young goes, and nothing that another program wrote', async () => {
    const place = await lakePlace();
    const many = Array.from({ length: 100 }, (_, id) => ({ id, name: 'n' }));
    await using(place, async (destination) => {
      for (const load_id of ['load-1', 'load-2', 'load-3'])
        await publish(destination, plan({ load_id }), many);
    });
    const old = join(`${place.file}.files`, 'mine.parquet');
    writeFileSync(old, 'mine');
    utimesSync(old, 0, 0);
    const young = { snapshots_expired: 0, files_removed: 0, orphans_removed: 0 };
    const kept = { ...young, destination: place.to, dry_run: false, files_merged: 0, files_created: 0 };
    expect(await maintain(place.to, options)).toEqual({ ...kept, foreign_files: [old] });
    rmSync(old);
    await sql(place.file, "UPDATE ducklake_snapshot SET snapshot_time = snapshot_time - INTERVAL '8 days'");
    const dry = await maintain(place.to, { ...options, dry_run: true });
    const done = await maintain(place.to, options);
    expect([dry.snapshots_expired, dry.files_merged, done.snapshots_expired >= 3]).toEqual([
      done.snapshots_expired,
      null,
      true,
    ]);
    await sql(
      place.file,
      "UPDATE ducklake_files_scheduled_for_deletion SET schedule_start = schedule_start - INTERVAL '2 days'",
    );
    expect(await maintain(place.to, options)).toEqual({ ...kept, files_removed: 2, foreign_files: [] });
    expect((await queryFile(place.to, 'SELECT count(*) AS n FROM shop', options)).rows).toEqual([
      { n: '100' },
    ]);
    expect(existsSync(`${place.file}.staging`)).toBe(false);
  });

  it('is not looked after while a load runs, nor where there is none, nor as another kind of destination', async () => {
    const place = await lakePlace();
    const missing = await rejectionOf(maintain(place.to, options));
    const refusals = await using(place, async (destination) => {
      await publish(destination, plan(), [{ id: 1 }]);
      return [await rejectionOf(maintain(place.to, options)), await rejectionOf(maintain('x.duckdb'))];
    });
    expect([missing, ...refusals].map(({ code, message }) => [code, message])).toEqual([
      ['DATABASE_FAILED', `The DuckLake ${place.to} does not exist.`],
      ['DATABASE_LOCKED', 'Another load into this lake is running in this program.'],
      ['USAGE', 'x.duckdb needs no upkeep: only a DuckLake has snapshots.'],
    ]);
    expect(existsSync(`${place.file}.staging`)).toBe(false);
  });

  it('keeps the rows of a load that was committed readable as of before', async () => {
    const place = await lakePlace();
    await using(place, (destination) => publish(destination, plan(), [{ id: 1, name: 'old' }]));
    const snapshot = await queryFile(
      place.to,
      'SELECT max(snapshot_id) AS id FROM xano_file.snapshots()',
      options,
    );
    await using(place, (destination) => publish(destination, plan({ load_id: 'load-2' }), [{ id: 2 }]));
    const before = `SELECT name FROM shop AT (VERSION => ${String(snapshot.rows[0]?.['id'])})`;
    expect((await queryFile(place.to, before, options)).rows).toEqual([{ name: 'old' }]);
  });

  it.each(['0.4', '1.1', ''])('leaves a catalog of version "%s" alone', async (version) => {
    const place = await lakePlace();
    await using(place, (destination) => publish(destination, plan(), [{ id: 1 }]));
    await sql(place.file, `UPDATE ducklake_metadata SET value = '${version}' WHERE key = 'version'`);
    const before = readFileSync(place.file);
    const message = `The catalog of ${place.to} has version "${version}"; expected 1.0. It was not touched.`;
    const loading = await using(place, (destination) =>
      rejectionOf(publish(destination, plan(), [{ id: 2 }])),
    );
    const reading = await rejectionOf(readStatus(place.to, options));
    const querying = await rejectionOf(queryFile(place.to, 'SELECT 1', options));
    expect([loading, reading, querying].map((error) => [error.code, error.message])).toEqual(
      Array.from({ length: 3 }, () => ['DATABASE_FAILED', message]),
    );
    expect(readFileSync(place.file).equals(before)).toBe(true);
  });

  it('leaves a file alone that is something else', async () => {
    const place = await lakePlace();
    await sql(place.file, 'CREATE TABLE mine AS SELECT 1 AS x');
    const refusal = await using(place, (destination) =>
      rejectionOf(publish(destination, plan(), [{ id: 2 }])),
    );
    expect([refusal.code, refusal.message]).toEqual([
      'DATABASE_FAILED',
      `${place.to} is not a DuckLake: the file holds no catalog.`,
    ]);
    expect(await sql(place.file, 'SHOW TABLES')).toEqual([{ name: 'mine' }]);
  });

  it('is found where catalog and files were moved together', async () => {
    const place = await lakePlace();
    await using(place, (destination) => publish(destination, plan(), [{ id: 1, name: 'x'.repeat(1_000) }]));
    const moved = join(tempFolder(), 'shop.ducklake');
    renameSync(place.file, moved);
    renameSync(`${place.file}.files`, `${moved}.files`);
    const to = `ducklake:${moved}`;
    await using({ open: () => openDestination(to, options) }, (destination) =>
      publish(destination, plan({ write_disposition: 'append', load_id: 'load-2' }), [{ id: 2 }]),
    );
    expect(
      (await queryFile(to, 'SELECT id, left(name, 1) AS x FROM shop ORDER BY id', options)).rows,
    ).toEqual([
      { id: '1', x: 'x' },
      { id: '2', x: null },
    ]);
  });

  it('takes the folder of its files from its name, and refuses another one than the catalog has', async () => {
    const folder = tempFolder();
    const file = join(folder, 'shop.ducklake');
    const data = join(folder, 'data');
    mkdirSync(data);
    const to = `ducklake:${file}?data=${data}`;
    const many = Array.from({ length: 100 }, (_, id) => ({ id, name: 'n' }));
    await using({ open: () => openDestination(to, options) }, (destination) =>
      publish(destination, plan(), many),
    );
    expect(existsSync(join(data, 'xano_data', 'shop'))).toBe(true);
    expect((await queryFile(to, 'SELECT count(*) AS n FROM shop', options)).rows).toEqual([{ n: '100' }]);
    const refusal = await rejectionOf(readStatus(`ducklake:${file}`, options));
    expect([refusal.code, refusal.message, refusal.hint]).toEqual([
      'DATABASE_FAILED',
      `The files of ducklake:${file} are in ${data}/, as its catalog says, and not in ${file}.files/.`,
      `Name that place: data=${data}/.`,
    ]);
  });

  it('says of a lake that is not there, or holds no load, what it is', async () => {
    const place = await lakePlace();
    const missing = await rejectionOf(readStatus(place.to, options));
    await place.makeForeign('mine', 'mine');
    const foreign = await rejectionOf(readStatus(place.to, options));
    expect([missing, foreign].map(({ code, message }) => [code, message])).toEqual([
      ['DATABASE_FAILED', `The DuckLake ${place.to} does not exist.`],
      ['DATABASE_FAILED', `The DuckLake ${place.to} holds no load.`],
    ]);
  });
});

describe("DuckDB's extensions", () => {
  it('that cannot be installed are named with file and folder; who listens hears of the attempt', async () => {
    const { to } = await lakePlace();
    const folder = join(tempFolder(), 'a file');
    // DuckDB cannot make a folder of it, with a network and without.
    writeFileSync(folder, '');
    const heard: unknown[] = [];
    const refusal = await rejectionOf(
      openDestination(to, {
        ...options,
        extension_folder: folder,
        onInstall: (install) => heard.push(install),
      }),
    );
    const file = expect.stringMatching(/a file\/v1\.5\.\d+\/\w+\/ducklake\.duckdb_extension$/);
    expect(heard).toEqual([{ name: 'ducklake', file }]);
    expect([refusal.code, refusal.message]).toEqual([
      'EXTENSION_MISSING',
      expect.stringMatching(
        /^DuckDB cannot install its extension "ducklake": .*\/a file\/v1\.5\.\d+\/\w+\/ducklake\.duckdb_extension is missing\.$/,
      ),
    ]);
    expect(refusal.hint).toContain('--extension-dir');
    const reading = await rejectionOf(readStatus(to, { ...options, extension_folder: folder }));
    const querying = await rejectionOf(queryFile(to, 'SELECT 1', { ...options, extension_folder: folder }));
    expect([reading.code, querying.code]).toEqual(['EXTENSION_MISSING', 'EXTENSION_MISSING']);
  });

  it('are never loaded for a DuckDB file', async () => {
    const file = join(tempFolder(), 'x.duckdb');
    const destination = await openDestination(file, { ...options, extension_folder: '/nowhere' });
    await publish(destination, plan(), [{ id: 1 }]);
    await destination.close();
    const query = await rejectionOf(queryFile(file, "FROM ducklake_snapshots('x')", options));
    expect(query.code).toBe('QUERY_FAILED');
    const store = await openStore(file, options);
    expect((await store.status()).tables).toHaveLength(1);
  });
});

describe('a DuckLake with its catalog in SQLite', () => {
  it('is loaded, read back and loaded again', async () => {
    const file = join(tempFolder(), 'shop.sqlite');
    const to = `ducklake:sqlite:${file}`;
    const open = () => openDestination(to, options);
    await using({ open }, (destination) => publish(destination, plan(), [{ id: 1, name: 'a\0' }]));
    await using({ open }, (destination) =>
      publish(destination, plan({ load_id: 'load-2', write_disposition: 'append' }), [{ id: 2 }]),
    );
    expect((await queryFile(to, 'SELECT id, name FROM shop ORDER BY id', options)).rows).toEqual([
      { id: '1', name: 'a\0' },
      { id: '2', name: null },
    ]);
    expect((await readStatus(to, options)).tables.map(({ rows }) => rows)).toEqual([2]);
  });
});
