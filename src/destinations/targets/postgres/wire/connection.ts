/** The door to `pg`: connections whose values are texts, as the server spells them. */
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { ConnectionOptions } from 'node:tls';
import { Client, type ClientConfig } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { XanoError } from '../../../../errors.js';
import type { PostgresAddress, SslMode } from './address.js';
import { postgresFailure } from './failures.js';

/** A row: each value as text, null for NULL. */
export type Row = Readonly<Record<string, string | null>>;

/** A column of a result. */
export interface ResultColumn {
  readonly name: string;
  /** The object identifier of its type in `pg_type`. */
  readonly type_oid: number;
}

/** What a statement gives. */
export interface Result {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** Rows that it changed or selected. */
  readonly count: number;
}

/** One connection to a server. Statements run one after the other. Every member throws what `pg` throws. */
export interface Connection {
  /** Runs one statement, or several without parameters, and gives the rows of the last. */
  readonly rows: (sql: string, parameters?: readonly (string | null)[]) => Promise<Row[]>;
  /** Runs one statement and counts the rows that it changed. */
  readonly change: (sql: string, parameters?: readonly (string | null)[]) => Promise<number>;
  /** Runs exactly one statement, and gives its rows in the order of its columns. */
  readonly result: (sql: string) => Promise<Result>;
  /**
   * Runs `COPY … FROM STDIN` with what `write` gives to `send`, which waits until there is room for more.
   * Gives the number of rows that the server stored.
   */
  readonly copyIn: (
    sql: string,
    write: (send: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
  ) => Promise<number>;
  /** Runs `COPY … TO STDOUT` into a file. */
  readonly copyOut: (sql: string, file: string) => Promise<void>;
  /** Whether the server has closed it. */
  readonly isLost: () => boolean;
  /** The number of the server's process: a server that is asked to can end it by that. */
  readonly process_id: () => Promise<string>;
  readonly close: () => Promise<void>;
}

/** Settings that every connection has, whatever the server's defaults are. */
const SETTINGS = [
  "SET TimeZone = 'UTC'",
  "SET DateStyle = 'ISO, YMD'",
  "SET IntervalStyle = 'postgres'",
  "SET client_encoding = 'UTF8'",
  'SET client_min_messages = error',
  // Names without a schema are those of Postgres: nobody's function or operator takes their place.
  'SET search_path = pg_catalog',
  // Some providers end every statement after two minutes.
  'SET statement_timeout = 0',
  'SET idle_in_transaction_session_timeout = 0',
  // Somebody may keep a table locked for hours; a session that only reads keeps nobody waiting meanwhile.
  "SET lock_timeout = '15s'",
].join('; ');

/**
 * Connects. `application_name` is what the server's own lists show. Throws DATABASE_FAILED in words about the
 * address.
 */
export async function connect(address: PostgresAddress, application_name: string): Promise<Connection> {
  const { label, password } = address;
  let failure: unknown;
  for (const ssl of sslOf(address)) {
    const client = new Client({
      ...configOf(address, application_name),
      ...(ssl === undefined ? {} : { ssl }),
    });
    try {
      await client.connect();
      await client.query(SETTINGS);
      return connectionOf(client);
    } catch (thrown) {
      await client.end().catch(() => {});
      failure = thrown;
      if (!(thrown instanceof Error && /does not support SSL/.test(thrown.message))) break;
    }
  }
  throw postgresFailure(failure, label, password === undefined ? [] : [password]);
}

function configOf(address: PostgresAddress, application_name: string): ClientConfig {
  const { host, port, user, password, database, connect_timeout_ms } = address;
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
    application_name,
    connectionTimeoutMillis: connect_timeout_ms,
    keepAlive: true,
    types: { getTypeParser: () => (text: string) => text },
  };
}

type Ssl = ConnectionOptions | false;

