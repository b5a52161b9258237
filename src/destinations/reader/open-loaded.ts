/** Opens a loaded DuckDB file for reading. */
import { resolve } from 'node:path';
import { XanoError } from '../../errors.js';
import { CAPABILITIES } from '../capabilities.js';
import { attachWaiting } from '../engine/attach.js';
import { startEngine } from '../engine/engine.js';
import { databaseFailure } from '../engine/failures.js';
import { assertOwnFolder, assertPlainWal } from '../engine/own-files.js';
import type { Session } from '../engine/session.js';
import { state, TARGET } from '../state/names.js';
import { findStateTables } from '../state/state-tables.js';
import { assertVersion } from '../state/write-state.js';
import type { LoadedPlace } from './create-store.js';
import { queryAsParquet, runQuery } from './query.js';
import type { QueriedPlace } from './query-place.js';

/** A DuckDB file at a path, for reading. */
export function loadedFile(path: string): LoadedPlace {
  const file = resolve(path);
  const staging_file = `${file}.staging`;
  const queried: QueriedPlace = {
    label: path,
    container: CAPABILITIES.duckdb.container,
    can_limit_tables: true,
    attach: async (session, name, waiting) => {
      assertPlainWal(path);
      await attachWaiting(session, path, name, { read_only: true, ...waiting });
    },
  };
  return {
    label: path,
    read: async (sleep, work) => {
      const spill_folder = `${file}.reading.tmp`;
      assertOwnFolder(spill_folder);
      assertPlainWal(file);
      const engine = await startEngine({
        spill_folder,
        files: [file, staging_file],
        sleep,
        lock_wait_ms: 5_000,
      });
      try {
        await engine.attach(file, TARGET, { read_only: true });
        const session = await engine.session();
        try {
          await assertLoaded(session, `The DuckDB file ${path}`);
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

/** Refuses an attached target that no load has written into. `what` names it. Throws DATABASE_FAILED. */
export async function assertLoaded(session: Session, what: string): Promise<void> {
  const known = await findStateTables(session, TARGET);
  if (!['format', 'loads', 'rejects', 'resources'].every((name) => known.has(name)))
    throw new XanoError('DATABASE_FAILED', `${what} holds no load.`, {
      hint: 'Name the file of a load with --to, or load into this one: `xano load --to FILE`.',
    });
  const [format] = await session.rows(`SELECT max(version) AS version FROM ${state('format')}`);
  assertVersion(format?.['version']);
}
