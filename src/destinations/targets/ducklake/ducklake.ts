/**
 * A DuckLake as a target: tables are Parquet files, and what is in them, with state, rejected values and load
 * records, changes in one transaction of its catalog.
 * In: a name, and staged tables. Out: a place for create-destination.ts.
 */
import { existsSync } from 'node:fs';
import { CAPABILITIES } from '../../capabilities.js';
import type { Session } from '../../engine/session.js';
import { TARGET } from '../../state/names.js';
import type { PlaceOptions, Target, TargetPlace, TargetTools } from '../../target.js';
import { isSmall, lookInto, publishInto, recordInto } from '../attached.js';
import { createGroup } from '../group.js';
import { holdDatabase } from '../held-database.js';
import { assertWritableFile } from '../writable-file.js';
import { attachment, type FoundCatalog, readCatalog } from './attach-lake.js';
import { type FileCatalog, type Lake, parseLake } from './lake.js';
import { aboutLake, lakeFailure } from './lake-failures.js';
import { type LakePlace, lakePlace } from './lake-place.js';
import { setUpLake } from './set-up-lake.js';
import { openSharedLake, SHARED } from './shared-lake.js';

/** A DuckLake by what follows `ducklake:` in its name. It need not be there yet. Throws USAGE. */
export function duckLake(name: string, options: PlaceOptions): TargetPlace {
  const lake = parseLake(name);
  const { label, data, catalog } = lake;
  const { path, staging_file, catalog_files } = lakePlace(lake, options);
  const isShared = catalog.type === 'postgres';
  return {
    label,
    capabilities: isShared ? SHARED : CAPABILITIES.ducklake,
    path,
    staging_file,
    database_files: catalog_files,
    folders: [data],
    setUp: (session) => aboutLake(lake, () => setUpLake(session, lake, options)),
    // DuckDB attaches Postgres only before it is closed off.
    stays_open: isShared,
    open: (tools) =>
      isShared
        ? openSharedLake(lake, catalog, { staging_file }, tools)
        : openFileLake(lake, catalog, { path, staging_file }, tools),
  };
}

/** A lake whose catalog is in a file: whoever holds the staging file may load into all of its schemas. */
function openFileLake(
  lake: Lake,
  catalog: FileCatalog,
  { path, staging_file }: Pick<LakePlace, 'path' | 'staging_file'>,
  tools: TargetTools,
): Target {
  const { engine, keep_loads } = tools;
  let found: FoundCatalog | null = null;
  const attachBy = (sql: string): Promise<void> => engine.attachBy(sql, path);
  const held = holdDatabase(tools, {
    attach: async ({ read_only }) => {
      found ??= await withSession(tools, (session) => readCatalog({ session, attachBy }, lake, catalog));
      await attachBy(attachment(lake, TARGET, { read_only, found }));
    },
    failure: (thrown) => lakeFailure(thrown, lake),
  });
  const target = { tools, held, staging_file, capabilities: CAPABILITIES.ducklake };
  const group = createGroup(target, (thrown) => lakeFailure(thrown, lake));
  return {
    isAbsent: () => !existsSync(path),
    assertWritable: () => assertWritableFile(path),
    lease: async () => {},
    look: (purpose) => held.use(purpose, lookInto),
    read: (work) => held.use('read', work),
    publish: (staged, publication, { is_last }) =>
      isSmall(staged)
        ? group.publish({ staged, publication }, { more: is_last })
        : held.use('write', (session) => publishInto(session, staged, publication, target)),
    record: (report, server_limits) =>
      held.use('write', (session) => recordInto(session, report, server_limits, { keep_loads })),
    close: async () => {},
  };
}

async function withSession<T>({ engine }: TargetTools, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await engine.session();
  try {
    return await work(session);
  } finally {
    session.close();
  }
}
