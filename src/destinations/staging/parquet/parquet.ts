/**
 * Turns columns into a Parquet file: a standard format that DuckDB reads without parsing
 * (https://parquet.apache.org/docs/file-format/). Only the needed part of it: one row group, plain values, no
 * compression, since each file is read once and then removed.
 */

import { XanoError } from '../../../errors.js';
import type { ColumnType } from '../../../table/column.js';
import { type ColumnData, LEVEL } from '../../../table/column-data.js';
import { i32, i64, list, struct, type Thrift, TRUE, text, varint } from './thrift.js';

/** Collects the columns of pages, and makes a file of them. */
export interface ParquetPieces {
  /**
   * Copies a page's columns. All pages of one file have the same ones. Values of 8 MB or more are not copied:
   * their memory must stay as it is until {@link ParquetPieces.clear}.
   */
  readonly add: (columns: readonly ColumnData[], rows: number) => void;
  /** Whether some values were not copied. */
  readonly isBorrowing: () => boolean;
  /** Bytes so far. */
  readonly bytes: () => number;
  /**
   * The file's parts in their order, in memory that is reused after the next {@link ParquetPieces.clear}.
   * Columns are called c0, c1 and so on.
   */
  readonly parts: () => readonly Uint8Array[];
  readonly clear: () => void;
}

/** Parquet's numbers for stored types, and for their meanings. */
const PHYSICAL = { boolean: 0, int32: 1, int64: 2, float: 4, double: 5, bytes: 6 } as const;
const MEANING = { utf8: 0, list: 3, date: 6, json: 19 } as const;
/** A time in UTC, in milliseconds. DuckDB reads the older annotation as local time (1.5.5). */
const UTC_TIME = struct({ 8: struct({ 1: TRUE, 2: struct({ 1: struct({}) }) }) });
const OPTIONAL = 1;
const REPEATED = 2;
const DATA_PAGE = 0;
const PLAIN = 0;
const RLE = 3;
const NOT_COMPRESSED = 0;

const STORED: Readonly<
  Record<ColumnType, { readonly as: number; readonly meaning?: number; readonly logical?: Thrift }>
> = {
  BIGINT: { as: PHYSICAL.int64 },
  TIMESTAMPTZ: { as: PHYSICAL.int64, logical: UTC_TIME },
  DOUBLE: { as: PHYSICAL.double },
  FLOAT: { as: PHYSICAL.float },
  BOOLEAN: { as: PHYSICAL.boolean },
  DATE: { as: PHYSICAL.int32, meaning: MEANING.date },
  VARCHAR: { as: PHYSICAL.bytes, meaning: MEANING.utf8 },
  // As text, which DuckDB casts.
  UUID: { as: PHYSICAL.bytes, meaning: MEANING.utf8 },
  JSON: { as: PHYSICAL.bytes, meaning: MEANING.json },
};

const MAGIC = Buffer.from('PAR1');
/**
 * The initial memory of a column, and of all columns together: each of thousands of columns holds little.
 * Bytes.
 */
const SMALLEST = 64 * 1024;
const SMALLEST_TOGETHER = 8 * 1024 * 1024;
/** The memory of a column that one uncommonly long value made larger is not kept. Bytes. */
const LARGEST_KEPT = 32 * 1024 * 1024;

/**
 * A copy of larger values would hold hundreds of megabytes a third time, beside the answer and its columns.
 * Bytes.
 */
const BORROWED = 8 * 1024 * 1024;

/** One column of the file so far: data pages one after the other. */
interface Chunk {
  readonly column: ColumnData['column'];
  bytes: Uint8Array;
  length: number;
  entries: number;
  /** Values that were not copied. Each belongs after the first `at` bytes of `bytes`. */
  borrowed: { readonly at: number; readonly values: Uint8Array }[];
}

/** The size of a column in the file, in bytes. */
const sizeOf = ({ length, borrowed }: Chunk): number =>
  borrowed.reduce((sum, { values }) => sum + values.length, length);

