/**
 * `xano export csv|jsonl|xlsx|parquet`: writes tables of a loaded target into files.
 * In: a store, its tables, and the ones that are wanted.
 * Out: a file for each in a folder, and what it holds. Prints nothing.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type QueryOptions, type SchemaTable, type Store, XanoError } from '../index.js';
import { fileTrouble } from '../session/file-failures.js';
import { foreignFiles, recordFile } from './export-record.js';
import { type FileFormat, FORMATS, type TableWritten } from './formats.js';
import { makeFolders } from './make-folder.js';
import { fileNames, namedTable, wantedName } from './name-files.js';
import { type RowsWanted, readColumns, selectRows } from './select-rows.js';
import { writeBeside } from './write-beside.js';

/** What is exported, where to, and how. */
export interface ExportOptions extends RowsWanted {
  readonly format: FileFormat;
  /** Made if it does not exist. */
  readonly folder: string;
  /** Replaces files that no export wrote. */
  readonly overwrite: boolean;
  readonly safe_formulas: boolean;
  /** Of a workbook. Default: as many as Excel takes. */
  readonly rows_per_sheet?: number | undefined;
  /** How queries wait, and what stops them. */
  readonly reading: Pick<QueryOptions, 'sleep' | 'signal'>;
  /** Called before the rows of a table are read. */
  readonly onTable?: (table: string) => void;
}

/** A file that was written. */
export interface ExportedFile extends TableWritten {
  /** `schema.table`. */
  readonly table: string;
  /** Its name in the folder. */
  readonly file: string;
  /** Whether the table's name cannot name a file, so that this one is another. */
  readonly renamed: boolean;
  readonly bytes: number;
}

/** The memory and the threads that DuckDB may use to read rows. Writing Parquet takes what it takes. */
const LIMITS = { memory_mb: 512, threads: 2 };

/**
 * Writes a file for each chosen table. Looks first whether any of them would replace a file that no export
 * wrote. Files that are complete stay if a later one fails. Throws what `Store.query` throws, USAGE and
 * OUTPUT_FAILED.
 */
export async function exportTables(
  store: Store,
  { all, chosen }: { readonly all: readonly SchemaTable[]; readonly chosen: readonly SchemaTable[] },
  options: ExportOptions,
): Promise<ExportedFile[]> {
  const { format, folder, overwrite, onTable } = options;
  const named = all.map(namedTable);
  const names = fileNames(named).map((name) => `${name}.${format}`);
  const wanted = all.flatMap((table, i) =>
    chosen.includes(table) ? [{ table, named: named[i]!, file: names[i]! }] : [],
  );
  assertNoTarget(folder);
  await makeFolder(folder);
  if (!overwrite)
    await assertFree(
      folder,
      wanted.map(({ file }) => file),
    );
  const reading = { ...options.reading, ...(format === 'parquet' ? {} : { limits: LIMITS }) };
  const schemas = [...new Set(wanted.map((one) => one.named.schema))];
  const known = await readColumns(store, schemas, options.reading);
  const files: ExportedFile[] = [];
  for (const { table, named, file } of wanted) {
    onTable?.(table.table);
    const rows = {
      ...options,
      store,
      sql: selectRows(table, all, known, options),
      title: named.name,
      reading,
    };
    const { result, mark } = await writeBeside(join(folder, file), (write) => FORMATS[format](rows, write));
    await recordFile(folder, file, mark);
    const renamed = file !== `${wantedName(named)}.${format}`;
    files.push({ table: table.table, file, renamed, bytes: mark.bytes, ...result });
  }
  return files;
}

/** Throws USAGE for a folder that loads write Parquet files into, whose tables these files would become. */
function assertNoTarget(folder: string): void {
  const target = [folder, join(folder, '..')].find((place) => existsSync(join(place, '_xano')));
  if (target === undefined) return;
  throw new XanoError('USAGE', `Loads write into ${resolve(target)}, so an export cannot.`, {
    hint: 'Name another folder with --out.',
  });
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
  } catch (cause) {
    const { code, path = folder } = cause as NodeJS.ErrnoException;
    const message = code === 'EEXIST' ? `${path} is a file.` : fileTrouble(folder, 'written', cause);
    throw new XanoError('USAGE', message, { hint: 'Name another folder with --out.', cause });
  }
}

/** Throws USAGE where a file is there already that no export wrote, or that was changed since. */
async function assertFree(folder: string, files: readonly string[]): Promise<void> {
  const foreign = await foreignFiles(folder, files);
  if (foreign.length === 0) return;
  const shown = foreign.slice(0, 5).map((name) => join(folder, name));
  const more = foreign.length - shown.length;
  throw new XanoError(
    'USAGE',
    `No export wrote ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}, so nothing was replaced.`,
    { hint: 'Name another folder with --out, or add --overwrite.' },
  );
}
