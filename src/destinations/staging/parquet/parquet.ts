/**
 * Columns become a Parquet file: the one form of them that DuckDB takes without parsing, and that somebody
 * else has defined (https://parquet.apache.org/docs/file-format/). Only as much of it as is needed here: one
 * row group, plain values, not compressed, since each file is read once and then removed.
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
  /** So far. */
  readonly bytes: () => number;
  /**
   * The file's parts in their order, in memory that is used again after the next {@link ParquetPieces.clear}.
   * Columns are called c0, c1 and so on.
   */
  readonly parts: () => readonly Uint8Array[];
  readonly clear: () => void;
}

/** Parquet's numbers for what is stored, and for what it means. */
const PHYSICAL = { boolean: 0, int32: 1, int64: 2, float: 4, double: 5, bytes: 6 } as const;
const MEANING = { utf8: 0, list: 3, date: 6, json: 19 } as const;
/** A time in UTC, in milliseconds: of the older kind of meaning, DuckDB takes it for a local one (1.5.5). */
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
  // As text: DuckDB casts it.
  UUID: { as: PHYSICAL.bytes, meaning: MEANING.utf8 },
  JSON: { as: PHYSICAL.bytes, meaning: MEANING.json },
};

const MAGIC = Buffer.from('PAR1');
/**
 * What each column begins with, and what all of them together begin with at most: thousands of columns hold
 * little each. Bytes.
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
  /** Values that were not copied. Each belongs behind the first `at` bytes of `bytes`. */
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

const isSame = (one: Chunk['column'], other: Chunk['column']): boolean =>
  one.name === other.name &&
  one.type === other.type &&
  one.list === other.list &&
  one.list_of_vectors === other.list_of_vectors;

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

/** Which entries there are, a bit each: 1 for a value. */
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

/** First whether an entry goes on with a list, a bit each; then what it is, two bits each. */
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

/** What stands at the end of the file: which columns there are, and where. */
function footerOf(chunks: readonly Chunk[], rows: number): Uint8Array {
  const root = struct({ 4: text('rows'), 5: i32(chunks.length) });
  let offset = MAGIC.length;
  const columns = chunks.map((one, at) => {
    const { column, entries } = one;
    const length = sizeOf(one);
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
