/**
 * One table of the mirror on its way into Postgres: staged there outside the transaction that compares it.
 */
import { DELETED_AT_COLUMN, LOAD_ID_COLUMN } from '../../../../table/column.js';
import { type PostgresJson, postgresColumnNames, postgresTypeOf } from '../../../../table/postgres-types.js';
import type { Session } from '../../../engine/session.js';
import { quote } from '../../../engine/sql.js';
import { columnTypes } from '../../../engine/table-columns.js';
import type { Relation } from '../mirror/mirror.js';
import { createSchema } from '../mirror/state-tables.js';
import type { Meeting } from '../publish/plan-publish.js';
import type { Connection } from '../wire/connection.js';
import { isWorthAnother } from '../wire/failures.js';
import { createTable, type Described, listedType } from './alter-table.js';
import { copiedType, copyRows } from './copy-rows.js';
import type { ComparedColumn } from './difference.js';

/** What goes into one table. */
export interface TablePush {
  readonly schema: string;
  readonly name: string;
  /** The table of DuckDB that has its columns, quoted. */
  readonly mirror: string;
  /** The rows to send: what follows FROM in DuckDB. */
  readonly rows: string;
  readonly meeting: Meeting;
  /** Names in DuckDB of columns that are distinct and never NULL in these rows. */
  readonly keys: readonly string[];
  /** Whether such keys become the primary key of a new table. */
  readonly is_keyed: boolean;
  /** Rows that came change although they are the same: their load tells that they were read again. */
  readonly stamps_all: boolean;
  /** What the table means, now and to the load before. */
  readonly description: Described;
  /** By name in DuckDB: what columns mean, now and to the load before. */
  readonly descriptions: ReadonlyMap<string, Described>;
  /** Columns that earlier loads made and no load fills any more. */
  readonly outdated: readonly string[];
  /** Keys of rows that are gone: a table of DuckDB with `_xano_deleted_at`, NULL where the row is removed. */
  readonly gone: { readonly rows: string; readonly removes_keyless: boolean } | undefined;
}

/** A column of a push: its name and type in Postgres, and those in DuckDB. */
export interface PushedColumn extends ComparedColumn {
  readonly duckdb_name: string;
  /** As DESCRIBE spells it. */
  readonly duckdb_type: string;
}

/** A push whose rows are in Postgres, out of sight. */
export interface StagedPush {
  readonly push: TablePush;
  readonly columns: readonly PushedColumn[];
  /** Quoted; undefined: the rows are sent into the new table inside the transaction. */
  readonly staging: string | undefined;
  readonly gone_staging: string | undefined;
  /** Rows that were sent. */
  readonly rows: number;
}

/** The schema of tables on their way. Nothing in it outlives a load. */
export const STAGING_SCHEMA = '_xano_staging';

/** How often the schema of tables on their way is made. */
const ATTEMPTS = 10;

/** Fewer rows are joined in no time, whatever the planner takes them for. */
const MANY_ROWS = 10_000;

const shortType = (type: string): string => type.replaceAll('TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ');

/** The columns of a table of the mirror, as they are sent and stored. */
async function pushedColumns(session: Session, mirror: string, json: PostgresJson): Promise<PushedColumn[]> {
  const types = [...(await columnTypes(session, mirror))];
  const names = postgresColumnNames(types.map(([name]) => name));
  return types.map(([duckdb_name, duckdb_type], i) => {
    const type = listedType(postgresTypeOf(shortType(duckdb_type), json));
    const cast = listedType(copiedType(duckdb_type)) === type ? '' : `::${type}`;
    return { name: names[i]!, type, cast, duckdb_name, duckdb_type };
  });
}

/** How a column is sent. */
const sent = ({ name, duckdb_name, duckdb_type }: PushedColumn) => ({
  name: duckdb_name,
  type: duckdb_type,
  postgres_name: name,
});

/** Sends the rows of a push into a table. Returns how many came. */
export const sendRows = (
  session: Session,
  connection: Connection,
  { push, columns }: Pick<StagedPush, 'push' | 'columns'>,
  into: string,
): Promise<number> => copyRows(session, connection, columns.map(sent), push.rows, into);

/**
 * Sends the rows of a push into a table that is not logged, and that nobody sees. A new table gets its rows
 * later, unless they have to be converted. `at` names the tables.
 */
export async function stagePush(
  session: Session,
  connection: Connection,
  push: TablePush,
  {
    relation,
    json,
    at,
  }: { readonly relation: Relation | undefined; readonly json: PostgresJson; readonly at: string },
): Promise<StagedPush> {
  const columns = await pushedColumns(session, push.mirror, json);
  const gone_staging = await stageGone(session, connection, push, columns, `${at}_gone`);
  if (relation === undefined && columns.every(({ cast }) => cast === ''))
    return { push, columns, staging: undefined, gone_staging, rows: await session.count(push.rows) };
  const staging = quote(STAGING_SCHEMA, at);
  await makeStaging(connection, staging, columns);
  const rows = await sendRows(session, connection, { push, columns }, staging);
  const keys = columns.filter(({ duckdb_name }) => push.keys.includes(duckdb_name));
  // Rows are joined by their keys: what other columns hold does not matter to the planner.
  if (rows >= MANY_ROWS && keys.length > 0)
    await connection.rows(`ANALYZE ${staging} (${keys.map(({ name }) => quote(name)).join(', ')})`);
  return { push, columns, staging, gone_staging, rows };
}

async function makeStaging(
  connection: Connection,
  staging: string,
  columns: readonly PushedColumn[],
): Promise<void> {
  const wanted = columns.map(({ name, duckdb_type }) => ({
    name,
    type: copiedType(duckdb_type),
    description: undefined,
    described: undefined,
  }));
  const make = () =>
    connection.rows(
      `${createSchema(STAGING_SCHEMA)}; DROP TABLE IF EXISTS ${staging}; ${createTable(staging, wanted, 'UNLOGGED ')}`,
    );
  // Another load may make the schema at this moment, or drop it at its end.
  for (let attempt = 1; ; attempt++)
    try {
      await make();
      return;
    } catch (thrown) {
      if (attempt >= ATTEMPTS || !isWorthAnother(thrown)) throw thrown;
    }
}

/** Sends the keys of rows that are gone. */
async function stageGone(
  session: Session,
  connection: Connection,
  { gone, keys }: TablePush,
  columns: readonly PushedColumn[],
  at: string,
): Promise<string | undefined> {
  if (gone === undefined || (await session.count(gone.rows)) === 0) return undefined;
  const staging = quote(STAGING_SCHEMA, at);
  const sentColumns = [
    ...columns.filter(({ duckdb_name }) => keys.includes(duckdb_name)),
    {
      name: DELETED_AT_COLUMN,
      type: '',
      cast: '',
      duckdb_name: DELETED_AT_COLUMN,
      duckdb_type: 'TIMESTAMPTZ',
    },
  ];
  await makeStaging(connection, staging, sentColumns);
  await copyRows(session, connection, sentColumns.map(sent), gone.rows, staging);
  return staging;
}

/** The columns that a load stamps, and the others. */
export const isStamp = ({ duckdb_name }: PushedColumn): boolean => duckdb_name === LOAD_ID_COLUMN;
