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
  const rows = await session.rows(
    [
      `SELECT 'view' AS kind, lower(view_name) AS name, NULL AS "column", NULL AS type FROM duckdb_views() WHERE ${here('view_name')}`,
      // A type of that name would replace DuckDB's own in every table that is created here.
      `SELECT 'type', type_name, NULL, NULL FROM duckdb_types() WHERE ${of} AND NOT internal AND lower(type_name) IN (${types.join(', ')})`,
      `SELECT 'check', lower(table_name), NULL, NULL FROM duckdb_tables() WHERE ${here('table_name')} AND check_constraint_count > 0`,
      `SELECT CASE WHEN coalesce(column_default, 'NULL') = 'NULL' THEN 'column' ELSE 'default' END, lower(table_name), column_name, data_type FROM duckdb_columns() WHERE ${here('table_name')}`,
    ].join(' UNION ALL '),
  );
  const existing = new Map<string, Set<string>>();
  for (const { kind, name, column, type } of rows) {
    const table = String(name);
    if (kind === 'type') throw foreignState(`it defines its own type named ${table}`);
    if (kind === 'view') throw foreignState(`${schema}.${table} is a view, not a table`);
    if (kind === 'check') throw foreignState(`${schema}.${table} has a CHECK constraint`);
    const wanted = layouts[table]?.columns[String(column)];
    // An additional column is harmless, unless it is computed.
    if (kind === 'default' || (wanted !== undefined && wanted !== type))
      throw foreignState(
        `${schema}.${table} has the unexpected column ${quote(String(column).slice(0, 60))}`,
      );
    const columns = existing.get(table) ?? new Set();
    existing.set(table, wanted === undefined ? columns : columns.add(String(column)));
  }
  for (const [table, has] of existing) {
    const { columns = {} } = layouts[table] ?? {};
    const missing = Object.keys(columns).find((column) => !has.has(column));
    if (missing !== undefined) throw foreignState(`${schema}.${table} has no column "${missing}"`);
  }
  return existing;
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
