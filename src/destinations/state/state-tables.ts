/**
 * Checks the tables of the state and of staging before reading them: in an untrusted file, a view, a default
 * or a type can run code.
 */
import { COLUMN_TYPES } from '../../table/column.js';
import type { Session } from '../engine/session.js';
import { literal, quote } from '../engine/sql.js';
import { foreignState, MOST_STATE_BYTES, MOST_STATE_ROWS } from './parse-state.js';

/** The columns of a table, by name, with DuckDB's names of types. */
export interface Layout {
  readonly columns: Readonly<Record<string, string>>;
}

/** The tables of `_xano`, as `stateTables` makes them. */
export const STATE: Readonly<Record<string, Layout>> = {
  format: { columns: { version: 'INTEGER' } },
  loads: {
    columns: {
      load_id: 'VARCHAR',
      started_at: 'TIMESTAMP WITH TIME ZONE',
      finished_at: 'TIMESTAMP WITH TIME ZONE',
      status: 'VARCHAR',
      requests: 'BIGINT',
      bytes: 'BIGINT',
      report: 'JSON',
    },
  },
  resources: {
    columns: {
      identity: 'VARCHAR',
      resource: 'VARCHAR',
      target_schema: 'VARCHAR',
      target_table: 'VARCHAR',
      origin: 'JSON',
      columns: 'JSON',
      primary_key: 'VARCHAR[]',
      rows: 'BIGINT',
      rows_expected: 'BIGINT',
      completeness: 'VARCHAR',
      load_id: 'VARCHAR',
      loaded_at: 'TIMESTAMP WITH TIME ZONE',
      watermark: 'JSON',
      staging_id: 'VARCHAR',
      flattened: 'JSON',
      description: 'VARCHAR',
    },
  },
  servers: {
    columns: { url_template: 'VARCHAR', page_size: 'BIGINT', learned_at: 'TIMESTAMP WITH TIME ZONE' },
  },
  rejects: {
    columns: {
      identity: 'VARCHAR',
      resource: 'VARCHAR',
      row_key: 'VARCHAR',
      column: 'VARCHAR',
      raw: 'VARCHAR',
      reason: 'VARCHAR',
      load_id: 'VARCHAR',
    },
  },
};

/** The tables of `main` that make a file a staging file, as `STAGING_TABLES` makes them. */
const STAGED: Readonly<Record<string, Layout>> = {
  progress: {
    columns: {
      identity: 'VARCHAR',
      fingerprint: 'VARCHAR',
      table_name: 'VARCHAR',
      rows: 'BIGINT',
      resume: 'JSON',
      columns_added: 'JSON',
      saved_at: 'TIMESTAMP WITH TIME ZONE',
      staging_id: 'VARCHAR',
      compressed: 'BOOLEAN',
    },
  },
  rejects: {
    columns: {
      identity: 'VARCHAR',
      row_key: 'VARCHAR',
      column: 'VARCHAR',
      raw: 'VARCHAR',
      reason: 'VARCHAR',
    },
  },
};

/** The expected columns of each table of the state. */
export type FoundTables = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Checks the tables of `_xano` in an attached file without reading any. Throws DATABASE_FAILED where one
 * differs from a load's own.
 */
export function findStateTables(session: Session, database: string): Promise<FoundTables> {
  return findTables(session, database, '_xano', STATE);
}

/** The same for the tables of `main` in a staging file. */
export function findStagingTables(session: Session, database: string): Promise<FoundTables> {
  return findTables(session, database, 'main', STAGED);
}

