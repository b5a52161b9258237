/** Reads the contents of the attached target: the resources of its state, and its tables and views. */
import type { Session } from '../engine/session.js';
import { literal } from '../engine/sql.js';
import type { Contents, StoredResource } from './contents.js';
import { state, TARGET } from './names.js';
import { readResourceState } from './state-schema.js';
import { assertReadable, type FoundTables, findStateTables } from './state-tables.js';

/**
 * Every resource of the state; none without a state. `tables`: those of the state, which were checked. Throws
 * DATABASE_FAILED for a state that no load writes.
 */
export async function knownResources(session: Session, tables?: FoundTables): Promise<StoredResource[]> {
  const columns = (tables ?? (await findStateTables(session, TARGET))).get('resources');
  if (columns === undefined) return [];
  const at = state('resources');
  await assertReadable(session, at, '_xano.resources', [...columns]);
  const rows = await session.rows(
    `SELECT identity, resource, target_schema, target_table, origin::VARCHAR AS origin, columns::VARCHAR AS columns, rows::DOUBLE AS rows, watermark::VARCHAR AS watermark, staging_id, flattened::VARCHAR AS flattened, description, strftime(loaded_at, '%Y-%m-%dT%H:%M:%SZ') AS loaded_at FROM ${at} ORDER BY target_schema, target_table`,
  );
  return rows.map((row) =>
    readResourceState({
      identity: row['identity'],
      resource: row['resource'],
      schema: row['target_schema'],
      name: row['target_table'],
      origin: row['origin'],
      columns: row['columns'],
      rows: row['rows'],
      watermark: row['watermark'],
      loaded_at: row['loaded_at'],
      staging_id: row['staging_id'],
      flattened: row['flattened'],
      description: row['description'],
    }),
  );
}

/** Throws DATABASE_FAILED where no load has written such a state of a resource. */
export function assertAllRead(known: readonly StoredResource[]): void {
  for (const { refused } of known) if (refused !== undefined) throw refused;
}

/** Reads the contents of the attached target. `checked`: the tables of its state, which were checked. */
export async function readContents(session: Session, checked?: FoundTables): Promise<Contents> {
  const known = await knownResources(session, checked);
  const tables = await session.rows(
    `SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_catalog = ${literal(TARGET)}`,
  );
  return {
    known,
    tables: tables.map((row) => ({
      schema: String(row['table_schema']),
      name: String(row['table_name']),
      is_view: row['table_type'] === 'VIEW',
    })),
    has_state: false,
  };
}
