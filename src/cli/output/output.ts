/** How results look: aligned columns for a terminal, tabs for a pipe, JSON on request. */
import { styleText } from 'node:util';
import Table from 'cli-table3';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import type { Context, Output } from '../context.js';
import { count, duration, jsonText, printable, shortened } from './text.js';

/** Colours by meaning. */
export type Tone = 'heading' | 'good' | 'bad' | 'warn' | 'quiet' | 'plain';

const FORMATS = { heading: 'bold', good: 'green', bad: 'red', warn: 'yellow', quiet: 'dim' } as const;

/** What stands in a table: a text, perhaps with a colour. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

/** What a command prints with. Everything but `result` shows control characters as escapes. */
export interface Printer {
  /** To stdout: the result. */
  readonly result: (line: string) => void;
  /** To stdout as it is, however wide: what is copied from there, or read by a program. */
  readonly verbatim: (text: string) => void;
  /** To stdout as JSON, and nothing else. */
  readonly json: (value: unknown) => void;
  /**
   * To stdout: rows under headings on a terminal, tab-separated without headings in a pipe. `spare`: columns that a narrow terminal does without, the
   * first one first; where even that is too wide, each row is a block.
   */
  readonly table: (
    headings: readonly string[],
    rows: readonly (readonly Cell[])[],
    right?: readonly number[],
    spare?: readonly number[],
  ) => void;
  /** Whether such a table fits into the terminal, its last column broken at words if need be. */
  readonly fits: (headings: readonly string[], rows: readonly (readonly Cell[])[]) => boolean;
  /** To stdout on a terminal: a title, and below it names with their values, broken wherever the terminal ends. */
  readonly block: (title: Cell, values: readonly (readonly [name: string, value: Cell])[]) => void;
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
export interface Verbosity {
  /** Nothing but JSON that was asked for, warnings and errors. */
  readonly quiet?: boolean | undefined;
  /** In a pipe all that a terminal is told, too. */
  readonly verbose?: boolean | undefined;
}

/** Makes a printer. Colour needs a terminal, and neither NO_COLOR nor --no-color. */
export function createPrinter(
  context: Pick<Context, 'stdout' | 'stderr' | 'env'>,
  color: boolean,
  { quiet = false, verbose = false }: Verbosity = {},
): Printer {
  const wanted = color && !context.env['NO_COLOR'] && context.env['TERM'] !== 'dumb';
  const painter =
    (output: Output) =>
    (tone: Tone, text: string): string =>
      wanted && output.is_terminal && tone !== 'plain'
        ? styleText(FORMATS[tone], text, { validateStream: false })
        : text;
  const paint = painter(context.stdout);
  const painted = (cell: Cell): string =>
    typeof cell === 'string' ? shown(cell) : paint(cell.tone, shown(cell));
  const tint = painter(context.stderr);
  const write = (output: Output, line: string): void => {
    output.stream.write(`${line}\n`);
  };
  const say = (output: Output, line: string): void => write(output, wrapped(line, output));
  const tell = (...lines: readonly string[]): void => {
    for (const line of lines) say(context.stderr, shownLine(line, context.stderr));
  };
  const mute = (): void => {};
  return {
    result: quiet ? mute : (line) => say(context.stdout, line),
    verbatim: quiet ? mute : (text) => write(context.stdout, text),
    json: (value) => write(context.stdout, jsonText(value)),
    table: (headings, rows, right = [], spare = []) => {
      if (quiet) return;
      if (!context.stdout.is_terminal) {
        for (const row of rows) write(context.stdout, row.map(plain).join('\t'));
        return;
      }
      const head = headings.map((heading) => paint('quiet', heading));
      const body = rows.map((row) => row.map(painted));
      for (const line of fitting(head, body, right, spare, context.stdout.columns() ?? 80))
        write(context.stdout, line);
    },
    fits: (headings, rows) =>
      aligned(
        headings,
        rows.map((row) => row.map(shown)),
        [],
        context.stdout.columns() ?? 80,
      ) !== undefined,
    block: (title, values) => {
      if (quiet) return;
      const named = values.map(([name, value]) => [paint('quiet', name), painted(value)] as const);
      for (const line of blockLines(painted(title), named, context.stdout.columns() ?? 80))
        write(context.stdout, line);
    },
    detail: !quiet && (verbose || context.stderr.is_terminal) ? tell : mute,
    note: quiet ? mute : tell,
    warn: (line) => say(context.stderr, `${tint('warn', 'Warning:')} ${shownLine(line, context.stderr)}`),
    error: tell,
    paint,
    tint,
    number: (value) => (context.stdout.is_terminal ? count(value) : String(value)),
    span: (ms) => (context.stdout.is_terminal ? duration(ms) : (ms / 1000).toFixed(3)),
    stdout_is_terminal: context.stdout.is_terminal,
  };
}

/** Headings and rows without the columns in which nothing stands. */
export function filledColumns(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): [headings: string[], rows: string[][]] {
  const shown = headings.map((_, i) => rows.some((row) => (row[i] ?? '') !== ''));
  const kept = (row: readonly string[]): string[] => row.filter((_, i) => shown[i]);
  return [kept(headings), rows.map(kept)];
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

/** The first way that fits: all columns, then without those that can be spared, then a block for each row. */
function fitting(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
  spare: readonly number[],
  columns: number,
): string[] {
  for (let few = 0; few <= spare.length; few++) {
    const excluded = spare.slice(0, few);
    const shown = headings.map((_, i) => i).filter((i) => !excluded.includes(i));
    const pick = (row: readonly string[]): string[] => shown.map((i) => row[i] ?? '');
    const onTheRight = shown.flatMap((i, at) => (right.includes(i) ? [at] : []));
    const lines = aligned(pick(headings), rows.map(pick), onTheRight, columns);
    if (lines !== undefined) return lines;
  }
  return rows.flatMap(([title = '', ...values], i) => [
    ...(i === 0 ? [] : ['']),
    ...blockLines(
      title,
      values.flatMap((value, at) => (value === '' ? [] : [[headings[at + 1] ?? '', value] as const])),
      columns,
    ),
  ]);
}

/** Undefined where it is too wide for the terminal. */
function aligned(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
  columns: number,
): string[] | undefined {
  const draw = (all: readonly (readonly string[])[]): string[] => {
    const [head = [], ...body] = all.map((row) => [...row]);
    const table = new Table({
      head,
      chars: { ...NO_LINES, ...NO_BORDERS },
      colAligns: headings.map((_, i) => (right.includes(i) ? 'right' : 'left')),
      style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    });
    for (const row of body) table.push(row);
    return table
      .toString()
      .split('\n')
      .map((line) => `  ${line.trimEnd()}`);
  };
  const all = [headings, ...rows];
  const lines = draw(all);
  const over = widestOf(lines) - columns + 1;
  if (over <= 0) return lines;
  // The last column is the one that may be long: it is broken at words, where enough is left of it to read.
  const room = widestOf(all.map((row) => row.at(-1) ?? '')) - over;
  if (room < READABLE) return undefined;
  const broken = draw(all.map((row) => [...row.slice(0, -1), wrapAnsi(row.at(-1) ?? '', room)]));
  return broken.every((line) => stringWidth(line) < columns) ? broken : undefined;
}

/** The width of the widest, however many there are. */
const widestOf = (texts: readonly string[]): number =>
  texts.reduce((widest, text) => Math.max(widest, stringWidth(text)), 0);

/** Values beside their names, or below them where nothing could be read beside them. */
function blockLines(
  title: string,
  values: readonly (readonly [name: string, value: string])[],
  columns: number,
): string[] {
  const broken = (text: string, indent: number): string[] =>
    wrapAnsi(text, Math.max(1, columns - 1 - indent), { hard: true }).split('\n');
  const widest = widestOf(values.map(([name]) => name));
  const isBeside = columns - 1 - 4 - widest - 2 >= READABLE;
  const lines = values.flatMap(([name, value]) => {
    if (!isBeside)
      return [
        ...broken(name, 4).map((line) => `    ${line}`),
        ...broken(value, 6).map((line) => `      ${line}`),
      ];
    const padded = name + ' '.repeat(widest - stringWidth(name));
    return broken(value, 4 + widest + 2).map(
      (line, i) => `    ${i === 0 ? padded : ' '.repeat(widest)}  ${line}`,
    );
  });
  return [...broken(title, 2).map((line) => `  ${line}`), ...lines].map((line) => line.trimEnd());
}

/** Narrower than this, a column of words is worse than lines that the terminal breaks. */
const READABLE = 12;

/** A line broken at words where a terminal would break it anywhere; what follows is indented. */
export function wrapped(
  line: string,
  { is_terminal, columns }: Pick<Output, 'is_terminal' | 'columns'>,
): string {
  if (!is_terminal) return line;
  return wrappedAt(shortened(line, LONGEST_LINE), columns);
}

/** A line with escapes; before that it is cut for a terminal, which shows no more of it anyway. */
const shownLine = (line: string, { is_terminal }: Pick<Output, 'is_terminal'>): string =>
  printable(is_terminal ? shortened(line, LONGEST_LINE) : line);

/** Characters of a line, and of a cell of a table, that a terminal shows. */
const LONGEST_LINE = 8000;
/** cli-table3 takes square time for the lines of a cell: 50 ms for so many characters. */
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
