/** SQL text from data. Pure: names are quoted, texts are literals, nothing is run here. */
import { type Column, DELETED_AT_COLUMN, LOAD_ID_COLUMN, sqlType, storedNames } from '../../table/column.js';
import type { RowMatch } from '../destination.js';
import type { Batch } from '../staging/batch-file.js';

/** A name as an SQL identifier, whatever it holds. */
export function quote(...names: string[]): string {
  return names.map((name) => `"${withoutNul(name).split('"').join('""')}"`).join('.');
}

/** A text as an SQL literal, whatever it holds. */
export function literal(text: string): string {
  return `'${withoutNul(text).split("'").join("''")}'`;
}

/** A value as JSON that DuckDB reads: half of a surrogate pair, which JSON can spell and UTF-8 cannot, becomes U+FFFD. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'string' ? Buffer.from(part).toString() : part,
  );
}

/** No statement can hold a NUL, not even in quotes: its picture takes its place. */
const withoutNul = (text: string): string => text.replaceAll('\0', '\u2400');

/**
 * Creates a staging table with these columns. DuckDB knows no table without columns: the first one is there for lists of nothing. It
 * has the one name that no column is stored under. What is copied soon need not be compressed: that saves a quarter of the time to insert and a
 * tenth of that to copy (measured, 1.5.5), for a file that is five times as large while it is there.
 */
export function createStaging(
  table: string,
  columns: readonly Column[],
  { compressed }: { readonly compressed: boolean },
): string {
  const names = storedNames(columns);
  // For arrays of a fixed length DuckDB knows no other way than its own. Never in a target: there it would keep a column from being retyped.
  const stored = ({ size }: Column): string =>
    compressed || size !== undefined ? '' : ` USING COMPRESSION 'uncompressed'`;
  const all = [
    `${quote(LOAD_ID_COLUMN)} BOOLEAN`,
    ...columns.map((column, i) => `${quote(names[i]!)} ${sqlType(column)}${stored(column)}`),
  ];
  return `CREATE TABLE IF NOT EXISTS ${table} (${all.join(', ')})`;
}

/** Statements that make a staging table anew, under the same name and with the same rows in their order, with other columns behind its own or other types. */
export function rebuiltStaging(
  table: string,
  next: string,
  name: string,
  how: { readonly before: readonly Column[]; readonly now: readonly Column[]; readonly compressed: boolean },
): string[] {
  const names = storedNames(how.before).map((one) => quote(one));
  const values = how.before.map((column, at) => {
    const now = how.now[at]!;
    if (sqlType(now) === sqlType(column)) return names[at]!;
    return now.type === 'JSON' ? `to_json(${names[at]})` : `${names[at]}::${sqlType(now)}`;
  });
  const own = quote(LOAD_ID_COLUMN);
  return [
    createStaging(next, how.now, how),
    `INSERT INTO ${next} (${[own, ...names].join(', ')}) SELECT ${[own, ...values].join(', ')} FROM ${table}`,
    `DROP TABLE ${table}`,
    `ALTER TABLE ${next} RENAME TO ${quote(name)}`,
  ];
}

/** Makes a staging table a target: another name, and its own columns in the place of the one that staging has. */
export function becomeTarget(
  table: string,
  target: string,
  {
    name,
    load_id,
    deleted_at,
  }: { readonly name: string; readonly load_id: string; readonly deleted_at: boolean },
): string[] {
  const column = quote(LOAD_ID_COLUMN);
  return [
    `ALTER TABLE ${table} RENAME TO ${quote(name)}`,
    `ALTER TABLE ${target} DROP COLUMN ${column}`,
    // The default fills the rows that are there.
    `ALTER TABLE ${target} ADD COLUMN ${column} VARCHAR DEFAULT ${literal(load_id)}`,
    `ALTER TABLE ${target} ALTER ${column} DROP DEFAULT`,
    ...(deleted_at ? [`ALTER TABLE ${target} ADD COLUMN ${quote(DELETED_AT_COLUMN)} TIMESTAMPTZ`] : []),
  ];
}

/** Inserts the rows of a Parquet file of these columns, which are called c0, c1 and so on there; it has none where the table has none. */
export function insertFromFile(
  table: string,
  columns: readonly Column[],
  { file, columns: read, count }: Pick<Batch, 'file' | 'columns' | 'count'>,
): string {
  const names = storedNames(columns);
  const places = new Map(read.map(({ name }, at) => [name, at]));
  const into = [quote(LOAD_ID_COLUMN)];
  const values = ['true'];
  for (const [at, column] of columns.entries()) {
    const found = places.get(column.name);
    if (found === undefined) continue;
    into.push(quote(names[at]!));
    values.push(asStored(`c${found}`, read[found]!, column));
  }
  const from = read.length === 0 ? `range(${count})` : `read_parquet(${literal(file)})`;
  return `INSERT INTO ${table} (${into.join(', ')}) SELECT ${values.join(', ')} FROM ${from}`;
}

