/**
 * A folder of Parquet files as a target: one file for each table, with the table's state in its footer.
 * Tables are replaced, or get further rows.
 * In: a path, and staged tables. Out: a place for create-destination.ts. Publishing runs in a DuckDB database
 * that mirrors the folder, so ownership, renames, schema changes and guards are the same SQL as for a DuckDB
 * file; then files are written beside and renamed.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import pLimit from 'p-limit';
import { XanoError } from '../../../errors.js';
import { CAPABILITIES } from '../../capabilities.js';
import { databaseFailure } from '../../engine/failures.js';
import { databasePaths } from '../../engine/own-files.js';
import type { Session } from '../../engine/session.js';
import { TARGET } from '../../state/names.js';
import { readContents } from '../../state/read-contents.js';
import { recallServerLimits } from '../../state/server-limits.js';
import { writeLoad, writeServerLimits } from '../../state/write-state.js';
import type { Existing, Target, TargetPlace } from '../../target.js';
import { listTables, type TableFile } from './list-tables.js';
import { mirror } from './mirror.js';
import { type OpenFolder, STAGING_NAME } from './open-folder.js';
import { linkParts } from './partitions/partition-files.js';
import { publishTable } from './publish-table.js';
import { copyWanted } from './rows/previous-rows.js';
import { besideOf, writeState } from './write-state-files.js';

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
    open: (tools) => openFolder({ label: path, folder, scratch, tools, known: new Map() }),
  };
}

function openFolder(opened: OpenFolder): Target {
  const { folder, label } = opened;
  // There is one mirror at a time.
  const one = pLimit(1);
  const inTurn = <T>(work: () => Promise<T>): Promise<T> =>
    one(async () => {
      try {
        return await work();
      } catch (thrown) {
        throw databaseFailure(thrown, label);
      }
    });
  let is_made = false;
  return {
    isAbsent: () => !existsSync(folder) || readdirSync(folder).every((name) => name.startsWith(STAGING_NAME)),
    assertWritable: () => {
      is_made = makeWritable(folder);
    },
    // Who holds the staging file may load into every schema.
    lease: async () => {},
    look: (purpose) => inTurn(() => lookAt(opened, purpose)),
    read: (work, wanted) =>
      inTurn(() =>
        mirrored(
          opened,
          async (session, tables) => {
            await copyWanted(session, tables, wanted);
            return work(session);
          },
          { scratch: true },
        ),
      ),
    publish: (staged, publication) =>
      inTurn(() =>
        mirrored(opened, (session, tables) => publishTable(opened, session, tables, staged, publication), {
          scratch: true,
        }),
      ),
    record: (report, server_limits) =>
      inTurn(() =>
        mirrored(opened, async (session) => {
          await writeLoad(session, report, report.status, opened.tools.keep_loads);
          await writeServerLimits(session, server_limits);
          await writeState(opened, session);
        }),
      ),
    close: async () => {
      if (!is_made) return;
      try {
        rmdirSync(folder);
      } catch {
        // It holds tables.
      }
    },
  };
}

/**
 * Runs work with the folder mirrored in the attached database `target`: in memory, or in a file where rows go
 * into it.
 */
async function mirrored<T>(
  { folder, scratch, tools: { engine }, known }: OpenFolder,
  work: (session: Session, tables: readonly TableFile[]) => Promise<T>,
  options: { readonly scratch?: boolean } = {},
): Promise<T> {
  const session = await engine.session();
  const removeScratch = (): void => {
    for (const file of databasePaths(scratch)) rmSync(file, { force: true });
  };
  try {
    if (options.scratch === true) {
      removeScratch();
      // It is removed when the work is done, whatever became of it: a log would only take memory and time.
      await engine.attach(scratch, TARGET, { log: false });
    } else await session.run(`ATTACH ':memory:' AS ${TARGET}`);
    const tables = await listTables(session, folder, known);
    await mirror(session, TARGET, folder, tables, 'names');
    return await work(session, tables);
  } finally {
    session.close();
    await engine.detach(TARGET);
    if (options.scratch === true) removeScratch();
  }
}

function lookAt(opened: OpenFolder, purpose: 'read' | 'write'): Promise<Existing> {
  return mirrored(opened, (session, tables) => {
    // A load may have been killed before it had put the Hive folders of a table right.
    for (const { footer, partitioned } of tables)
      if (purpose === 'write' && footer !== null && partitioned !== null)
        linkParts(partitioned.place, partitioned.table, besideOf(opened));
    return lookInto(session);
  });
}

async function lookInto(session: Session): Promise<Existing> {
  return { contents: await readContents(session), server_limits: await recallServerLimits(session) };
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