async function findTables(
  session: Session,
  database: string,
  schema: string,
  layouts: Readonly<Record<string, Layout>>,
): Promise<FoundTables> {
  const of = `database_name = ${literal(database)}`;
  const named = Object.keys(layouts).map(literal).join(', ');
  // DuckDB ignores case in names, and so does this check.
  const here = (what: string): string =>
    `${of} AND lower(schema_name) = ${literal(schema)} AND lower(${what}) IN (${named})`;
  const types = [...COLUMN_TYPES, 'STRUCT', 'INTEGER', 'HUGEINT'].map((type) => literal(type.toLowerCase()));
  const things = await session.rows(
    [
      `SELECT 'view' AS kind, lower(view_name) AS name, NULL AS sql FROM duckdb_views() WHERE ${here('view_name')}`,
      // A type of that name would replace DuckDB's own in every table that is created here.
      `SELECT 'type', type_name, NULL FROM duckdb_types() WHERE ${of} AND NOT internal AND lower(type_name) IN (${types.join(', ')})`,
      `SELECT CASE WHEN check_constraint_count > 0 THEN 'check' ELSE 'table' END, lower(table_name), sql FROM duckdb_tables() WHERE ${here('table_name')}`,
    ].join(' UNION ALL '),
  );
  for (const { kind, name } of things) {
    if (kind === 'type') throw foreignState(`it defines its own type named ${name}`);
    if (kind === 'view') throw foreignState(`${schema}.${name} is a view, not a table`);
    if (kind === 'check') throw foreignState(`${schema}.${name} has a CHECK constraint`);
  }
  // DuckDB's list of columns takes longer than these three together, and most tables are as a load makes
  // them.
  if (things.every(({ name, sql }) => sql === statementOf(schema, String(name), layouts[String(name)])))
    return new Map(
      things.map(({ name }) => [String(name), new Set(Object.keys(layouts[String(name)]?.columns ?? {}))]),
    );
  const existing = new Map<string, Set<string>>();
  const columns = await session.rows(
    `SELECT coalesce(column_default, 'NULL') <> 'NULL' AS is_computed, lower(table_name) AS name, column_name AS "column", data_type AS type FROM duckdb_columns() WHERE ${here('table_name')}`,
  );
  for (const { is_computed, name, column, type } of columns) {
    const table = String(name);
    const wanted = layouts[table]?.columns[String(column)];
    // An additional column is harmless, unless it is computed.
    if (is_computed === true || (wanted !== undefined && wanted !== type))
      throw foreignState(
        `${schema}.${table} has the unexpected column ${quote(String(column).slice(0, 60))}`,
      );
    const has = existing.get(table) ?? new Set();
    existing.set(table, wanted === undefined ? has : has.add(String(column)));
  }
  for (const [table, has] of existing) {
    const { columns = {} } = layouts[table] ?? {};
    const missing = Object.keys(columns).find((column) => !has.has(column));
    if (missing !== undefined) throw foreignState(`${schema}.${table} has no column "${missing}"`);
  }
  return existing;
}

/** Names of columns that DuckDB quotes in a statement: they are words of its SQL (seen in 1.5). */
const QUOTED: ReadonlySet<string> = new Set(['column', 'columns', 'identity', 'rows', 'version']);

/** The statement by which DuckDB describes a table of exactly these columns (seen in 1.5). */
function statementOf(schema: string, name: string, layout: Layout | undefined): string {
  const columns = Object.entries(layout?.columns ?? {}).map(
    ([column, type]) => `${QUOTED.has(column) ? quote(column) : column} ${type}`,
  );
  return `CREATE TABLE ${schema}.${name}(${columns.join(', ')});`;
}

/** Refuses a table with more rows, or longer texts, than can be read completely. Throws DATABASE_FAILED. */
export async function assertReadable(
  session: Session,
  at: string,
  what: string,
  texts: readonly string[],
): Promise<void> {
  const bytes = texts.map((column) => `coalesce(strlen(${quote(column)}::VARCHAR), 0)`).join(' + ');
  const [row] = await session.rows(
    `SELECT count(*)::DOUBLE AS n, coalesce(sum(${bytes}), 0)::DOUBLE AS bytes FROM ${at}`,
  );
  if (Number(row?.['n']) > MOST_STATE_ROWS)
    throw foreignState(`${what} has more than ${MOST_STATE_ROWS} rows`);
  if (Number(row?.['bytes']) > MOST_STATE_BYTES) throw foreignState(`${what} is larger than 256 MiB`);
}
