/** The lines of running tables, for any width and height. Pure. */
import stringWidth from 'string-width';
import { printable } from '../../hidden-characters.js';
import type { Tone } from '../output/output.js';
import { count, counted, duration, shortened } from '../output/text.js';

/** A table that is being read. */
export interface MovingTable {
  readonly name: string;
  readonly read: number;
  /** Null where the server does not count. */
  readonly expected: number | null;
  /** Recent rows a second; null until that can be measured. */
  readonly rate: number | null;
  readonly wait: { readonly left_ms: number; readonly reason: string } | null;
}

/** The complete load. */
export interface MovingTotals {
  readonly tables: number;
  readonly done: number;
  readonly rows: number;
  readonly rate: number | null;
  readonly elapsed_ms: number;
}

/** The available space. */
export interface Room {
  readonly columns: number;
  readonly rows: number;
}

type Tint = (tone: Tone, text: string) => string;
type Column = 'percent' | 'bar' | 'rows' | 'rate' | 'left';

interface Layout {
  readonly shown: readonly Column[];
  /** The inner width of the bar. */
  readonly bar: number;
  /** The least width of names, if they are that long. */
  readonly name: number;
}

/** From the most detailed layout to the shortest; the first one that leaves room for the names is used. */
const LAYOUTS: readonly Layout[] = [
  { shown: ['percent', 'bar', 'rows', 'rate', 'left'], bar: 20, name: 20 },
  { shown: ['percent', 'bar', 'rows', 'rate', 'left'], bar: 12, name: 16 },
  { shown: ['percent', 'bar', 'rows', 'rate'], bar: 12, name: 12 },
  { shown: ['percent', 'bar', 'rate'], bar: 8, name: 10 },
  { shown: ['percent', 'rate'], bar: 0, name: 10 },
  { shown: ['percent'], bar: 0, name: 1 },
];
/** Characters of a name or a reason that are examined: more than the width of any terminal. */
const LONGEST_NAME = 500;
/** The width of longer names, unless a third of the terminal is more. */
const NAME_MOST = 28;
const GAP = 2;
/** The least width of a wait's text, beside a bar. */
const WAIT_NEEDS = 22;

/** A line per table, as many as fit, then a line for the others and the totals. */
export function progressLines(
  tables: readonly MovingTable[],
  totals: MovingTotals,
  room: Room,
  tint: Tint,
): string[] {
  // One line below stays free for the cursor, one for the totals.
  const fitting = Math.max(0, room.rows - 2);
  const shown = tables.length <= fitting ? tables : tables.slice(0, Math.max(0, fitting - 1));
  const hidden = tables.length - shown.length;
  return [
    ...tableLines(shown, room.columns, tint),
    ...(hidden > 0 && fitting > 0
      ? [cut(`and ${counted(hidden, 'more table')} under way`, room.columns - 1)]
      : []),
    ...(room.rows > 1 ? [tint('quiet', totalLine(tables, totals, room.columns - 1))] : []),
  ];
}

function tableLines(tables: readonly MovingTable[], columns: number, tint: Tint): string[] {
  // Some terminals wrap a line that fills them completely.
  const across = columns - 1;
  const names = tables.map(({ name }) => plainEmoji(printable(shortened(name, LONGEST_NAME))));
  const most = Math.max(NAME_MOST, Math.floor(across / 3));
  const longest = Math.min(most, Math.max(0, ...names.map((name) => stringWidth(name))));
  const cells = tables.map(cellsOf);
  const counts = tables.some(({ expected }) => expected !== null);
  const widthOf = (column: Column, bar: number): number =>
    column === 'bar'
      ? counts && bar > 0
        ? bar + 2
        : 0
      : Math.max(0, ...cells.map((cell) => cell[column].length));
  const filled = ({ shown, bar }: Layout): readonly Column[] =>
    shown.filter((column) => widthOf(column, bar) > 0);
  const taken = (layout: Layout): number =>
    filled(layout).reduce((sum, column) => sum + GAP + widthOf(column, layout.bar), 0);
  const layout =
    LAYOUTS.find((candidate) => across - taken(candidate) >= Math.min(longest, candidate.name)) ??
    LAYOUTS.at(-1)!;
  const nameWidth = Math.max(1, Math.min(longest, across - taken(layout)));
  return tables.map((table, i) => {
    const name = padEnd(cut(names[i]!, nameWidth), nameWidth);
    if (table.wait !== null) return waitingLine(name, table, layout.bar, cells[i]!.percent, across, tint);
    const columns = filled(layout).map((column) =>
      column === 'bar'
        ? barOf(table, layout.bar, tint)
        : cells[i]![column].padStart(widthOf(column, layout.bar)),
    );
    return cut([name, ...columns].join(' '.repeat(GAP)).trimEnd(), across);
  });
}

