/** Load records and limits of servers, as files of a Parquet folder. */
import { join } from 'node:path';
import type { Session } from '../../engine/session.js';
import { literal } from '../../engine/sql.js';
import { state } from '../../state/names.js';
import { stateFile } from './mirror.js';
import type { OpenFolder } from './open-folder.js';
import { writeFile } from './write-files.js';

/** A name for files on their way, in the folder that the next load clears. */
export const besideOf = ({ scratch }: Pick<OpenFolder, 'scratch'>): string =>
  join(scratch, '..', 'r_0-0.parquet');

/** Writes what the mirror has of load records and servers. */
export async function writeState(opened: OpenFolder, session: Session): Promise<void> {
  for (const table of ['loads', 'servers'] as const)
    await writeFile(stateFile(opened.folder, table), besideOf(opened), (beside) =>
      session.run(`COPY (FROM ${state(table)}) TO ${literal(beside)} (FORMAT parquet, COMPRESSION zstd)`),
    );
}
