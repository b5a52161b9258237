/** DuckLakes with the catalog in Postgres and files in a bucket, as places of the conformance suites. */
import { randomUUID } from 'node:crypto';
import { inject, vi } from 'vitest';
import { openDestination, readSchema } from '../../../../src/destinations/open.js';
import { BUCKET_ENV } from '../../../servers/bucket-env.js';
import { newDatabase, rows } from '../../../servers/postgres.js';
import type { Place } from '../../conformance/place.js';
import { tempFolder } from '../../writing.js';
import { attached, EXTENSIONS, findTable, run } from './lakes.js';

const s3 = inject('s3');

/** A lake in a schema of its own. */
export interface SharedLake extends Place {
  readonly to: string;
  /** The database of the catalog, with user and password. */
  readonly url: string;
  readonly schema: string;
  readonly data: string;
  readonly staging_folder: string;
  readonly options: {
    readonly now: () => number;
    readonly sleep: () => Promise<void>;
    readonly staging_folder: string;
    readonly extension_folder: string;
  };
}

/** Made outside of tests, so that it stays until the server ends. */
const url = inject('postgres').available ? await newDatabase() : '';
let is_ready = false;

/** Makes a new, empty lake: one database for each test file, a schema and a prefix for each lake. */
export async function sharedLake(): Promise<SharedLake> {
  for (const [name, value] of Object.entries(BUCKET_ENV)) vi.stubEnv(name, value);
  const schema = `lake_${randomUUID().slice(0, 8)}`;
  const data = `s3://${s3.bucket}/${schema}/`;
  const to = `ducklake:${url}?schema=${schema}&data=${data}`;
  const staging_folder = tempFolder();
  const options = {
    now: () => 0,
    sleep: async () => {},
    staging_folder,
    extension_folder: EXTENSIONS,
  };
  await prepareReader();
  const at = {
    path: 'postgres:',
    options: [`META_SECRET 'catalog'`, `METADATA_SCHEMA '${schema}'`, `DATA_PATH '${data}'`],
  };
  const exists = async (): Promise<boolean> => {
    const [found] = await rows(url, `SELECT to_regclass('${schema}.ducklake_metadata')::text AS at`);
    return found?.['at'] !== null;
  };
  return {
    to,
    url,
    schema,
    data,
    staging_folder,
    options,
    open: () => openDestination(to, options),
    table: async (name, table) =>
      (await exists())
        ? attached({ ...at, options: [...at.options, 'READ_ONLY'] }, (lake) => findTable(lake, name, table))
        : undefined,
    tables: () => readSchema(to, options),
    makeForeign: (name, table) =>
      attached(at, async (lake) => {
        await run(
          `CREATE SCHEMA ${lake}."${name}"`,
          `CREATE TABLE ${lake}."${name}"."${table}" AS SELECT 'mine' AS mine`,
        );
      }),
  };
}

/** Gives the DuckDB of this test file what it needs to read such lakes. */
async function prepareReader(): Promise<void> {
  if (is_ready) return;
  is_ready = true;
  const { hostname, port, username, password, pathname } = new URL(url);
  await run(
    'LOAD postgres_scanner',
    'LOAD httpfs',
    `CREATE SECRET catalog (TYPE postgres, HOST '${hostname}', PORT ${port}, USER '${username}', PASSWORD '${decodeURIComponent(password)}', DATABASE '${pathname.slice(1)}')`,
    `CREATE SECRET bucket (TYPE s3, KEY_ID '${s3.access_key_id}', SECRET '${s3.secret_access_key}', REGION '${s3.region}', ENDPOINT '${new URL(s3.endpoint).host}', URL_STYLE 'path', USE_SSL false)`,
  );
}
