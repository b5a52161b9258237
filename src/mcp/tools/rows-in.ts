/** Small results of a store, as a whole. */
import type { QueryOptions, QueryValue, Store } from '../../index.js';

/** Runs SQL that reads a store, and returns its rows. */
export type RunSql = (sql: string) => Promise<readonly (readonly QueryValue[])[]>;

/** All rows of a query. Only for queries with few. */
export function rowsIn(store: Store, options: QueryOptions): RunSql {
  return (sql) =>
    store.query(
      sql,
      async ({ batches }) => {
        const rows: (readonly QueryValue[])[] = [];
        for await (const batch of batches()) rows.push(...batch);
        return rows;
      },
      options,
    );
}
