/** The schema of a target's loaded tables, from its state. */
import { sqlType, storedNames } from '../../table/column.js';
import type { SchemaColumn, SchemaTable, TableReference } from '../../table/schema.js';
import type { Session } from '../engine/session.js';
import { literal } from '../engine/sql.js';
import { ROW_ID } from '../publish/flatten-sql.js';
import type { StoredFlattened, StoredMadeColumn, StoredResource } from '../state/contents.js';
import { state, TARGET } from '../state/names.js';
import { assertAllRead, knownResources } from '../state/read-contents.js';
import { readPrimaryKey } from '../state/state-schema.js';

/** Characters of a table's comment that are read: any program may have written it. */
const MOST_COMMENT = 1_000_000;

/** What reading the schema needs. */
export interface SchemaOptions {
  /** Default: a timer. */
  readonly sleep?: (ms: number) => Promise<void>;
}

/**
 * Reads the schema of every table of an attached target, named `schema.table`. The state does not hold Xano's
 * types. Throws DATABASE_FAILED.
 */
export async function readSchema(session: Session): Promise<SchemaTable[]> {
  const known = await knownResources(session);
  assertAllRead(known);
  const rows = await session.rows(
    `SELECT identity, to_json(primary_key)::VARCHAR AS primary_key, left(comment, ${MOST_COMMENT}) AS comment FROM ${state('resources')} LEFT JOIN duckdb_tables() ON database_name = ${literal(TARGET)} AND schema_name = target_schema AND table_name = target_table`,
  );
  const rowOf = new Map(rows.map((row) => [row['identity'], row]));
  return known.flatMap((resource): SchemaTable[] => {
    const row = rowOf.get(resource.identity);
    const id = resource.origin?.['table_id'];
    const { flattened } = resource;
    const table: SchemaTable = {
      id: typeof id === 'number' ? id : null,
      name: resource.resource,
      schema: resource.schema,
      table: `${resource.schema}.${resource.name}`,
      description: typeof row?.['comment'] === 'string' ? row['comment'] : '',
      primary_key: readPrimaryKey(row?.['primary_key']),
      columns: [...columnsOf(resource, known), ...(flattened === null ? [] : madeColumns(ownOf(flattened)))],
    };
    return [table, ...(flattened?.tables ?? []).map((child) => childTable(child, table))];
  });
}

/** The columns of a flattened table beyond its own. */
const ownOf = ({ added, row_id }: StoredFlattened): readonly StoredMadeColumn[] => [
  ...added,
  { name: row_id, type: 'VARCHAR' },
];

function childTable(
  { schema, name, path, columns }: StoredFlattened['tables'][number],
  parent: SchemaTable,
): SchemaTable {
  return {
    id: null,
    name,
    schema,
    table: `${schema}.${name}`,
    description: `The lists "${path}" in the rows of "${parent.name}".`,
    parent: parent.table,
    primary_key: [ROW_ID],
    columns: madeColumns(columns),
  };
}

function madeColumns(columns: readonly StoredMadeColumn[]): SchemaColumn[] {
  return columns.map(({ name, type }) => ({
    name,
    column: name,
    xano_type: null,
    type,
    nullable: null,
    description: '',
    values: null,
    references: null,
  }));
}

function columnsOf(resource: StoredResource, known: readonly StoredResource[]): SchemaColumn[] {
  const stored = storedNames(resource.columns);
  return resource.columns.map((column, i) => ({
    name: column.name,
    column: stored[i]!,
    xano_type: null,
    type: sqlType(column),
    nullable: null,
    description: column.description ?? '',
    values: null,
    references:
      column.references_table_id === undefined
        ? null
        : referenceTo(column.references_table_id, resource, known),
  }));
}

/** What tells where a table comes from: ids of tables are the source's own. */
const SOURCE = ['instance', 'workspace_id'] as const;

/** A table by its id in the source that another table comes from. In two schemas: the one beside it. */
function referenceTo(
  table_id: number,
  { origin, schema }: StoredResource,
  known: readonly StoredResource[],
): TableReference {
  const loaded = known.filter(
    (one) =>
      one.origin?.['table_id'] === table_id && SOURCE.every((name) => one.origin?.[name] === origin?.[name]),
  );
  const found = loaded.find((one) => one.schema === schema) ?? loaded[0];
  return found === undefined
    ? { table_id, name: null }
    : { table_id, name: found.resource, table: `${found.schema}.${found.name}` };
}
