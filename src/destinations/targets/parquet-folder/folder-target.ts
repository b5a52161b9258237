/**
 * What a Parquet folder does for a load, wherever its files are kept: publishing runs in a DuckDB database
 * that mirrors the folder.
 */
import { rmSync } from 'node:fs';
import pLimit from 'p-limit';
import { databaseFailure } from '../../engine/failures.js';
import { databasePaths } from '../../engine/own-files.js';
import type { Session } from '../../engine/session.js';
import { TARGET } from '../../state/names.js';
import { readContents } from '../../state/read-contents.js';
import { recallServerLimits } from '../../state/server-limits.js';
import { writeLoad, writeServerLimits } from '../../state/write-state.js';
import type { Existing, Target } from '../../target.js';
import { listTables, type TableFile } from './list-tables.js';
import { mirror } from './mirror.js';
import type { OpenFolder } from './open-folder.js';
import { linkParts } from './partitions/partition-files.js';
import { publishTable } from './publish-table.js';
import { copyWanted } from './rows/previous-rows.js';
import { besideOf, writeState } from './write-state-files.js';

/** What a folder on disk and a bucket do each in its own way. */
export type OwnPart = Pick<Target, 'isAbsent' | 'assertWritable' | 'lease' | 'close'>;

/** Opens a folder as a target. */
export function openFolderTarget(opened: OpenFolder, own: OwnPart): Target {
  const { on_disk, files } = opened;
  // There is one mirror at a time.
  const one = pLimit(1);
  const inTurn = <T>(work: () => Promise<T>): Promise<T> =>
    one(async () => {
      try {
        return await work();
      } catch (thrown) {
        throw databaseFailure(thrown, on_disk);
      }
    });
  return {
    ...own,
    look: (purpose) => inTurn(() => lookAt(opened, purpose)),
    read: (work, wanted) =>
      inTurn(() =>
        mirrored(
          opened,
          async (session, tables) => {
            const read = tables.filter(({ footer }) => footer?.identity === wanted.identity);
            await files.fetch(read.flatMap((table) => table.files));
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
  };
}

/**
 * Runs work with the folder mirrored in the attached database `target`: in memory, or in a file where rows go
 * into it.
 */
async function mirrored<T>(
  { folder, files, scratch, tools: { engine }, known }: OpenFolder,
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
    await files.look();
    const tables = await listTables(session, folder, known);
    await mirror(session, TARGET, { folder, files }, tables, 'names');
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
