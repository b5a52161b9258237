/** What a Postgres database holds for loads: the state, parsed strictly, and the names of tables. */
import type { Contents, StoredResource } from '../../../state/contents.js';
import { readResourceState } from '../../../state/state-schema.js';
import type { Connection, Row } from '../wire/connection.js';
import { inPostgres, listRelations, type NamedTable, namedTables, stateColumns, tablesOf } from './mirror.js';
import { assertKnownVersion, findPostgresState, readStateRows } from './state-tables.js';

/** The state while a load runs: it alone changes what is its own. */
export interface DatabaseState {
  /** Rows of `_xano.resources` by identity, each value as text. */
  readonly rows: ReadonlyMap<string, Row>;
  readonly known: readonly StoredResource[];
  /** Tables and views of the loaded schemas. */
  readonly tables: readonly NamedTable[];
}

const BY_NAME = 'ORDER BY target_schema COLLATE "C", target_table COLLATE "C"';

/** Reads it. Throws DATABASE_FAILED for state that no load writes, or that a newer version wrote. */
export async function readDatabaseState(
  connection: Connection,
  datasets: readonly string[],
): Promise<DatabaseState> {
  const found = await findPostgresState(connection);
  if (found.has('format')) await assertKnownVersion(connection);
  const rows = found.has('resources')
    ? await readStateRows(connection, 'resources', stateColumns('resources'), BY_NAME)
    : [];
  const known = rows.map(readRow);
  const schemas = [...datasets.map((schema) => ({ schema, name: '' })), ...tablesOf(known)].map(
    (table) => inPostgres(table).schema,
  );
  return {
    rows: new Map(rows.map((row) => [row['identity'] ?? '', row])),
    known,
    tables: namedTables(await listRelations(connection, schemas), known),
  };
}

function readRow(row: Row): StoredResource {
  return readResourceState({
    identity: row['identity'],
    resource: row['resource'],
    schema: row['target_schema'],
    name: row['target_table'],
    origin: row['origin'],
    columns: row['columns'],
    rows: row['rows'] === null ? null : Number(row['rows']),
    watermark: row['watermark'],
    loaded_at: row['loaded_at'] == null ? null : `${row['loaded_at'].slice(0, 19)}Z`,
    staging_id: row['staging_id'],
    flattened: row['flattened'],
    description: row['description'],
  });
}

/** The same as what a target tells a load. */
export const contentsOf = ({ known, tables }: DatabaseState): Contents => ({
  known,
  tables,
  // The mirror of each publication has them.
  has_state: true,
});
