/** Compares the values of a column: exactly, from JSON text; refused where Xano is not known to compare. */
import type { LocalField } from '../data/model.js';

/** A value with an order. */
export type Comparable = bigint | number | string | boolean;

const INTEGER = /^-?\d+$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Reads the JSON text of a value; undefined when the text is no value of the column's type. */
export type ReadComparable = (text: string) => Comparable | undefined;

const readInteger: ReadComparable = (text) => {
  // Xano's n8n node documents that an int column takes a string.
  const digits = text.startsWith('"') ? readString(text) : text;
  return digits !== undefined && INTEGER.test(digits) ? BigInt(digits) : undefined;
};

const readDecimal: ReadComparable = (text) => {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
    ? Number(value)
    : undefined;
};

const readBool: ReadComparable = (text) => (text === 'true' ? true : text === 'false' ? false : undefined);

function readString(text: string): string | undefined {
  const value: unknown = JSON.parse(text);
  return typeof value === 'string' ? value : undefined;
}

function readMatching(pattern: RegExp): ReadComparable {
  return (text) => {
    const value = readString(text);
    return value !== undefined && pattern.test(value) ? value.toLowerCase() : undefined;
  };
}

const READERS: { readonly [type in LocalField['type']]?: ReadComparable } = {
  int: readInteger,
  timestamp: readInteger,
  decimal: readDecimal,
  bool: readBool,
  text: readString,
  email: readString,
  enum: readString,
  date: readMatching(DATE),
  uuid: readMatching(UUID),
};

/**
 * The reader of a column's values; undefined where no documentation says that the column compares: lists,
 * objects, files, geometry, passwords.
 */
export function comparableReader(field: LocalField): ReadComparable | undefined {
  return field.style === 'list' ? undefined : READERS[field.type];
}

/** Negative, zero or positive as `a` comes before, with or after `b`. */
export function compare(a: Comparable, b: Comparable): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
