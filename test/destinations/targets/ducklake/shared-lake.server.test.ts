import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import {
  maintain,
  openDestination,
  queryFile,
  readSchema,
  readStatus,
} from '../../../../src/destinations/open.js';
import { rejectionOf } from '../../../rest/decode/reading.js';
import { BUCKET_ENV } from '../../../servers/bucket-env.js';
import { describePostgres, rows } from '../../../servers/postgres.js';
import { publish, using } from '../../conformance/place.js';
import { plan, tempFolder } from '../../writing.js';
import { KILLS, listsFile, serveLists, start } from './loaders.js';
import { type SharedLake, sharedLake } from './shared-lakes.js';

const advisory = `SELECT count(*)::text AS n FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
const locksOf = async ({ url }: SharedLake) => (await rows(url, advisory))[0]?.['n'];

/** The catalog of a lake with another password, user or database. */
function toWith(lake: SharedLake, change: (url: URL) => void): string {
  const url = new URL(lake.url);
  change(url);
  return `ducklake:${url.href}?schema=${lake.schema}&data=${lake.data}`;
}

describePostgres('a DuckLake with its catalog in Postgres and files on S3', () => {
  it('is read back by its name: status, schema and queries', async () => {
    const { to, open, options } = await sharedLake();
    const many = Array.from({ length: 100 }, (_, id) => ({ id, name: 'n' }));
    await using({ open }, (destination) => publish(destination, plan(), many));
    const { tables } = await readStatus(to, options);
    expect(tables.map(({ table, rows: count }) => [table, count])).toEqual([['shop', 100]]);
    expect((await readSchema(to, options)).map(({ table }) => table)).toEqual(['xano_data.shop']);
    const sum = 'SELECT count(*) AS n, sum(id)::BIGINT AS total FROM shop';
    expect((await queryFile(to, sum, options)).rows).toEqual([{ n: '100', total: '4950' }]);
  });

  it('gives a query nothing but its own tables', async () => {
    const lake = await sharedLake();
    await using(lake, (destination) => publish(destination, plan(), [{ id: 1 }]));
    for (const sql of [
      `FROM glob('s3://lake/**')`,
      `FROM read_csv('${lake.data.replace('s3://', `${BUCKET_ENV.AWS_ENDPOINT_URL}/`)}x.csv')`,
      "FROM read_csv('/etc/hostname')",
      'DELETE FROM shop',
    ])
      expect((await rejectionOf(queryFile(lake.to, sql, lake.options))).code).toBe('QUERY_FAILED');
  });

  it('lets one load at a time into a dataset, names it to a second one, and takes others beside it', async () => {
    const lake = await sharedLake();
    const others = { ...lake.options, staging_folder: tempFolder() };
    await using(lake, async (destination) => {
      const writer = await destination.openTarget(plan());
      const second = await openDestination(lake.to, others);
      const refusal = await rejectionOf(second.openTarget(plan()));
      expect([refusal.code, refusal.message]).toEqual([
        'DATABASE_LOCKED',
        expect.stringMatching(
          /^Another load into "ducklake lake_\w+\/xano_data" of postgres:\/\/.+ is running: xano load on .+, process \d+ of the server, since /,
        ),
      ]);
      const other = plan({ identity: 'other', origin: null, target: { schema: 'other' } });
      await publish(second, other, [{ id: 9 }]);
      await second.close();
      await writer.abort({ keep: false });
      await publish(destination, plan(), [{ id: 1 }]);
    });
    const found = await readStatus(lake.to, lake.options);
    expect(found.tables.map(({ schema, rows: count }) => [schema, count])).toEqual([
      ['other', 1],
      ['xano_data', 1],
    ]);
    expect(await locksOf(lake)).toBe('0');
  });

  it('leaves no transaction of the server open between its statements', async () => {
    const lake = await sharedLake();
    await using(lake, async (destination) => {
      await publish(destination, plan(), [{ id: 1 }]);
      await destination.recall();
      const open = await rows(
        lake.url,
        "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
      );
      expect(open).toEqual([]);
    });
  });

  it('leaves a catalog of another version alone', async () => {
    const lake = await sharedLake();
    await using(lake, (destination) => publish(destination, plan(), [{ id: 1 }]));
    await rows(lake.url, `UPDATE ${lake.schema}.ducklake_metadata SET value = '0.4' WHERE key = 'version'`);
    const loading = await using(lake, (destination) =>
      rejectionOf(publish(destination, plan(), [{ id: 2 }])),
    );
    const reading = await rejectionOf(readStatus(lake.to, lake.options));
    for (const { code, message } of [loading, reading])
      expect([code, message]).toEqual([
        'DATABASE_FAILED',
        expect.stringMatching(
          /^The catalog of ducklake:.* has version "0\.4"; expected 1\.0\. It was not touched\.$/,
        ),
      ]);
    const snapshots = `SELECT count(*)::text AS n FROM ${lake.schema}.ducklake_snapshot`;
    const before = (await rows(lake.url, snapshots))[0]?.['n'];
    expect((await rows(lake.url, snapshots))[0]?.['n']).toBe(before);
  });

  it('takes files and catalog of one place only', async () => {
    const lake = await sharedLake();
    await using(lake, (destination) => publish(destination, plan(), [{ id: 1 }]));
    const elsewhere = lake.to.replace(lake.data, `${lake.data}other/`);
    const refusal = await rejectionOf(readStatus(elsewhere, lake.options));
    expect([refusal.code, refusal.hint]).toEqual(['DATABASE_FAILED', `Name that place: data=${lake.data}.`]);
  });

  it('of which somebody may only read the catalog is refused before anything is staged', async () => {
    const lake = await sharedLake();
    await using(lake, (destination) => publish(destination, plan(), [{ id: 1 }]));
    const role = `reader_${lake.schema}`;
    await rows(
      lake.url,
      `CREATE ROLE ${role} LOGIN PASSWORD 'reads'; GRANT USAGE ON SCHEMA ${lake.schema} TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA ${lake.schema} TO ${role}`,
    );
    const to = toWith(lake, (url) => {
      url.username = role;
      url.password = 'reads';
    });
    const destination = await openDestination(to, lake.options);
    const refusal = await rejectionOf(destination.openTarget(plan()));
    await destination.close();
    expect([refusal.code, refusal.message]).toEqual([
      'DATABASE_FAILED',
      expect.stringContaining(`The user "${role}" may not write the catalog of ducklake:postgres://${role}@`),
    ]);
    expect((await readStatus(to, lake.options)).tables).toHaveLength(1);
    await rows(lake.url, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
});

describePostgres('the secrets of a DuckLake', () => {
  const PASSWORD = 'p\'w %"\\ secret';

  it('are in no error of a wrong password, and nothing is written', async () => {
    const lake = await sharedLake();
    const to = toWith(lake, (url) => {
      url.password = encodeURIComponent(PASSWORD);
    });
    const args = [
      'load',
      '--endpoints',
      listsFile({ origin: 'http://127.0.0.1:9', source: 's', tables: 1, rows: 1 }),
      '--to',
      to,
    ];
    const { status, output } = await start([...args, '--debug'], BUCKET_ENV).ended;
    expect([status, output]).toEqual([6, expect.stringContaining('Code: DATABASE_FAILED')]);
    expect(output).toContain('Postgres refused the password');
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), BUCKET_ENV.AWS_SECRET_ACCESS_KEY])
      expect(output).not.toContain(secret);
    const [schema] = await rows(lake.url, `SELECT to_regnamespace('${lake.schema}')::text AS at`);
    expect(schema).toEqual({ at: null });
  });

  it('are in no error of keys that the bucket does not take', async () => {
    const lake = await sharedLake();
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong-secret-key');
    const many = Array.from({ length: 100 }, (_, id) => ({ id }));
    const refusal = await using(lake, (destination) => rejectionOf(publish(destination, plan(), many)));
    expect([refusal.code, refusal.message]).toEqual([
      'DATABASE_FAILED',
      `The server of ${lake.data} refused these keys.`,
    ]);
    expect(`${refusal.message} ${String(refusal.cause)}`).not.toContain('wrong-secret-key');
  });

  it('are in no label, report, state, status and listing of DuckDB', async () => {
    const lake = await sharedLake();
    const password = decodeURIComponent(new URL(lake.url).password);
    const { origin } = await serveLists();
    const file = listsFile({ origin, source: 's', tables: 1, rows: 50 });
    const loaded = await start(
      ['load', '--endpoints', file, '--to', lake.to, '--json', '--debug'],
      BUCKET_ENV,
    ).ended;
    expect(loaded.status).toBe(0);
    const state = await queryFile(
      lake.to,
      'SELECT (SELECT string_agg(l::VARCHAR) FROM _xano.loads l) AS loads, (SELECT string_agg(r::VARCHAR) FROM _xano.resources r) AS resources, (SELECT string_agg(d::VARCHAR) FROM duckdb_databases() d) AS databases, (SELECT string_agg(s::VARCHAR) FROM duckdb_secrets() s) AS secrets',
      lake.options,
    );
    const status = await readStatus(lake.to, lake.options);
    const plan_of = await start(['load', '--endpoints', file, '--to', lake.to, '--dry-run'], BUCKET_ENV)
      .ended;
    const all = [loaded.output, JSON.stringify(state), JSON.stringify(status), plan_of.output].join('\n');
    expect(all).toContain(`schema=${lake.schema}`);
    for (const secret of [password, encodeURIComponent(password), BUCKET_ENV.AWS_SECRET_ACCESS_KEY])
      expect(all).not.toContain(secret);
  });

  it('of the bucket may be those of a profile of AWS', async () => {
    const lake = await sharedLake();
    const file = join(tempFolder(), 'credentials');
    const { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: hidden } = BUCKET_ENV;
    writeFileSync(file, `[lake]\naws_access_key_id = ${key}\naws_secret_access_key = ${hidden}\n`);
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
    vi.stubEnv('AWS_PROFILE', 'lake');
    const many = Array.from({ length: 100 }, (_, id) => ({ id }));
    await using(lake, (destination) => publish(destination, plan(), many));
    const sql =
      'SELECT count(*)::INT AS n, (SELECT string_agg(s::VARCHAR) FROM duckdb_secrets() s) AS s FROM shop';
    const [row] = (await queryFile(lake.to, sql, lake.options)).rows;
    expect(row).toEqual({
      n: 100,
      s: expect.stringMatching(/'provider': credential_chain, 'persistent': false, .*refresh\\?': auto/),
    });
    expect(row?.['s']).not.toContain(hidden);
    vi.stubEnv('AWS_PROFILE', 'nobody');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    const { code, message, hint } = await rejectionOf(lake.open());
    expect([code, message, hint]).toEqual([
      'USAGE',
      'xano cannot sign requests to s3://lake: neither the environment, nor a profile of AWS, nor a role of this computer has keys.',
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile that has keys with AWS_PROFILE.',
    ]);
  });

  it('of the bucket are needed before anything is asked', async () => {
    const lake = await sharedLake();
    const refusals = [];
    for (const missing of ['AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID'] as const) {
      vi.stubEnv(missing, '');
      refusals.push(await rejectionOf(lake.open()));
      vi.stubEnv(missing, BUCKET_ENV[missing]);
    }
    expect(refusals.map(({ code, message, hint }) => [code, message, hint])).toEqual(
      ['AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID'].map((missing) => [
        'USAGE',
        `xano cannot sign requests to s3://lake: ${missing} is not set.`,
        'Set the keys of the bucket: `aws configure export-credentials --format env` prints them.',
      ]),
    );
  });
});

