/**
 * Opens the staging file beside a target, new or as an earlier load left it, and sets a damaged one aside.
 */
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { XanoError } from '../../errors.js';
import type { SetAside, TargetPlan } from '../destination.js';
import type { Engine } from '../engine/engine.js';
import { databaseFailure, isOfTheSystem } from '../engine/failures.js';
import { assertNoLink, assertPlainWal, look, walFiles } from '../engine/own-files.js';
import type { Session } from '../engine/session.js';
import { literal, quote } from '../engine/sql.js';
import { STAGING } from '../state/names.js';
import { foreignState } from '../state/parse-state.js';
import { findStagingTables, findStateTables } from '../state/state-tables.js';
import { STAGING_TABLES } from './staging-ddl.js';

/** A target's file and the one that its rows are staged in. */
export interface Files {
  readonly file: string;
  readonly staging_file: string;
}

/** The staging table of a resource: the same in every load. */
export function stagingTableOf({ identity }: TargetPlan): string {
  return `r_${createHash('sha256').update(identity).digest('hex').slice(0, 16)}`;
}

/** Whether nothing has this name yet, not even a link that leads nowhere. */
export function isFree(file: string): boolean {
  return look(file) === undefined;
}

/** A staging file that is open. */
export interface OpenStaging {
  /** The names of the tables that an earlier load left in it. */
  readonly tables: ReadonlySet<string>;
  readonly set_aside: SetAside | null;
}

/**
 * Opens the staging file, and sets one aside that is damaged or was not made by a load: its rows can be read
 * again. Every row that is kept is looked at, since DuckDB notices damage only where it reads. `clearFolder`
 * runs once the file is locked and before any of its rows is read: DuckDB puts long values aside in the
 * temporary folder, each in a file of its own. Throws DATABASE_LOCKED, DATABASE_FAILED where another file
 * could not be made either, and what `clearFolder` throws.
 */
export async function openStaging(
  engine: Engine,
  files: Files,
  now: () => number,
  clearFolder: () => Promise<void>,
): Promise<OpenStaging> {
  const { staging_file } = files;
  assertNoLink(staging_file, 'the staging file of a load');
  assertPlainWal(staging_file);
  const stats = look(staging_file);
  const clear = async (): Promise<void> => {
    try {
      await clearFolder();
    } catch (thrown) {
      await engine.detach(STAGING).catch(() => {});
      throw thrown;
    }
  };
  let damage = stats === undefined ? undefined : wrongKind(stats);
  if (damage === undefined) {
    const isNew = stats === undefined;
    const attached = await orDamage(engine, { staging_file, isNew }, () => attachStaging(engine, files));
    if ('result' in attached) {
      await clear();
      const read = await orDamage(engine, { staging_file, isNew }, () => readThrough(engine));
      if ('result' in read) return { tables: attached.result, set_aside: null };
      return moveAside(engine, files, now, read.damage);
    }
    damage = attached.damage;
  }
  const opened = await moveAside(engine, files, now, damage);
  await clear();
  return opened;
}

/** What lies in the place of a file, as the end of a sentence; undefined for a file. */
function wrongKind(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  return stats.isDirectory() ? 'it is a folder' : 'it is not a file';
}

/**
 * Runs work with the staging file. Where DuckDB finds that the file is damaged, detaches it and says how.
 * Throws every other failure, and each failure of a new file.
 */
async function orDamage<T>(
  engine: Engine,
  { staging_file, isNew }: { readonly staging_file: string; readonly isNew: boolean },
  work: () => Promise<T>,
): Promise<{ readonly result: T } | { readonly damage: string }> {
  try {
    return { result: await work() };
  } catch (thrown) {
    const failure = databaseFailure(thrown, staging_file);
    await engine.detach(STAGING).catch(() => {});
    if (isNew || failure.code !== 'DATABASE_FAILED' || isOfTheSystem(thrown)) throw failure;
    return { damage: whatIsWrong(failure) };
  }
}

/** An error's sentence, without its full stop: it becomes the end of another one. */
const whatIsWrong = ({ message }: XanoError): string => message.replace(/\.$/, '');

