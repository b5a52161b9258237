/** A DuckLake that was loaded into, opened to be read. */
import { dirname } from 'node:path';
import { XanoError } from '../../../errors.js';
import { CAPABILITIES } from '../../capabilities.js';
import { waitingForLock } from '../../engine/attach.js';
import { type Engine, startEngine } from '../../engine/engine.js';
import { assertOwnFolder, bothNames, databasePaths } from '../../engine/own-files.js';
import { literal } from '../../engine/sql.js';
import type { LoadedPlace } from '../../reader/create-store.js';
import { assertLoaded } from '../../reader/open-loaded.js';
import { type QueriedPlace, runQuery } from '../../reader/query.js';
import { TARGET } from '../../state/names.js';
import type { PlaceOptions } from '../../target.js';
import { connect } from '../postgres/wire/connection.js';
import { makeStagingFolder } from '../staging-place.js';
import {
  type Attacher,
  attachment,
  type FoundCatalog,
  readCatalog,
  readPostgresCatalog,
} from './attach-lake.js';
import { isInBucket, type Lake, parseLake } from './lake.js';
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
    staging_file: place.staging_file,
    read: (sleep, work) =>
      aboutLake(lake, async () => {
        const engine = await startReading(lake, place, options, sleep);
        try {
          const session = await engine.session();
          try {
            const attachBy = (sql: string): Promise<void> => engine.attachBy(sql, place.path);
            await attachRead({ session, attachBy }, lake, TARGET);
            await engine.closeOff();
            await assertLoaded(session, `The DuckLake ${label}`);
            return await work(session, engine);
          } finally {
            session.close();
          }
        } finally {
          engine.close();
        }
      }),
    query: (sql, use, how) => runQuery(queried, sql, use, how),
  };
}

async function startReading(
  lake: Lake,
  { path, staging_file, catalog_files }: LakePlace,
  options: PlaceOptions,
  sleep: (ms: number) => Promise<void>,
): Promise<Engine> {
  const spill_folder = `${path}.reading.tmp`;
  if (lake.catalog.type === 'postgres') makeStagingFolder(dirname(staging_file));
  assertOwnFolder(spill_folder);
  return startEngine({
    spill_folder,
    files: [...catalog_files, staging_file],
    folders: [lake.data],
    setUp: (session) => setUpLake(session, lake, options),
    stays_open: lake.catalog.type === 'postgres',
    sleep,
    lock_wait_ms: LOCK_WAIT_MS,
  });
}

/** What the catalog says of itself; null where there is none. */
async function findCatalog(attacher: Attacher, lake: Lake): Promise<FoundCatalog | null> {
  const { catalog } = lake;
  if (catalog.type !== 'postgres') return readCatalog(attacher, lake, catalog);
  const connection = await connect(catalog.address, 'xano');
  try {
    return await readPostgresCatalog(connection, lake, catalog);
  } finally {
    await connection.close();
  }
}

/** Attaches a lake that is there already. Throws DATABASE_FAILED where there is none. */
async function attachRead(attacher: Attacher, lake: Lake, name: string): Promise<void> {
  const found = await findCatalog(attacher, lake);
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
