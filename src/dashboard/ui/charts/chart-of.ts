/** Chooses a chart for the rows of a query, by the types of their columns. Pure. */
import type { RowsAnswer } from '../../answers.js';

/** A line over a number or a time, or a bar for every name. */
export interface Chart {
  readonly type: 'line' | 'bars';
  /** The column that the points go by; null: the number of the row. */
  readonly by: string | null;
  readonly series: readonly Series[];
  /** Rows that the chart leaves out at the end. */
  readonly more: number;
}

/** The numbers of a column. */
export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

/** One number. */
export interface Point {
  /** Its place, in words. */
  readonly label: string;
  /** Its place on a line, as a number; of a time, epoch milliseconds. */
  readonly x: number;
  readonly y: number;
}

/** The most points of a series. */
export const MOST_POINTS = 500;
/** The most lines of a chart: more could not be told apart. */
const MOST_LINES = 3;

/** Whether values of a type are numbers; a list of numbers is not one. */
export const isNumeric = (type: string): boolean =>
  /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|REAL|DECIMAL|NUMERIC)\b/i.test(type) && !isList(type);
const isTime = (type: string): boolean => /^(DATE|TIMESTAMP)/i.test(type) && !isList(type);
const isList = (type: string): boolean => type.endsWith(']');

/** The chart of an answer; undefined where no column has numbers. */
export function chartOf({ columns, rows }: Pick<RowsAnswer, 'columns' | 'rows'>): Chart | undefined {
  const numbers = columns.flatMap(({ type }, at) => (isNumeric(type) ? [at] : []));
  if (numbers.length === 0) return undefined;
  const times = columns.findIndex(({ type }) => isTime(type));
  const names = columns.findIndex(({ type }) => !isNumeric(type) && !isTime(type));
  const by = times >= 0 ? times : names >= 0 ? names : numbers.length > 1 ? numbers[0]! : -1;
  const type = by >= 0 && by === names ? 'bars' : 'line';
  const shown = rows.slice(0, MOST_POINTS);
  const place = (row: RowsAnswer['rows'][number], at: number): number => {
    if (by < 0 || type === 'bars') return at;
    return by === times ? Date.parse(isoOf(row[by] ?? '')) : Number(row[by] ?? Number.NaN);
  };
  const series = numbers
    .filter((at) => at !== by)
    .slice(0, type === 'bars' ? 1 : MOST_LINES)
    .map((column) => ({
      name: columns[column]!.name,
      points: shown.flatMap((row, at): Point[] => {
        const text = row[column] ?? null;
        const [x, y] = [place(row, at), text === null ? Number.NaN : Number(text)];
        const label = by < 0 ? `row ${at + 1}` : (row[by] ?? 'NULL');
        return Number.isFinite(x) && Number.isFinite(y) ? [{ label, x, y }] : [];
      }),
    }));
  if (series.every(({ points }) => points.length === 0)) return undefined;
  return {
    type,
    by: by < 0 ? null : columns[by]!.name,
    series: type === 'line' ? series.map(inOrder) : series,
    more: rows.length - shown.length,
  };
}

const inOrder = ({ name, points }: Series): Series => ({
  name,
  points: points.toSorted((one, other) => one.x - other.x),
});

/** DuckDB's `2026-01-02 03:04:05.123456+00`, or its `2026-01-02`, as JavaScript reads it. */
const isoOf = (text: string): string =>
  text
    .replace(' ', 'T')
    .replace(/(:[\d.]+[+-]\d\d)$/, '$1:00')
    .replace(/T([\d:.]+)$/, 'T$1Z');

/** Round numbers from below the lowest to above the highest, some five of them. */
export function ticksOf(low: number, high: number): number[] {
  const span = high === low ? Math.abs(high) || 1 : high - low;
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? 10 * power;
  const from = Math.floor(low / step);
  const to = Math.max(from + 1, Math.ceil(high / step));
  // Multiples, not sums: sums of 0.1 drift. More than fifty come only of numbers at the end of doubles.
  return Array.from({ length: Math.min(50, to - from + 1) }, (_, i) =>
    Number(((from + i) * step).toPrecision(12)),
  );
}
