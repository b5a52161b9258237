/** How results look: aligned columns for a terminal, tabs for a pipe, JSON on request. */
import { stripVTControlCharacters, styleText } from 'node:util';
import Table from 'cli-table3';
import wrapAnsi from 'wrap-ansi';
import type { Context, Output } from './context.js';
import { count, duration, jsonText, printable } from './text.js';

/** Colours by meaning. */
export type Tone = 'heading' | 'good' | 'bad' | 'warn' | 'quiet' | 'plain';

const FORMATS = { heading: 'bold', good: 'green', bad: 'red', warn: 'yellow', quiet: 'dim' } as const;

/** What stands in a table: a text, perhaps with a colour. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

/** What a command prints with. Everything but `result` shows control characters as escapes. */
export interface Printer {
  /** To stdout: the result. */
  readonly result: (line: string) => void;
  /** To stdout as JSON, and nothing else. */
  readonly json: (value: unknown) => void;
  /** To stdout: rows under headings on a terminal, tab-separated without headings in a pipe. */
  readonly table: (
    headings: readonly string[],
    rows: readonly (readonly Cell[])[],
    right?: readonly number[],
  ) => void;
  /** Whether such a table fits into the terminal, its last column broken if need be. */
  readonly fits: (headings: readonly string[], rows: readonly (readonly Cell[])[]) => boolean;
  /** To stderr: what is said on the way. */
  readonly note: (...lines: readonly string[]) => void;
  readonly warn: (line: string) => void;
  readonly paint: (tone: Tone, text: string) => string;
  /** A number: `1,234` for people, `1234` in a pipe. */
  readonly number: (value: number) => string;
  /** A span of time: `1.2 s` for people, seconds in a pipe. */
  readonly span: (ms: number) => string;
  readonly stdout_is_terminal: boolean;
}

/** Makes a printer. Colour needs a terminal, and neither NO_COLOR nor --no-color. */
export function createPrinter(context: Pick<Context, 'stdout' | 'stderr' | 'env'>, color: boolean): Printer {
  const wanted = color && !context.env['NO_COLOR'] && context.env['TERM'] !== 'dumb';
  const painter =
    (output: Output) =>
    (tone: Tone, text: string): string =>
      wanted && output.is_terminal && tone !== 'plain'
        ? styleText(FORMATS[tone], text, { validateStream: false })
        : text;
  const paint = painter(context.stdout);
  const write = (output: Output, line: string): void => {
    output.stream.write(`${line}\n`);
  };
  const say = (output: Output, line: string): void => write(output, wrapped(line, output));
  return {
    result: (line) => say(context.stdout, line),
    json: (value) => write(context.stdout, jsonText(value)),
    table: (headings, rows, right = []) => {
      if (!context.stdout.is_terminal) {
        for (const row of rows) write(context.stdout, row.map(plain).join('\t'));
        return;
      }
      const head = headings.map((heading) => paint('quiet', heading));
      const body = rows.map((row) =>
        row.map((cell) => (typeof cell === 'string' ? plain(cell) : paint(cell.tone, plain(cell)))),
      );
      write(context.stdout, aligned(head, body, right, context.stdout.columns() ?? 80));
    },
    fits: (headings, rows) => {
      const columns = context.stdout.columns() ?? 80;
      const lines = aligned(
        headings,
        rows.map((row) => row.map(plain)),
        [],
        columns,
      ).split('\n');
      return lines.every((line) => width(line) < columns);
    },
    note: (...lines) => {
      for (const line of lines) say(context.stderr, printable(line));
    },
    warn: (line) => say(context.stderr, `${painter(context.stderr)('warn', 'Warning:')} ${printable(line)}`),
    paint,
    number: (value) => (context.stdout.is_terminal ? count(value) : String(value)),
    span: (ms) => (context.stdout.is_terminal ? duration(ms) : (ms / 1000).toFixed(3)),
    stdout_is_terminal: context.stdout.is_terminal,
  };
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
};
const NO_BORDERS = {
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

function aligned(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
  columns: number,
): string {
  const draw = (last?: number): string[] => {
    const table = new Table({
      head: [...headings],
      chars: { ...NO_LINES, ...NO_BORDERS },
      colAligns: headings.map((_, i) => (right.includes(i) ? 'right' : 'left')),
      style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
      ...(last === undefined
        ? {}
        : { colWidths: [...headings.slice(1).map(() => null), last], wordWrap: true }),
    });
    table.push(...rows.map((row) => [...row]));
    return table
      .toString()
      .split('\n')
      .map((line) => `  ${line.trimEnd()}`);
  };
  const lines = draw();
  const over = Math.max(...lines.map(width)) - columns + 1;
  if (over <= 0) return lines.join('\n');
  // The last column is the one that may be long: it is broken at words, where enough is left of it to read.
  const longest = Math.max(...[headings, ...rows].map((row) => width(row.at(-1) ?? '')));
  return (longest - over >= READABLE ? draw(longest - over) : lines).join('\n');
}

/** Narrower than this, a column of words is worse than lines that the terminal breaks. */
const READABLE = 12;

/** Characters that show; that some of them are two wide is for whoever has room to spare. */
const width = (text: string): number => [...stripVTControlCharacters(text)].length;

/** A line broken at words where a terminal would break it anywhere; what follows is indented. */
export function wrapped(
  line: string,
  { is_terminal, columns }: Pick<Output, 'is_terminal' | 'columns'>,
): string {
  if (!is_terminal) return line;
  const indent = /^ */.exec(line)![0];
  const under = indent === '' ? '  ' : indent;
  const room = (columns() ?? 80) - 1 - under.length;
  if (room < READABLE) return line;
  return indent + wrapAnsi(line.slice(indent.length), room).replaceAll('\n', `\n${under}`);
}

const plain = (cell: Cell): string => printable(typeof cell === 'string' ? cell : cell.text);
