/**
 * What each disposition is made of. In: the target's table as it is, and the staged rows. Out: the table as
 * it is afterwards. The steps in between create, alter or fill the table, inside the transaction of
 * publishing.
 */

import { XanoError } from '../../../errors.js';
import type { SchemaChange } from '../../../events.js';
import { type Column, DELETED_AT_COLUMN, LOAD_ID_COLUMN } from '../../../table/column.js';
import type { Capabilities } from '../../capabilities.js';
import type { KeySpan, RowMatch, TargetPlan } from '../../destination.js';
import { marksDeleted } from '../../destination.js';
import { coversAll, storedKeys } from '../../engine/column-sql.js';
import type { Session } from '../../engine/session.js';
import { literal, quote } from '../../engine/sql.js';
import { columnTypes } from '../../engine/table-columns.js';
import { hasDuplicates, type StagedTable, stagedRows } from '../../staging/staged-table.js';
import type { StoredColumn } from '../../state/contents.js';
import { evolveInPlace, evolveReplaced } from '../evolve.js';
import { insertion, selection } from '../select-lists.js';

/** A target as it is, and what goes into it. */
export interface Swap {
  readonly session: Session;
  readonly staged: StagedTable;
  /** What the staged columns become, in their order. */
  readonly columns: readonly Column[];
  readonly database: string;
  /** Columns that the table has; null where there is no table yet. */
  readonly previous: readonly StoredColumn[] | null;
  readonly complete_ranges: readonly KeySpan[];
  /** append: all rows of the table go but those that match one of these; undefined where all stay. */
  readonly keep?: readonly RowMatch[] | undefined;
  /** How the target's columns get another type. */
  readonly retype: Capabilities['retype'];
  /** Says what the table's columns mean, once they are there. */
  readonly describe: (columns: readonly StoredColumn[]) => Promise<void>;
}

/** What came of it. */
export interface Swapped {
  readonly columns: readonly StoredColumn[];
  readonly changes: readonly SchemaChange[];
  readonly rows_written: number;
  readonly rows_deleted: number;
}

/**
 * Refuses to publish where far more rows go than is likely meant: a table emptied by mistake must not take
 * its copy along. Throws SHRUNK.
 */
export function assertNotShrunk(plan: TargetPlan, previous: number, now: number): void {
  if (previous <= 0 || now >= previous / 2) return;
  if (now <= 0 ? plan.guards.allow_empty : plan.guards.allow_shrink) return;
  const left = Math.max(0, now);
  const message = `"${plan.resource}" had ${previous} rows and would have ${left} now: nothing was changed.`;
  const flag = now <= 0 ? '--allow-empty' : '--allow-shrink';
  throw new XanoError('SHRUNK', message, { hint: `If that is intended, run again with ${flag}.` });
}

/** The target's table, quoted. */
export const targetTable = ({ database, staged: { plan } }: Swap): string =>
  quote(database, plan.target.schema, plan.target.name);

/** The rows of the target that are not marked as deleted, as a FROM item. `types`: of its columns. */
export function aliveRows(swap: Swap, types: ReadonlyMap<string, string>): string {
  const table = targetTable(swap);
  return types.has(DELETED_AT_COLUMN) ? `${table} WHERE ${quote(DELETED_AT_COLUMN)} IS NULL` : table;
}

/** Counts the rows of the target that are not marked as deleted. */
export async function countAlive(swap: Swap): Promise<number> {
  const types = await columnTypes(swap.session, targetTable(swap));
  return swap.session.count(aliveRows(swap, types));
}

/** The staged rows, each key once. */
function source({ staged: { table, staged, columns, plan } }: Swap): string {
  return stagedRows(table, hasDuplicates(staged) ? storedKeys(columns, plan.target.primary_key) : []);
}

