/** Load records and limits of servers, as files of a Parquet folder. */
import { join } from 'node:path';
import type { Session } from '../../engine/session.js';
import { literal } from '../../engine/sql.js';
import { state, TARGET } from '../../state/names.js';
import { insertFile, type StateFile, stateFile } from './mirror.js';
import type { OpenFolder } from './open-folder.js';

/** A name for files on their way, in the folder that the next load clears. */
export const besideOf = ({ scratch }: Pick<OpenFolder, 'scratch'>): string =>
  join(scratch, '..', 'r_0-0.parquet');

/** What makes two rows of a state table the same one. */
const KEYS: Readonly<Record<StateFile, string>> = { loads: 'load_id', servers: 'url_template' };

/** Writes what the mirror has of load records and servers. */
export async function writeState(opened: OpenFolder, session: Session): Promise<void> {
  for (const table of ['loads', 'servers'] as const)
    await opened.files.share(
      stateFile(opened.folder, table),
      besideOf(opened),
      (beside) =>
        session.run(`COPY (FROM ${state(table)}) TO ${literal(beside)} (FORMAT parquet, COMPRESSION zstd)`),
      () => takeIn(opened, session, table),
    );
}

/** Adds the rows of a state file that the mirror lacks: those of this load are newer. */
async function takeIn({ folder }: OpenFolder, session: Session, table: StateFile): Promise<void> {
  const key = KEYS[table];
  const known = `${key} IN (SELECT ${key} FROM ${state(table)})`;
  for (const insert of insertFile(TARGET, folder, table, `NOT (${known})`)) await session.run(insert);
}
