/**
 * The files of a table with partitions. Each part has a file in a Hive folder under a stable name, for any
 * reader, and the same file under a name that no other load uses: `table.json` names those, with the table's
 * state. It is what one rename replaces, and what this program reads by, so it sees one whole load always.
 */
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { XanoError } from '../../../../errors.js';
import { PARTITION_UNITS } from '../../../../table/partition.js';
import { look } from '../../../engine/own-files.js';
import { jsonText } from '../../../engine/sql.js';
import { MOST_TEXT_BYTES } from '../../../state/parse-state.js';
import { fileNameOf, folderNameOf, STATE_FOLDER } from '../file-names.js';
import { type Footer, parseFooter } from '../footer.js';
import { writeFile } from '../write-files.js';

const TABLE_FILE = 'table.json';

const partSchema = z.object({
  // Names of steps in a path: nothing in them may lead out of the folder.
  folder: z.string().regex(/^[A-Za-z0-9 _.%~-]+=[A-Za-z0-9_-]+$/),
  file: z.string().regex(/^[\w-]{1,120}\.parquet$/),
});

const tableSchema = z.object({
  unit: z.enum(PARTITION_UNITS),
  column: z.string(),
  key: z.string(),
  parts: z.array(partSchema),
  /** Folders of parts that the last load took away: a killed one may have left them. */
  gone: z.array(partSchema.shape.folder),
  state: z.unknown(),
});

/** A part of a table: its Hive folder, and the name of its file that no other load uses. */
export type PartFile = z.infer<typeof partSchema>;

/** What `table.json` says beside the state. */
export type PartitionedTable = Omit<z.infer<typeof tableSchema>, 'state'>;

/** Where a table of this name is, and where its own files are. */
export interface PartitionPlace {
  readonly folder: string;
  readonly schema: string;
  readonly name: string;
}

const partsFolder = (folder: string): string => join(folder, STATE_FOLDER, 'parts');

const ownFolder = ({ folder, schema, name }: PartitionPlace): string =>
  join(partsFolder(folder), folderNameOf(schema), fileNameOf(name));

/** Where `table.json` is. */
export const partitionedPath = (place: PartitionPlace): string => join(ownFolder(place), TABLE_FILE);

/** Where a part's file is that no other load uses. */
export const partPath = (place: PartitionPlace, { file }: Pick<PartFile, 'file'>): string =>
  join(ownFolder(place), file);

/** The folder of a table's Hive folders: its name is never that of a file with a table. */
function hiveFolder({ folder, schema, name }: PartitionPlace): string {
  const step = fileNameOf(name).replace(/\.(?=parquet$)/i, '%2E');
  return join(folder, folderNameOf(schema), step);
}

const hivePath = (place: PartitionPlace, part: string): string =>
  join(hiveFolder(place), part, `${fileNameOf(place.name)}.parquet`);

/** Finds tables with partitions, each with its state. Throws DATABASE_FAILED for those of a newer version. */
export function listPartitioned(
  folder: string,
): readonly { readonly place: PartitionPlace; readonly table: PartitionedTable; readonly state: Footer }[] {
  const parts = partsFolder(folder);
  return namesIn(parts).flatMap((schema) =>
    namesIn(join(parts, schema)).flatMap((name) => {
      const read = readTable(join(parts, schema, name, TABLE_FILE));
      if (read === null) return [];
      const { target_schema, target_table } = read.state;
      // A copy under another name is nobody's table.
      if (folderNameOf(target_schema) !== schema || fileNameOf(target_table) !== name) return [];
      return [{ ...read, place: { folder, schema: target_schema, name: target_table } }];
    }),
  );
}

function readTable(path: string): { readonly table: PartitionedTable; readonly state: Footer } | null {
  const stats = look(path);
  if (stats?.isFile() !== true || stats.size > MOST_TEXT_BYTES) return null;
  const parsed = tableSchema.safeParse(parse(readFileSync(path, 'utf8')));
  if (!parsed.success) return null;
  const { state: said, ...table } = parsed.data;
  const state = parseFooter(said);
  return state === null ? null : { table, state };
}

