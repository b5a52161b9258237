/**
 * Rows in the binary form of Postgres' COPY, made by DuckDB in SQL: each row is one BLOB. The form is that of
 * the manual, "COPY", "Binary Format"; values are as the functions `…_send` of Postgres write them. Pure.
 */
import { quote } from '../../../engine/sql.js';

/** The bytes before the first row. */
export const COPY_HEADER: Uint8Array = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
/** The bytes after the last row. */
export const COPY_TRAILER: Uint8Array = Buffer.from([0xff, 0xff]);

/** How a type of DuckDB goes into Postgres. */
interface BinaryType {
  /** The object identifier that arrays name their elements by (`pg_type`; fixed in every server). */
  readonly oid: number;
  /** A value as its length and its bytes; NULL where the value is NULL. */
  readonly bytes: (value: string) => string;
}

const blob = (hex: string): string => `'${hex.replace(/../g, '\\x$&')}'::BLOB`;
const int4 = (n: number): string => blob(n.toString(16).padStart(8, '0'));
const NULL = blob('FFFFFFFF');
const sized = (bytes: string): string => `octet_length(${bytes})::INTEGER::BIT::BLOB || ${bytes}`;
const orNull = (bytes: string): string => `coalesce(${bytes}, ${NULL})`;

/**
 * The length of a short text as four characters: each is a byte of its own. One concat of texts takes half of
 * the time that casts and `||` of blobs take (measured with 1.5.5: 57 ms a million texts, and 121).
 */
const shortText = (text: string): string =>
  `concat(chr(0), chr(0), chr(0), chr(strlen(${text})::INTEGER), ${text})`;
/** In bytes. One character of one byte can hold the length of a text up to this. */
const SHORT = 127;

const TEXT: BinaryType = {
  oid: 25,
  bytes: (value) => {
    const text = `${value}::VARCHAR`;
    return `CASE WHEN strlen(${text}) <= ${SHORT} THEN encode(${shortText(text)}) ELSE strlen(${text})::INTEGER::BIT::BLOB || encode(${text}) END`;
  },
};

const TYPES: Readonly<Record<string, BinaryType>> = {
  BIGINT: { oid: 20, bytes: (value) => `${int4(8)} || ${value}::BIT::BLOB` },
  DOUBLE: { oid: 701, bytes: (value) => `${int4(8)} || ${value}::BIT::BLOB` },
  FLOAT: { oid: 700, bytes: (value) => `${int4(4)} || ${value}::BIT::BLOB` },
  BOOLEAN: {
    oid: 16,
    bytes: (value) =>
      `CASE WHEN ${value} THEN ${blob('0000000101')} WHEN NOT ${value} THEN ${blob('0000000100')} END`,
  },
  TIMESTAMPTZ: {
    oid: 1184,
    // Microseconds since 2000. The infinities have numbers of their own.
    bytes: (value) =>
      `${int4(8)} || CASE WHEN isinf(${value}) THEN CASE WHEN ${value} > TIMESTAMPTZ '2000-01-01' THEN ${blob('7FFFFFFFFFFFFFFF')} ELSE ${blob('8000000000000000')} END ELSE (epoch_us(${value}) - 946684800000000)::BIT::BLOB END`,
  },
  DATE: {
    oid: 1082,
    bytes: (value) =>
      `${int4(4)} || CASE WHEN isinf(${value}) THEN CASE WHEN ${value} > DATE '2000-01-01' THEN ${blob('7FFFFFFF')} ELSE ${blob('80000000')} END ELSE (${value} - DATE '2000-01-01')::INTEGER::BIT::BLOB END`,
  },
  UUID: { oid: 2950, bytes: (value) => `${int4(16)} || ${value}::BLOB` },
  VARCHAR: TEXT,
  JSON: { oid: 114, bytes: TEXT.bytes },
};

/** DuckDB spells this type out in DESCRIBE. */
const shortType = (type: string): string => type.replace('TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ');

/** A column of rows on their way to Postgres: a name of DuckDB, and its type as DESCRIBE has it. */
export interface SentColumn {
  readonly name: string;
  readonly type: string;
}

/**
 * The type that a column is sent as: `json` for what has no form of its own here, `numeric` for long numbers.
 */
export function sentAs(type: string): { readonly element: string; readonly is_list: boolean } {
  const [, element = '', list] = /^([A-Z]+)(\[\d*\])?$/.exec(shortType(type)) ?? [];
  if (Object.hasOwn(TYPES, element)) return { element, is_list: list !== undefined };
  return { element: 'JSON', is_list: false };
}

/** One column of a row: its length and its bytes. */
function fieldOf({ name, type }: SentColumn): string {
  const value = quote(name);
  const { element, is_list } = sentAs(type);
  const { bytes } = TYPES[element]!;
  if (!is_list) {
    const isOwn = Object.hasOwn(TYPES, shortType(type));
    return orNull(bytes(isOwn ? value : `to_json(${value})`));
  }
  return orNull(sized(arrayOf(value, TYPES[element]!)));
}

/** Blobs side by side: pairs of pairs copy each byte a few times, and one after the other once a blob. */
function joined(blobs: readonly string[]): string {
  if (blobs.length < 2) return blobs.join();
  const half = blobs.length >> 1;
  return `(${joined(blobs.slice(0, half))} || ${joined(blobs.slice(half))})`;
}

/**
 * An array of one dimension. DuckDB joins texts of a list, not blobs: they are joined one after the other.
 */
function arrayOf(list: string, { oid, bytes }: BinaryType): string {
  const each = `list_transform(${list}, lambda x: ${orNull(bytes('x'))})`;
  const elements = `list_reduce(${each}, lambda a, b: a || b)`;
  const hasNull = `CASE WHEN list_count(${list}) < len(${list}) THEN ${int4(1)} ELSE ${int4(0)} END`;
  const empty = `${int4(0)} || ${int4(0)} || ${int4(oid)}`;
  return `(CASE WHEN len(${list}) = 0 THEN ${empty} ELSE ${int4(1)} || ${hasNull} || ${int4(oid)} || len(${list})::INTEGER::BIT::BLOB || ${int4(1)} || ${elements} END)`;
}

/**
 * A query of one BLOB column: the rows of `from` in the binary form. An array of a fixed size counts as a
 * list.
 */
export function binaryRows(columns: readonly SentColumn[], from: string): string {
  const count = columns.length.toString(16).padStart(4, '0');
  // DuckDB has no functions for lists on arrays of a fixed size.
  const lists = columns.filter(({ type }) => /\[\d+\]$/.test(type));
  const replaced = lists.map(
    ({ name, type }) => `${quote(name)}::${type.replace(/\[\d+\]$/, '[]')} AS ${quote(name)}`,
  );
  const source = lists.length === 0 ? from : `(SELECT * REPLACE (${replaced.join(', ')}) FROM ${from})`;
  return `SELECT ${joined([blob(count), ...columns.map(fieldOf)])} AS ${quote('row')} FROM ${source}`;
}
