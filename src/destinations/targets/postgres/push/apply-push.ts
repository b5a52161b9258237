/** Makes a table of Postgres hold what was staged for it, inside the transaction of publishing. */
import { DELETED_AT_COLUMN } from '../../../../table/column.js';
import type { Session } from '../../../engine/session.js';
import { quote } from '../../../engine/sql.js';
import { inPostgres, type Relation } from '../mirror/mirror.js';
import { createSchema } from '../mirror/state-tables.js';
import type { Connection } from '../wire/connection.js';
import {
  alterColumns,
  type Conversion,
  commentColumns,
  commentTable,
  createTable,
  type WantedColumn,
} from './alter-table.js';
import { countMet, type Difference, deleteGone, insertNew, updateChanged } from './difference.js';
import { isStamp, type StagedPush, sendRows } from './table-push.js';

/** What a push is applied with. */
export interface Applying {
  readonly session: Session;
  readonly connection: Connection;
  readonly conversion: Conversion;
}

/** What came of a push. */
export interface Applied {
  /** Rows that were deleted, updated or inserted. */
  readonly changed: number;
  /** Rows that the table has, where the server has said so. */
  readonly rows: number | undefined;
}

/** A table of Postgres, quoted. */
const tableAt = (table: { readonly schema: string; readonly name: string }): string => {
  const { schema, name } = inPostgres(table);
  return quote(schema, name);
};

/** Applies a push to the table that is there, or makes it. */
export async function applyPush(
  applying: Applying,
  staged: StagedPush,
  relation: Relation | undefined,
): Promise<Applied> {
  const wanted = wantedColumns(staged);
  let applied: Applied;
  if (relation === undefined) {
    applied = await fillTable(applying, staged, wanted);
  } else {
    await alterTable(applying, staged, relation, wanted);
    applied = await changeRows(applying.connection, staged, relation);
  }
  await comment(applying.connection, staged, relation, wanted);
  return applied;
}

/** Makes the table with all of its rows. */
async function fillTable(
  { session, connection }: Applying,
  staged: StagedPush,
  wanted: readonly WantedColumn[],
): Promise<Applied> {
  const { push } = staged;
  const table = tableAt(push);
  await connection.rows(createSchema(inPostgres(push).schema));
  await connection.rows(createTable(table, wanted));
  const rows = await (staged.staging === undefined
    ? sendRows(session, connection, staged, table)
    : connection.change(insertNew({ ...differenceOf(staged, table, undefined), keys: [] })));
  if (push.is_keyed) {
    const keys = keyNames(staged).map((key) => quote(key));
    await connection.rows(`ALTER TABLE ${table} ADD PRIMARY KEY (${keys.join(', ')})`);
  }
  return { changed: rows, rows };
}

function wantedColumns({ push, columns }: StagedPush): WantedColumn[] {
  return columns.map(({ name, type, duckdb_name }) => {
    const { now, before } = push.descriptions.get(duckdb_name) ?? { now: undefined, before: undefined };
    const is_key = push.is_keyed && push.keys.includes(duckdb_name);
    return { name, type, description: now, described: before, is_key };
  });
}

/** The names of the key's columns in Postgres, in their order. */
const keyNames = ({ push, columns }: StagedPush): string[] =>
  push.keys.flatMap((key) => columns.find(({ duckdb_name }) => duckdb_name === key)?.name ?? []);

async function alterTable(
  { connection, conversion }: Applying,
  staged: StagedPush,
  relation: Relation,
  wanted: readonly WantedColumn[],
): Promise<void> {
  const { push } = staged;
  const table = tableAt(push);
  const there = relation.columns.map(({ name }) => name);
  for (const sql of alterColumns(table, relation, wanted, conversion)) await connection.rows(sql);
  const outdated = push.outdated.filter((name) => there.includes(name));
  if (outdated.length > 0)
    await connection.rows(
      `ALTER TABLE ${table} ${outdated.map((name) => `DROP COLUMN ${quote(name)}`).join(', ')}`,
    );
  await dropUnfitKey(connection, staged, relation);
}

/**
 * Drops a primary key that the rows do not have any more: it would refuse rows without a key, and several of
 * one key. A key of other columns is its owner's.
 */
async function dropUnfitKey(
  connection: Connection,
  staged: StagedPush,
  { primary_key }: Relation,
): Promise<void> {
  const { push, columns } = staged;
  const isOurs = primary_key.every((key) => columns.some(({ name }) => name === key));
  const isKept = push.is_keyed && isSameKey(keyNames(staged), primary_key);
  if (primary_key.length === 0 || !isOurs || isKept) return;
  const table = tableAt(push);
  const [constraint] = await connection.rows(
    "SELECT conname FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'p'",
    [table],
  );
  const nullable = primary_key.map((name) => `ALTER COLUMN ${quote(name)} DROP NOT NULL`);
  await connection.rows(
    `ALTER TABLE ${table} DROP CONSTRAINT ${quote(constraint!['conname']!)}, ${nullable.join(', ')}`,
  );
}

const isSameKey = (one: readonly string[], other: readonly string[]): boolean =>
  JSON.stringify(one.toSorted()) === JSON.stringify(other.toSorted());

