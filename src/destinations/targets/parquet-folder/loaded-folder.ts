/** A Parquet folder that was loaded into, opened to be read. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { XanoError } from '../../../errors.js';
import { CAPABILITIES } from '../../capabilities.js';
import { startEngine } from '../../engine/engine.js';
import { databaseFailure } from '../../engine/failures.js';
import { assertOwnFolder, bothNames } from '../../engine/own-files.js';
import type { Session } from '../../engine/session.js';
import { literal, quote } from '../../engine/sql.js';
import type { LoadedPlace } from '../../reader/create-store.js';
import { queryAsParquet, runQuery } from '../../reader/query.js';
import type { QueriedPlace } from '../../reader/query-place.js';
import { TARGET } from '../../state/names.js';
import { listTables } from './list-tables.js';
import { mirror, type Seen, stateFile } from './mirror.js';
import { STAGING_NAME } from './open-folder.js';

/** A folder at a path, as something to read. */
export function loadedFolder(path: string): LoadedPlace {
  const folder = resolve(path);
  const staging_file = join(folder, STAGING_NAME);
  const attach = async (
    session: Pick<Session, 'run' | 'rows'>,
    database: string,
    seen: Seen,
  ): Promise<void> => {
    await session.run(`ATTACH ':memory:' AS ${quote(database)}`);
    const tables = await listTables(session, folder, new Map());
    if (!existsSync(stateFile(folder, 'loads')) && tables.every(({ footer }) => footer === null))
      throw nothingLoaded(path, folder);
    await mirror(session, database, folder, tables, seen);
  };
  const queried: QueriedPlace = {
    label: path,
    container: CAPABILITIES.parquet.container,
    can_limit_tables: true,
    attach: async (session, name) => {
      await session.run(`SET allowed_directories = [${bothNames(folder).map(literal).join(', ')}]`);
      await attach(session, name, 'views');
    },
  };
  return {
    label: path,
    read: async (sleep, work) => {
      const spill_folder = join(folder, '.reading.tmp');
      assertOwnFolder(spill_folder);
      const engine = await startEngine({
        spill_folder,
        files: [staging_file],
        folders: [folder],
        sleep,
        lock_wait_ms: 5_000,
      });
      try {
        const session = await engine.session();
        try {
          await attach(session, TARGET, 'names');
          return await work(session, engine, [staging_file]);
        } finally {
          session.close();
        }
      } catch (thrown) {
        throw databaseFailure(thrown, path);
      } finally {
        engine.close();
      }
    },
    query: (sql, use, options) => runQuery(queried, sql, use, options),
    parquet: (sql, use, options) => queryAsParquet(queried, sql, use, options),
  };
}

function nothingLoaded(path: string, folder: string): XanoError {
  return existsSync(folder)
    ? new XanoError('DATABASE_FAILED', `The folder ${path} holds no load.`, {
        hint: 'Name the folder of a load with --to, or load into this one: `xano load --to FOLDER/`.',
      })
    : new XanoError('DATABASE_FAILED', `The folder ${path} does not exist.`, {
        hint: 'Name another folder with --to, or load into it first: `xano load --to FOLDER/`.',
      });
}
