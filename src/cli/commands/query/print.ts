/**
 * Prints the rows of a query: a table for people; tabs, CSV or JSON for programs. All formats but the table
 * are written while rows arrive.
 */
import { once } from 'node:events';
import { printable, printableJson } from '../../../hidden-characters.js';
import {
  csvLine,
  type QueryColumn,
  type QueryValue,
  type RunningQuery,
  valueAsJson,
  valueAsText,
} from '../../../index.js';
import type { Context } from '../../context.js';
import type { Cell, Printer } from '../../output/output.js';
import { count } from '../../output/text.js';

/** Prints a running query, and returns after everything is written. */
export type PrintRows = (
  query: RunningQuery,
  context: Pick<Context, 'stdout' | 'signal'>,
  printer: Printer,
) => Promise<void>;

/** The most rows on a terminal. */
const MOST_ROWS = 1_000;
/** The most characters of a value on a terminal. */
const MOST_CHARACTERS = 500;

/** A table where it fits, else a block of lines for each row. */
export const printTable: PrintRows = async ({ columns, batches }, _, printer) => {
  const rows: Cell[][] = [];
  let more = 0;
  for await (const batch of batches()) {
    const shown = batch.slice(0, MOST_ROWS - rows.length);
    more += batch.length - shown.length;
    rows.push(...shown.map((row) => row.map(shownValue)));
  }
  const names = columns.map(({ name }) => printable(name));
  const right = columns.flatMap((column, i) => (isNumber(column) ? [i] : []));
  if (printer.fits(names, rows)) printer.table(names, rows, right);
  else
    for (const [i, row] of rows.entries()) {
      if (i > 0) printer.result('');
      printer.block(
        { text: `row ${i + 1}`, tone: 'quiet' },
        row.map((cell, at) => [names[at] ?? '', cell]),
      );
    }
  if (rows.length === 0) printer.note('No rows.');
  if (more > 0)
    printer.note(
      `These are the first ${count(rows.length)} rows; there are ${count(more)} more. A pipe, --csv and --json get all.`,
    );
};

/** A line a row, values between tabs, NULL as nothing. */
export const printTabs: PrintRows = async ({ batches }, context) => {
  for await (const batch of batches())
    await write(
      batch.map((row) => `${row.map((value) => printable(valueAsText(value) ?? '')).join('\t')}\n`).join(''),
      context,
    );
};

/** A heading and a line a row, as RFC 4180 has it: NULL is nothing, an empty text is `""`. */
export const printCsv: PrintRows = async ({ columns, batches }, context) => {
  const cell = (value: QueryValue): string | null => {
    const text = valueAsText(value);
    return text !== null && context.stdout.is_terminal ? printable(text) : text;
  };
  const line = (values: readonly QueryValue[]): string => `${csvLine(values.map(cell))}\r\n`;
  await write(line(columns.map(({ name }) => name)), context);
  for await (const batch of batches()) await write(batch.map(line).join(''), context);
};

/** An array with an object a row, each on a line of its own. */
export const printJson: PrintRows = async ({ columns, batches }, context) => {
  const keys = columns.map(({ name }) => printableJson(JSON.stringify(name)));
  let between = '\n';
  await write('[', context);
  for await (const batch of batches()) {
    const objects = batch.map(
      (row) => `  {${row.map((value, i) => `${keys[i]}:${printableJson(valueAsJson(value))}`).join(',')}}`,
    );
    await write(between + objects.join(',\n'), context);
    between = ',\n';
  }
  await write(between === '\n' ? ']\n' : '\n]\n', context);
};

/** Writes, and waits for a slower reader. */
async function write(text: string, { stdout, signal }: Pick<Context, 'stdout' | 'signal'>): Promise<void> {
  if (!stdout.stream.write(text)) await once(stdout.stream, 'drain', { signal });
}

function shownValue(value: QueryValue): Cell {
  const text = valueAsText(value);
  if (text === null) return { text: 'NULL', tone: 'quiet' };
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

const isNumber = ({ type }: QueryColumn): boolean =>
  /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|BIGNUM|DECIMAL\(.*\))$/.test(type);
