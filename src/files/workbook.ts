/** A table as an Excel workbook, written while its rows come. */
import { type CellValue, writeXlsxStream, XLSX_MAX_ROWS_PER_SHEET } from 'hucre/xlsx';
import { type RunningQuery, XanoError } from '../index.js';
import { cellsOf, EXCEL, fitting, wholeCharacters } from './cells.js';
import type { Findings } from './findings.js';

/** How a workbook is made. */
export interface WorkbookOptions {
  /** The name of its first sheet, as {@link sheetName} makes it. */
  readonly sheet: string;
  /** Rows of a sheet, with the heading. Default: as many as Excel takes. */
  readonly rows_per_sheet?: number | undefined;
  readonly findings: Findings;
}

/**
 * Writes a running query as a workbook with a heading. Rows beyond those of a sheet go to `name_2`, `name_3`,
 * … Returns the number of sheets. Throws USAGE for more columns than a sheet takes, and OUTPUT_FAILED where a
 * sheet becomes larger than 4 GiB.
 */
export async function writeWorkbook(
  { columns, batches }: RunningQuery,
  write: (bytes: Uint8Array) => Promise<void>,
  { sheet, rows_per_sheet = XLSX_MAX_ROWS_PER_SHEET, findings }: WorkbookOptions,
): Promise<number> {
  if (columns.length > EXCEL.columns) throw tooWide(columns.length);
  const made = columns.map((column) => cellsOf(column, findings));
  let rows = 0;
  async function* cells(): AsyncGenerator<CellValue[]> {
    for await (const batch of batches())
      for (const row of batch) {
        rows++;
        yield row.map((value, i) => made[i]!.cell(value));
      }
  }
  const stream = writeXlsxStream(cells(), {
    name: sheet,
    columns: columns.map(({ name }, i) => ({ header: fitting(name, name, findings), ...made[i]!.look })),
    freezePane: { rows: 1 },
    maxRowsPerSheet: rows_per_sheet,
  });
  try {
    for await (const bytes of stream) await write(bytes);
  } catch (thrown) {
    throw thrown instanceof Error && thrown.name === 'ZipError' ? tooLarge(thrown) : thrown;
  }
  return Math.max(1, Math.ceil(rows / (rows_per_sheet - 1)));
}

/**
 * A name that Excel takes for a sheet: `[ ] : * ? / \` and a few more are not allowed, nor more than 31
 * characters.
 */
export function sheetName(table: string): string {
  const plain = table.replace(/[[\]:*?/\\\p{Cc}]/gu, '_').replace(/^'|'$/g, '_');
  const name = wholeCharacters(plain, EXCEL.sheet_name).replace(/'$/, '_');
  // Excel keeps "History" for itself.
  return name.toLowerCase() === 'history' ? `${name}_` : name || '_';
}

const tooWide = (columns: number): XanoError =>
  new XanoError('USAGE', `The table has ${columns} columns, and a sheet of Excel takes ${EXCEL.columns}.`, {
    hint: 'Export it as csv, jsonl or parquet.',
  });

const tooLarge = (cause: Error): XanoError =>
  new XanoError('OUTPUT_FAILED', 'A sheet of the workbook is larger than 4 GiB, which Excel does not open.', {
    hint: 'Export the table as csv, jsonl or parquet.',
    cause,
  });
