/** One query on a Postgres database that is only read, in the SQL of Postgres. */
import { parse as parseArray } from 'postgres-array';
import { XanoError } from '../../../errors.js';
import { postgresName } from '../../../table/postgres-types.js';
import { quote } from '../../engine/sql.js';
import type { RunningQuery } from '../../reader/query.js';
import type { QueryOptions } from '../../reader/query-place.js';
import type { QueryValue } from '../../reader/values.js';
import { loadedSchemas } from './mirror/state-tables.js';
import type { PostgresAddress } from './wire/address.js';
import { type Connection, connect, type Result, type ResultColumn } from './wire/connection.js';
import { codeOf, postgresFailure } from './wire/failures.js';

/** Rows that are asked for at a time. */
const AT_A_TIME = 2_000;
/** How long a query may run. Milliseconds. */
const LONGEST = 600_000;

/**
 * Runs one query in a transaction that can only read. Tables are found without their schema: those of
 * `xano_data` first, then those of other loaded schemas by name. Throws DATABASE_FAILED, QUERY_FAILED or
 * INTERRUPTED.
 */
export function queryDatabase<T>(
  address: PostgresAddress,
  sql: string,
  use: (query: RunningQuery) => Promise<T>,
  options: QueryOptions = {},
): Promise<T> {
  const { signal } = options;
  return readDatabase(address, sql, options, ({ connection, first, columns }) => {
    const read = (rows: readonly (readonly (string | null)[])[]) =>
      rows.map((row) => row.map((text, i) => readValue(text, columns[i]!.type)));
    return use({
      columns: columns.map(({ name, type }) => ({ name, type: type.name })),
      batches: async function* () {
        let { rows } = first;
        while (rows.length > 0) {
          yield read(rows);
          // EXPLAIN and SHOW give all of their rows at once.
          if (rows.length !== AT_A_TIME || WITHOUT_CURSOR.test(sql)) return;
          signal?.throwIfAborted();
          ({ rows } = await connection.result(`FETCH ${AT_A_TIME} FROM xano_query`));
        }
      },
    });
  });
}

/** A query that has begun. */
interface BegunQuery {
  readonly connection: Connection;
  readonly first: Result;
  /** With distinct names, as DuckDB has them. */
  readonly columns: readonly { readonly name: string; readonly type: ReadType }[];
}

/**
 * Begins a query in a transaction that can only read, and sees one state of the database. Its SQL is one
 * statement that reads, or it throws QUERY_FAILED.
 */
export async function readDatabase<T>(
  address: PostgresAddress,
  sql: string,
  { signal, tables }: QueryOptions,
  work: (begun: BegunQuery) => Promise<T>,
): Promise<T> {
  if (tables !== undefined)
    throw new XanoError('USAGE', 'xano cannot limit queries of a Postgres database to some tables.', {
      hint: 'Connect as a role that may only read these tables: GRANT SELECT ON … TO ….',
    });
  const connection = await connect(address, 'xano query');
  let process_id: string | undefined;
  const cancel = (): void => {
    if (process_id !== undefined) void cancelQuery(address, process_id);
  };
  try {
    signal?.throwIfAborted();
    process_id = await connection.process_id();
    signal?.addEventListener('abort', cancel, { once: true });
    await connection.rows(
      `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = ${LONGEST}; SET LOCAL search_path = ${await searchPath(connection)}`,
    );
    const statement = WRITING.exec(sql)?.[1];
    if (statement !== undefined) throw readsOnly(statement.toUpperCase());
    const first = await firstRows(connection, sql);
    const types = await typesOf(connection, first.columns);
    const columns = distinctNames(first.columns).map((name, i) => ({ name, type: types[i]! }));
    return await work({ connection, first, columns });
  } catch (thrown) {
    throw queryFailure(thrown, address, signal);
  } finally {
    signal?.removeEventListener('abort', cancel);
    await connection.close();
  }
}

/** Statements that read and that a cursor cannot be made of. */
const WITHOUT_CURSOR = /^\s*(?:explain|show)\b/i;

/** The first rows of a query; of EXPLAIN and SHOW, all. */
async function firstRows(connection: Connection, sql: string): Promise<Result> {
  if (WITHOUT_CURSOR.test(sql)) return connection.result(sql);
  await connection.result(`DECLARE xano_query NO SCROLL CURSOR FOR ${sql}`);
  return connection.result(`FETCH ${AT_A_TIME} FROM xano_query`);
}

async function cancelQuery(address: PostgresAddress, process_id: string): Promise<void> {
  try {
    const other = await connect(address, 'xano query');
    try {
      await other.rows('SELECT pg_cancel_backend($1::int)', [process_id]);
    } finally {
      await other.close();
    }
  } catch {
    // The query ends with its connection then.
  }
}

/** Schemas in which tables are looked for that are named without one. */
async function searchPath(connection: Connection): Promise<string> {
  const [found] = await connection.rows("SELECT to_regclass('_xano.resources')::text AS name");
  if (found?.['name'] == null)
    throw new XanoError('DATABASE_FAILED', 'The Postgres database holds no load.', {
      hint: 'Name the database of a load with --to, or load into this one: `xano load --to postgres://…`.',
    });
  const schemas = await loadedSchemas(connection);
  return [...schemas.map((schema) => quote(postgresName(schema))), 'public'].join(', ');
}

