/** Prints which files an export wrote, and warns of cells in them. */
import { join } from 'node:path';
import type { ExportedFile } from '../../../files/export-tables.js';
import type { Finding, FindingKind } from '../../../files/findings.js';
import type { Printer } from '../../output/output.js';
import { byteSize, count, counted } from '../../output/text.js';

/** A line for each file: its path, table, rows and size. */
export function printFiles(files: readonly ExportedFile[], folder: string, printer: Printer): void {
  if (files.length === 0) printer.note('No tables found.');
  printer.table(
    ['file', 'table', 'rows', 'size'],
    files.map(({ file, table, rows, bytes: size }) => [
      join(folder, file),
      table,
      printer.number(rows),
      printer.stdout_is_terminal ? byteSize(size) : String(size),
    ]),
    [2, 3],
  );
}

/** What is said of the cells of each kind. */
const SAID: Readonly<Record<FindingKind, (cells: number, safe: boolean) => string>> = {
  formula: (cells, safe) =>
    safe
      ? `${counted(cells, 'cell begins', 'cells begin')} as a formula does, and got an apostrophe`
      : `a spreadsheet would run ${counted(cells, 'cell', 'cells')} as a formula (--safe-formulas prevents it)`,
  cut: (cells) =>
    `${counted(cells, 'text was', 'texts were')} longer than 32,767 characters and ${cells === 1 ? 'was' : 'were'} cut`,
  text: (cells) => `${counted(cells, 'cell is', 'cells are')} text, since Excel has no such number or date`,
};

/**
 * Warns of cells that are not what the table has or that a spreadsheet runs, and tells what got another name.
 */
export function warnOfFiles(files: readonly ExportedFile[], safe: boolean, printer: Printer): void {
  for (const { file, table, renamed, sheets, findings } of files) {
    if (renamed) printer.note(`"${table}" is not the name of a file on every system: its file is ${file}.`);
    if (sheets !== undefined && sheets > 1)
      printer.note(`${file} has ${sheets} sheets: Excel takes 1,048,576 rows in one.`);
    for (const kind of ['formula', 'cut', 'text'] as const) {
      const found = findings.filter((one) => one.kind === kind);
      if (found.length === 0) continue;
      const cells = found.reduce((sum, one) => sum + one.cells, 0);
      printer.warn(`${file}: ${SAID[kind](cells, safe)}: ${found.map(columnOf).join(', ')}.`);
    }
  }
}

const columnOf = ({ column, cells }: Finding): string => `${column} (${count(cells)})`;