function waitingLine(
  name: string,
  table: MovingTable,
  bar: number,
  percent: string,
  across: number,
  tint: Tint,
): string {
  // The time comes first: the reason may be cut off.
  const wait = `wait ${duration(table.wait!.left_ms)}: ${plainEmoji(printable(shortened(table.wait!.reason, LONGEST_NAME)))}`;
  const start = cut(`${name}  ${percent.padStart(4)}`, across);
  const room = across - stringWidth(start) - GAP;
  if (room < 1) return start;
  const width = [bar, 12, 8].find(
    (candidate) => candidate > 0 && candidate <= bar && room - candidate - 2 - GAP >= WAIT_NEEDS,
  );
  if (width === undefined || table.expected === null) return `${start}  ${tint('warn', cut(wait, room))}`;
  return `${start}  ${barOf(table, width, tint)}  ${tint('warn', cut(wait, room - width - 2 - GAP))}`;
}

function cellsOf({ read, expected, rate }: MovingTable): Readonly<Record<Column, string>> {
  const to_come = expected === null ? 0 : Math.max(0, expected - read);
  return {
    // Rounded down: only a complete table shows 100 %.
    percent: expected === null ? '' : `${Math.floor(shareOf(read, expected) * 100)}%`.padStart(4),
    bar: '',
    rows: expected === null ? counted(read, 'row') : `${count(read)} of ${count(expected)}`,
    rate: rate === null ? '' : `${count(Math.round(rate))}/s`,
    left: rate === null || rate <= 0 || to_come === 0 ? '' : duration((to_come / rate) * 1000),
  };
}

const shareOf = (read: number, expected: number): number =>
  expected === 0 ? 1 : Math.min(1, read / expected);

/** Different without colour, and one column wide in every font. */
function barOf({ read, expected }: MovingTable, width: number, tint: Tint): string {
  if (expected === null) return ' '.repeat(width + 2);
  const full = Math.floor(shareOf(read, expected) * width);
  const part = (tone: Tone, text: string): string => (text === '' ? '' : tint(tone, text));
  return `[${part('good', '#'.repeat(full))}${part('quiet', '.'.repeat(width - full))}]`;
}

function totalLine(tables: readonly MovingTable[], totals: MovingTotals, across: number): string {
  const { done, rows, rate, elapsed_ms } = totals;
  const to_come = tables.reduce((sum, { read, expected }) => sum + Math.max(0, (expected ?? read) - read), 0);
  const waiting = totals.tables - done - tables.length;
  // Tables that have not begun have no known size, so the time is a minimum.
  const left =
    rate !== null && rate > 0 && to_come > 0
      ? [`${waiting > 0 ? 'at least ' : ''}${duration((to_come / rate) * 1000)} left`]
      : [];
  const speed = rate === null ? [] : [`${count(Math.round(rate))} rows/s`];
  const first = [`${count(done)} of ${counted(totals.tables, 'table')}`, counted(rows, 'row')];
  const variants = [
    [...first, ...speed, duration(elapsed_ms), ...left],
    [...first, duration(elapsed_ms), ...left],
    [...first, ...left],
    [first[0]!, ...left],
  ].map((parts) => parts.join(', '));
  return variants.find((line) => stringWidth(line) <= across) ?? cut(variants.at(-1)!, across);
}

const padEnd = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - stringWidth(text)));

const letters = new Intl.Segmenter();

/**
 * A composed emoji becomes its first part: terminals disagree about its width, and a line that is wider than
 * expected wraps.
 */
function plainEmoji(text: string): string {
  return [...letters.segment(text)]
    .map(({ segment }) => {
      const [first = '', ...rest] = segment;
      const end = rest.findIndex((part) => /^[\u200d\ufe0f\u{1f3fb}-\u{1f3ff}]$/u.test(part));
      return end < 0 ? segment : first + rest.slice(0, end).join('');
    })
    .join('');
}

/** A text of this width, with an ellipsis if it was cut; no letter or emoji is split. */
function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let shown = '';
  for (const { segment } of letters.segment(text)) {
    if (stringWidth(shown + segment) > width - 1) break;
    shown += segment;
  }
  return `${shown}…`;
}
