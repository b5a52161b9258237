/** The locks of a catalog in Postgres: advisory ones, which end with the connection that has them. */
import type { Connection } from '../postgres/wire/connection.js';
import type { PostgresCatalog } from './lake.js';

/** What the right to load a dataset is called among the rights of a database. */
export const leaseName = ({ schema }: PostgresCatalog, dataset: string): string =>
  `ducklake ${schema}/${dataset}`;

/** The number that stands for publishing into a catalog among all advisory locks of a database. */
const KEY = `hashtextextended('xano-connector publishes ducklake ' || $1, 0)`;

/**
 * Runs work while no other program of ours publishes into the catalog, waiting for its turn. DuckLake itself
 * lets transactions conflict: of eight loaders half failed without this (measured, 1.5.5).
 */
export async function whilePublishing<T>(
  connection: Connection,
  { schema }: PostgresCatalog,
  work: () => Promise<T>,
): Promise<T> {
  await takeTurn(connection, schema);
  try {
    return await work();
  } finally {
    // Where the connection is gone, so is the lock.
    if (!connection.isLost())
      await connection.rows(`SELECT pg_advisory_unlock(${KEY})`, [schema]).catch(() => {});
  }
}

/**
 * Waits for as long as it takes: many loads may be before this one, and each publishes a whole table. The
 * limit of the connection is for locks of tables, which somebody else may hold for hours.
 */
async function takeTurn(connection: Connection, schema: string): Promise<void> {
  await connection.rows('BEGIN; SET LOCAL lock_timeout = 0');
  try {
    // The lock is of the session, and outlives the transaction.
    await connection.rows(`SELECT pg_advisory_lock(${KEY})`, [schema]);
    await connection.rows('COMMIT');
  } catch (thrown) {
    if (!connection.isLost()) await connection.rows('ROLLBACK');
    throw thrown;
  }
}
