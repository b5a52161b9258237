/** The right to load into one schema of a database: an advisory lock that ends with its connection. */
import { XanoError } from '../../../../errors.js';
import type { PostgresAddress } from './address.js';
import { type Connection, connect } from './connection.js';

/** The number that stands for a schema among all advisory locks of a database. */
const KEY = `hashtextextended('xano-connector:' || $1, 0)`;

/**
 * Takes the right to load into a schema, on a connection that the load keeps. Throws DATABASE_LOCKED where
 * another load has it.
 */
export async function takeAdvisoryLock(
  connection: Connection,
  schema: string,
  { label }: PostgresAddress,
): Promise<void> {
  const [row] = await connection.rows(`SELECT pg_try_advisory_lock(${KEY})::text AS taken`, [schema]);
  if (row?.['taken'] === 'true') return;
  throw new XanoError(
    'DATABASE_LOCKED',
    `Another load into "${schema}" of ${label} is running${await holderOf(connection, schema)}.`,
    { hint: 'Wait until that load is done, or load into another schema with --dataset.' },
  );
}

/** Who has the right now, as the end of a sentence. */
async function holderOf(connection: Connection, schema: string): Promise<string> {
  const [row] = await connection.rows(
    `SELECT a.pid::text AS pid, a.application_name, coalesce(host(a.client_addr), 'this server') AS client, to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
     FROM pg_locks l JOIN pg_stat_activity a USING (pid), (SELECT ${KEY} AS key) k
     WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND l.classid::bigint = (k.key >> 32) & 4294967295 AND l.objid::bigint = k.key & 4294967295 LIMIT 1`,
    [schema],
  );
  if (row === undefined) return '';
  return `: ${row['application_name'] ?? ''} from ${row['client']}, process ${row['pid']} of the server, since ${row['since']}`;
}

/**
 * Refuses a pooler that gives each transaction another connection of the server: an advisory lock taken
 * through it holds nothing. Two connections that are the same process of the server give it away. Throws
 * DATABASE_FAILED.
 */
export async function assertNoTransactionPooler(
  connection: Connection,
  address: PostgresAddress,
): Promise<void> {
  const other = await connect(address, 'xano-connector');
  try {
    const ids = [await connection.process_id(), await other.process_id(), await connection.process_id()];
    if (new Set(ids).size === 2 && ids[0] === ids[2]) return;
  } finally {
    await other.close();
  }
  throw new XanoError(
    'DATABASE_FAILED',
    `A transaction pooler stands before ${address.label}: it cannot hold a lock for the time of a load.`,
    {
      hint: 'Use the direct connection or the session pooler: Supabase has it on port 5432 instead of 6543, Neon without "-pooler" in the host.',
    },
  );
}
