/**
 * Puts what was published in the mirror into Postgres: tables, state, rejected values and load record in one
 * transaction.
 */

import type { PostgresJson } from '../../../../table/postgres-types.js';
import type { Row, Session } from '../../../engine/session.js';
import { literal, quote } from '../../../engine/sql.js';
import { state } from '../../../state/names.js';
import type { TargetTools } from '../../../target.js';
import { inPostgres, listRelations, type Relation, relationOf } from '../mirror/mirror.js';
import { createSchema } from '../mirror/state-tables.js';
import type { OpenDatabase } from '../open-database.js';
import type { Renames, TableName } from '../publish/renames.js';
import type { Connection } from '../wire/connection.js';
import { isWorthAnother } from '../wire/failures.js';
import { addColumns } from './add-columns.js';
import { type Applying, applyPush, countRows } from './apply-push.js';
import { mirroredResources, pushLoad, pushRejects, pushResources } from './push-state.js';
import { STAGING_SCHEMA, type StagedPush, stagePush, type TablePush } from './table-push.js';

/** All that a publication changes. */
export interface Push {
  readonly identity: string;
  readonly load_id: string;
  readonly renames: Renames;
  /** The table of the resource first, then those of its lists. */
  readonly tables: readonly TablePush[];
  /** The state of the mirror before publishing. */
  readonly resources_before: ReadonlyMap<string, Row>;
  /** Identities whose rejected values the mirror has. */
  readonly rejects_of: readonly string[];
  /** A name for tables on their way: the same in every load. */
  readonly staging_name: string;
}

/** What came of it. */
export interface Pushed {
  /** Rows that the resource's table has now. */
  readonly rows_total: number;
}

/** A table that rows were put into. */
interface ChangedTable {
  /** Quoted. */
  readonly table: string;
  /** Rows that were deleted, updated or inserted. */
  readonly changed: number;
  /** Rows that it has now. */
  readonly rows: number;
}

/** How often a transaction is tried that waits for the lock of another session. */
const ATTEMPTS = 3;
const PAUSE_MS = 500;
/** A session that waits for a lock keeps readers waiting that come after it. */
const LOCK_TIMEOUT = '5s';
/** Statistics are taken where at least so many rows changed: queries are planned by them. */
const MANY_ROWS = 10_000;
/** And at least this part of the table: the default of autovacuum_analyze_scale_factor. */
const MANY_OF = 0.1;

/** Pushes everything, or nothing. Throws what `pg` throws. */
export async function pushTables(
  opened: OpenDatabase,
  session: Session,
  connection: Connection,
  push: Push,
): Promise<Pushed> {
  const { address, tools } = opened;
  const schemas = [...push.tables, ...push.renames.moved.flatMap(({ from, to }) => [from, to])].map(
    (table) => inPostgres(table).schema,
  );
  let relations = await listRelations(connection, schemas);
  try {
    const staged = await stageTables(session, connection, push, relations, address.json);
    const widened = staged.map(({ push: table, columns }) => ({
      relation: relationOf(relations, nameBefore(push.renames, table)),
      columns,
    }));
    if (await addColumns(connection, tools, widened)) relations = await listRelations(connection, schemas);
    const [version] = await connection.rows("SELECT current_setting('server_version_num') AS version");
    const conversion = { can_validate: Number(version?.['version']) >= 160_000 };
    const pushed = await inAttempts(tools, connection, () =>
      transact({ session, connection, conversion }, push, staged, relations, tools.keep_loads),
    );
    await analyze(connection, pushed.changed);
    return { rows_total: pushed.rows_total };
  } catch (thrown) {
    if (connection.isLost()) throw thrown;
    // They would lie there until the next load of the same table.
    await dropStaging(connection, push.staging_name).catch(() => {});
    throw thrown;
  }
}

/** Sends the rows of all tables out of sight. */
async function stageTables(
  session: Session,
  connection: Connection,
  push: Push,
  relations: readonly Relation[],
  json: PostgresJson,
): Promise<StagedPush[]> {
  await dropStaging(connection, push.staging_name);
  const staged: StagedPush[] = [];
  for (const [i, table] of push.tables.entries()) {
    const relation = relationOf(relations, nameBefore(push.renames, table));
    const at = `${push.staging_name}_${i}`;
    staged.push(await stagePush(session, connection, table, { relation, json, at }));
  }
  return staged;
}

