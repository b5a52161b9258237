/** Records in memory, in the order of their ids: any stretch of them is one piece of a buffer. */
import { readFileSync } from 'node:fs';
import { assertIdsFit, type Gaps, idAt } from './sets.js';

/** The records of a table. */
export interface Records {
  readonly count: number;
  readonly idAt: (place: number) => number;
  /** How many records have an id below this one; with `orEqual`, up to and including it. */
  readonly countBelow: (id: number, orEqual: boolean) => number;
  /** The records from one place up to another, with commas between them. */
  readonly stretch: (from: number, to: number) => readonly Buffer[];
  /** A column of epoch milliseconds by place; undefined where the records have none of that name. */
  readonly times: (column: string) => Float64Array | undefined;
}

/** A file of records in memory. */
export interface LoadedFile {
  readonly gaps: Gaps;
  readonly bytes: Buffer;
  /** Where each record begins, and one beyond the last. */
  readonly starts: Uint32Array;
  readonly columns: Map<string, TimeColumn>;
}

interface TimeColumn {
  /** From the beginning of a record to the number. */
  readonly offset: number;
  readonly values: Float64Array;
}

const NEWLINE = 10;
const COMMA = 44;
/** A record begins with `{"id":`. */
const ID_OFFSET = 6;
const ID_DIGITS = 8;

/** Reads a file of records; the line ends become the commas that a list has. */
export function loadFile(file: string, gaps: Gaps, rows: number): LoadedFile {
  const bytes = readFileSync(file);
  const starts = new Uint32Array(rows + 1);
  for (let row = 0, at = 0; row < rows; row++) {
    const end = bytes.indexOf(NEWLINE, at);
    if (end < 0) throw new Error(`${file} has fewer than ${rows} records`);
    bytes[end] = COMMA;
    at = end + 1;
    starts[row + 1] = at;
  }
  return { gaps, bytes, starts, columns: new Map() };
}

/** The records of a file from one place up to another. */
export function recordsOf(file: LoadedFile, from: number, to: number): Records {
  const { bytes, starts, gaps } = file;
  return {
    count: to - from,
    ...idsOf(to - from, (place) => idAt(from + place, gaps)),
    stretch: (first, end) =>
      end <= first ? [] : [bytes.subarray(starts[from + first]!, starts[from + end]! - 1)],
    times: (column) => timeColumn(file, column)?.values.subarray(from, to),
  };
}

/**
 * So many records from the bodies of a file, over and over, each with an id of its own: what is served is put
 * together when it is asked for, so that records that would fill gigabytes need none.
 */
export function repeatedRecords(file: LoadedFile, rows: number): Records {
  const { bytes, starts, gaps } = file;
  assertIdsFit(rows, gaps);
  const bodies = starts.length - 1;
  return {
    count: rows,
    ...idsOf(rows, (place) => idAt(place, gaps)),
    stretch: (first, end) => {
      const pieces: Buffer[] = [];
      for (let at = first; at < end; ) {
        const body = at % bodies;
        const stop = Math.min(body + end - at, bodies);
        // The comma after the last one stays: the next piece follows, and the very last is cut off below.
        const piece = Buffer.from(bytes.subarray(starts[body]!, starts[stop]!));
        for (let row = body; row < stop; row++)
          writeDigits(
            piece,
            starts[row]! - starts[body]! + ID_OFFSET,
            idAt(at + row - body, gaps),
            ID_DIGITS,
          );
        pieces.push(piece);
        at += stop - body;
      }
      const last = pieces.pop();
      return last === undefined ? [] : [...pieces, last.subarray(0, -1)];
    },
    times: () => undefined,
  };
}

function idsOf(count: number, at: (place: number) => number): Pick<Records, 'idAt' | 'countBelow'> {
  return {
    idAt: at,
    countBelow: (id, orEqual) => {
      let low = 0;
      let high = count;
      while (low < high) {
        const middle = (low + high) >>> 1;
        const value = at(middle);
        if (value < id || (orEqual && value === id)) low = middle + 1;
        else high = middle;
      }
      return low;
    },
  };
}

/**
 * Columns of times stand in front, where every record has the same width: read when they are first asked for.
 */
function timeColumn(file: LoadedFile, name: string): TimeColumn | undefined {
  const known = file.columns.get(name);
  if (known !== undefined) return known;
  if (!name.endsWith('_at')) return undefined;
  const { bytes, starts } = file;
  const first = bytes.subarray(0, starts[1]!).toString();
  const label = `"${name}":`;
  const offset = first.indexOf(label) + label.length;
  if (offset < label.length) return undefined;
  const values = new Float64Array(starts.length - 1);
  for (let row = 0; row < values.length; row++) {
    let value = 0;
    for (let at = starts[row]! + offset; bytes[at]! !== COMMA; at++) value = value * 10 + bytes[at]! - 48;
    values[row] = value;
  }
  const column = { offset, values };
  file.columns.set(name, column);
  return column;
}

function writeDigits(bytes: Buffer, offset: number, value: number, digits: number): void {
  for (let at = offset + digits - 1, rest = value; at >= offset; at--) {
    bytes[at] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

/**
 * Changes records in place: each gets a later `updated_at` and a price whose last digit differs. Tells by how
 * many cents all of them differ.
 */
export function changeRecords(
  file: LoadedFile,
  places: readonly number[],
  timeOf: (nth: number) => number,
): number {
  const column = timeColumn(file, 'updated_at');
  if (column === undefined) throw new Error('These records have no updated_at');
  let cents = 0;
  for (const [nth, place] of places.entries()) {
    const start = file.starts[place]!;
    const time = timeOf(nth);
    writeDigits(file.bytes, start + column.offset, time, 13);
    column.values[place] = time;
    const label = file.bytes.indexOf('"price":', start) + '"price":'.length;
    const last = file.bytes.indexOf(COMMA, label) - 1;
    const digit = file.bytes[last]! - 48;
    const changed = (digit + 1) % 10;
    file.bytes[last] = 48 + changed;
    cents += changed - digit;
  }
  return cents;
}
