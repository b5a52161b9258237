/** What lies in a Parquet folder: a file for each table, and whether a load wrote it. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { look } from '../../engine/own-files.js';
import type { Session } from '../../engine/session.js';
import { fileNameOf, folderNameOf, nameOfFile, STATE_FOLDER } from './file-names.js';
import { type Footer, readFooter } from './footer.js';
import { newestState } from './newest-state.js';
import {
  listPartitioned,
  type PartitionedTable,
  type PartitionPlace,
  partitionedPath,
  partPath,
} from './partitions/partition-files.js';

const ENDING = '.parquet';

/** A file that holds a table, or names the files that do. */
export interface TableFile {
  readonly path: string;
  /** The files with its rows. */
  readonly files: readonly string[];
  /** Where a table with partitions has its files, and what they are. */
  readonly partitioned: { readonly place: PartitionPlace; readonly table: PartitionedTable } | null;
  /** A load was killed before it removed this file, whose table is the newer one of the same name. */
  readonly is_left?: boolean;
  readonly schema: string;
  readonly name: string;
  /** What the last load says of it; null where no load wrote it. */
  readonly footer: Footer | null;
  /** The staging that its rows came from; null where no load wrote it. */
  readonly rows_from: string | null;
}

/**
 * Footers that were read, by path, size and time: a folder of many tables is looked at for each one that is
 * published.
 */
export type KnownFooters = Map<string, Footer | null>;

/** Where the file of a table is. */
export function tablePath(folder: string, schema: string, name: string): string {
  return join(folder, folderNameOf(schema), `${fileNameOf(name)}${ENDING}`);
}

/**
 * Lists the tables of a folder. Of files that say the same identity, one that lies where its footer says and
 * is the newest is the table.
 */
export async function listTables(
  session: Pick<Session, 'rows'>,
  folder: string,
  known: KnownFooters,
): Promise<readonly TableFile[]> {
  const files: TableFile[] = [];
  for (const in_folder of namesIn(folder).toSorted()) {
    // Links are not followed: what they lead to is not in this folder.
    if (in_folder.startsWith('.') || in_folder.toLowerCase() === STATE_FOLDER) continue;
    if (look(join(folder, in_folder))?.isDirectory() !== true) continue;
    for (const file of namesIn(join(folder, in_folder)).toSorted()) {
      if (!file.toLowerCase().endsWith(ENDING) || file.startsWith('.')) continue;
      const path = join(folder, in_folder, file);
      const stats = look(path);
      if (stats === undefined) continue;
      const key = `${path} ${stats.ino} ${stats.size} ${stats.mtimeMs}`;
      if (stats.isFile() && !known.has(key)) known.set(key, await readFooter(session, path));
      const written = known.get(key) ?? null;
      const footer = written === null ? null : newestState(folder, written);
      files.push(
        footer !== null && isItsPlace(footer, in_folder, file)
          ? {
              path,
              files: [path],
              partitioned: null,
              schema: footer.target_schema,
              name: footer.target_table,
              footer,
              rows_from: written!.staging_id,
            }
          : {
              path,
              files: [path],
              partitioned: null,
              schema: nameOfFile(in_folder),
              name: nameOfFile(file.slice(0, -ENDING.length)),
              footer: null,
              rows_from: null,
            },
      );
    }
  }
  files.push(...partitionedIn(folder));
  return files.map((file) => {
    const newer = newerOf(file, files);
    if (newer === undefined) return file;
    const is_left = newer.schema === file.schema && newer.name === file.name;
    return { ...file, footer: null, rows_from: null, is_left };
  });
}

function partitionedIn(folder: string): TableFile[] {
  return listPartitioned(folder).map(({ place, table, state }) => ({
    path: partitionedPath(place),
    files: table.parts.map((part) => partPath(place, part)),
    partitioned: { place, table },
    schema: place.schema,
    name: place.name,
    footer: state,
    rows_from: state.staging_id,
  }));
}

/**
 * A copy that somebody made under another name is nobody's table. File systems may not tell upper and lower
 * case apart.
 */
function isItsPlace({ target_schema, target_table }: Footer, in_folder: string, file: string): boolean {
  return (
    folderNameOf(target_schema).toLowerCase() === in_folder.toLowerCase() &&
    `${fileNameOf(target_table)}${ENDING}`.toLowerCase() === file.toLowerCase()
  );
}

/** The newer file of the same table, where a load was killed between writing it and removing this one. */
function newerOf({ path, footer }: TableFile, files: readonly TableFile[]): TableFile | undefined {
  if (footer === null) return undefined;
  return files.find(
    (other) =>
      other.path !== path &&
      other.footer?.identity === footer.identity &&
      (other.footer.loaded_at > footer.loaded_at ||
        (other.footer.loaded_at === footer.loaded_at && other.path < path)),
  );
}

function namesIn(folder: string): string[] {
  return look(folder)?.isDirectory() === true ? readdirSync(folder) : [];
}
