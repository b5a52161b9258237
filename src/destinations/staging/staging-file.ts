/** Opens the staging file of a target, new or from an earlier load, and sets a damaged one aside. */
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { XanoError } from '../../errors.js';
import type { TargetPlan } from '../destination.js';
import type { Engine } from '../engine/engine.js';
import { databaseFailure, isOfTheSystem } from '../engine/failures.js';
import { assertNoLink, assertPlainWal, look, walFiles } from '../engine/own-files.js';
import type { Session } from '../engine/session.js';
import { literal, quote } from '../engine/sql.js';
import type { SetAside } from '../prepared.js';
import { STAGING } from '../state/names.js';
import { foreignState } from '../state/parse-state.js';
import { findStagingTables, findStateTables } from '../state/state-tables.js';
import { STAGING_TABLES } from './staging-ddl.js';

/** A target's file and its staging file. */
export interface Files {
  readonly file: string;
  readonly staging_file: string;
}

/** The staging table of a resource: the same in every load. */
export function stagingTableOf({ identity }: TargetPlan): string {
  return `r_${createHash('sha256').update(identity).digest('hex').slice(0, 16)}`;
}

/** Whether the name is free, even of a link that leads nowhere. */
export function isFree(file: string): boolean {
  return look(file) === undefined;
}

/** An open staging file. */
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
    const attached = await orDamage(engine, { staging_file, isNew }, () =>
      isNew ? attachNewStaging(engine, staging_file) : attachStaging(engine, files),
    );
    if ('result' in attached) {
      await clear();
      if (isNew) return { tables: attached.result, set_aside: null };
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

/** The kind of a thing at a file's path, as the end of a sentence; undefined for a file. */
function wrongKind(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  return stats.isDirectory() ? 'it is a folder' : 'it is not a file';
}

/**
 * Runs work with the staging file. If DuckDB finds that the file is damaged, detaches it and returns the
 * damage. Throws every other failure, and each failure of a new file.
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
  // Its logs are renamed as well, because DuckDB looks for them under the file's new name.
  const logs = walFiles(moved_to);
  for (const [i, wal] of walFiles(staging_file).entries())
    if (look(wal) !== undefined) renameSync(wal, logs[i]!);
  const tables = await attachStaging(engine, files);
  return { tables, set_aside: { file: staging_file, moved_to, reason } };
}

/** Makes an empty staging file at a free path. Throws what attaching throws. */
export async function attachNewStaging(engine: Engine, staging_file: string): Promise<ReadonlySet<string>> {
  await engine.attach(staging_file, STAGING);
  const session = await engine.session();
  try {
    await session.run(STAGING_TABLES.join('; '));
    return new Set();
  } finally {
    session.close();
  }
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
      // An earlier load turned it into the target, and was killed before it could rename it.
      await engine.detach(STAGING);
      becomeFile({ file, staging_file });
      await engine.attach(staging_file, STAGING);
    } else await assertStaging(session, tables);
    await session.run(STAGING_TABLES.join('; '));
    return new Set(isFinished(tables) ? [] : tables.map(({ name }) => name));
  } finally {
    session.close();
  }
}

/** The tables with staged rows, named by {@link stagingTableOf}. */
const ROWS = /^r_[0-9a-f]{16}$/;

/** Refuses a database that is not a staging file. Throws DATABASE_FAILED. */
async function assertStaging(session: Session, tables: readonly Place[]): Promise<void> {
  const stagingTables = await findStagingTables(session, STAGING);
  const views = await session.rows(
    `SELECT 1 FROM duckdb_views() WHERE database_name = ${literal(STAGING)} AND NOT internal LIMIT 1`,
  );
  const isOurs = ({ schema, name }: Place): boolean =>
    ROWS.test(name) || (schema === 'main' && stagingTables.has(name));
  if (views.length > 0 || !tables.every(isOurs) || (tables.length > 0 && !stagingTables.has('progress')))
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

/** The tables of an empty staging file. */
const STAGING_NAMES = 2;

/** Whether a staged table can be read completely. If not, the staging file is damaged, not the target. */
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

/** Whether a staging file is already a target: its own tables are gone, and the state exists. */
function isFinished(tables: readonly Place[]): boolean {
  const has = (schema: string, name: string): boolean =>
    tables.some((table) => table.schema === schema && table.name === name);
  return has('_xano', 'resources') && !has('main', 'progress');
}

/**
 * Gives a finished staging file the target's name. Where somebody has made a file of that name meanwhile, it
 * stays, and the staging file goes. Throws what the file system throws.
 */
export function becomeFile({ file, staging_file }: Files): void {
  if (isFree(file)) giveName(staging_file, file);
  else rmSync(staging_file);
}

/** Renames a file durably. */
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