describePostgres('many loaders of one DuckLake', () => {
  it('publish forty tables from eight processes, and none of them fails', async () => {
    const lake = await sharedLake();
    const { origin, setValue } = await serveLists();
    const numbers = Array.from({ length: 8 }, (_, n) => n);
    const loaders = numbers.map((n) => {
      setValue(`s${n}`, n);
      const file = listsFile({ origin, source: `s${n}`, tables: 5, rows: 500 });
      return start(['load', '--endpoints', file, '--to', lake.to, '--dataset', `d${n}`], BUCKET_ENV);
    });
    const ended = await Promise.all(loaders.map(({ ended: end }) => end));
    expect(ended.map(({ status, output }) => (status === 0 ? 0 : output))).toEqual(numbers.map(() => 0));
    const { tables } = await readStatus(lake.to, { ...lake.options, loads: 100 });
    expect(tables.map(({ schema, table, rows: count }) => `${schema}.${table} ${count}`)).toEqual(
      numbers.flatMap((n) => [0, 1, 2, 3, 4].map((t) => `d${n}.t${t} 500`)),
    );
    const values = numbers.flatMap((n) =>
      [0, 1, 2, 3, 4].map(
        (t) =>
          `SELECT ${n} AS n, count(*) AS rows, min(value) = ${n} AND max(value) = ${n} AS own FROM d${n}.t${t}`,
      ),
    );
    const found = await queryFile(lake.to, values.join(' UNION ALL '), lake.options);
    expect(found.rows.every(({ rows: count, own }) => count === '500' && own === true)).toBe(true);
    expect(await locksOf(lake)).toBe('0');
  });

  it('leave one load or the other, whole and with its own state, when they are killed before, while and after they publish', async () => {
    const lake = await sharedLake();
    const { origin, setValue } = await serveLists();
    const file = listsFile({ origin, source: 's', tables: 2, rows: 20_000 });
    const load = (value: number) => {
      setValue('s', value);
      return start(['load', '--endpoints', file, '--to', lake.to], {
        ...BUCKET_ENV,
        XDG_STATE_HOME: lake.staging_folder,
      });
    };
    const snapshots = async () =>
      Number((await rows(lake.url, `SELECT count(*) AS n FROM ${lake.schema}.ducklake_snapshot`))[0]?.['n']);
    expect((await load(0).ended).status).toBe(0);
    for (const value of KILLS) {
      const { child, ended } = load(value);
      const before = await snapshots();
      for (let looks = 0; child.exitCode === null; ) {
        // Two locks: its right to load, and its turn to publish. How long it has had them differs.
        const locks = Number(await locksOf(lake));
        if (value <= 4 && locks === 1 && ++looks >= value) break;
        if (value > 4 && value <= 16 && locks >= 2 && ++looks >= value - 4) break;
        // Each of its two tables is a snapshot.
        if (value > 16 && (await snapshots()) - before >= (value % 2) + 1) break;
      }
      child.kill('SIGKILL');
      expect((await ended).status).toBe(null);
      // The server ends the connection of a process that is not there any more.
      while ((await locksOf(lake)) !== '0');
      for (const table of ['t0', 't1']) {
        const sql = `SELECT count(*) AS n, count(DISTINCT value) AS v, count(DISTINCT _xano_load_id) AS l, max(_xano_load_id) = (SELECT load_id FROM _xano.resources WHERE target_table = '${table}') AS same, (SELECT rows FROM _xano.resources WHERE target_table = '${table}') AS r FROM ${table}`;
        expect((await queryFile(lake.to, sql, lake.options)).rows).toEqual([
          { n: '20000', v: '1', l: '1', same: true, r: '20000' },
        ]);
      }
    }
    // What a killed load has staged is staged: the last one takes it, or reads again.
    expect((await load(7).ended).status).toBe(0);
    expect((await load(7).ended).status).toBe(0);
    const all = await queryFile(
      lake.to,
      'SELECT DISTINCT value FROM (FROM t0 UNION ALL FROM t1)',
      lake.options,
    );
    expect(all.rows).toEqual([{ value: '7' }]);
    expect(await locksOf(lake)).toBe('0');
    // Up to twenty-three loads, one after the other.
  }, 900_000);
});