/** A type of Postgres, as far as values of it are read. */
interface ReadType {
  /** As Postgres lists it. */
  readonly name: string;
  readonly oid: number;
  /** Of an array: what its elements are. */
  readonly element: number | undefined;
}

async function typesOf(connection: Connection, columns: readonly ResultColumn[]): Promise<ReadType[]> {
  const oids = [...new Set(columns.map(({ type_oid }) => type_oid))];
  const rows = await connection.rows(
    `SELECT oid::text AS oid, format_type(oid, NULL) AS name, CASE WHEN typcategory = 'A' THEN typelem END::text AS element FROM pg_catalog.pg_type WHERE oid = ANY($1::oid[])`,
    [`{${oids.join(',')}}`],
  );
  const types = new Map(
    rows.map((row) => [
      Number(row['oid']),
      {
        name: row['name'] ?? '',
        oid: Number(row['oid']),
        element: row['element'] === null ? undefined : Number(row['element']),
      },
    ]),
  );
  return columns.map(
    ({ type_oid }) => types.get(type_oid) ?? { name: 'unknown', oid: type_oid, element: undefined },
  );
}

/** Object identifiers of types in `pg_type`; they are the same in every server. */
const [BOOL, INT8, INT2, INT4, JSON_TYPE, FLOAT4, FLOAT8, NUMERIC, JSONB] = [
  16, 20, 21, 23, 114, 700, 701, 1700, 3802,
];

type Elements = readonly (Elements | QueryValue)[];

/** A value as the server spells it; what JSON has no type for stays text. */
function readValue(text: string | null, { oid, element }: Pick<ReadType, 'oid' | 'element'>): QueryValue {
  if (text === null) return null;
  if (element !== undefined) {
    const parsed: Elements = parseArray(text, (one) => readValue(one, { oid: element, element: undefined }));
    return parsed as QueryValue;
  }
  if (oid === BOOL) return text === 't';
  if (oid === INT8) return BigInt(text);
  if (oid === INT2 || oid === INT4 || oid === FLOAT4 || oid === FLOAT8) return Number(text);
  if (oid === JSON_TYPE || oid === JSONB) return { json: text };
  return oid === NUMERIC && /^-?\d/.test(text) ? { json: text } : text;
}

/** Names of columns, each once: `name`, `name:1`, … as DuckDB has them. */
function distinctNames(columns: readonly ResultColumn[]): string[] {
  const taken = new Set<string>();
  return columns.map(({ name }) => {
    let distinct = name;
    for (let n = 1; taken.has(distinct); n++) distinct = `${name}:${n}`;
    taken.add(distinct);
    return distinct;
  });
}

/** SQLSTATEs of statements that change something. */
const WRITES: readonly string[] = ['25006', '25001', '0A000'];
const WRITING =
  /^\s*(insert|update|delete|merge|truncate|create|alter|drop|grant|revoke|copy|set|reset|vacuum|call|do|lock|begin|commit|rollback)\b/i;

const readsOnly = (what: string): XanoError =>
  new XanoError('QUERY_FAILED', `A query can only read: ${what} is not allowed.`, { hint: HINT_READS_ONLY });

/** What a query failed with, as a XanoError. */
function queryFailure(
  thrown: unknown,
  { label, password }: PostgresAddress,
  signal: AbortSignal | undefined,
): XanoError {
  if (thrown instanceof XanoError) return thrown;
  if (signal?.aborted === true)
    return new XanoError('INTERRUPTED', 'The query was stopped.', { hint: 'Run it again.' });
  const code = codeOf(thrown);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const hint =
    'Correct the SQL; it is that of Postgres: SELECT table_schema, table_name FROM information_schema.tables lists the tables.';
  if (/cannot insert multiple commands/.test(message))
    return new XanoError('QUERY_FAILED', 'The SQL contains several statements; a query runs one.', {
      hint: 'Run them one by one.',
    });
  if (WRITES.includes(code))
    return new XanoError('QUERY_FAILED', `A query can only read: ${sentence(message)}`, {
      hint: HINT_READS_ONLY,
    });
  if (code === '57014')
    return new XanoError('QUERY_FAILED', 'The query took longer than ten minutes.', {
      hint: 'Ask for less, or use psql.',
    });
  // Classes of SQLSTATE that are about the statement and its values.
  if (/^(42|22|21|23|34|0A|2F|44|P0)/.test(code))
    return new XanoError('QUERY_FAILED', sentence(message), { hint });
  return postgresFailure(thrown, label, password === undefined ? [] : [password]);
}

const HINT_READS_ONLY = 'To change the database, use psql; the next load replaces the rows that it reads.';

const sentence = (message: string): string => {
  const text = `${message[0]?.toUpperCase() ?? ''}${message.slice(1)}`.replace(/\s+/g, ' ');
  return /[.!?]$/.test(text) ? text : `${text}.`;
};
