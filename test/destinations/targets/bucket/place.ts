/** Places in the bucket of the S3 server, for the conformance suites and for tests of buckets. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { expect, inject, vi } from 'vitest';
import { openDestination, readSchema } from '../../../../src/destinations/open.js';
import { tablePath } from '../../../../src/destinations/targets/parquet-folder/list-tables.js';
import { BUCKET_ENV } from '../../../servers/bucket-env.js';
import type { FoundTable, Place } from '../../conformance/place.js';
import { sql } from '../../duckdb.js';
import { sqlText, tableInFiles } from '../../parquet-rows.js';
import { tempFolder } from '../../writing.js';

const s3 = inject('s3');

const client = new AwsClient({
  accessKeyId: s3.access_key_id,
  secretAccessKey: s3.secret_access_key,
  service: 's3',
  region: s3.region,
});

/** Asks the server without the destination's help. `key` is the whole one. */
export const ask = (key: string, init: RequestInit = {}): Promise<Response> =>
  client.fetch(`${s3.endpoint}/${s3.bucket}/${key.split('/').map(encodeURIComponent).join('/')}`, init);

/** The keys below a prefix, in order, without it. */
export async function keysOf(prefix: string): Promise<string[]> {
  const answer = await client.fetch(
    `${s3.endpoint}/${s3.bucket}?list-type=2&prefix=${encodeURIComponent(`${prefix}/`)}`,
  );
  const text = await answer.text();
  expect(answer.status).toBe(200);
  return [...text.matchAll(/<Key>([^<]+)<\/Key>/g)]
    .map(([, key]) => key!.slice(prefix.length + 1))
    .toSorted();
}

/** A place of its own in the bucket. */
export interface BucketPlace extends Place {
  readonly to: string;
  readonly prefix: string;
  readonly staging_folder: string;
  readonly options: {
    readonly now: () => number;
    readonly sleep: () => Promise<void>;
    readonly staging_folder: string;
  };
  /**
   * Another loader of the same place: as on another machine, it sees nothing of what the first one stages.
   */
  readonly elsewhere: () => BucketPlace;
  /** Copies all objects into a folder, as they are. */
  readonly download: () => Promise<string>;
}

/** Makes a new, empty place. */
export async function bucketPlace(prefix = `p-${randomUUID().slice(0, 8)}`): Promise<BucketPlace> {
  for (const [name, value] of Object.entries(BUCKET_ENV)) vi.stubEnv(name, value);
  return placeAt(prefix);
}

function placeAt(prefix: string): BucketPlace {
  const to = `s3://${s3.bucket}/${prefix}`;
  const staging_folder = tempFolder();
  const options = { now: () => 0, sleep: async () => {}, staging_folder };
  const download = async (): Promise<string> => {
    const folder = tempFolder();
    for (const key of await keysOf(prefix)) {
      const path = join(folder, key);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, Buffer.from(await (await ask(`${prefix}/${key}`)).arrayBuffer()));
    }
    return folder;
  };
  return {
    to,
    prefix,
    staging_folder,
    options,
    open: () => openDestination(to, options),
    elsewhere: () => placeAt(prefix),
    download,
    table: async (schema, table) => findTable(await download(), await keysOf(prefix), schema, table),
    tables: () => readSchema(to, options),
    makeForeign: async (schema, table) => {
      const file = join(tempFolder(), 'mine.parquet');
      await sql(':memory:', `COPY (SELECT 'mine' AS mine) TO ${sqlText(file)}`);
      const key = tablePath('/', schema, table).slice(1);
      await ask(`${prefix}/${key}`, { method: 'PUT', body: readFileSync(file) });
    },
  };
}

/** The objects that have a table's rows. */
function filesOf(folder: string, keys: readonly string[], schema: string, table: string): string[] {
  const wanted =
    schema !== '_xano'
      ? (key: string): boolean => key === tablePath('/', schema, table).slice(1)
      : table === 'rejects'
        ? (key: string): boolean => key.startsWith('_xano/rejects/')
        : (key: string): boolean => key === `_xano/${table}.parquet`;
  return keys.filter(wanted).map((key) => join(folder, key));
}

async function findTable(
  folder: string,
  keys: readonly string[],
  schema: string,
  table: string,
): Promise<FoundTable | undefined> {
  const files = filesOf(folder, keys, schema, table);
  const hasState = keys.some((key) => key.startsWith('_xano/'));
  if (files.length === 0)
    return schema === '_xano' && hasState ? { comment: null, columns: [], rows: [] } : undefined;
  return tableInFiles(files, table);
}
