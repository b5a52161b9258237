/**
 * The state of a table whose rows a load found as they were: a file beside the other state, so that the
 * table's own file is not written again. It names the staging that those rows came from; once the table has
 * other rows, it says nothing.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { look } from '../../engine/own-files.js';
import { jsonText } from '../../engine/sql.js';
import { MOST_TEXT_BYTES } from '../../state/parse-state.js';
import { STATE_FOLDER } from './file-names.js';
import { type Footer, footerIn } from './footer.js';
import { writeFile } from './write-files.js';

const ENDING = '.json';

const stateFolder = (folder: string): string => join(folder, STATE_FOLDER, 'tables');
const stateFileOf = (folder: string, rows_from: string): string =>
  join(stateFolder(folder), `${rows_from}${ENDING}`);

/**
 * The state of a table whose file has this footer: that of the last load. Throws DATABASE_FAILED for a newer
 * version's.
 */
export function newestState(folder: string, written: Footer): Footer {
  const path = stateFileOf(folder, written.staging_id);
  const stats = look(path);
  // Links are not followed. Anybody may have written it: a load keeps no longer text.
  if (stats?.isFile() !== true || stats.size > MOST_TEXT_BYTES) return written;
  return footerIn(readFileSync(path, 'utf8')) ?? written;
}

/** Writes the state of a table whose rows stayed. `rows_from`: the staging that they came from. */
export function writeNewestState(
  folder: string,
  beside: string,
  rows_from: string,
  footer: Footer,
): Promise<void> {
  return writeFile(stateFileOf(folder, rows_from), beside, async () =>
    writeFileSync(beside, jsonText(footer)),
  );
}

/** Removes the states of rows that were replaced. */
export function removeStates(folder: string, stays: ReadonlySet<string>): void {
  try {
    for (const name of readdirSync(stateFolder(folder)))
      if (name.endsWith(ENDING) && !stays.has(name.slice(0, -ENDING.length)))
        rmSync(join(stateFolder(folder), name), { force: true });
  } catch {
    // There are none.
  }
}