function differenceOf(staged: StagedPush, table: string, relation: Relation | undefined): Difference {
  const { columns, staging } = staged;
  const hasOwn = (name: string): boolean => columns.some((column) => column.name === name);
  const isThere = relation?.columns.some(({ name }) => name === DELETED_AT_COLUMN) === true;
  return {
    table,
    staging: staging ?? table,
    columns: columns.filter((column) => !isStamp(column)),
    stamps: columns.filter(isStamp),
    // Rows of a table that is replaced are not marked as deleted.
    emptied: isThere && !hasOwn(DELETED_AT_COLUMN) ? [DELETED_AT_COLUMN] : [],
    keys: keyNames(staged),
  };
}

async function changeRows(connection: Connection, staged: StagedPush, relation: Relation): Promise<Applied> {
  const { push, gone_staging, rows } = staged;
  const table = tableAt(push);
  const difference = differenceOf(staged, table, relation);
  const { keys } = difference;
  if (push.meeting === 'append')
    return unknown(await connection.change(insertNew({ ...difference, keys: [] })));
  if (push.meeting === 'merge') {
    let changed = await changeGone(connection, staged, keys, gone_staging);
    if (keys.length > 0)
      changed += await connection.change(updateChanged(difference, { every: push.stamps_all }));
    return unknown(changed + (await connection.change(insertNew(difference))));
  }
  if (keys.length > 0) {
    // A key of the table's own keeps rows apart.
    if (push.is_keyed && isSameKey(keys, relation.primary_key))
      return changeDistinct(connection, difference, rows);
    const deleted = await connection.change(deleteGone(difference));
    const updated = await connection.change(updateChanged(difference, { every: false }));
    const inserted = await connection.change(insertNew(difference));
    // Without one, somebody may have added rows of the same key.
    const found = await countRows(connection, table);
    if (found === rows || isSameKey(keys, relation.primary_key))
      return { changed: deleted + updated + inserted, rows: found };
  }
  const deleted = await connection.change(`DELETE FROM ${table}`);
  return unknown(deleted + (await connection.change(insertNew({ ...difference, keys: [] }))));
}

const unknown = (changed: number): Applied => ({ changed, rows: undefined });

/** Counts the rows of a table of Postgres, quoted. Throws what `pg` throws. */
export const countRows = async (connection: Connection, from: string): Promise<number> => {
  const [count] = await connection.rows(`SELECT count(*) AS n FROM ${from}`);
  return Number(count?.['n']);
};

/**
 * Changes rows that have distinct keys, as those have that came. It counts first what differs: mostly nothing
 * does, and each statement that changes rows reads both tables, with one core.
 */
async function changeDistinct(
  connection: Connection,
  difference: Difference,
  came: number,
): Promise<Applied> {
  const there = await countRows(connection, difference.table);
  const [counted] = await connection.rows(countMet(difference));
  const met = Number(counted?.['met']);
  const changed = Number(counted?.['changed']);
  const deleted = met < there ? await connection.change(deleteGone(difference)) : 0;
  const updated = changed > 0 ? await connection.change(updateChanged(difference, { every: false })) : 0;
  const inserted = met < came ? await connection.change(insertNew(difference)) : 0;
  const isSame = deleted + inserted === 0;
  return { changed: deleted + updated + inserted, rows: isSame ? there : undefined };
}

/** Removes or marks the rows of a merge that are gone at the source. Returns how many. */
async function changeGone(
  connection: Connection,
  { push }: StagedPush,
  keys: readonly string[],
  gone_staging: string | undefined,
): Promise<number> {
  const table = tableAt(push);
  let changed = 0;
  if (push.gone?.removes_keyless === true)
    changed += await connection.change(
      `DELETE FROM ${table} WHERE ${keys.map((key) => `${quote(key)} IS NULL`).join(' OR ')}`,
    );
  if (gone_staging === undefined) return changed;
  const deleted_at = quote(DELETED_AT_COLUMN);
  const same = keys.map((key) => `t.${quote(key)} = g.${quote(key)}`).join(' AND ');
  changed += await connection.change(
    `DELETE FROM ${table} t USING ${gone_staging} g WHERE ${same} AND g.${deleted_at} IS NULL`,
  );
  const [marks] = await connection.rows(
    `SELECT EXISTS (SELECT FROM ${gone_staging} WHERE ${deleted_at} IS NOT NULL)::text AS any`,
  );
  if (marks?.['any'] !== 'true') return changed;
  const marked = await connection.change(
    `UPDATE ${table} t SET ${deleted_at} = g.${deleted_at} FROM ${gone_staging} g WHERE ${same} AND g.${deleted_at} IS NOT NULL`,
  );
  return changed + marked;
}

/** Writes descriptions; a comment of somebody's own stays. */
async function comment(
  connection: Connection,
  { push }: StagedPush,
  relation: Relation | undefined,
  wanted: readonly WantedColumn[],
): Promise<void> {
  const table = tableAt(push);
  const statements = [
    ...commentTable(table, relation?.comment ?? null, push.description),
    ...commentColumns(table, relation?.columns ?? [], wanted),
  ];
  if (statements.length > 0) await connection.rows(statements.join('; '));
}