/** Makes the table of the staged rows, in the place of the one that is there. */
export async function create(
  swap: Swap,
  previous: readonly StoredColumn[],
): Promise<Omit<Swapped, 'rows_deleted'>> {
  const { session, staged } = swap;
  const { plan } = staged;
  const table = targetTable(swap);
  const evolution = evolveReplaced(previous, swap.columns);
  const deleted_at = marksDeleted(plan);
  let copied: number | undefined;
  if (staged.is_mirrored === true) {
    const select = selection(staged.columns, evolution.columns, plan.load_id, deleted_at);
    await session.run(
      `DROP TABLE IF EXISTS ${table}; CREATE VIEW ${table} AS SELECT ${select} FROM ${source(swap)}`,
    );
  } else if (!staged.already_in_target) {
    const select = selection(staged.columns, evolution.columns, plan.load_id, deleted_at);
    copied = await session.copy(`CREATE OR REPLACE TABLE ${table} AS SELECT ${select} FROM ${source(swap)}`);
  } else {
    const { name } = plan.target;
    for (const sql of becomeTarget(staged.table, table, { name, load_id: plan.load_id, deleted_at }))
      await session.run(sql);
  }
  // A view has no comments: the place that is mirrored gets them.
  if (staged.is_mirrored !== true) await swap.describe(evolution.columns);
  const rows_written = copied ?? (await session.count(table));
  // Without a table before there is nothing that could have changed.
  const changes = swap.previous === null ? [] : evolution.changes;
  return { columns: evolution.columns, changes, rows_written };
}

/**
 * Statements that make a staging table the target: another name, and the target's columns instead of
 * staging's own.
 */
function becomeTarget(
  table: string,
  target: string,
  {
    name,
    load_id,
    deleted_at,
  }: { readonly name: string; readonly load_id: string; readonly deleted_at: boolean },
): string[] {
  const column = quote(LOAD_ID_COLUMN);
  return [
    `ALTER TABLE ${table} RENAME TO ${quote(name)}`,
    `ALTER TABLE ${target} DROP COLUMN ${column}`,
    // The default fills the rows that are there.
    `ALTER TABLE ${target} ADD COLUMN ${column} VARCHAR DEFAULT ${literal(load_id)}`,
    `ALTER TABLE ${target} ALTER ${column} DROP DEFAULT`,
    ...(deleted_at ? [`ALTER TABLE ${target} ADD COLUMN ${quote(DELETED_AT_COLUMN)} TIMESTAMPTZ`] : []),
  ];
}

/** Alters the table so that the staged rows fit in, and keeps its rows. */
export async function evolve(
  swap: Swap,
  previous: readonly StoredColumn[],
): Promise<{ columns: readonly StoredColumn[]; changes: readonly SchemaChange[] }> {
  const { session, staged, database } = swap;
  const { plan } = staged;
  const { schema, name } = plan.target;
  const table = targetTable(swap);
  // Rows of a part of a list whose columns no catalog tells may lack some columns: the others may have them.
  const unseen =
    plan.origin !== null || coversAll(swap.complete_ranges)
      ? []
      : previous.filter(
          (old) => old.removed !== true && !swap.columns.some((column) => column.name === old.name),
        );
  const evolution = await evolveInPlace(
    session,
    { database, schema, name },
    previous,
    [...swap.columns, ...unseen],
    swap.retype,
  );
  await session.run(`ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${quote(LOAD_ID_COLUMN)} VARCHAR`);
  if (marksDeleted(plan))
    await session.run(
      `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${quote(DELETED_AT_COLUMN)} TIMESTAMPTZ`,
    );
  // Before any row changes: DuckDB takes a table that is altered after its rows, in one transaction, for a
  // conflict.
  await swap.describe(evolution.columns);
  return evolution;
}

/** Inserts the staged rows into the table. `where` leaves rows out; they are called `new` there. */
export async function insert(swap: Swap, columns: readonly StoredColumn[], where = ''): Promise<number> {
  const { session, staged } = swap;
  const { names, values } = insertion(staged.columns, columns);
  const into = [...names, quote(LOAD_ID_COLUMN)].join(', ');
  const select = [...values, literal(staged.plan.load_id)].join(', ');
  const from = `${source(swap)} new${where}`;
  const rows_written = await session.count(from);
  await session.copy(`INSERT INTO ${targetTable(swap)} (${into}) SELECT ${select} FROM ${from}`);
  return rows_written;
}