/** How to try to encrypt, in order. */
function sslOf({ sslmode, host, sslrootcert }: PostgresAddress): readonly Ssl[] {
  const mode: SslMode = sslmode ?? (isLocal(host) ? 'disable' : 'prefer');
  const unverified: Ssl = { rejectUnauthorized: false };
  if (mode === 'disable') return [false];
  if (mode === 'no-verify') return [unverified];
  if (mode === 'prefer') return [unverified, false];
  const ca = sslrootcert === undefined || sslrootcert === 'system' ? {} : { ca: certificates(sslrootcert) };
  // As `pg` itself has it: require checks the certificate as well, since encryption alone stops nobody.
  return [mode === 'verify-ca' ? { ...ca, checkServerIdentity: () => undefined } : ca];
}

/** Whether a host is this computer, or a folder with a socket. */
const isLocal = (host: string | undefined): boolean =>
  host === undefined ||
  host.startsWith('/') ||
  ['localhost', '127.0.0.1', '::1'].includes(host.toLowerCase());

function certificates(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new XanoError('USAGE', `sslrootcert names a file that cannot be read: ${file}.`, { cause });
  }
}

function connectionOf(client: Client): Connection {
  let lost = false;
  client.on('error', () => {
    lost = true;
  });
  client.on('end', () => {
    lost = true;
  });
  const query = (sql: string, parameters?: readonly (string | null)[]) =>
    client.query<Record<string, string | null>>(sql, parameters === undefined ? undefined : [...parameters]);
  return {
    rows: async (sql, parameters) => {
      const given: unknown = await query(sql, parameters);
      // Several statements give a list of results.
      const last = (Array.isArray(given) ? given.at(-1) : given) as { readonly rows: Row[] };
      return last.rows;
    },
    change: async (sql, parameters) => (await query(sql, parameters)).rowCount ?? 0,
    result: async (sql) => {
      // Only the extended protocol refuses a text of several statements.
      const { fields, rows, rowCount } = await client.query<(string | null)[]>({
        text: sql,
        rowMode: 'array',
        queryMode: 'extended',
      } as never);
      return {
        columns: fields.map(({ name, dataTypeID }) => ({ name, type_oid: dataTypeID })),
        rows,
        count: rowCount ?? 0,
      };
    },
    copyIn: (sql, write) => copyIn(client, sql, write),
    copyOut: async (sql, file) => {
      try {
        await pipeline(client.query(copyTo(sql)), createWriteStream(file, { mode: 0o600 }));
      } catch (thrown) {
        // What the server refused is over; where the disk is full, rows still come.
        if (thrown instanceof Error && 'severity' in thrown) await untilReady(client);
        throw thrown;
      }
    },
    isLost: () => lost,
    process_id: async () => String((await query('SELECT pg_backend_pid() AS pid')).rows[0]?.['pid']),
    close: async () => {
      await client.end().catch(() => {});
    },
  };
}

async function copyIn(
  client: Client,
  sql: string,
  write: (send: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<number> {
  const copy = client.query(copyFrom(sql));
  // It tells its failure twice, the second time to nobody: without a listener that ends the program.
  copy.on('error', () => {});
  const stop = new AbortController();
  const done = once(copy, 'finish', { signal: stop.signal });
  // It is awaited below; until then it must not count as unhandled.
  done.catch(() => {});
  try {
    await write(async (bytes) => {
      if (!copy.write(bytes)) await Promise.race([once(copy, 'drain', { signal: stop.signal }), done]);
    });
    copy.end();
    await done;
    return copy.rowCount;
  } catch (thrown) {
    copy.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)));
    await untilReady(client);
    throw thrown;
  } finally {
    stop.abort();
  }
}

/** Waits until the server takes the next statement, or has closed the connection. */
async function untilReady(client: Client): Promise<void> {
  // The types leave it out: false from a statement until the server has answered all of it.
  if (Reflect.get(client, 'readyForQuery') === true) return;
  const stop = new AbortController();
  const { signal } = stop;
  await Promise.race([once(client, 'drain', { signal }), once(client, 'end', { signal })]).catch(() => {});
  stop.abort();
}