/** Runs a transaction, again where it met another one that is over a moment later. */
async function inAttempts<T>(
  { sleep }: Pick<TargetTools, 'sleep'>,
  connection: Connection,
  run: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await run();
    } catch (thrown) {
      if (!connection.isLost()) await connection.rows('ROLLBACK');
      if (attempt >= ATTEMPTS || !isWorthAnother(thrown)) throw thrown;
      await sleep(PAUSE_MS * attempt);
    }
}

/** What a table was called before it was renamed. */
const nameBefore = ({ moved }: Renames, table: TableName): TableName =>
  moved.find(({ to }) => to.schema === table.schema && to.name === table.name)?.from ?? table;

async function transact(
  applying: Applying,
  push: Push,
  staged: readonly StagedPush[],
  relations: readonly Relation[],
  keep_loads: number,
): Promise<Pushed & { readonly changed: readonly ChangedTable[] }> {
  const { session, connection } = applying;
  await connection.rows(`BEGIN; SET LOCAL lock_timeout = ${literal(LOCK_TIMEOUT)}`);
  await renameTables(connection, push.renames, relations);
  const changed: ChangedTable[] = [];
  for (const table of staged) {
    const relation = relationOf(relations, nameBefore(push.renames, table.push));
    const applied = await applyPush(applying, table, relation);
    const at = inPostgres(table.push);
    const quoted = quote(at.schema, at.name);
    const rows = applied.rows ?? (await countRows(connection, quoted));
    changed.push({ table: quoted, changed: applied.changed, rows });
  }
  const rows_total = changed[0]!.rows;
  await session.run(
    `UPDATE ${state('resources')} SET rows = ${rows_total} WHERE identity = ${literal(push.identity)}`,
  );
  await pushResources(connection, push.resources_before, await mirroredResources(session));
  await pushRejects(session, connection, push.rejects_of);
  await pushLoad(session, connection, push.load_id, keep_loads);
  const leftovers = staged.flatMap(({ staging, gone_staging }) => [staging, gone_staging]);
  for (const table of leftovers) if (table !== undefined) await connection.rows(`DROP TABLE ${table}`);
  await connection.rows('COMMIT');
  return { rows_total, changed };
}

async function renameTables(
  connection: Connection,
  { moved, dropped }: Renames,
  relations: readonly Relation[],
): Promise<void> {
  for (const table of dropped) {
    const { schema, name } = inPostgres(table);
    await connection.rows(`DROP TABLE IF EXISTS ${quote(schema, name)}`);
  }
  for (const { from, to } of moved) {
    if (relationOf(relations, from) === undefined) continue;
    const [old, now] = [inPostgres(from), inPostgres(to)];
    let { schema } = old;
    if (schema !== now.schema) {
      await connection.rows(
        `${createSchema(now.schema)}; ALTER TABLE ${quote(old.schema, old.name)} SET SCHEMA ${quote(now.schema)}`,
      );
      schema = now.schema;
    }
    if (old.name !== now.name)
      await connection.rows(`ALTER TABLE ${quote(schema, old.name)} RENAME TO ${quote(now.name)}`);
  }
}

async function analyze(connection: Connection, tables: readonly ChangedTable[]): Promise<void> {
  for (const { table, changed, rows } of tables) {
    if (changed < MANY_ROWS || changed < rows * MANY_OF) continue;
    // What was published stays, whatever becomes of the statistics.
    await connection.rows(`ANALYZE ${table}`).catch(() => {});
  }
}

/** Removes what a killed load left of tables on their way. */
async function dropStaging(connection: Connection, staging_name: string): Promise<void> {
  const rows = await connection.rows(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND starts_with(c.relname, $2)`,
    [STAGING_SCHEMA, staging_name],
  );
  for (const { name } of rows) await connection.rows(`DROP TABLE IF EXISTS ${quote(STAGING_SCHEMA, name!)}`);
}
