/**
 * A place in a bucket that was loaded into, opened to be read. Status and schema need footers and state
 * alone; a query downloads the tables whose names it spells, up to a limit.
 */
import { setMaxListeners } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { XanoError } from '../../../errors.js';
import { CAPABILITIES } from '../../capabilities.js';
import type { LoadedPlace } from '../../reader/create-store.js';
import { makeQueryFolder } from '../../reader/query-folder.js';
import { spelledIn } from '../../reader/visible-tables.js';
import type { PlaceOptions } from '../../target.js';
import type { TableFile } from '../parquet-folder/list-tables.js';
import { readFolder } from '../parquet-folder/read-folder.js';
import { bucketStaging } from './bucket.js';
import { type BucketAddress, parseBucket } from './bucket-address.js';
import { type BucketFiles, bucketFiles } from './bucket-files.js';
import { openObjects } from './s3/objects.js';
import { openAccess } from './s3/open-access.js';

/** A place in a bucket by its name, as something to read. Throws USAGE. */
export function loadedBucket(name: string, options: PlaceOptions): LoadedPlace {
  const address = parseBucket(name);
  const { label } = address;
  const access = openAccess(address, setTimeout);
  return readFolder({
    label,
    container: CAPABILITIES.bucket.container,
    staging_file: bucketStaging(address, options),
    withFolder: async (work) => {
      const own = makeQueryFolder();
      const folder = join(own, 'bucket');
      // A query that is stopped leaves no download behind.
      const ended = new AbortController();
      // Every request listens to it, and many run at a time.
      setMaxListeners(0, ended.signal);
      const objects = openObjects({ ...access, signal: ended.signal });
      try {
        const files = bucketFiles({ objects, label, folder, sleep: setTimeout });
        return await work({
          folder,
          files,
          bring: (tables, sql) => (sql === null ? Promise.resolve() : download(address, files, tables, sql)),
        });
      } finally {
        ended.abort();
        rmSync(own, { recursive: true, force: true });
      }
    },
    nothingLoaded: () =>
      new XanoError('DATABASE_FAILED', `${label} holds no load.`, {
        hint: `Name the place of a load with --to, or load into this one: \`xano load --to ${label}\`.`,
      }),
  });
}

/** Downloads the tables that a statement spells. Throws USAGE where they are larger than the limit. */
async function download(
  { label, query_mb }: BucketAddress,
  files: BucketFiles,
  tables: readonly TableFile[],
  sql: string,
): Promise<void> {
  const isSpelled = spelledIn(sql);
  const wanted = tables.filter(({ footer, name }) => footer !== null && isSpelled(name));
  const bytes = wanted.reduce((sum, { path }) => sum + files.bytesOf(path), 0);
  const mb = Math.ceil(bytes / 1e6);
  if (mb > query_mb)
    throw new XanoError(
      'USAGE',
      `The query would download ${mb} MB of ${label} (${wanted.map(({ name }) => name).join(', ')}); the limit is ${query_mb} MB.`,
      {
        hint: `Raise the limit in the name of the place: ?query_mb=${mb}, or query the files where they are.`,
      },
    );
  await files.fetch(wanted.map(({ path }) => path));
}
