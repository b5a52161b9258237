/** Reads of the loaded target, each with the tables that the client sees. */
import { type FileStatus, openStore, type Store, type TableStatus } from '../index.js';
import type { McpContext } from './mcp-context.js';
import { seenTables, shownName } from './scope.js';

/** The target with its status, limited to what the client sees. */
export interface OpenedStore {
  readonly store: Store;
  readonly status: FileStatus;
  /** The tables that the client sees. */
  readonly seen: readonly TableStatus[];
}

/** Opens the target for one call. Throws DATABASE_FAILED where nothing was loaded, DATABASE_LOCKED, USAGE. */
export async function withStore<T>(
  { options, now, sleep }: McpContext,
  work: (opened: OpenedStore) => Promise<T>,
  { loads = 0 }: { readonly loads?: number } = {},
): Promise<T> {
  const store = await openStore(options.to, options.place);
  try {
    const status = await store.status({ now, loads, sleep });
    return await work({ store, status, seen: seenTables(status, options) });
  } finally {
    await store.close();
  }
}

/** How fresh and complete a table is. */
export interface AsOf {
  readonly table: string;
  /** ISO 8601, UTC. */
  readonly loaded_at: string;
  readonly completeness: TableStatus['completeness'];
}

/** How fresh and complete tables are. */
export const asOf = (tables: readonly TableStatus[]): AsOf[] =>
  tables.map((table) => ({
    table: shownName(table),
    loaded_at: table.loaded_at,
    completeness: table.completeness,
  }));
