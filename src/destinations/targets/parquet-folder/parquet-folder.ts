/**
 * A folder of Parquet files as a target: one file for each table, with the table's state in its footer.
 * In: a path, and staged tables. Out: a place for create-destination.ts. Publishing runs in a DuckDB database
 * that mirrors the folder, so ownership, renames, schema changes and guards are the same SQL as for a DuckDB
 * file; then files are written beside and renamed.
 */
import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { XanoError } from '../../../errors.js';
import { CAPABILITIES } from '../../capabilities.js';
import type { Target, TargetPlace } from '../../target.js';
import { FILES_ON_DISK } from './folder-files.js';
import { openFolderTarget } from './folder-target.js';
import { type OpenFolder, STAGING_NAME } from './open-folder.js';

/** A folder at a path, which need not be there yet. */
export function parquetFolder(path: string): TargetPlace {
  const folder = resolve(path);
  const staging_file = join(folder, STAGING_NAME);
  const scratch = join(`${staging_file}.tmp`, 'target.duckdb');
  return {
    label: path,
    capabilities: CAPABILITIES.parquet,
    path: folder,
    staging_file,
    database_files: [scratch],
    folders: [folder],
    open: (tools) =>
      openOnDisk({ on_disk: path, folder, files: FILES_ON_DISK, scratch, tools, known: new Map() }),
  };
}

function openOnDisk(opened: OpenFolder): Target {
  const { folder } = opened;
  let is_made = false;
  return openFolderTarget(opened, {
    isAbsent: () => !existsSync(folder) || readdirSync(folder).every((name) => name.startsWith(STAGING_NAME)),
    assertWritable: () => {
      is_made = makeWritable(folder);
    },
    // Who holds the staging file may load into every schema.
    lease: async () => {},
    close: async () => {
      if (!is_made) return;
      try {
        rmdirSync(folder);
      } catch {
        // It holds tables.
      }
    },
  });
}

/**
 * Makes the folder where there is none, and says whether it did. Throws DATABASE_FAILED for a path that no
 * folder can be at.
 */
function makeWritable(folder: string): boolean {
  const refusal = (message: string, hint: string, cause?: unknown): XanoError =>
    new XanoError('DATABASE_FAILED', message, { hint, cause });
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw refusal(
      `${folder} is a file, not a folder.`,
      'Name a folder with --to, or a DuckDB file without the slash.',
    );
  const parent = dirname(folder);
  if (!existsSync(parent))
    throw refusal(
      `The folder ${parent} does not exist.`,
      'Create it first, or name another folder with --to.',
    );
  try {
    accessSync(existsSync(folder) ? folder : parent, constants.W_OK);
    if (existsSync(folder)) return false;
    mkdirSync(folder);
    return true;
  } catch (cause) {
    throw refusal(
      `You do not have permission to write ${folder}.`,
      'Change its permissions, or name another folder with --to.',
      cause,
    );
  }
}
