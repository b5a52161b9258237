import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { AwsClient } from 'aws4fetch';
import { expect, inject, it, onTestFinished } from 'vitest';
import { describePostgres, newDatabase, rows } from './postgres.js';

const s3 = inject('s3');
const extension_directory = inject('extension_folder');

/** A DuckDB in memory that takes extensions from the folder of the set-up and from nowhere else. */
async function duckdb(): Promise<(sql: string) => Promise<unknown[]>> {
  const instance = await DuckDBInstance.create(':memory:', {
    extension_directory,
    autoinstall_known_extensions: 'false',
    allow_unsigned_extensions: 'false',
  });
  const connection: DuckDBConnection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  return async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'xano-lake-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const SECRET = `CREATE SECRET (TYPE s3, KEY_ID '${s3.access_key_id}', SECRET '${s3.secret_access_key}', REGION '${s3.region}',
  ENDPOINT '${new URL(s3.endpoint).host}', URL_STYLE 'path', USE_SSL false)`;

it.each(['avro', 'aws', 'ducklake', 'httpfs', 'iceberg', 'postgres_scanner', 'sqlite_scanner'])(
  'has the extension %s of this DuckDB, signed',
  async (name) => {
    const run = await duckdb();
    await run(`LOAD ${name}`);
    const sql = `SELECT loaded, install_path FROM duckdb_extensions() WHERE extension_name = '${name}'`;
    const [{ loaded, install_path }] = (await run(sql)) as [{ loaded: boolean; install_path: string }];
    expect(loaded).toBe(true);
    expect(install_path).toContain(extension_directory);
  },
);

it('keeps a DuckLake in files', async () => {
  const folder = newFolder();
  const run = await duckdb();
  await run('LOAD ducklake');
  await run(
    `ATTACH 'ducklake:${join(folder, 'shop.ducklake')}' AS lake (DATA_PATH '${join(folder, 'data')}')`,
  );
  await run("CREATE TABLE lake.t AS SELECT 9007199254740993 AS id, ['a', NULL] AS tags");
  expect(await run('SELECT * FROM lake.t')).toEqual([{ id: '9007199254740993', tags: ['a', null] }]);
});

it('stores objects under a condition, and refuses requests without a right signature', async () => {
  const url = `${s3.endpoint}/${s3.bucket}/${randomUUID()}/a b/é.txt`;
  const keys = { accessKeyId: s3.access_key_id, service: 's3', region: s3.region };
  const mine = new AwsClient({ ...keys, secretAccessKey: s3.secret_access_key });
  const wrong = new AwsClient({ ...keys, secretAccessKey: 'wrong', retries: 0 });
  const put = (headers: Record<string, string>): Promise<Response> =>
    mine.fetch(url, { method: 'PUT', body: 'hello', headers });
  expect((await put({ 'if-none-match': '*' })).status).toBe(200);
  expect(await (await mine.fetch(url)).text()).toBe('hello');
  expect((await put({ 'if-none-match': '*' })).status).toBe(412);
  expect((await wrong.fetch(url)).status).toBe(403);
  expect((await fetch(url)).status).toBe(403);
});

it('reads and writes Parquet of a bucket through DuckDB', async () => {
  const run = await duckdb();
  await run('LOAD httpfs');
  await run(SECRET);
  const file = `s3://${s3.bucket}/${randomUUID()}/t.parquet`;
  await run(`COPY (SELECT range AS id FROM range(3)) TO '${file}'`);
  expect(await run(`SELECT * FROM '${file}'`)).toEqual([{ id: '0' }, { id: '1' }, { id: '2' }]);
});

describePostgres('a DuckLake with its catalog in Postgres', () => {
  it('keeps its data in a bucket', async () => {
    const url = await newDatabase();
    const { hostname, port, username, password, pathname } = new URL(url);
    const run = await duckdb();
    await run('LOAD ducklake');
    await run('LOAD postgres_scanner');
    await run('LOAD httpfs');
    await run(SECRET);
    await run(`CREATE SECRET catalog (TYPE postgres, HOST '${hostname}', PORT ${port}, USER '${username}',
      PASSWORD '${decodeURIComponent(password)}', DATABASE '${pathname.slice(1)}')`);
    const data = `s3://${s3.bucket}/${randomUUID()}/`;
    await run(`ATTACH 'ducklake:postgres:' AS lake (DATA_PATH '${data}', META_SECRET 'catalog')`);
    await run('CREATE TABLE lake.t AS SELECT range AS id FROM range(20000)');
    expect(await run('SELECT count(*)::INT AS n, sum(id)::INT AS total FROM lake.t')).toEqual([
      { n: 20_000, total: 199_990_000 },
    ]);
    expect(await rows(url, 'SELECT table_name FROM ducklake_table')).toEqual([{ table_name: 't' }]);
    expect(await run(`SELECT count(*)::INT AS files FROM glob('${data}**')`)).toEqual([{ files: 1 }]);
    await run('DETACH lake');
  });
});