/** A column's bytes in their order. */
function* piecesOf({ bytes, length, borrowed }: Chunk): Generator<Uint8Array> {
  let done = 0;
  for (const { at, values } of borrowed) {
    yield bytes.subarray(done, at);
    yield values;
    done = at;
  }
  yield bytes.subarray(done, length);
}

/** Makes the collector. */
export function createParquetPieces(): ParquetPieces {
  let chunks: Chunk[] = [];
  let rows = 0;

  return {
    add: (columns, count) => {
      if (rows === 0)
        chunks = columns.map(({ column }, at) => ({
          column,
          bytes: chunks[at]?.bytes ?? new Uint8Array(0),
          length: 0,
          entries: 0,
          borrowed: [],
        }));
      rows += count;
      for (const [at, data] of columns.entries()) {
        const chunk = chunks[at];
        if (chunk === undefined || !isSame(chunk.column, data.column) || chunks.length !== columns.length)
          throw new XanoError('BUG', `Column "${data.column.name}" is not a column of this file.`);
        addPage(chunk, data, Math.min(SMALLEST, Math.ceil(SMALLEST_TOGETHER / columns.length)));
      }
    },
    isBorrowing: () => chunks.some(({ borrowed }) => borrowed.length > 0),
    bytes: () => chunks.reduce((sum, chunk) => sum + sizeOf(chunk), 0),
    parts: () => {
      const written = chunks.flatMap((chunk) => [...piecesOf(chunk)]);
      const footer = footerOf(chunks, rows);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(footer.length);
      return [MAGIC, ...written, footer, length, MAGIC];
    },
    clear: () => {
      rows = 0;
      for (const chunk of chunks) {
        chunk.length = 0;
        chunk.borrowed = [];
        if (chunk.bytes.length > LARGEST_KEPT) chunk.bytes = new Uint8Array(0);
      }
    },
  };
}

const isSame = (a: Chunk['column'], b: Chunk['column']): boolean =>
  a.name === b.name && a.type === b.type && a.list === b.list && a.list_of_vectors === b.list_of_vectors;

/** Each page of rows is a data page. `smallest`: bytes that a column's memory begins with. */
function addPage(chunk: Chunk, data: ColumnData, smallest: number): void {
  const { values, entries } = data;
  const levels = data.column.list ? listLevels(data) : nullLevels(data);
  const size = levels.length + values.length;
  const header = struct({
    1: i32(DATA_PAGE),
    2: i32(size),
    3: i32(size),
    5: struct({ 1: i32(entries), 2: i32(PLAIN), 3: i32(RLE), 4: i32(RLE) }),
  });
  const isBorrowed = values.length >= BORROWED;
  for (const part of [Uint8Array.from(header.bytes), levels, ...(isBorrowed ? [] : [values])]) {
    if (chunk.length + part.length > chunk.bytes.length) {
      const more = Buffer.allocUnsafeSlow(
        Math.max(smallest, chunk.bytes.length * 2, chunk.length + part.length),
      );
      more.set(chunk.bytes.subarray(0, chunk.length));
      chunk.bytes = more;
    }
    chunk.bytes.set(part, chunk.length);
    chunk.length += part.length;
  }
  if (isBorrowed) chunk.borrowed.push({ at: chunk.length, values });
  chunk.entries += entries;
}

/** Which entries have a value, a bit each: 1 for a value. */
function nullLevels({ entries, nulls }: ColumnData): Uint8Array {
  if (nulls.length === 0 || nulls.length === entries)
    return repeatedLevel(entries, nulls.length === 0 ? 1 : 0);
  const { bytes, begin } = packedLevels(entries, 1);
  bytes.fill(0xff, begin);
  for (const at of nulls) bytes[begin + (at >> 3)]! &= ~(1 << (at & 7));
  return bytes;
}

/**
 * The same of lists of vectors: first what an entry continues, two bits each; then what it is, three bits
 * each.
 */
