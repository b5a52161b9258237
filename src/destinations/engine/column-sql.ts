/** SQL about columns as they are stored: names of keys, values as JSON, conditions on rows. Pure. */
import { type Column, storedNames } from '../../table/column.js';
import type { KeySpan, RowMatch } from '../destination.js';
import { literal, quote } from './sql.js';

/**
 * The stored names of a key's columns; none when the table lacks one of them, since it has no such key then.
 */
export function storedKeys(columns: readonly Column[], primary_key: readonly string[]): readonly string[] {
  const names = storedNames(columns);
  const keys = primary_key.flatMap((key) => names[columns.findIndex(({ name }) => name === key)] ?? []);
  return keys.length === primary_key.length ? keys : [];
}

/** Converts a value to a type that was chosen to hold it: JSON and VARCHAR hold everything as text. */
export function converted(input: string, from: string, to: string): string {
  if (from === to) return input;
  return to === 'JSON' ? `to_json(${input})` : `${input}::${to}`;
}

/** A condition on a key's column for each bound of a span; `true` without bounds. */
export function inSpan(
  column: string,
  type: string,
  { after, before }: { readonly after?: string | undefined; readonly before?: string | undefined },
): string {
  const bound = (text: string): string => {
    const key: unknown = text.startsWith('"') ? JSON.parse(text) : text;
    // A bound may lie beyond what the type holds: one above the highest key there can be.
    return type === 'BIGINT' ? `${literal(String(key))}::HUGEINT` : `${literal(String(key))}::${type}`;
  };
  return [
    ...(after === undefined ? [] : [`${column} > ${bound(after)}`]),
    ...(before === undefined ? [] : [`${column} < ${bound(before)}`]),
    'true',
  ].join(' AND ');
}

/** A value's JSON text as a source sends it: times are milliseconds. */
export function jsonOf({ type, list }: Column, name: string): string {
  if (type !== 'TIMESTAMPTZ') return `to_json(${name})::VARCHAR`;
  return list
    ? `to_json(list_transform(${name}, lambda x: epoch_ms(x)))::VARCHAR`
    : `epoch_ms(${name})::VARCHAR`;
}

/** A condition on a table's rows: they match one of these. Undefined where a column is missing. */
export function matching(
  columns: readonly Column[],
  matches: readonly RowMatch[],
  table = '',
): string | undefined {
  const names = storedNames(columns);
  const conditions = matches.map((match) =>
    Object.entries(match).map(([column, json]) => {
      const at = columns.findIndex(({ name }) => name === column);
      if (at < 0) return undefined;
      return `${jsonOf(columns[at]!, `${table}${quote(names[at]!)}`)} IS NOT DISTINCT FROM ${json === 'null' ? 'NULL' : literal(json)}`;
    }),
  );
  if (conditions.some((parts) => parts.length === 0 || parts.includes(undefined))) return undefined;
  return `(${conditions.map((parts) => parts.join(' AND ')).join(' OR ') || 'false'})`;
}

/** Whether one of these spans has no bounds: then every key is in it. */
export function coversAll(spans: readonly KeySpan[]): boolean {
  return spans.some(({ after, before }) => after === undefined && before === undefined);
}
