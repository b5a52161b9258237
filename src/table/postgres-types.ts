/**
 * Names and types of tables in Postgres, for every part that writes its SQL. Pure.
 */
import { createHash } from 'node:crypto';
import { type Column, sqlType, storableName } from './column.js';

/**
 * The longest identifier in bytes of UTF-8. Postgres cuts a longer one with a notice, so that two that begin
 * alike become one. Its documentation, "Identifiers and Key Words"; `NAMEDATALEN` - 1.
 */
export const POSTGRES_NAME_BYTES = 63;

/** Hexadecimal digits of a name's SHA-256 that end a cut one. */
const DIGITS = 8;

/**
 * Columns that every table of Postgres has: CREATE TABLE refuses another of that name (42701). Names in
 * other case are free. Its documentation, "System Columns".
 */
const SYSTEM_COLUMNS = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'] as const;

/**
 * A name as an identifier of Postgres, not yet quoted: itself where it has at most {@link
 * POSTGRES_NAME_BYTES} bytes. A longer one is cut between two characters and ends with `_` and the first 8
 * hexadecimal digits of the SHA-256 of all of it. Its case is kept; an empty name, a NUL and half a surrogate
 * pair become what
 * `storableName` makes of them.
 */
export function postgresName(name: string): string {
  const own = storableName(name);
  if (Buffer.byteLength(own) <= POSTGRES_NAME_BYTES) return own;
  const digest = createHash('sha256').update(own).digest('hex').slice(0, DIGITS);
  return `${firstBytes(own, POSTGRES_NAME_BYTES - 1 - DIGITS)}_${digest}`;
}

/** As many whole characters as fit into some bytes. */
function firstBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  let end = most;
  // A byte 10xxxxxx continues a character.
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}

/**
 * Names that stand side by side as identifiers of Postgres, in order: {@link postgresName} of each. One that
 * Postgres cannot tell from an earlier one, or from a reserved one, gets `_2`, `_3`, …, and is cut again. A
 * name never depends on those after it. Postgres compares quoted names byte by byte: `A` and `a` are two.
 */
export function postgresNames(names: readonly string[], reserved: Iterable<string> = []): string[] {
  const taken = new Set(reserved);
  /** The number that comes next to a name that is taken: thousands may be the same. */
  const next = new Map<string, number>();
  return names.map((name) => {
    const own = storableName(name);
    let stored = postgresName(own);
    let n = next.get(own) ?? 2;
    for (; taken.has(stored); n++) stored = postgresName(`${own}_${n}`);
    next.set(own, n);
    taken.add(stored);
    return stored;
  });
}

/** {@link postgresNames} of the columns of one table: Postgres' own columns are reserved. */
export function postgresColumnNames(names: readonly string[]): string[] {
  return postgresNames(names, SYSTEM_COLUMNS);
}

/**
 * The type of Postgres that holds JSON. `json` keeps the text as it was sent; `jsonb` drops spaces, the order
 * of keys and all but the last of equal keys, and refuses `\u0000`.
 */
export type PostgresJson = 'json' | 'jsonb';

/** What a type of DuckDB is in Postgres; each holds the same values exactly. */
const TYPES: Readonly<Record<string, string>> = {
  BIGINT: 'bigint',
  DOUBLE: 'double precision',
  VARCHAR: 'text',
  BOOLEAN: 'boolean',
  TIMESTAMPTZ: 'timestamptz',
  DATE: 'date',
  UUID: 'uuid',
  FLOAT: 'real',
};

/**
 * A column's type in Postgres: `bigint`, `text[]`, `real[]` for a vector (Postgres keeps no length). A list
 * of vectors and every STRUCT are `json`, since arrays of Postgres cannot be ragged.
 */
export function postgresType(
  column: Pick<Column, 'type' | 'list' | 'size' | 'list_of_vectors' | 'shape'>,
  json: PostgresJson = 'json',
): string {
  return postgresTypeOf(sqlType(column), json);
}

/**
 * The same for a type as DuckDB writes it: `VARCHAR[]` is `text[]`, `FLOAT[3]` is `real[]`; `JSON`, a list of
 * lists, a STRUCT and any type that no column of ours has are `json`.
 */
export function postgresTypeOf(type: string, json: PostgresJson = 'json'): string {
  const [, element, list] = /^([A-Z]+)(\[\d*\])?$/.exec(type) ?? [];
  if (element === undefined) return json;
  const known = Object.hasOwn(TYPES, element) ? TYPES[element]! : json;
  return list === undefined || (known === json && element !== 'JSON') ? known : `${known}[]`;
}
