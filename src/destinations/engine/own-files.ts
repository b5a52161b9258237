/**
 * The files and folders that a load makes beside its target. Links, pipes and folders of others in their
 * place are refused.
 */
import type { Stats } from 'node:fs';
import { lstatSync, mkdirSync, readdirSync, readlinkSync, realpathSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import * as system from 'node:process';
import { XanoError } from '../../errors.js';

/** The endings that DuckDB 1.5 adds to a database file's name for the log of what is not in the file yet. */
const WAL_ENDINGS: readonly string[] = ['.wal', '.wal.checkpoint', '.wal.recovery'];

/** Links that lead to links; Linux itself stops at 40. */
const MOST_LINKS = 40;

/** A path without any link in it, also where the file itself does not exist yet. */
export function realPath(path: string, links = MOST_LINKS): string {
  try {
    return realpathSync(path);
  } catch {
    if (dirname(path) === path || links === 0) return path;
    const folder = realPath(dirname(path), links);
    const here = join(folder, basename(path));
    return look(here)?.isSymbolicLink() === true
      ? realPath(resolve(folder, readlinkSync(here)), links - 1)
      : here;
  }
}

/**
 * The logs that DuckDB keeps beside a database file. It follows a link to the file, and names the logs after
 * what it finds.
 */
export function walFiles(file: string): string[] {
  return bothNames(file).flatMap((name) => WAL_ENDINGS.map((ending) => withEnding(name, ending)));
}

/** DuckDB takes what follows a question mark for the parameters of an address, in a file's name as well. */
function withEnding(name: string, ending: string): string {
  const at = name.indexOf('?');
  return at < 0 ? name + ending : name.slice(0, at) + ending + name.slice(at);
}

/** Every path that DuckDB must be allowed to use for a database file. */
export function databasePaths(file: string): string[] {
  return [...bothNames(file), ...walFiles(file)];
}

/** The path as given, and without links: DuckDB asks for permission under either name. */
export function bothNames(path: string): string[] {
  return [...new Set([path, realPath(path)])];
}

/**
 * Refuses links, folders and pipes in the place of a database's logs: DuckDB would follow the one and wait
 * for the other. Throws DATABASE_FAILED.
 */
export function assertPlainWal(file: string): void {
  for (const wal of walFiles(file)) {
    const stats = look(wal);
    if (stats !== undefined && !stats.isFile()) throw inTheWay(wal, stats, 'the log of a database');
  }
}

/** Refuses a link in the place of a file of our own. Throws DATABASE_FAILED. */
export function assertNoLink(file: string, purpose: string): void {
  const stats = look(file);
  if (stats?.isSymbolicLink() === true) throw inTheWay(file, stats, purpose);
}

/** Refuses anything but a folder of this user in the place of a temporary folder. Throws DATABASE_FAILED. */
export function assertOwnFolder(folder: string): void {
  const stats = look(folder);
  if (stats === undefined) return;
  if (!stats.isDirectory()) throw inTheWay(folder, stats, 'a temporary folder');
  if (!isOwn(stats))
    throw new XanoError('DATABASE_FAILED', `The temporary folder ${folder} belongs to another user.`, {
      hint: 'Remove it, or load into a file in another folder with --to.',
    });
}

/**
 * Makes a temporary folder, or empties it of the files of earlier loads. Throws DATABASE_FAILED, or the file
 * system's error.
 */
export function openFolder(folder: string): void {
  assertOwnFolder(folder);
  removeFolder(folder);
  if (look(folder) === undefined) mkdirSync(folder, { mode: 0o700 });
}

/** What a load writes into its temporary folder, and what DuckDB does. */
const TEMPORARY =
  /^(r_[0-9a-f]+-\d+\.(parquet|json)(\.rejects)?|duckdb_temp_.*|target\.duckdb(\.wal.*)?|progress\.json(\.new)?)$/;

/**
 * Removes a temporary folder with the files of loads in it; a file of somebody else, and the folder around
 * it, stay.
 */
export function removeFolder(folder: string): void {
  if (look(folder)?.isDirectory() !== true) return;
  for (const name of readdirSync(folder))
    if (TEMPORARY.test(name)) rmSync(join(folder, name), { recursive: true, force: true });
  try {
    rmdirSync(folder);
  } catch {
    // It is not empty: it holds a file that no load made.
  }
}

/** What is at a path, without following a link; undefined where nothing is. */
export function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // A part of the path is a file, or may not be entered: opening it says which.
    return undefined;
  }
}

/** Whether this user owns it and nobody else may write to it. Windows tells neither. */
export function isOwn({ uid, mode }: Stats): boolean {
  const own = system.getuid?.();
  return own === undefined || (uid === own && (mode & 0o022) === 0);
}

function inTheWay(path: string, stats: Stats, purpose: string): XanoError {
  const kind = stats.isSymbolicLink() ? 'a link' : stats.isDirectory() ? 'a folder' : 'not a plain file';
  return new XanoError('DATABASE_FAILED', `${path} is ${kind}; expected ${purpose}.`, {
    hint: 'Remove it if it is not yours, or load into a file in another folder with --to.',
  });
}
