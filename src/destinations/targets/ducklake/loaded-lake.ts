/** A DuckLake that was loaded into, opened to be read. */
import { rmSync } from 'node:fs';
import { XanoError } from '../../../errors.js';
import { CAPABILITIES } from '../../capabilities.js';
import { waitingForLock } from '../../engine/attach.js';
import { startEngine } from '../../engine/engine.js';
import { assertOwnFolder, bothNames, databasePaths } from '../../engine/own-files.js';
import { literal } from '../../engine/sql.js';
import type { LoadedPlace } from '../../reader/create-store.js';
import { assertLoaded } from '../../reader/open-loaded.js';
import { queryAsParquet, runQuery } from '../../reader/query.js';
import { makeQueryFolder } from '../../reader/query-folder.js';
import type { QueriedPlace } from '../../reader/query-place.js';
import { TARGET } from '../../state/names.js';
import type { PlaceOptions } from '../../target.js';
import { connect } from '../postgres/wire/connection.js';
import {
  type Attacher,
  attachment,
  type FoundCatalog,
  type FoundSharedCatalog,
  readCatalog,
  readPostgresCatalog,
} from './attach-lake.js';
import { isInBucket, type Lake, type PostgresCatalog, parseLake } from './lake.js';
import { aboutLake } from './lake-failures.js';
import { type LakePlace, lakePlace } from './lake-place.js';
import { setUpLake } from './set-up-lake.js';

/** How long a catalog that another program has open is waited for, in milliseconds. */
const LOCK_WAIT_MS = 5_000;

/** A DuckLake by what follows `ducklake:` in its name, as something to read. Throws USAGE. */
export function loadedLake(name: string, options: PlaceOptions): LoadedPlace {
  const lake = parseLake(name);
  const place = lakePlace(lake, options);
  const { label } = lake;
  const queried: QueriedPlace = {
    label,
    container: CAPABILITIES.ducklake.container,
    // The catalog, its files and its credentials stay within reach of the extension.
    can_limit_tables: false,
    attach: (session, as, waiting) =>
      aboutLake(lake, async () => {
        await setUpLake(session, lake, options);
        const attachBy = (sql: string): Promise<void> =>
          waitingForLock(() => session.run(sql), place.path, waiting);
        await attachRead({ session, attachBy }, lake, as);
        await session.run(withinReach(lake, place));
      }),
  };
  return {
    label,
    read: (sleep, work) =>
      aboutLake(lake, async () => {
        const { found, staging_files } = await findLoads(lake, place, options);
        const isShared = lake.catalog.type === 'postgres';
        const spill_folder = isShared ? makeQueryFolder() : `${place.path}.reading.tmp`;
        if (!isShared) assertOwnFolder(spill_folder);
        const engine = await startEngine({
          spill_folder,
          files: [...place.catalog_files, ...staging_files],
          folders: [lake.data],
          setUp: (session) => setUpLake(session, lake, options),
          stays_open: isShared,
          sleep,
          lock_wait_ms: LOCK_WAIT_MS,
        });
        try {
          const session = await engine.session();
          try {
            const attachBy = (sql: string): Promise<void> => engine.attachBy(sql, place.path);
            await attachRead({ session, attachBy }, lake, TARGET, found);
            await engine.closeOff();
            await assertLoaded(session, `The DuckLake ${label}`);
            return await work(session, engine, staging_files);
          } finally {
            session.close();
          }
        } finally {
          engine.close();
          if (isShared) rmSync(spill_folder, { recursive: true, force: true });
        }
      }),
    query: (sql, use, how) => runQuery(queried, sql, use, how),
    parquet: (sql, use, how) => queryAsParquet(queried, sql, use, how),
  };
}

/**
 * What the catalog of a lake says, as far as that can be read without DuckDB, and where its loads stage rows.
 */
async function findLoads(
  lake: Lake,
  { staging_file }: LakePlace,
  options: PlaceOptions,
): Promise<{ readonly found: FoundCatalog | null; readonly staging_files: readonly string[] }> {
  const { catalog } = lake;
  if (catalog.type !== 'postgres') return { found: null, staging_files: [staging_file] };
  const found = await findShared(lake, catalog);
  const staging_files = (found?.schemas ?? []).map(
    (dataset) => lakePlace(lake, { ...options, dataset }).staging_file,
  );
  return { found, staging_files };
}

async function findShared(lake: Lake, catalog: PostgresCatalog): Promise<FoundSharedCatalog | null> {
  const connection = await connect(catalog.address, 'xano');
  try {
    return await readPostgresCatalog(connection, lake, catalog);
  } finally {
    await connection.close();
  }
}

/** Attaches a lake that is there already. Throws DATABASE_FAILED where there is none. */
async function attachRead(
  attacher: Attacher,
  lake: Lake,
  name: string,
  known: FoundCatalog | null = null,
): Promise<void> {
  const { catalog } = lake;
  const found =
    known ??
    (catalog.type === 'postgres'
      ? await findShared(lake, catalog)
      : await readCatalog(attacher, lake, catalog));
  if (found === null)
    throw new XanoError('DATABASE_FAILED', `The DuckLake ${lake.label} does not exist.`, {
      hint: 'Name another lake with --to, or load into this one first.',
    });
  await attacher.attachBy(attachment(lake, name, { read_only: true, found }));
}

/** A statement that names all that a query may read: the catalog was attached before. */
function withinReach(lake: Lake, { catalog_files }: LakePlace): string {
  const { data } = lake;
  const files = catalog_files.flatMap(databasePaths);
  const folders = isInBucket(lake) ? [data] : bothNames(data);
  const list = (paths: readonly string[]): string => `[${paths.map(literal).join(', ')}]`;
  return `SET allowed_paths = ${list(files)}; SET allowed_directories = ${list(folders)}`;
}
