/** Reads one list of records, completely or in parts. */
import { isUtf8 } from 'node:buffer';
import { XanoError } from '../../errors.js';
import { malformed, skipSpace, valueEnd } from './json-bytes.js';
import { createPageKeys, NO_KEY, type PageKeys } from './page-keys.js';
import { createRecordReader, type RecordReader } from './record.js';
import type { RecordShape } from './record-schema.js';
import { createScanner, type Scanner } from './scanner.js';
import type { Encoder } from './values/encode.js';

/** How many more records may differ from the first one's spelling than match it. */
const FEW = 100;

/** The JSON of one part, in bytes. Its columns, and their batch, take a small multiple of this. */
export const PART_BYTES = 2 * 1024 * 1024;

/** Limits columns, which can be larger than their JSON: a record of two bytes has a NULL in each column. */
const PART_COLUMN_BYTES = 2 * PART_BYTES;

/** Reads one list, a part at a time. */
interface ListReader {
  /**
   * Puts the next records into the encoder, which forgets the previous ones: the rest of the list, or about
   * this many bytes of JSON. Returns their number. Throws {@link Malformed}.
   */
  readonly readPart: (bytes: number) => number;
  readonly isDone: () => boolean;
  /** The records read so far, joined by commas. */
  readonly records: () => Uint8Array;
  /** The position of the closing bracket, once the list is read. */
  readonly end: () => number;
  readonly reader: RecordReader;
  readonly keys: PageKeys;
}

/** One list and what has been read of it. */
interface ListState {
  readonly b: Uint8Array;
  readonly shape: RecordShape;
  readonly selector: string;
  readonly encoder: Encoder;
  readonly utf8: boolean;
  readonly reader: RecordReader;
  readonly keys: PageKeys;
  /**
   * The start of the next record, the end of the last one, and the position of its comma or of the closing
   * bracket.
   */
  next: number;
  last_end: number;
  end: number;
  done: boolean;
  /** Records of the earlier parts. */
  before: number;
}

/** Scans further records with the spelling of the last one. */
interface AlikeScanner {
  readonly scanner: Scanner | undefined;
  /** Columns without a member in such records. */
  readonly unspelled: readonly number[];
  readonly has_key: boolean;
}

/** Makes the reader of the list that opens at `start`. */
export function createListReader(
  b: Uint8Array,
  start: number,
  shape: RecordShape,
  selector: string,
  encoder: Encoder,
): ListReader {
  const utf8 = isUtf8(b);
  const from = skipSpace(b, start + 1);
  const state: ListState = {
    ...{ b, shape, selector, encoder, utf8 },
    reader: createRecordReader(b, shape, encoder, utf8),
    keys: createPageKeys(b),
    ...{ next: from, last_end: from, end: from, done: b[from] === 0x5d, before: 0 },
  };
  return {
    readPart: (bytes) => readPart(state, bytes),
    isDone: () => state.done,
    records: () => b.subarray(from, state.last_end),
    end: () => state.end,
    reader: state.reader,
    keys: state.keys,
  };
}

const NO_SCANNER: AlikeScanner = { scanner: undefined, unspelled: [], has_key: false };

/** The scanner for records with the spelling of the last one. */
function scannerOfLast({ b, shape, encoder, utf8, reader }: ListState): AlikeScanner {
  const { columns, key } = shape;
  const members = reader.members();
  const read = members.map(({ column_index }) => column_index).filter((index) => index >= 0);
  const spelled = new Set(read);
  // WebAssembly puts values into columns as they were sent.
  const isMasked = columns.some(({ maskValue }) => maskValue !== undefined);
  if (!utf8 || isMasked || spelled.size < read.length) return NO_SCANNER;
  return {
    scanner: createScanner(b, members, columns, key, encoder),
    unspelled: columns.flatMap((_, column) => (spelled.has(column) ? [] : [column])),
    has_key: read.some((column) => columns[column]!.name === key),
  };
}

/** The loop over the records of a list: records of one spelling are scanned, any other is read alone. */
function readPart(list: ListState, bytes: number): number {
  const { b, reader, keys, encoder } = list;
  encoder.begin();
  if (list.done) return 0;
  const stop = list.next + bytes;
  const isPart = Number.isFinite(bytes);
  // Each part makes its own scanner: all scanners share one memory, and other answers may have been read
  // since the last part.
  let alike = NO_SCANNER;
  /** Records with the spelling of the first one, minus the others. */
  let balance = 0;
  let count = 0;
  let i = list.next;
  for (;;) {
    if (b[i] !== 0x7b) throw notAnObject(b, i, list.before + count + 1, list.selector);
    const scanned = alike.scanner?.scan(i);
    if (scanned !== undefined && scanned.count > 0) {
      for (const column of alike.unspelled) for (let n = 0; n < scanned.count; n++) reader.putOther(column);
      if (alike.has_key) keys.noteScanned(scanned);
      else keys.note(NO_KEY);
      balance += scanned.count;
      count += scanned.count;
      i = scanned.end;
    } else {
      i = reader.read(i);
      reader.put();
      keys.note(reader.key);
      if (count === 0) alike = scannerOfLast(list);
      else if (--balance < -FEW) alike = NO_SCANNER;
      count++;
    }
    const end = skipSpace(b, i);
    list.last_end = i;
    list.end = end;
    if (b[end] === 0x5d) {
      list.done = true;
      break;
    }
    if (b[end] !== 0x2c) malformed(b[end] === undefined ? 'cut off' : 'no comma between records', end);
    i = skipSpace(b, end + 1);
    if (isPart && (i >= stop || encoder.used() >= PART_COLUMN_BYTES)) break;
  }
  list.next = i;
  list.before += count;
  return count;
}

/**
 * The error for a value among the records that cannot become a row. Throws {@link Malformed} where it is not
 * JSON.
 */
function notAnObject(b: Uint8Array, i: number, nth: number, selector: string): XanoError {
  valueEnd(b, i);
  const list = selector === '' ? 'the list' : `the list at "${selector}"`;
  return new XanoError('RESPONSE_UNEXPECTED', `Record ${nth} of ${list} is not an object.`, {
    hint: 'Rows are made of objects: if another list holds them, say so in data_selector.',
  });
}
