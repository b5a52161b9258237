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
  /** To stdout: rows under headings on a terminal, tab-separated without headings in a pipe. `spare`: columns that a narrow terminal does without, the first one first. */
  readonly table: (
    headings: readonly string[],
    rows: readonly (readonly Cell[])[],
    right?: readonly number[],
    spare?: readonly number[],
  ) => void;
  /** Whether such a table fits into the terminal, its last column broken if need be. */
  readonly fits: (headings: readonly string[], rows: readonly (readonly Cell[])[]) => boolean;
  /** To stderr: what only somebody who looks on wants to know. Not said in a pipe, unless --verbose asks for it. */
  readonly detail: (line: string) => void;
  /** To stderr: what is said on the way. Not with --quiet. */
  readonly note: (...lines: readonly string[]) => void;
  /** To stderr, with a word that says so; whatever was asked for. */
  readonly warn: (line: string) => void;
  /** To stderr: what went wrong, whatever was asked for. */
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

/** How much is said. */
export interface Loudness {
  /** Nothing but JSON that was asked for, warnings and errors. */
  readonly quiet?: boolean | undefined;
  /** In a pipe all that a terminal is told, too. */
  readonly verbose?: boolean | undefined;
}

/** Makes a printer. Colour needs a terminal, and neither NO_COLOR nor --no-color. */
export function createPrinter(
  context: Pick<Context, 'stdout' | 'stderr' | 'env'>,
  color: boolean,
  { quiet = false, verbose = false }: Loudness = {},
): Printer {
  const wanted = color && !context.env['NO_COLOR'] && context.env['TERM'] !== 'dumb';
  const painter =
    (output: Output) =>
    (tone: Tone, text: string): string =>
      wanted && output.is_terminal && tone !== 'plain'
        ? styleText(FORMATS[tone], text, { validateStream: false })
        : text;
  const paint = painter(context.stdout);
  const tint = painter(context.stderr);
  const write = (output: Output, line: string): void => {
    output.stream.write(`${line}\n`);
  };
  const say = (output: Output, line: string): void => write(output, wrapped(line, output));
  const tell = (...lines: readonly string[]): void => {
    for (const line of lines) say(context.stderr, printable(line));
  };
  const mute = (): void => {};
  return {
    result: quiet ? mute : (line) => say(context.stdout, line),
    json: (value) => write(context.stdout, jsonText(value)),
    table: (headings, rows, right = [], spare = []) => {
      if (quiet) return;
      if (!context.stdout.is_terminal) {
        for (const row of rows) write(context.stdout, row.map(plain).join('\t'));
        return;
      }
      const head = headings.map((heading) => paint('quiet', heading));
      const body = rows.map((row) =>
        row.map((cell) => (typeof cell === 'string' ? plain(cell) : paint(cell.tone, plain(cell)))),
      );
      write(context.stdout, fitting(head, body, right, spare, context.stdout.columns() ?? 80));
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
    detail: !quiet && (verbose || context.stderr.is_terminal) ? tell : mute,
    note: quiet ? mute : tell,
    warn: (line) => say(context.stderr, `${tint('warn', 'Warning:')} ${printable(line)}`),
    error: tell,
    paint,
    tint,
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

function fitting(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
  spare: readonly number[],
  columns: number,
): string {
  const without = (left_out: readonly number[]): string => {
    const shown = headings.map((_, i) => i).filter((i) => !left_out.includes(i));
    const pick = (row: readonly string[]): string[] => shown.map((i) => row[i] ?? '');
    const onTheRight = shown.flatMap((i, at) => (right.includes(i) ? [at] : []));
    return aligned(pick(headings), rows.map(pick), onTheRight, columns);
  };
  const tries = [...spare, undefined].map((_, few) => without(spare.slice(0, few)));
  return tries.find((text) => text.split('\n').every((line) => width(line) < columns)) ?? tries.at(-1)!;
}

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
