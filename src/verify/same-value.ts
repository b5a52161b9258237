/** Compares two stored values, each as the destination that holds it gives it. Pure. */
import type { QueryValue } from '../destinations/reader/values.js';
import { valueAsJson } from '../destinations/reader/values.js';
import type { Column } from '../table/column.js';

/**
 * Whether two values of a column are one: exact numbers, texts as they are, JSON as it is spelled. A STRUCT
 * has no spelling, so it is compared with JSON by its members, where a missing one and null are the same; so
 * is a list that Postgres keeps as JSON.
 */
export function isSameValue(column: Pick<Column, 'type'>, a: QueryValue, b: QueryValue): boolean {
  if (a === null || b === null) return a === b;
  if (isNested(a) !== isNested(b) && (isJsonText(a) || isJsonText(b)))
    return canonical(column, parsed(a)) === canonical(column, parsed(b));
  return spelled(column, a) === spelled(column, b);
}

/** A value that DuckDB holds in parts, and not as JSON text. */
const isNested = (value: QueryValue): boolean =>
  typeof value === 'object' && value !== null && !('json' in value);

/** The value as JSON text; times and dates in one spelling, elements of vectors as they are stored. */
function spelled({ type }: Pick<Column, 'type'>, value: QueryValue): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map((one: QueryValue) => spelled({ type }, one)).join(',')}]`;
  if (type === 'FLOAT' && typeof value === 'number') return String(Math.fround(value));
  if (type === 'UUID' && typeof value === 'string') return value.toLowerCase();
  if ((type === 'TIMESTAMPTZ' || type === 'DATE') && typeof value === 'string') return timeText(value);
  if (type === 'BIGINT') return String(typeof value === 'object' ? valueAsJson(value) : value);
  // A JSON column and a text: both are spelled as they are.
  if (typeof value === 'object' && 'json' in value) return value.json;
  if (type === 'JSON' && typeof value === 'string') return value;
  return valueAsJson(value);
}

/** `2026-03-01 12:00:00.5+00`: without zeros at the end of its fraction, years before Christ in one way. */
function timeText(text: string): string {
  const at = text.indexOf('.');
  const rest = at < 0 ? '' : text.slice(at + 1);
  const [digits = ''] = /^\d+/.exec(rest) ?? [];
  const fraction = trimmedZeros(digits);
  const head = at < 0 ? text : text.slice(0, at);
  const once = `${head}${fraction === '' ? '' : `.${fraction}`}${rest.slice(digits.length)}`;
  return once.replace(' (BC)', ' BC').replace('(BC)', ' BC');
}

function trimmedZeros(fraction: string): string {
  let end = fraction.length;
  while (end > 0 && fraction[end - 1] === '0') end--;
  return fraction.slice(0, end);
}

function parsed(value: QueryValue): unknown {
  try {
    return JSON.parse(valueAsJson(value));
  } catch {
    return valueAsJson(value);
  }
}

const isJsonText = (value: QueryValue): boolean =>
  typeof value === 'object' && value !== null && 'json' in value;

/** JSON with sorted members, without those that are null. */
function canonical(column: Pick<Column, 'type'>, value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => canonical(column, one)).join(',')}]`;
  if (typeof value === 'number' && column.type === 'FLOAT') return String(Math.fround(value));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== null)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(column, member)}`);
  return `{${members.join(',')}}`;
}
