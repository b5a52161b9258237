/** Iceberg catalogs for tests: a warehouse of its own for each place, and DuckDB to look into it. */
import { randomBytes } from 'node:crypto';
import { env } from 'node:process';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { AwsClient } from 'aws4fetch';
import { inject } from 'vitest';
import { openDestination, queryFile, readSchema } from '../../../../src/destinations/open.js';
import type { FoundTable, Place } from '../../conformance/place.js';
import { tempFolder } from '../../writing.js';

const s3 = inject('s3');
/** The address of the catalog. */
export const ENDPOINT = inject('iceberg');

/** What programs of this test file reach the server with, as their users set it. */
export const LOGIN = {
  ICEBERG_CLIENT_ID: s3.access_key_id,
  ICEBERG_CLIENT_SECRET: s3.secret_access_key,
  AWS_ACCESS_KEY_ID: s3.access_key_id,
  AWS_SECRET_ACCESS_KEY: s3.secret_access_key,
  AWS_REGION: s3.region,
  AWS_ENDPOINT_URL: s3.endpoint,
} as const;

Object.assign(env, LOGIN);

/** DuckDB's own signed extensions. */
const EXTENSIONS = inject('extension_folder');

const server = new AwsClient({
  accessKeyId: s3.access_key_id,
  secretAccessKey: s3.secret_access_key,
  service: 's3tables',
  region: s3.region,
});

/** Makes a warehouse, and gives the name of the destination. */
async function newCatalog(): Promise<string> {
  const name = `t${randomBytes(8).toString('hex')}`;
  const made = await server.fetch(`${s3.endpoint}/buckets`, {
    method: 'PUT',
    body: JSON.stringify({ name }),
    headers: { 'content-type': 'application/json' },
  });
  if (!made.ok) throw new Error(`The server makes no warehouse: ${await made.text()}`);
  return `iceberg:${ENDPOINT}?warehouse=${encodeURIComponent(`s3://${name}`)}`;
}

/** A place that is loaded into, and its name. */
export interface CatalogPlace extends Place {
  readonly to: string;
  readonly options: NonNullable<Parameters<typeof openDestination>[1]>;
}

/** A warehouse of its own, with its own folder for staged rows. */
export async function catalogPlace(): Promise<CatalogPlace> {
  const to = await newCatalog();
  const options = {
    now: () => 0,
    sleep: async () => {},
    extension_folder: EXTENSIONS,
    staging_folder: tempFolder(),
  };
  return {
    to,
    options,
    open: () => openDestination(to, options),
    table: (schema, table) => findTable(to, options, schema, table),
    tables: () => readSchema(to, options),
    makeForeign: async (schema, table) => {
      await inCatalog(to, async (run) => {
        await run(`CREATE SCHEMA IF NOT EXISTS ice."${schema}"`);
        // In lower case: this catalog takes no other names.
        await run(`CREATE TABLE ice."${schema}"."${table.toLowerCase()}" AS SELECT 'mine' AS mine`);
      });
    },
  };
}

async function findTable(
  to: string,
  options: CatalogPlace['options'],
  schema: string,
  table: string,
): Promise<FoundTable | undefined> {
  const at = [schema, table].map((name) => `"${name.replaceAll('"', '""')}"`).join('.');
  try {
    // The types come as a last row: each query opens the catalog again, which takes half a second.
    const sql = `SELECT COLUMNS(*)::VARCHAR FROM ${at} UNION ALL SELECT typeof(COLUMNS(* EXCLUDE ("is one"))) FROM (SELECT 1 AS "is one") LEFT JOIN ${at} ON false`;
    const { columns, rows } = await queryFile(to, sql, options);
    const texts = rows.map((row) => columns.map((name) => (row[name] ?? null) as string | null));
    const types = texts.pop() ?? [];
    return {
      comment: null,
      columns: columns.map((name, i) => ({ name, type: String(types[i]), comment: null })),
      rows: texts,
    };
  } catch (thrown) {
    if (!/does not exist|holds no load/.test(String(thrown))) throw thrown;
    return inCatalog(to, async (run) => {
      const of = `database_name = 'ice' AND schema_name = '${schema}' AND table_name = '${table.toLowerCase()}'`;
      if ((await run(`FROM duckdb_tables() WHERE ${of}`)).length === 0) return undefined;
      const [row] = await run(`FROM ice."${schema}"."${table.toLowerCase()}"`);
      return { comment: null, columns: [], rows: [Object.values(row ?? {}).map(String)] };
    });
  }
}

let connection: Promise<DuckDBConnection> | undefined;

/** DuckDB with its extensions, once for each test file: loading them takes half a second. */
async function openReader(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', { extension_directory: EXTENSIONS });
  const opened = await instance.connect();
  const { host } = new URL(s3.endpoint);
  for (const sql of [
    "SET TimeZone = 'UTC'",
    'LOAD httpfs',
    'LOAD avro',
    'LOAD iceberg',
    `CREATE SECRET files (TYPE s3, KEY_ID '${s3.access_key_id}', SECRET '${s3.secret_access_key}', ENDPOINT '${host}', URL_STYLE 'path', USE_SSL false)`,
    `CREATE SECRET login (TYPE iceberg, CLIENT_ID '${s3.access_key_id}', CLIENT_SECRET '${s3.secret_access_key}', OAUTH2_SERVER_URI '${ENDPOINT}/v1/oauth/tokens')`,
  ])
    await opened.run(sql);
  return opened;
}

/** Runs work with the catalog attached as `ice`, as other programs attach it. */
export async function inCatalog<T>(
  to: string,
  work: (run: (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>) => Promise<T>,
): Promise<T> {
  connection ??= openReader();
  const opened = await connection;
  const run = async (sql: string) => (await opened.runAndReadAll(sql)).getRowObjectsJson();
  const warehouse = new URL(to.slice('iceberg:'.length)).searchParams.get('warehouse');
  await run(
    `ATTACH '${warehouse}' AS ice (TYPE iceberg, ENDPOINT '${ENDPOINT}', SECRET login, ACCESS_DELEGATION_MODE 'none', READ_ONLY false)`,
  );
  try {
    return await work(run);
  } finally {
    await run('DETACH ice');
  }
}