/** Makes these the parts of a table, at once, with its state; then its Hive folders follow. */
export async function writePartitioned(
  place: PartitionPlace,
  beside: string,
  {
    table,
    state,
    previous,
  }: {
    readonly table: PartitionedTable;
    readonly state: Footer;
    readonly previous: readonly PartFile[];
  },
): Promise<void> {
  await writeFile(partitionedPath(place), beside, async () =>
    writeFileSync(beside, jsonText({ ...table, state })),
  );
  linkParts(place, table, beside);
  // A reader that has read `table.json` before keeps the files that it names until the next load.
  const stays = new Set([TABLE_FILE, ...[...table.parts, ...previous].map(({ file }) => file)]);
  for (const name of namesIn(ownFolder(place)))
    if (!stays.has(name)) rmSync(join(ownFolder(place), name), { force: true });
}

/**
 * Makes the Hive folders of a table what `table.json` says, where they are not: a load may have been killed.
 */
export function linkParts(place: PartitionPlace, { parts, gone }: PartitionedTable, beside: string): void {
  for (const part of parts) {
    const [from, to] = [partPath(place, part), hivePath(place, part.folder)];
    if (!isSameFile(from, to)) replaceBy(from, to, beside);
  }
  for (const folder of gone) removePart(hivePath(place, folder));
}

/** Gives a table another name. Its old files stay until {@link removePartitioned}. */
export async function movePartitioned(
  { from, to }: Readonly<Record<'from' | 'to', PartitionPlace>>,
  beside: string,
  { table, state }: { readonly table: PartitionedTable; readonly state: Footer },
): Promise<void> {
  for (const part of table.parts) replaceBy(partPath(from, part), partPath(to, part), beside);
  await writePartitioned(to, beside, { table: { ...table, gone: [] }, state, previous: [] });
}

/** Removes a table with its Hive folders. */
export function removePartitioned(place: PartitionPlace, { parts, gone }: PartitionedTable): void {
  for (const folder of [...parts.map((part) => part.folder), ...gone]) removePart(hivePath(place, folder));
  removeIfEmpty(hiveFolder(place));
  // Last: it says whose the other files are.
  rmSync(ownFolder(place), { recursive: true, force: true });
}

/**
 * Refuses links in the place of a table's folders, and files of others in that of its parts. `known`: folders
 * of parts that the table has already. Throws DATABASE_FAILED.
 */
export function assertFree(
  place: PartitionPlace,
  folders: readonly string[],
  known: ReadonlySet<string>,
): void {
  const refuse = (path: string, found: string): XanoError =>
    new XanoError('DATABASE_FAILED', `${path} is ${found}; expected nothing, or a part of "${place.name}".`, {
      hint: 'Move it away if it is yours, or load into another folder with --to.',
    });
  for (const folder of [hiveFolder(place), ...folders.map((one) => join(hiveFolder(place), one))]) {
    const stats = look(folder);
    if (stats !== undefined && !stats.isDirectory()) throw refuse(folder, 'not a folder');
  }
  for (const folder of folders) {
    const file = hivePath(place, folder);
    if (!known.has(folder) && look(file) !== undefined) throw refuse(file, 'a file that no load wrote');
  }
}

/** A link takes no space; where a file system has none, a copy. */
function replaceBy(from: string, to: string, beside: string): void {
  mkdirSync(dirname(to), { recursive: true });
  rmSync(beside, { force: true });
  try {
    linkSync(from, beside);
  } catch {
    copyFileSync(from, beside);
    const stats = look(from);
    if (stats !== undefined) utimesSync(beside, stats.atime, stats.mtime);
  }
  renameSync(beside, to);
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [look(one), look(other)];
  if (a === undefined || b === undefined) return false;
  return (a.ino === b.ino && a.dev === b.dev) || (a.size === b.size && a.mtimeMs === b.mtimeMs);
}

function removePart(file: string): void {
  rmSync(file, { force: true });
  removeIfEmpty(dirname(file));
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It is not there, or holds a file that no load made.
  }
}

function namesIn(folder: string): string[] {
  return look(folder)?.isDirectory() === true && existsSync(folder) ? readdirSync(folder).toSorted() : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
