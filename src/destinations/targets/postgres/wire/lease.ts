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
    `SELECT ${SESSION}
     FROM pg_locks l JOIN pg_stat_activity a USING (pid), (SELECT ${KEY} AS key) k
     WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND l.classid::bigint = (k.key >> 32) & 4294967295 AND l.objid::bigint = k.key & 4294967295 LIMIT 1`,
    [schema],
  );
  return row === undefined ? '' : `: ${row['session']}`;
}

/** What people know a session `a` of pg_stat_activity by. */
const SESSION = `coalesce(nullif(a.application_name, ''), 'a session') || ' of ' || coalesce(a.usename, '') || ' ' || 'from' || ' ' || coalesce(host(a.client_addr), 'this server') || ', process ' || a.pid || ' of the server, since ' || to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS session`;

/**
 * The failure of a statement that waited for a lock in vain, with the table and the session that has the
 * lock: the strongest one on tables of these schemas. Undefined where it has ended since.
 */
export async function findLocker(
  connection: Connection,
  schemas: readonly string[],
  { label }: PostgresAddress,
): Promise<XanoError | undefined> {
  const [row] = await connection.rows(
    `SELECT format('%I.%I', n.nspname, c.relname) AS table, ${SESSION}
     FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_stat_activity a USING (pid)
     WHERE l.granted AND l.pid <> pg_backend_pid() AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname IN (SELECT json_array_elements_text($1::json))
     ORDER BY array_position(ARRAY['AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock', 'ShareUpdateExclusiveLock', 'RowExclusiveLock', 'RowShareLock'], l.mode) NULLS LAST, a.xact_start LIMIT 1`,
    [JSON.stringify(schemas)],
  );
  if (row === undefined) return undefined;
  return new XanoError(
    'DATABASE_LOCKED',
    `Another session locks the table ${row['table']} of ${label}: ${row['session']}.`,
    { hint: 'End its transaction. Run the same command again: it continues where it stopped.' },
  );
}

/**
 * Refuses a pooler that gives each transaction another connection of the server: an advisory lock taken
 * through it holds nothing. It gives itself away where one connection meets several processes of the server,
 * also while another connection has one of them for a transaction. Throws DATABASE_FAILED.
 */
export async function assertNoTransactionPooler(
  connection: Connection,
  address: PostgresAddress,
): Promise<void> {
  const other = await connect(address, 'xano-connector');
  try {
    const own = [await connection.process_id(), await connection.process_id()];
    await other.rows('BEGIN');
    const others = await other.process_id();
    own.push(await connection.process_id(), await connection.process_id());
    await other.rows('COMMIT');
    if (new Set(own).size === 1 && others !== own[0]) return;
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
