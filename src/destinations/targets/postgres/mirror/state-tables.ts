/** The tables of `_xano` in Postgres: the same names and columns as in a DuckDB file. */
import { literal, quote } from '../../../engine/sql.js';
import { STATE_VERSION } from '../../../state/ddl.js';
import { foreignState, MOST_STATE_BYTES, MOST_STATE_ROWS } from '../../../state/parse-state.js';
import { STATE } from '../../../state/state-tables.js';
import { assertVersion } from '../../../state/write-state.js';
import type { Connection, Row } from '../wire/connection.js';

/** A type of the state's columns, as Postgres lists it. */
const POSTGRES_TYPES: Readonly<Record<string, string>> = {
  INTEGER: 'integer',
  BIGINT: 'bigint',
  VARCHAR: 'text',
  'VARCHAR[]': 'text[]',
  JSON: 'json',
  'TIMESTAMP WITH TIME ZONE': 'timestamp with time zone',
};

/** A table of `_xano`, quoted. */
export const stateTable = (name: string): string => quote('_xano', name);

/**
 * Makes a schema where there is none. Postgres asks for the right to make one even where it is there already.
 */
export const createSchema = (schema: string): string =>
  `DO ${literal(`BEGIN IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = ${literal(schema)}) THEN CREATE SCHEMA ${quote(schema)}; END IF; END`)}`;

/** Makes the tables of the state that are missing. Two loads that begin together wait for one another. */
export async function createStateTables(connection: Connection): Promise<void> {
  const names = Object.keys(STATE);
  const [found] = await connection.rows(`SELECT count(to_regclass(name)) AS n FROM unnest($1::text[]) name`, [
    arrayText(names.map((name) => `_xano.${name}`)),
  ]);
  if (Number(found?.['n']) === names.length) return;
  const tables = Object.entries(STATE).map(([table, { columns }]) => {
    const list = Object.entries(columns).map(([name, type]) => `${quote(name)} ${POSTGRES_TYPES[type]}`);
    return `CREATE TABLE IF NOT EXISTS ${stateTable(table)} (${list.join(', ')})`;
  });
  await connection.rows("SELECT pg_advisory_xact_lock(hashtextextended('xano-connector state', 0))");
  await connection.rows(
    [
      createSchema('_xano'),
      ...tables,
      `INSERT INTO ${stateTable('format')} SELECT ${STATE_VERSION} WHERE NOT EXISTS (SELECT FROM ${stateTable('format')})`,
    ].join('; '),
  );
}

/**
 * Which tables of the state there are. Throws DATABASE_FAILED where one is not as a load makes it: a view or
 * a rule in its place is code.
 */
export async function findPostgresState(connection: Connection): Promise<ReadonlySet<string>> {
  const rows = await connection.rows(
    `SELECT c.relname AS name, c.relkind::text AS kind, c.relhasrules::text AS has_rules, a.attname AS "column", format_type(a.atttypid, a.atttypmod) AS type, a.attgenerated::text AS generated
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE n.nspname = '_xano' AND c.relname = ANY($1::text[])`,
    [arrayText(Object.keys(STATE))],
  );
  const found = new Map<string, Set<string>>();
  for (const row of rows) {
    const name = row['name']!;
    if (row['kind'] !== 'r') throw foreignState(`_xano.${name} is not a table`);
    if (row['has_rules'] === 'true') throw foreignState(`_xano.${name} has rules`);
    const column = row['column'] ?? '';
    const wanted = POSTGRES_TYPES[STATE[name]!.columns[column] ?? ''];
    if (row['generated'] !== '' || (wanted !== undefined && wanted !== row['type']))
      throw foreignState(`_xano.${name} has the unexpected column ${quote(column.slice(0, 60))}`);
    found.set(name, (found.get(name) ?? new Set()).add(column));
  }
  for (const [name, columns] of found) {
    const missing = Object.keys(STATE[name]!.columns).find((column) => !columns.has(column));
    if (missing !== undefined) throw foreignState(`_xano.${name} has no column "${missing}"`);
  }
  return new Set(found.keys());
}

/** Refuses state that a newer version wrote. Throws DATABASE_FAILED. */
export async function assertKnownVersion(connection: Connection): Promise<void> {
  const [format] = await connection.rows(`SELECT max(version)::text AS version FROM ${stateTable('format')}`);
  const version = format?.['version'];
  assertVersion(version === null || version === undefined ? null : Number(version));
}

/** The schemas that tables were loaded into, by name, `xano_data` first. */
export async function loadedSchemas(connection: Connection): Promise<string[]> {
  const rows = await connection.rows(
    `SELECT DISTINCT target_schema AS name, target_schema <> 'xano_data' AS is_later FROM ${stateTable('resources')} ORDER BY 2, 1`,
  );
  return rows.map((row) => row['name'] ?? '');
}

/**
 * Reads rows of a table of the state, each value as text. `order` follows FROM. Throws DATABASE_FAILED for
 * more than anybody reads as a whole.
 */
export async function readStateRows(
  connection: Connection,
  table: string,
  columns: Readonly<Record<string, string>>,
  order = '',
): Promise<Row[]> {
  const list = Object.entries(columns).map(([name, value]) => `(${value})::text AS ${quote(name)}`);
  const from = `(SELECT ${list.join(', ')} FROM ${stateTable(table)} ${order}) t`;
  const [size] = await connection.rows(
    `SELECT count(*) AS n, coalesce(sum(octet_length(t::text)), 0) AS bytes FROM ${from}`,
  );
  if (Number(size?.['n']) > MOST_STATE_ROWS)
    throw foreignState(`_xano.${table} has more than ${MOST_STATE_ROWS} rows`);
  if (Number(size?.['bytes']) > MOST_STATE_BYTES) throw foreignState(`_xano.${table} is larger than 256 MiB`);
  return connection.rows(`SELECT * FROM ${from}`);
}

/** Texts as one parameter of type `text[]`. */
export function arrayText(texts: readonly string[]): string {
  const quoted = texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`);
  return `{${quoted.join(',')}}`;
}
