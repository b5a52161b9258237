/**
 * Prints results: aligned columns for a terminal, tabs for a pipe, JSON on request.
 * In: plain data, and the properties of the stream.
 * Out: results on stdout, everything else on stderr.
 */
import { styleText } from 'node:util';
import wrapAnsi from 'wrap-ansi';
import { printable } from '../../hidden-characters.js';
import type { Context, Output } from '../context.js';
import { aligned, blockLines, READABLE, tableLines } from './layout.js';
import { count, duration, jsonText, shortened } from './text.js';

/** Colours by meaning. */
export type Tone = 'heading' | 'good' | 'bad' | 'warn' | 'quiet' | 'plain';

const FORMATS = { heading: 'bold', good: 'green', bad: 'red', warn: 'yellow', quiet: 'dim' } as const;

/** A cell of a table: a text, perhaps with a colour. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

/** The output functions of a command. All but `result` escape control characters. */
export interface Printer {
  /** To stdout: the result. */
  readonly result: (line: string) => void;
  /** To stdout unchanged, however wide: for text to copy, or for programs. */
  readonly verbatim: (text: string) => void;
  /** To stdout as JSON, and nothing else. */
  readonly json: (value: unknown) => void;
  /**
   * To stdout: rows under headings on a terminal, tab-separated without headings in a pipe. `spare`: columns
   * that a narrow terminal omits, the first one first; if that is still too wide, each row is a block.
   */
  readonly table: (
    headings: readonly string[],
    rows: readonly (readonly Cell[])[],
    right?: readonly number[],
    spare?: readonly number[],
  ) => void;
  /** Whether such a table fits into the terminal, with its last column wrapped if necessary. */
  readonly fits: (headings: readonly string[], rows: readonly (readonly Cell[])[]) => boolean;
  /** To stdout on a terminal: a title, and below it names with their values, wrapped at any character. */
  readonly block: (title: Cell, values: readonly (readonly [name: string, value: Cell])[]) => void;
  /** To stderr: details for a watching user. Not in a pipe, unless --verbose asks for it. */
  readonly detail: (line: string) => void;
  /** To stderr: progress and notes. Not with --quiet. */
  readonly note: (...lines: readonly string[]) => void;
  /** To stderr, marked as a warning, whatever the flags. */
  readonly warn: (line: string) => void;
  /** To stderr: an error, whatever the flags. */
  readonly error: (...lines: readonly string[]) => void;
  readonly paint: (tone: Tone, text: string) => string;
  /** As `paint`, for stderr. */
  readonly tint: (tone: Tone, text: string) => string;
  /** A number: `1,234` for people, `1234` in a pipe. */
  readonly number: (value: number) => string;
  /** A span of time: `1.2 s` for people, seconds in a pipe. */
  readonly span: (ms: number) => string;
  readonly stdout_is_terminal: boolean;
}

/** The amount of output. */
export interface Verbosity {
  /** Only JSON on request, warnings and errors. */
  readonly quiet?: boolean | undefined;
  /** In a pipe, the same notes as on a terminal. */
  readonly verbose?: boolean | undefined;
}

/** Makes a printer. Colour needs a terminal, and neither NO_COLOR nor --no-color. */
export function createPrinter(
  context: Pick<Context, 'stdout' | 'stderr' | 'env'>,
  color: boolean,
  { quiet = false, verbose = false }: Verbosity = {},
): Printer {
  const wanted = color && !context.env['NO_COLOR'] && context.env['TERM'] !== 'dumb';
  const paint = painter(context.stdout, wanted);
  const tint = painter(context.stderr, wanted);
  const say = (line: string): void => writeLine(context.stderr, shownLine(line, context.stderr));
  const tell = (...lines: readonly string[]): void => {
    for (const line of lines) say(line);
  };
  const results = resultsOn(context.stdout, paint);
  return {
    ...results,
    ...(quiet ? { result: mute, verbatim: mute, table: mute, block: mute } : {}),
    detail: !quiet && (verbose || context.stderr.is_terminal) ? tell : mute,
    note: quiet ? mute : tell,
    warn: (line) =>
      writeLine(context.stderr, `${tint('warn', 'Warning:')} ${shownLine(line, context.stderr)}`),
    error: tell,
    paint,
    tint,
    number: (value) => (context.stdout.is_terminal ? count(value) : String(value)),
    span: (ms) => (context.stdout.is_terminal ? duration(ms) : (ms / 1000).toFixed(3)),
    stdout_is_terminal: context.stdout.is_terminal,
  };
}

