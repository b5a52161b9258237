/** A Postgres database that is open as a target: one connection, which has the right to load. */
import { hostname } from 'node:os';
import { pid } from 'node:process';
import type { LimitFunction } from 'p-limit';
import type { XanoError } from '../../../errors.js';
import { postgresName } from '../../../table/postgres-types.js';
import { databaseFailure } from '../../engine/failures.js';
import type { TargetTools } from '../../target.js';
import type { DatabaseState } from './mirror/database-state.js';
import type { PostgresAddress } from './wire/address.js';
import { type Connection, connect } from './wire/connection.js';
import { codeOf, isLockTimeout, isLost, postgresFailure } from './wire/failures.js';
import { assertNoTransactionPooler, findLocker, takeAdvisoryLock } from './wire/lease.js';

/** A database, and how it is connected now. */
export interface OpenDatabase {
  readonly address: PostgresAddress;
  readonly tools: TargetTools;
  /** A folder that DuckDB may use, beside the staging file. */
  readonly folder: string;
  /** The DuckDB file that mirrors a table while it is published. */
  readonly scratch: string;
  /** Only one piece of work has the connection at a time. */
  readonly turn: LimitFunction;
  /** Schemas that this load has the right to. */
  readonly schemas: Set<string>;
  connection: Connection | undefined;
  is_direct: boolean;
  /** What the database holds; undefined where it has to be read again. */
  state: DatabaseState | undefined;
}

/** What a mirror is made with. */
export const mirrorOf = ({ scratch, tools: { engine } }: OpenDatabase) => ({ scratch, engine });

/**
 * How long a server that closed the connection is waited for, in milliseconds: a restart takes some seconds.
 */
const WAIT_MS = 20_000;
const STEP_MS = 500;

/**
 * The connection has the right to load for hours, and loses it when this program ends: without the check, the
 * server notices that only after the statement that runs. Servers before 14 have neither setting, and some
 * systems cannot check.
 */
const STAYS =
  "SELECT set_config(name, CASE name WHEN 'idle_session_timeout' THEN '0' ELSE '1s' END, false) FROM pg_settings WHERE name IN ('idle_session_timeout', 'client_connection_check_interval')";

/**
 * The connection, a new one where the last is lost: with the rights that the load had. Throws DATABASE_LOCKED
 * where another has them since.
 */
async function connectionOf(opened: OpenDatabase): Promise<Connection> {
  if (opened.connection !== undefined && !opened.connection.isLost()) return opened.connection;
  await opened.connection?.close();
  opened.connection = undefined;
  const connection = await connect(opened.address, `xano load on ${hostname()} (process ${pid})`);
  await connection.rows(STAYS).catch(() => {});
  try {
    // Rows that a policy hides from this user would be compared as if they were not there: that is an error
    // then.
    await connection.rows('SET row_security = off');
    for (const schema of opened.schemas) await takeAdvisoryLock(connection, schema, opened.address);
  } catch (thrown) {
    await connection.close();
    throw thrown;
  }
  opened.connection = connection;
  return connection;
}

/**
 * Takes the right to load into a schema, and says whether it is new. Throws DATABASE_LOCKED, and
 * DATABASE_FAILED behind a transaction pooler.
 */
export async function leaseSchema(opened: OpenDatabase, schema: string): Promise<boolean> {
  if (opened.schemas.has(schema)) return false;
  const connection = await connectionOf(opened);
  if (!opened.is_direct) await assertNoTransactionPooler(connection, opened.address);
  opened.is_direct = true;
  await takeAdvisoryLock(connection, schema, opened.address);
  opened.schemas.add(schema);
  return true;
}

/**
 * Whether the server has ended the connection since the work before. A message of that may still be on its
 * way: then the first statement of the work would fail instead.
 */
async function isGone(opened: OpenDatabase): Promise<boolean> {
  const { connection } = opened;
  if (connection === undefined || connection.isLost()) return connection !== undefined;
  try {
    await connection.rows('SELECT 1');
    return false;
  } catch (thrown) {
    if (!lostBy(opened, thrown)) return false;
    await connection.close();
    opened.connection = undefined;
    return true;
  }
}

/** Runs work on the connection when its turn comes. Throws in words about the database. */
export function inTurn<T>(opened: OpenDatabase, work: (connection: Connection) => Promise<T>): Promise<T> {
  return opened.turn(async () => {
    try {
      // A load that has had a connection waits for a server that restarts, once.
      const connection = await ((await isGone(opened)) ? reconnect(opened) : connectionOf(opened));
      return await work(connection);
    } catch (thrown) {
      throw failureOf(opened, (await lockerOf(opened, thrown)) ?? thrown);
    }
  });
}

/** Who has the lock that a statement waited for. */
async function lockerOf(
  { connection, schemas, address }: OpenDatabase,
  thrown: unknown,
): Promise<XanoError | undefined> {
  if (!isLockTimeout(thrown) || connection === undefined || connection.isLost()) return undefined;
  return findLocker(connection, [...schemas].map(postgresName), address).catch(() => undefined);
}

/** DuckDB names the kind of its failures; Postgres and Node have codes for theirs. */
const isOfDuckdb = (thrown: unknown): boolean =>
  thrown instanceof Error && codeOf(thrown) === '' && /^[A-Z][A-Za-z ]* Error: /.test(thrown.message);

/** What a failure is, in words about the database, or about the file beside it that mirrors a table. */
const failureOf = ({ address, scratch }: OpenDatabase, thrown: unknown): XanoError => {
  if (isOfDuckdb(thrown)) return databaseFailure(thrown, scratch);
  return postgresFailure(thrown, address.label, address.password === undefined ? [] : [address.password]);
};

/**
 * Connects again after a loss, waiting for a server that restarts. Throws what connecting throws in the end.
 */
export async function reconnect(opened: OpenDatabase): Promise<Connection> {
  const { now, sleep } = opened.tools;
  const until = now() + WAIT_MS;
  for (;;)
    try {
      return await connectionOf(opened);
    } catch (thrown) {
      const isOver = now() >= until;
      const { code } = failureOf(opened, thrown);
      if (isOver || code === 'DATABASE_LOCKED' || code === 'BUG') throw thrown;
      await sleep(STEP_MS);
    }
}

/** Whether work failed because the connection is gone. */
export const lostBy = (opened: OpenDatabase, thrown: unknown): boolean =>
  isLost(thrown) || opened.connection?.isLost() === true;
