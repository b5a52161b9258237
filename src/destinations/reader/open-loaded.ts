/** A DuckDB file that was loaded into, opened to be read: what its state says, and nothing of its rows. */
import { resolve } from 'node:path';
import { XanoError } from '../../errors.js';
import { type Engine, type Session, startEngine } from '../engine/engine.js';
import { databaseFailure } from '../engine/failures.js';
import { assertOwnFolder, assertPlainWal } from '../engine/own-files.js';
import { assertVersion } from '../publish/publish.js';
import { state, TARGET } from '../state/names.js';
import { findStateTables } from '../state/state-tables.js';

/** Works with a file attached for reading, and lets go of it. Throws DATABASE_FAILED where nothing was loaded into it, and DATABASE_LOCKED. */
export async function readLoadedFile<T>(
  path: string,
  sleep: (ms: number) => Promise<void>,
  work: (session: Session, engine: Engine) => Promise<T>,
): Promise<T> {
  const file = resolve(path);
  const spill_folder = `${file}.reading.tmp`;
  assertOwnFolder(spill_folder);
  assertPlainWal(file);
  const engine = await startEngine({
    spill_folder,
    files: [file, `${file}.staging`],
    sleep,
    lock_wait_ms: 5_000,
  });
  try {
    await engine.attach(file, TARGET, { read_only: true });
    const session = await engine.session();
    try {
      await assertLoaded(session, path);
      return await work(session, engine);
    } finally {
      session.close();
    }
  } catch (thrown) {
    throw databaseFailure(thrown, path);
  } finally {
    engine.close();
  }
}

async function assertLoaded(session: Session, path: string): Promise<void> {
  const known = await findStateTables(session, TARGET);
  if (!['format', 'loads', 'rejects', 'resources'].every((name) => known.has(name)))
    throw new XanoError('DATABASE_FAILED', `${path} is a DuckDB file that nothing was loaded into.`, {
      hint: 'Name the file of a load with --to, or load into this one: `xano load --to FILE`.',
    });
  const [format] = await session.rows(`SELECT max(version) AS version FROM ${state('format')}`);
  assertVersion(format?.['version']);
}
