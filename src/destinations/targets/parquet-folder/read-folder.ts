/** Reads a Parquet folder back, wherever its files are kept. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { XanoError } from '../../../errors.js';
import type { Capabilities } from '../../capabilities.js';
import { startEngine } from '../../engine/engine.js';
import { databaseFailure } from '../../engine/failures.js';
import { assertOwnFolder, bothNames } from '../../engine/own-files.js';
import type { Session } from '../../engine/session.js';
import { literal, quote } from '../../engine/sql.js';
import type { LoadedPlace } from '../../reader/create-store.js';
import { queryAsParquet, runQuery } from '../../reader/query.js';
import type { QueriedPlace } from '../../reader/query-place.js';
import { TARGET } from '../../state/names.js';
import type { FolderFiles } from './folder-files.js';
import { listTables, type TableFile } from './list-tables.js';
import { mirror, type Seen, stateFile } from './mirror.js';

/** A folder that is there to be read. */
export interface ReadFolder {
  readonly folder: string;
  readonly files: FolderFiles;
  /** Brings what a statement reads; null: what status and schema read. */
  readonly bring: (tables: readonly TableFile[], sql: string | null) => Promise<void>;
}

/** A folder that was loaded into, as something to read. */
export interface FolderToRead {
  readonly label: string;
  readonly container: Capabilities['container'];
  readonly staging_file: string;
  /** Runs work with the folder on this computer. */
  readonly withFolder: <T>(work: (folder: ReadFolder) => Promise<T>) => Promise<T>;
  /** The refusal of a place that no load wrote into. */
  readonly nothingLoaded: () => XanoError;
}

/** Makes something to read of a folder. */
export function readFolder(place: FolderToRead): LoadedPlace {
  const { label, container, staging_file, withFolder } = place;
  const queriedBy = (read: ReadFolder, sql: string): QueriedPlace => ({
    label,
    container,
    can_limit_tables: true,
    attach: async (session, name) => {
      await session.run(`SET allowed_directories = [${bothNames(read.folder).map(literal).join(', ')}]`);
      await attach(place, session, read, { database: name, seen: 'views', sql });
    },
  });
  return {
    label,
    read: (sleep, work) =>
      withFolder(async (read) => {
        const spill_folder = join(read.folder, '.reading.tmp');
        assertOwnFolder(spill_folder);
        const engine = await startEngine({
          spill_folder,
          files: [staging_file],
          folders: [read.folder],
          sleep,
          lock_wait_ms: 5_000,
        });
        try {
          const session = await engine.session();
          try {
            await attach(place, session, read, { database: TARGET, seen: 'names', sql: null });
            return await work(session, engine, [staging_file]);
          } finally {
            session.close();
          }
        } catch (thrown) {
          throw databaseFailure(thrown, label);
        } finally {
          engine.close();
        }
      }),
    query: (sql, use, options) => withFolder((read) => runQuery(queriedBy(read, sql), sql, use, options)),
    parquet: (sql, use, options) =>
      withFolder((read) => queryAsParquet(queriedBy(read, sql), sql, use, options)),
  };
}

async function attach(
  place: FolderToRead,
  session: Pick<Session, 'run' | 'rows'>,
  read: ReadFolder,
  { database, seen, sql }: { readonly database: string; readonly seen: Seen; readonly sql: string | null },
): Promise<void> {
  const { folder, files } = read;
  await session.run(`ATTACH ':memory:' AS ${quote(database)}`);
  await files.look();
  const tables = await listTables(session, folder, new Map());
  if (!existsSync(stateFile(folder, 'loads')) && tables.every(({ footer }) => footer === null))
    throw place.nothingLoaded();
  await read.bring(tables, sql);
  await mirror(session, database, { folder, files }, tables, seen);
}
