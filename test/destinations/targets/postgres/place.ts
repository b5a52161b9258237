/** A Postgres database as a place of the conformance suites: its tables in the words of DuckDB. */
import { openDestination, readSchema } from '../../../../src/destinations/open.js';
import { newDatabase, rows } from '../../../servers/postgres.js';
import type { FoundTable, Place } from '../../conformance/place.js';
import { tempFolder } from '../../writing.js';

/** The types of Postgres that loads make, as DuckDB calls them. */
const TYPES: Readonly<Record<string, string>> = {
  bigint: 'BIGINT',
  integer: 'INTEGER',
  'double precision': 'DOUBLE',
  text: 'VARCHAR',
  boolean: 'BOOLEAN',
  'timestamp with time zone': 'TIMESTAMP WITH TIME ZONE',
  date: 'DATE',
  uuid: 'UUID',
  real: 'FLOAT',
  json: 'JSON',
  jsonb: 'JSON',
};

function duckdbType(type: string): string {
  const [, element = type, list = ''] = /^(.*?)((?:\[\])?)$/.exec(type) ?? [];
  return `${TYPES[element] ?? element}${list}`;
}

/** A value as DuckDB spells it. */
function spelled(type: string): (value: string | null) => string | null {
  return (value) => {
    if (value === null) return null;
    if (type === 'boolean') return value === 't' ? 'true' : 'false';
    if (type === 'double precision') return /^-?\d+$/.test(value) ? `${value}.0` : value;
    return value;
  };
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Reads a table in the order of its rows' places; undefined where there is none. */
async function findPostgresTable(url: string, schema: string, name: string): Promise<FoundTable | undefined> {
  const [table] = await rows(
    url,
    "SELECT c.oid::text AS oid, obj_description(c.oid, 'pg_class') AS comment FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
    [schema, name],
  );
  if (table === undefined) return undefined;
  const columns = await rows(
    url,
    'SELECT attname AS name, format_type(atttypid, atttypmod) AS type, col_description(attrelid, attnum) AS comment FROM pg_attribute WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum',
    [table['oid']],
  );
  const texts = columns.map(({ name: column, type }, i) =>
    type!.endsWith('[]')
      ? `(SELECT '[' || coalesce(string_agg(coalesce(x::text, 'NULL'), ', '), '') || ']' FROM unnest(${quoted(column!)}) x WHERE ${quoted(column!)} IS NOT NULL HAVING ${quoted(column!)} IS NOT NULL) AS c${i}`
      : `${quoted(column!)}::text AS c${i}`,
  );
  const found = await rows(
    url,
    `SET TimeZone = 'UTC'; SELECT ${texts.join(', ') || '1'} FROM ${quoted(schema)}.${quoted(name)} ORDER BY ctid`,
  );
  return {
    comment: table['comment'] ?? null,
    columns: columns.map((column) => ({
      name: column['name']!,
      type: duckdbType(column['type']!),
      comment: column['comment'] ?? null,
    })),
    rows: found.map((row) => columns.map(({ type }, i) => spelled(type!)(row[`c${i}`] ?? null))),
  };
}

/** A database of the test's own. */
export interface DatabasePlace extends Place {
  readonly to: string;
  readonly staging_folder: string;
}

/** Makes a new, empty database. */
export async function postgresPlace(parameters = ''): Promise<DatabasePlace> {
  const url = await newDatabase();
  const to = `${url}${parameters}`;
  const staging_folder = tempFolder();
  return {
    to,
    staging_folder,
    open: () => openDestination(to, { now: () => 0, sleep: async () => {}, staging_folder }),
    table: (schema, name) => findPostgresTable(url, schema, name),
    tables: () => readSchema(to),
    makeForeign: async (schema, name) => {
      await rows(
        url,
        `CREATE SCHEMA IF NOT EXISTS ${quoted(schema)}; CREATE TABLE ${quoted(schema)}.${quoted(name)} AS SELECT 'mine' AS mine`,
      );
    },
  };
}