const mute = (): void => {};

/** Colours a text if colour is enabled, and the output is a terminal. */
const painter =
  ({ is_terminal }: Output, wanted: boolean): Printer['paint'] =>
  (tone, text) =>
    wanted && is_terminal && tone !== 'plain'
      ? styleText(FORMATS[tone], text, { validateStream: false })
      : text;

/** The part of a printer that writes results. */
function resultsOn(
  stdout: Output,
  paint: Printer['paint'],
): Pick<Printer, 'result' | 'verbatim' | 'json' | 'table' | 'fits' | 'block'> {
  const columns = (): number => stdout.columns() ?? 80;
  const painted = (cell: Cell): string =>
    typeof cell === 'string' ? shown(cell) : paint(cell.tone, shown(cell));
  const write = (line: string): void => {
    stdout.stream.write(`${line}\n`);
  };
  return {
    result: (line) => writeLine(stdout, line),
    verbatim: write,
    json: (value) => write(jsonText(value)),
    table: (headings, rows, right = [], spare = []) => {
      if (!stdout.is_terminal) {
        for (const row of rows) write(row.map(plain).join('\t'));
        return;
      }
      const head = headings.map((heading) => paint('quiet', heading));
      const body = rows.map((row) => row.map(painted));
      for (const line of tableLines(head, body, right, spare, columns())) write(line);
    },
    fits: (headings, rows) => {
      const body = rows.map((row) => row.map(shown));
      return aligned(headings, body, [], columns()) !== undefined;
    },
    block: (title, values) => {
      const named = values.map(([name, value]) => [paint('quiet', name), painted(value)] as const);
      for (const line of blockLines(painted(title), named, columns())) write(line);
    },
  };
}

/** Writes a line, wrapped at words on a terminal. */
function writeLine(output: Output, line: string): void {
  output.stream.write(`${wrapped(line, output)}\n`);
}

/** Headings and rows without empty columns. */
export function filledColumns(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): [headings: string[], rows: string[][]] {
  const shown = headings.map((_, i) => rows.some((row) => (row[i] ?? '') !== ''));
  const shownCells = (row: readonly string[]): string[] => row.filter((_, i) => shown[i]);
  return [shownCells(headings), rows.map(shownCells)];
}

/** A line wrapped at words instead of at any character; continuation lines are indented. */
export function wrapped(
  line: string,
  { is_terminal, columns }: Pick<Output, 'is_terminal' | 'columns'>,
): string {
  if (!is_terminal) return line;
  return wrappedAt(shortened(line, LONGEST_LINE), columns);
}

/** A line with escapes, shortened first: a terminal shows no more of it anyway. */
const shownLine = (line: string, { is_terminal }: Pick<Output, 'is_terminal'>): string =>
  printable(is_terminal ? shortened(line, LONGEST_LINE) : line);

/** Characters of a line, and of a cell of a table, that a terminal shows. */
const LONGEST_LINE = 8000;
/** cli-table3 takes square time for the lines of a cell: 50 ms for this many characters. */
const LONGEST_CELL = 500;

function wrappedAt(line: string, columns: () => number | undefined): string {
  const indent = /^ */.exec(line)![0];
  const under = indent === '' ? '  ' : indent;
  const room = (columns() ?? 80) - 1 - under.length;
  if (room < READABLE) return line;
  return indent + wrapAnsi(line.slice(indent.length), room).replaceAll('\n', `\n${under}`);
}

const plain = (cell: Cell): string => printable(typeof cell === 'string' ? cell : cell.text);

/** A cell as a terminal shows it; escapes make it longer. */
const shown = (cell: Cell): string => {
  const text = shortened(typeof cell === 'string' ? cell : cell.text, LONGEST_CELL);
  return shortened(printable(text), LONGEST_CELL);
};
