/**
 * What a Postgres database holds, as a DuckDB database: state, names of tables, and the rows that publishing
 * asks for. So ownership, renames, schema changes and guards are the same SQL as for a DuckDB file.
 */
import { DELETED_AT_COLUMN, LOAD_ID_COLUMN, sqlType, storedNames } from '../../../../table/column.js';
import { postgresColumnNames, postgresName } from '../../../../table/postgres-types.js';
import type { Session } from '../../../engine/session.js';
import { literal, quote } from '../../../engine/sql.js';
import type { StoredResource } from '../../../state/contents.js';
import { stateTables } from '../../../state/ddl.js';
import { state, TARGET } from '../../../state/names.js';
import { STATE } from '../../../state/state-tables.js';
import type { Connection, Row } from '../wire/connection.js';
import { findPostgresState, readStateRows, stateTable } from './state-tables.js';

/** A table or view of Postgres. */
export interface Relation {
  readonly schema: string;
  readonly name: string;
  readonly is_view: boolean;
  readonly comment: string | null;
  /** Its columns in their order, with the types as Postgres lists them. */
  readonly columns: readonly PostgresColumn[];
  /** The columns of its primary key. */
  readonly primary_key: readonly string[];
}

/** A column as Postgres has it. */
export interface PostgresColumn {
  readonly name: string;
  readonly type: string;
  readonly comment: string | null;
}

/** How much of the state is mirrored: some rows of `_xano.resources`, or what Postgres has. */
export type Mirrored =
  | { readonly resources: readonly Row[] }
  | {
      readonly resources: 'all';
      /** The newest load records, with their reports; 0: none. */
      readonly loads: number;
      /** Whether rejected values are there, by their number alone. */
      readonly counts_rejects: boolean;
    };

/** How times are spelled that DuckDB reads. */
const isoTime = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** What is read of each column of a table of the state. */
export function stateColumns(table: string): Record<string, string> {
  const columns = Object.entries(STATE[table]!.columns);
  return Object.fromEntries(
    columns.map(([name, type]) => {
      const at = quote(name);
      if (type === 'TIMESTAMP WITH TIME ZONE') return [name, isoTime(at)];
      return [name, type === 'VARCHAR[]' ? `to_json(${at})` : at];
    }),
  );
}

/** Most characters of one statement: DuckDB parses it as a whole. */
const MOST_STATEMENT = 8 * 1024 * 1024;

/** Makes the tables of the state in the attached database `target`, and fills them from Postgres. */
export async function mirrorState(
  session: Session,
  connection: Connection,
  mirrored: Mirrored,
): Promise<void> {
  await session.run(stateTables(TARGET).join('; '));
  if (mirrored.resources !== 'all') {
    await insertState(session, 'resources', mirrored.resources);
    return;
  }
  const { loads, counts_rejects } = mirrored;
  const found = await findPostgresState(connection);
  const fill = async (table: string, order = ''): Promise<void> => {
    if (found.has(table))
      await insertState(session, table, await readStateRows(connection, table, stateColumns(table), order));
  };
  if (found.has('format')) {
    await session.run(`DELETE FROM ${state('format')}`);
    await fill('format');
  }
  await fill('resources');
  await fill('servers');
  if (loads > 0) await fill('loads', `ORDER BY started_at DESC, load_id DESC LIMIT ${Math.trunc(loads)}`);
  if (!counts_rejects || !found.has('rejects')) return;
  const counts = await connection.rows(
    `SELECT identity, count(*) AS n FROM ${stateTable('rejects')} WHERE identity IS NOT NULL GROUP BY identity`,
  );
  for (const { identity, n } of counts)
    await session.run(
      `INSERT INTO ${state('rejects')} (identity) SELECT ${literal(identity!)} FROM range(${Number(n)})`,
    );
}

async function insertState(session: Session, table: string, rows: readonly Row[]): Promise<void> {
  const { columns } = STATE[table]!;
  const names = Object.keys(columns);
  const valueSql = (name: string, text: string | null | undefined): string => {
    if (text === null || text === undefined) return 'NULL';
    const type = columns[name]!;
    return type === 'VARCHAR[]' ? `from_json(${literal(text)}, '["VARCHAR"]')` : `${literal(text)}::${type}`;
  };
  const into = `INSERT INTO ${state(table)} (${names.map((name) => quote(name)).join(', ')}) VALUES `;
  let values: string[] = [];
  let length = 0;
  const flush = async (): Promise<void> => {
    if (values.length > 0) await session.run(into + values.join(', '));
    values = [];
    length = 0;
  };
  for (const row of rows) {
    const text = `(${names.map((name) => valueSql(name, row[name])).join(', ')})`;
    if (length + text.length > MOST_STATEMENT) await flush();
    values.push(text);
    length += text.length;
  }
  await flush();
}