describePostgres('upkeep of a DuckLake with its catalog in Postgres', () => {
  it('expires and removes what is old enough, and merges small files', async () => {
    const lake = await sharedLake();
    const many = (from: number) => Array.from({ length: 100 }, (_, i) => ({ id: from + i, name: 'n' }));
    const append = plan({ write_disposition: 'append' });
    await using(lake, async (destination) => {
      await publish(destination, append, many(0));
      await publish(destination, append, many(100));
      await publish(destination, append, many(200));
    });
    const young = await maintain(lake.to, { ...lake.options, dry_run: true });
    expect(young).toMatchObject({
      dry_run: true,
      snapshots_expired: 0,
      files_removed: 0,
      files_merged: null,
    });
    await rows(
      lake.url,
      `UPDATE ${lake.schema}.ducklake_snapshot SET snapshot_time = snapshot_time - INTERVAL '8 days'`,
    );
    const done = await maintain(lake.to, lake.options);
    expect(done.snapshots_expired).toBeGreaterThanOrEqual(3);
    expect(done).toMatchObject({ dry_run: false, files_removed: 0, foreign_files: [], files_created: 1 });
    expect(done.files_merged).toBe(3);
    await rows(
      lake.url,
      `UPDATE ${lake.schema}.ducklake_files_scheduled_for_deletion SET schedule_start = schedule_start - INTERVAL '2 days'`,
    );
    expect(await maintain(lake.to, lake.options)).toMatchObject({ files_removed: 3, files_merged: 0 });
    expect((await queryFile(lake.to, 'SELECT count(*) AS n FROM shop', lake.options)).rows).toEqual([
      { n: '300' },
    ]);
    expect(await locksOf(lake)).toBe('0');
  });
});