function asStored(input: string, read: Batch['columns'][number], column: Column): string {
  // A UUID comes as text, a vector as a list of any length.
  const same =
    read.type === column.type &&
    read.list === column.list &&
    (read.list_of_vectors === true) === (column.list_of_vectors === true);
  return same && column.type !== 'UUID' && column.size === undefined ? input : `${input}::${sqlType(column)}`;
}

/** Changes a column's type in place; to JSON, each value becomes the JSON text it came from as nearly as its type can say. */
export function changeType(table: string, column: Column, name: string): string {
  const using = column.type === 'JSON' ? ` USING to_json(${quote(name)})` : '';
  return `ALTER TABLE ${table} ALTER ${quote(name)} TYPE ${sqlType(column)}${using}`;
}

/** The stored names of a key's columns; none when the table lacks one of them, since it has no such key then. */
export function storedKeys(columns: readonly Column[], primary_key: readonly string[]): readonly string[] {
  const names = storedNames(columns);
  const keys = primary_key.flatMap((key) => names[columns.findIndex(({ name }) => name === key)] ?? []);
  return keys.length === primary_key.length ? keys : [];
}

/**
 * The staged rows that count, as something to select from: with keys given, only the last row of each key. Rows without a whole key cannot be
 * told apart, so each of them stays.
 */
export function stagedRows(staging: string, dedupe_by: readonly string[]): string {
  if (dedupe_by.length === 0) return staging;
  // Not rowid: a column may be called that.
  const place = `row_number() OVER () AS ${quote(LOAD_ID_COLUMN)}`;
  const keys = dedupe_by.map((name) => quote(name));
  const last = `row_number() OVER (PARTITION BY ${keys.join(', ')} ORDER BY numbered.${quote(LOAD_ID_COLUMN)} DESC) = 1`;
  const keyless = keys.map((key) => `${key} IS NULL`).join(' OR ');
  return `(SELECT * FROM (SELECT * REPLACE (${place}) FROM ${staging}) numbered QUALIFY ${last} OR ${keyless} ORDER BY numbered.${quote(LOAD_ID_COLUMN)})`;
}

/** A value of one type as another, without loss where the target's type was chosen for it: JSON and VARCHAR hold everything as text. */
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

/**
 * Tells how many rows a table has, how many without a key, and how many whose key is not above the one before it, in the order in which
 * they lie. Where there is none of either, all keys are different: nothing has to be remembered to find that out.
 */
export function countInOrder(table: string, key: string): string {
  const name = quote(key);
  return `SELECT count(*)::DOUBLE AS rows, count(*) FILTER (key IS NULL)::DOUBLE AS keyless_rows, count(*) FILTER (key <= before)::DOUBLE AS out_of_order FROM (SELECT ${name} AS key, lag(${name}) OVER () AS before FROM ${table})`;
}

/** Tells how many rows and how many different, whole keys a table has. */
export function countKeys(table: string, keys: readonly string[]): string {
  const quoted = keys.map((key) => quote(key));
  const whole = quoted.map((key) => `${key} IS NOT NULL`).join(' AND ');
  const distinct =
    keys.length === 0 ? 'NULL' : `count(DISTINCT (${quoted.join(', ')})) FILTER (WHERE ${whole})`;
  const keyless = keys.length === 0 ? 'count(*)' : `count(*) FILTER (WHERE NOT (${whole}))`;
  return `SELECT count(*)::DOUBLE AS rows, (${distinct})::DOUBLE AS distinct_keys, (${keyless})::DOUBLE AS keyless_rows FROM ${table}`;
}

/** The tables that describe loads, in schema `_xano`. Each statement may be run again. */
export function stateTables(database: string): string[] {
  const at = (table: string): string => quote(database, '_xano', table);
  return [
    `CREATE SCHEMA IF NOT EXISTS ${quote(database, '_xano')}`,
    `CREATE TABLE IF NOT EXISTS ${at('format')} (version INTEGER)`,
    `INSERT INTO ${at('format')} SELECT ${STATE_VERSION} WHERE NOT EXISTS (FROM ${at('format')})`,
    `CREATE TABLE IF NOT EXISTS ${at('loads')} (load_id VARCHAR, started_at TIMESTAMPTZ, finished_at TIMESTAMPTZ, status VARCHAR, requests BIGINT, bytes BIGINT, report JSON)`,
    `CREATE TABLE IF NOT EXISTS ${at('resources')} (identity VARCHAR, resource VARCHAR, target_schema VARCHAR, target_table VARCHAR, origin JSON, columns JSON, primary_key VARCHAR[], rows BIGINT, rows_expected BIGINT, completeness VARCHAR, load_id VARCHAR, loaded_at TIMESTAMPTZ, watermark JSON, staging_id VARCHAR)`,
    `CREATE TABLE IF NOT EXISTS ${at('servers')} (host VARCHAR, page_size BIGINT, learned_at TIMESTAMPTZ)`,
    `CREATE TABLE IF NOT EXISTS ${at('rejects')} (identity VARCHAR, resource VARCHAR, row_key VARCHAR, "column" VARCHAR, raw VARCHAR, reason VARCHAR, load_id VARCHAR)`,
  ];
}

/** The form of the `_xano` tables that this version writes. */
export const STATE_VERSION = 1;

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