/** Lists the tables and views of some schemas of Postgres; with names, those of these names. */
export async function listRelations(
  connection: Connection,
  schemas: readonly string[],
  names?: readonly string[],
): Promise<readonly Relation[]> {
  const rows = await connection.rows(
    `SELECT n.nspname AS schema, c.relname AS name, (c.relkind NOT IN ('r', 'p'))::text AS is_view, obj_description(c.oid, 'pg_class') AS comment,
       coalesce((SELECT json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum)) ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]')::text AS columns,
       coalesce((SELECT json_agg(a.attname ORDER BY array_position(i.indkey::int2[], a.attnum)) FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey) WHERE i.indrelid = c.oid AND i.indisprimary), '[]')::text AS primary_key
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname IN (SELECT json_array_elements_text($1::json)) AND ($2::json IS NULL OR c.relname IN (SELECT json_array_elements_text($2::json))) ORDER BY 1, 2`,
    [JSON.stringify([...new Set(schemas)]), names === undefined ? null : JSON.stringify([...new Set(names)])],
  );
  return rows.map((row) => ({
    schema: row['schema']!,
    name: row['name']!,
    is_view: row['is_view'] === 'true',
    comment: row['comment'] ?? null,
    columns: (JSON.parse(row['columns']!) as [string, string, string | null][]).map(
      ([name, type, comment]) => ({
        name,
        type,
        comment,
      }),
    ),
    primary_key: JSON.parse(row['primary_key']!) as string[],
  }));
}

/** Where a table of the state is in Postgres, whose names are shorter. */
export const inPostgres = ({ schema, name }: { readonly schema: string; readonly name: string }) => ({
  schema: postgresName(schema),
  name: postgresName(name),
});

/** The table or view of Postgres that a table of the state is. */
export function relationOf(
  relations: readonly Relation[],
  table: { readonly schema: string; readonly name: string },
): Relation | undefined {
  const { schema, name } = inPostgres(table);
  return relations.find((relation) => relation.schema === schema && relation.name === name);
}

/** Tables that the state knows: those of resources, and of the lists in their rows. */
export const tablesOf = (known: readonly StoredResource[]): { schema: string; name: string }[] =>
  known.flatMap(({ schema, name, flattened }) => [{ schema, name }, ...(flattened?.tables ?? [])]);

/** A table or view by the name that the state has for it. */
export interface NamedTable {
  readonly schema: string;
  readonly name: string;
  readonly is_view: boolean;
  readonly comment: string | null;
}

/** Relations under the names that the state has: Postgres cuts long ones. */
export function namedTables(
  relations: readonly Pick<Relation, keyof NamedTable>[],
  known: readonly StoredResource[],
): NamedTable[] {
  const at = (schema: string, name: string): string => JSON.stringify([schema, name]);
  const own = new Map(
    tablesOf(known).map(({ schema, name }) => {
      const there = inPostgres({ schema, name });
      return [at(there.schema, there.name), { schema, name }];
    }),
  );
  return relations.map(({ schema, name, is_view, comment }) => ({
    ...(own.get(at(schema, name)) ?? { schema, name }),
    is_view,
    comment,
  }));
}

/** Shows tables by their names alone. */
export async function mirrorNames(session: Session, tables: readonly NamedTable[]): Promise<void> {
  const schemas = new Set(tables.map(({ schema }) => schema).filter((schema) => schema !== '_xano'));
  const statements = [...schemas].map((schema) => `CREATE SCHEMA IF NOT EXISTS ${quote(TARGET, schema)}`);
  for (const { schema, name, is_view, comment } of tables) {
    if (schema === '_xano') continue;
    const at = quote(TARGET, schema, name);
    statements.push(
      is_view
        ? `CREATE VIEW IF NOT EXISTS ${at} AS SELECT NULL AS ${quote('nothing')}`
        : `CREATE TABLE IF NOT EXISTS ${at} (${quote(LOAD_ID_COLUMN)} VARCHAR)`,
    );
    if (comment !== null && !is_view) statements.push(`COMMENT ON TABLE ${at} IS ${literal(comment)}`);
  }
  if (statements.length > 0) await session.run(statements.join('; '));
}

/** A column of a published table: its names in DuckDB and in Postgres, and its type in DuckDB. */
export interface MirroredColumn {
  /** As the source calls it; null for a column that loads add. */
  readonly source: string | null;
  readonly name: string;
  readonly postgres_name: string;
  readonly type: string;
}

/** The columns that a published table has in Postgres, as DuckDB stores them. */
export function mirroredColumns(resource: StoredResource, relation: Relation): readonly MirroredColumn[] {
  const { columns, flattened } = resource;
  const stored = storedNames(columns);
  const all = [
    ...columns.map((column, i) => ({ source: column.name, name: stored[i]!, type: sqlType(column) })),
    ...(flattened?.added ?? []).map(({ name, type }) => ({ source: null, name, type })),
    ...(flattened === null ? [] : [{ source: null, name: flattened.row_id, type: 'VARCHAR' }]),
    { source: null, name: LOAD_ID_COLUMN, type: 'VARCHAR' },
    { source: null, name: DELETED_AT_COLUMN, type: 'TIMESTAMPTZ' },
  ];
  const names = postgresColumnNames(all.map(({ name }) => name));
  return all
    .map((column, i) => ({ ...column, postgres_name: names[i]! }))
    .filter(({ postgres_name }) => relation.columns.some(({ name }) => name === postgres_name));
}
