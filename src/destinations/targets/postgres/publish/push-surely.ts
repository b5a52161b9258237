/** Pushes a publication although the server may end the connection in the middle. */
import type { Session } from '../../../engine/session.js';
import type { StagedTable } from '../../../staging/staged-table.js';
import { stateTable } from '../mirror/state-tables.js';
import { lostBy, type OpenDatabase, reconnect } from '../open-database.js';
import { type Push, pushTables } from '../push/push-tables.js';
import type { Connection } from '../wire/connection.js';

/** How often a publication is tried whose connection was lost. */
const ATTEMPTS = 3;

/**
 * Pushes, and tries again on a new connection where it was lost: first it looks whether the lost one had
 * committed.
 */
export async function pushSurely(
  opened: OpenDatabase,
  session: Session,
  first: Connection,
  push: Push,
  { staging_id }: StagedTable,
): Promise<{ readonly rows_total: number }> {
  let connection = first;
  for (let attempt = 1; ; attempt++)
    try {
      return await pushTables(opened, session, connection, push);
    } catch (thrown) {
      if (!lostBy(opened, thrown) || attempt >= ATTEMPTS) throw thrown;
      connection = await reconnect(opened);
      const [row] = await publishedRows(connection, push.identity, staging_id);
      if (row !== undefined) return { rows_total: Number(row['rows']) };
    }
}

async function publishedRows(
  connection: Connection,
  identity: string,
  staging_id: string,
): Promise<readonly Readonly<Record<string, string | null>>[]> {
  const [found] = await connection.rows("SELECT to_regclass('_xano.resources')::text AS name");
  if (found?.['name'] === null) return [];
  return connection.rows(
    `SELECT rows FROM ${stateTable('resources')} WHERE identity = $1 AND staging_id = $2`,
    [identity, staging_id],
  );
}
