/** An Iceberg catalog that was loaded into, opened to be read. */
import { rmSync } from 'node:fs';
import { XanoError } from '../../../errors.js';
import { CAPABILITIES } from '../../capabilities.js';
import { type Engine, startEngine } from '../../engine/engine.js';
import type { Session } from '../../engine/session.js';
import { literal, quote } from '../../engine/sql.js';
import type { LoadedPlace } from '../../reader/create-store.js';
import { queryAsParquet, runQuery } from '../../reader/query.js';
import { makeQueryFolder } from '../../reader/query-folder.js';
import type { QueriedPlace } from '../../reader/query-place.js';
import { TARGET } from '../../state/names.js';
import type { PlaceOptions } from '../../target.js';
import { stagingFileOf } from '../staging-place.js';
import { aboutCatalog } from './catalog-failures.js';
import { footersOf, type Mirrored, mirrorCatalog } from './catalog-mirror.js';
import { namespaceOf } from './catalog-names.js';
import { listCatalog } from './list-catalog.js';
import { type Catalog, parseCatalog } from './parse-catalog.js';
import { setUpCatalog, WRITTEN } from './set-up-catalog.js';
import { hasState, readStateRows, stateTable } from './state-rows.js';

/** A catalog by what follows `iceberg:` in its name, as something to read. Throws USAGE. */
export function loadedCatalog(name: string, options: PlaceOptions): LoadedPlace {
  const catalog = parseCatalog(name);
  const { label } = catalog;
  const queried: QueriedPlace = {
    label,
    container: CAPABILITIES.iceberg.container,
    // The catalog and its credentials stay within reach of the extension.
    can_limit_tables: false,
    attach: (session, as) =>
      aboutCatalog(catalog, async () => {
        await setUpCatalog(session, catalog, { ...options, read_only: true });
        await attach(session, as, await datasetsOf(session, label), 'views');
        await session.run(`SET allowed_directories = [${WRITTEN.folders.map(literal).join(', ')}]`);
      }),
  };
  return {
    label,
    read: (sleep, work) => aboutCatalog(catalog, () => readCatalog(catalog, options, sleep, work)),
    query: (sql, use, how) => runQuery(queried, sql, use, how),
    parquet: (sql, use, how) => queryAsParquet(queried, sql, use, how),
  };
}

async function readCatalog<T>(
  catalog: Catalog,
  options: PlaceOptions,
  sleep: (ms: number) => Promise<void>,
  work: (session: Session, engine: Engine, staging_files: readonly string[]) => Promise<T>,
): Promise<T> {
  const { label } = catalog;
  const spill_folder = makeQueryFolder();
  // The catalog tells which datasets there are, and so the files that loads of them stage in.
  const datasets: string[] = [];
  const staging_files: string[] = [];
  try {
    const engine = await startEngine({
      spill_folder,
      files: staging_files,
      folders: WRITTEN.folders,
      setUp: async (session) => {
        await setUpCatalog(session, catalog, { ...options, read_only: true });
        datasets.push(...(await datasetsOf(session, label)));
        staging_files.push(...datasets.map((dataset) => stagingFileOf(label, { ...options, dataset })));
      },
      sleep,
      lock_wait_ms: 5_000,
    });
    try {
      const session = await engine.session();
      try {
        await attach(session, TARGET, datasets, 'names');
        return await work(session, engine, staging_files);
      } finally {
        session.close();
      }
    } finally {
      engine.close();
    }
  } finally {
    rmSync(spill_folder, { recursive: true, force: true });
  }
}

/** Makes a database in memory that mirrors the tables of these datasets. */
async function attach(
  session: Pick<Session, 'run' | 'rows'>,
  database: string,
  datasets: readonly string[],
  seen: Mirrored['seen'],
): Promise<void> {
  const tables = await listCatalog(session, datasets.map(namespaceOf));
  const ours = tables.filter(({ footer }) => footer !== null);
  await session.run(`ATTACH ':memory:' AS ${quote(database)}`);
  await mirrorCatalog(session, database, ours, {
    seen,
    statements: readStateRows(database, footersOf(ours)),
  });
}

/** The datasets that loads wrote into. Throws DATABASE_FAILED where there are none. */
async function datasetsOf(session: Pick<Session, 'rows'>, label: string): Promise<readonly string[]> {
  if (!(await hasState(session))) {
    // A catalog that refuses a login lists no tables: one that is asked for tells why.
    const asked = await session.rows(`FROM ${stateTable('datasets')} LIMIT 0`).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (asked !== undefined && !/Catalog Error/.test(String(asked))) throw asked;
    throw new XanoError('DATABASE_FAILED', `The Iceberg catalog ${label} holds no load.`, {
      hint: 'Name the catalog of a load with --to, or load into this one: `xano load --to iceberg:https://…`.',
    });
  }
  const rows = await session.rows(`SELECT DISTINCT name FROM ${stateTable('datasets')} ORDER BY name`);
  return rows.map(({ name }) => String(name));
}