async function moveAside(
  engine: Engine,
  files: Files,
  now: () => number,
  reason: string,
): Promise<OpenStaging> {
  const { staging_file } = files;
  const time = new Date(now()).toISOString().slice(0, 19).replace(/[-:]/g, '');
  let moved_to = `${staging_file}.damaged-${time}Z`;
  for (let n = 2; look(moved_to) !== undefined; n++) moved_to = `${staging_file}.damaged-${time}Z-${n}`;
  renameSync(staging_file, moved_to);
  // Its logs go with it, each under the name that DuckDB gives one of the file's new name.
  const logs = walFiles(moved_to);
  for (const [i, wal] of walFiles(staging_file).entries())
    if (look(wal) !== undefined) renameSync(wal, logs[i]!);
  const tables = await attachStaging(engine, files);
  return { tables, set_aside: { file: staging_file, moved_to, reason } };
}

/**
 * Opens the staging file, and returns the names of the tables that an earlier load left in it. Throws what
 * attaching throws.
 */
export async function attachStaging(
  engine: Engine,
  { file, staging_file }: Files,
): Promise<ReadonlySet<string>> {
  await engine.attach(staging_file, STAGING);
  const session = await engine.session();
  try {
    const tables = await tablesOf(session);
    if (isFinished(tables)) {
      await findStateTables(session, STAGING);
      // An earlier load had made a target of it, and was killed before it could give it its name.
      await engine.detach(STAGING);
      if (isFree(file)) giveName(staging_file, file);
      else rmSync(staging_file);
      await engine.attach(staging_file, STAGING);
    } else await assertStaging(session, tables);
    await session.run(STAGING_TABLES.join('; '));
    return new Set(isFinished(tables) ? [] : tables.map(({ name }) => name));
  } finally {
    session.close();
  }
}

/** The tables that rows are staged in, as {@link stagingTableOf} names them. */
const ROWS = /^r_[0-9a-f]{16}$/;

/** Refuses a database that no load has staged rows in. Throws DATABASE_FAILED. */
async function assertStaging(session: Session, tables: readonly Place[]): Promise<void> {
  const own = await findStagingTables(session, STAGING);
  const views = await session.rows(
    `SELECT 1 FROM duckdb_views() WHERE database_name = ${literal(STAGING)} AND NOT internal LIMIT 1`,
  );
  const isOurs = ({ schema, name }: Place): boolean =>
    ROWS.test(name) || (schema === 'main' && own.has(name));
  if (views.length > 0 || !tables.every(isOurs) || (tables.length > 0 && !own.has('progress')))
    throw foreignState('the database belongs to another program');
}

/**
 * Reads every staged value once, so that DuckDB compares every block with its checksum. Throws what DuckDB
 * throws.
 */
async function readThrough(engine: Engine): Promise<void> {
  const session = await engine.session();
  try {
    const tables = await tablesOf(session);
    for (const { schema, name } of tables)
      await session.rows(`SELECT bit_xor(hash(*COLUMNS(*))) FROM ${quote(STAGING, schema, name)}`);
    if (tables.length > STAGING_NAMES) await session.releaseBuffers();
  } finally {
    session.close();
  }
}

/** Tables that a staging file has before anything is staged. */
const STAGING_NAMES = 2;

/**
 * Whether a staged table can be read from its first row to its last. Where it cannot, the staging file is
 * damaged, not the target.
 */
export async function isReadable(session: Session, table: string): Promise<boolean> {
  try {
    await session.rows(`SELECT bit_xor(hash(*COLUMNS(*))) FROM ${table}`);
    return true;
  } catch {
    return false;
  }
}

interface Place {
  readonly schema: string;
  readonly name: string;
}

async function tablesOf(session: Session): Promise<Place[]> {
  const tables = await session.rows(
    `SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ${literal(STAGING)}`,
  );
  return tables.map((row) => ({ schema: String(row['schema_name']), name: String(row['table_name']) }));
}

/** Whether a staging file is a target already: its own tables are gone, and the state is there. */
function isFinished(tables: readonly Place[]): boolean {
  const has = (schema: string, name: string): boolean =>
    tables.some((table) => table.schema === schema && table.name === name);
  return has('_xano', 'resources') && !has('main', 'progress');
}

/** Gives a file another name, and makes that durable. */
function giveName(from: string, to: string): void {
  if (existsSync(`${from}.wal`))
    throw new XanoError('BUG', `DuckDB had not written all of ${from} when it released the file.`);
  renameSync(from, to);
  try {
    const folder = openSync(dirname(to), 'r');
    fsyncSync(folder);
    closeSync(folder);
  } catch {
    // Some systems cannot open a folder: they decide themselves when a new name is durable.
  }
}
