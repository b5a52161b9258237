/** The schema of the tables that were loaded into a DuckDB file, as its state has it. */
import { setTimeout } from 'node:timers/promises';
import type { SchemaColumn, SchemaTable } from '../schema.js';
import { sqlType, storedNames } from '../target.js';
import type { KeptColumn } from './evolve.js';
import type { KeptFlattened, KeptMade } from './flatten.js';
import { ROW_ID } from './flatten-sql.js';
import { knownResources, state, TARGET } from './ground.js';
import { readLoadedFile } from './loaded-file.js';
import { literal } from './sql.js';

/** What reading the schema needs. */
export interface SchemaOptions {
  /** Default: a timer. */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** Reads the schema of every loaded table, named `schema.table`. What Xano calls a type and what refers to what is not known there. */
export function readFileSchema(path: string, { sleep = setTimeout }: SchemaOptions): Promise<SchemaTable[]> {
  return readLoadedFile(path, sleep, async (session) => {
    const rows = await session.rows(
      `SELECT identity, resource, target_schema, target_table, (origin->>'table_id')::DOUBLE AS table_id, columns::VARCHAR AS columns, to_json(primary_key)::VARCHAR AS primary_key, comment FROM ${state('resources')} LEFT JOIN duckdb_tables() ON database_name = ${literal(TARGET)} AND schema_name = target_schema AND table_name = target_table ORDER BY target_schema, target_table`,
    );
    const known = await knownResources(session);
    return rows.flatMap((row): SchemaTable[] => {
      // Written by publish, from columns.
      const columns = JSON.parse(String(row['columns'])) as KeptColumn[];
      const flattened = known.find(({ identity }) => identity === row['identity'])?.flattened ?? null;
      const table: SchemaTable = {
        id: typeof row['table_id'] === 'number' ? row['table_id'] : null,
        name: String(row['resource']),
        table: `${String(row['target_schema'])}.${String(row['target_table'])}`,
        description: typeof row['comment'] === 'string' ? row['comment'] : '',
        primary_key: JSON.parse(String(row['primary_key'])) as string[],
        columns: [...columnsOf(columns), ...(flattened === null ? [] : madeColumns(ownOf(flattened)))],
      };
      return [table, ...(flattened?.tables ?? []).map((child) => childTable(child, table))];
    });
  });
}

/** What a flattened table has beyond its own columns. */
const ownOf = ({ added, row_id }: KeptFlattened): readonly KeptMade[] => [
  ...added,
  { name: row_id, type: 'VARCHAR' },
];

function childTable(
  { schema, name, path, columns }: KeptFlattened['tables'][number],
  parent: SchemaTable,
): SchemaTable {
  return {
    id: null,
    name,
    table: `${schema}.${name}`,
    description: `The lists "${path}" in the rows of "${parent.name}".`,
    parent: parent.table,
    primary_key: [ROW_ID],
    columns: madeColumns(columns),
  };
}

function madeColumns(columns: readonly KeptMade[]): SchemaColumn[] {
  return columns.map(({ name, type }) => ({
    name,
    column: name,
    xano_type: null,
    type,
    nullable: null,
    description: '',
    references: null,
  }));
}

function columnsOf(columns: readonly KeptColumn[]): SchemaColumn[] {
  const stored = storedNames(columns);
  return columns.map((column, i) => ({
    name: column.name,
    column: stored[i]!,
    xano_type: null,
    type: sqlType(column),
    nullable: null,
    description: column.description ?? '',
    references: null,
  }));
}
