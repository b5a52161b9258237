/**
 * Limits a query to some tables. DuckDB has no rights on tables, and a view does not hide the table under it.
 * So the query gets a database of its own, which holds copies of these tables and nothing else.
 */
import { join } from 'node:path';
import type { Session } from '../engine/session.js';
import { literal, quote } from '../engine/sql.js';

/** A table by its names in the target. */
export interface VisibleTable {
  readonly schema: string;
  readonly table: string;
}

/** Where the tables come from, where the query finds them, and a folder that may hold a database file. */
interface Databases {
  readonly from: string;
  readonly to: string;
  readonly folder: string;
}

/**
 * Makes a database that holds only these tables, and detaches the one that they come from. Tables whose names
 * the SQL does not spell are not copied: reading one fails, instead of giving no rows.
 */
export async function keepVisible(
  session: Pick<Session, 'run' | 'rows'>,
  tables: readonly VisibleTable[],
  sql: string,
  { from, to, folder }: Databases,
): Promise<void> {
  await session.run(`ATTACH ${literal(join(folder, 'visible.duckdb'))} AS ${quote(to)}`);
  const isSpelled = spelledIn(sql);
  const exists = await existing(session, from);
  for (const { schema, table } of tables) {
    const source = quote(from, schema, table);
    if (!exists.has(keyOf(schema, table))) continue;
    await session.run(`CREATE SCHEMA IF NOT EXISTS ${quote(to, schema)}`);
    const target = quote(to, schema, table);
    await session.run(
      isSpelled(table)
        ? `CREATE TABLE ${target} AS FROM ${source}`
        : `CREATE VIEW ${target} AS ${await unread(session, source)}`,
    );
  }
  await session.run(`DETACH ${quote(from)}`);
  // A Parquet folder allows its files.
  await session.run('SET allowed_directories = []; SET allowed_paths = []');
}

/** Tells which names of tables a statement spells, in whatever case. */
export function spelledIn(sql: string): (table: string) => boolean {
  const spelled = sql.toLowerCase();
  // In SQL, a quote within a quoted name is doubled.
  return (table) => [table, table.replaceAll('"', '""')].some((name) => spelled.includes(name.toLowerCase()));
}

const keyOf = (schema: string, table: string): string => `${schema}\0${table}`;

async function existing(session: Pick<Session, 'rows'>, database: string): Promise<ReadonlySet<string>> {
  const rows = await session.rows(
    `SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = ${literal(database)}`,
  );
  return new Set(rows.map((row) => keyOf(String(row['table_schema']), String(row['table_name']))));
}

/**
 * The query of a view with the columns of a table, which fails when it is read. Each column fails: of a
 * constant NULL DuckDB finds that no row meets a condition, and gives no rows instead of the failure.
 */
async function unread(session: Pick<Session, 'rows'>, source: string): Promise<string> {
  const columns = await session.rows(`DESCRIBE ${source}`);
  const failing = "error('Only a table whose name the SQL spells can be read.') IS NULL";
  const failures = columns.map(
    ({ column_name, column_type }) =>
      `CASE WHEN ${failing} THEN NULL::${String(column_type)} END AS ${quote(String(column_name))}`,
  );
  return `SELECT ${failures.join(', ')} WHERE ${failing}`;
}
