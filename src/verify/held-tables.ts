/**
 * Reads from a destination what its loads have written there: tables, their columns, how they were loaded.
 */
import { z } from 'zod';
import type { QueryValue } from '../destinations/reader/values.js';
import type { StoredResource } from '../destinations/state/contents.js';
import { readResourceState } from '../destinations/state/state-schema.js';
import type { Store } from '../destinations/store.js';
import type { WriteDisposition } from '../table/column.js';
import { postgresName } from '../table/postgres-types.js';

/** A table that loads have written. */
export interface HeldTable extends StoredResource {
  /** When its last load began, in epoch milliseconds. */
  readonly load_started: number;
  /** Null where the record of its last load is gone. */
  readonly write_disposition: WriteDisposition | null;
  /** The names of the columns that the table has now; null where somebody has dropped the table. */
  readonly present: ReadonlySet<string> | null;
  /** Values that were kept aside. */
  readonly rejects: number;
}

const reportSchema = z.object({
  resources: z.array(
    z.object({ target: z.string(), write_disposition: z.enum(['replace', 'append', 'merge']) }),
  ),
});

/** All rows of a query, by column. */
export async function rowsOf(
  store: Store,
  sql: string,
): Promise<readonly Readonly<Record<string, QueryValue>>[]> {
  return store.query(sql, async ({ columns, batches }) => {
    const rows: Readonly<Record<string, QueryValue>>[] = [];
    for await (const batch of batches())
      for (const row of batch)
        rows.push(Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])));
    return rows;
  });
}

/** Every table of the state. Throws DATABASE_FAILED for a state that no load writes. */
export async function heldTables(store: Store): Promise<HeldTable[]> {
  const loads = await rowsOf(store, 'SELECT load_id, report::VARCHAR AS report FROM _xano.loads');
  const reports = new Map(loads.map(({ load_id, report }) => [String(load_id), String(report)]));
  const rows = await rowsOf(
    store,
    'SELECT identity, resource, target_schema, target_table, origin::VARCHAR AS origin, columns::VARCHAR AS columns, "rows", watermark::VARCHAR AS watermark, staging_id, flattened::VARCHAR AS flattened, description, load_id, (SELECT count(*) FROM _xano.rejects WHERE _xano.rejects.identity = _xano.resources.identity) AS rejects FROM _xano.resources ORDER BY target_schema, target_table',
  );
  const present = await presentColumns(store);
  const as = nameIn(store);
  return rows.map((row) => {
    const load_id = String(row['load_id']);
    const load_started = startOf(load_id);
    const resource = readResourceState({
      identity: row['identity'],
      resource: row['resource'],
      schema: row['target_schema'],
      name: row['target_table'],
      origin: row['origin'],
      columns: row['columns'],
      rows: Number(row['rows']),
      watermark: row['watermark'],
      loaded_at: new Date(load_started).toISOString(),
      staging_id: row['staging_id'],
      flattened: row['flattened'],
      description: row['description'],
    });
    if (resource.refused !== undefined) throw resource.refused;
    const target = `${resource.schema}.${resource.name}`;
    return {
      ...resource,
      load_started,
      write_disposition: dispositionIn(reports.get(load_id), target),
      present: present.get(`${as(resource.schema)}.${as(resource.name)}`) ?? null,
      rejects: Number(row['rejects'] ?? 0),
    };
  });
}

/** How a store spells a name. Only Postgres gives no Parquet; it cuts names that are too long for it. */
export const nameIn = (store: Store): ((name: string) => string) =>
  store.parquet === undefined ? postgresName : (name) => name;

/** Columns by `schema.table`, whoever has altered the tables since they were loaded. */
async function presentColumns(store: Store): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const found = new Map<string, Set<string>>();
  const rows = await rowsOf(
    store,
    "SELECT table_schema, table_name, column_name FROM information_schema.columns WHERE table_schema NOT IN ('_xano', 'information_schema', 'pg_catalog')",
  );
  for (const row of rows) {
    const name = `${String(row['table_schema'])}.${String(row['table_name'])}`;
    found.set(name, (found.get(name) ?? new Set<string>()).add(String(row['column_name'])));
  }
  return found;
}

/** The form of a load's id, which begins with when it began. */
const LOAD_ID = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{4}$/;

/** Whether a value is the id of a load. */
export const isLoadId = (value: QueryValue): boolean => typeof value === 'string' && LOAD_ID.test(value);

/** When a load began, in epoch milliseconds, to the second; 0 for an id of another form. */
function startOf(load_id: string): number {
  const [, ...parts] = LOAD_ID.exec(load_id) ?? [];
  const [year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function dispositionIn(report: string | undefined, target: string): WriteDisposition | null {
  if (report === undefined) return null;
  try {
    const { resources } = reportSchema.parse(JSON.parse(report));
    return resources.find((one) => one.target === target)?.write_disposition ?? null;
  } catch {
    return null;
  }
}