function vectorLevels({ entries, levels }: ColumnData): Uint8Array {
  const repetition = packedLevels(entries, 2);
  const definition = packedLevels(entries, 3);
  const { bytes, begin } = definition;
  for (let at = 0; at < entries; at++) {
    const level = levels[at]!;
    repetition.bytes[repetition.begin + (at >> 2)]! |= (level >> 3) << ((at & 3) * 2);
    const bit = at * 3;
    const byte = begin + (bit >> 3);
    const spread = (level & 7) << (bit & 7);
    bytes[byte]! |= spread & 0xff;
    if (spread > 0xff) bytes[byte + 1]! |= spread >> 8;
  }
  return Buffer.concat([repetition.bytes, bytes]);
}

/** First whether an entry continues a list, a bit each; then its definition level, two bits each. */
function listLevels(data: ColumnData): Uint8Array {
  if (data.column.list_of_vectors === true) return vectorLevels(data);
  const { entries, levels } = data;
  const repetition = packedLevels(entries, 1);
  const definition = packedLevels(entries, 2);
  for (let at = 0; at < entries; at++) {
    const level = levels[at]!;
    if (level >= LEVEL.goes_on) repetition.bytes[repetition.begin + (at >> 3)]! |= 1 << (at & 7);
    definition.bytes[definition.begin + (at >> 2)]! |= (level & 3) << ((at & 3) * 2);
  }
  return Buffer.concat([repetition.bytes, definition.bytes]);
}

/** One level for all entries. */
function repeatedLevel(entries: number, level: number): Uint8Array {
  const run = [...varint(entries * 2), level];
  return Uint8Array.from([run.length, 0, 0, 0, ...run]);
}

/** Levels of some bits each, all 0, in groups of eight; and where they begin behind what is said of them. */
function packedLevels(entries: number, bits: number): { readonly bytes: Uint8Array; readonly begin: number } {
  const groups = Math.ceil(entries / 8);
  const head = varint(groups * 2 + 1);
  const bytes = Buffer.alloc(4 + head.length + groups * bits);
  bytes.writeUInt32LE(bytes.length - 4);
  bytes.set(head, 4);
  return { bytes, begin: 4 + head.length };
}

/** The footer of the file: its columns, and their positions. */
function footerOf(chunks: readonly Chunk[], rows: number): Uint8Array {
  const root = struct({ 4: text('rows'), 5: i32(chunks.length) });
  let offset = MAGIC.length;
  const columns = chunks.map((piece, at) => {
    const { column, entries } = piece;
    const length = sizeOf(piece);
    const inner = ['list', 'element'];
    const path = [`c${at}`, ...(column.list ? inner : []), ...(column.list_of_vectors === true ? inner : [])];
    const facts = struct({
      1: i32(STORED[column.type].as),
      2: list([i32(PLAIN), i32(RLE)]),
      3: list(path.map(text)),
      4: i32(NOT_COMPRESSED),
      5: i64(entries),
      6: i64(length),
      7: i64(length),
      9: i64(offset),
    });
    const chunk = struct({ 2: i64(offset), 3: facts });
    offset += length;
    return chunk;
  });
  const group = struct({ 1: list(columns), 2: i64(offset - MAGIC.length), 3: i64(rows) });
  const { bytes } = struct({
    1: i32(1),
    2: list([root, ...chunks.flatMap(({ column }, at) => nodesOf(column, `c${at}`))]),
    3: i64(rows),
    4: list([group]),
  });
  return Uint8Array.from(bytes);
}

/** A column in the tree of columns: a list has three levels, a list of lists five. */
function nodesOf({ type, list: isList, list_of_vectors }: ColumnData['column'], name: string): Thrift[] {
  const { as, meaning, logical } = STORED[type];
  const value = struct({
    1: i32(as),
    3: i32(OPTIONAL),
    4: text(isList ? 'element' : name),
    6: meaning === undefined ? undefined : i32(meaning),
    10: logical,
  });
  if (!isList) return [value];
  const listNodes = (called: string): Thrift[] => [
    struct({ 3: i32(OPTIONAL), 4: text(called), 5: i32(1), 6: i32(MEANING.list) }),
    struct({ 3: i32(REPEATED), 4: text('list'), 5: i32(1) }),
  ];
  return [...listNodes(name), ...(list_of_vectors === true ? listNodes('element') : []), value];
}
