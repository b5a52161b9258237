/** How staged rows get into a target: replace, append, merge. Each works inside the transaction of the swap. */
import { XanoError } from '../../errors.js';
import type { SchemaChange } from '../../events.js';
import {
  type Column,
  DELETED_AT_COLUMN,
  LOAD_ID_COLUMN,
  sqlType,
  storedNames,
  type WriteDisposition,
} from '../../table/column.js';
import { type KeySpan, marksDeleted, type RowMatch } from '../destination.js';
import { numberIn, type Session } from '../engine/engine.js';
import { becomeTarget, inSpan, literal, matching, quote, stagedRows, storedKeys } from '../engine/sql.js';
import { isRebuilt, rebuiltTable } from '../engine/wide.js';
import type { StagedTable } from '../staging/writer.js';
import { evolveInPlace, evolveReplaced, insertion, type KeptColumn, selection } from './evolve.js';

/** A target as it is, and what goes into it. */
export interface Swap {
  readonly session: Session;
  readonly staged: StagedTable;
  /** What the staged columns become, in their order. */
  readonly columns: readonly Column[];
  readonly database: string;
  /** Columns that the table has; null where there is no table yet. */
  readonly before: readonly KeptColumn[] | null;
  readonly whole: readonly KeySpan[];
  /** append: all rows of the table go but those that match one of these; undefined where all stay. */
  readonly keep?: readonly RowMatch[] | undefined;
  /** Says what the table's columns mean, once they are there. */
  readonly describe: (columns: readonly KeptColumn[]) => Promise<void>;
}

/** What came of it. */
export interface Swapped {
  readonly columns: readonly KeptColumn[];
  readonly changes: readonly SchemaChange[];
  readonly rows_written: number;
  readonly rows_deleted: number;
}

const dispositions: Record<WriteDisposition, (swap: Swap) => Promise<Swapped>> = {
  replace: async (swap) => {
    const { before } = swap;
    const { plan } = swap.staged;
    const rows = countOf(swap);
    const rows_before = before === null ? 0 : await countAlive(swap);
    if (before !== null && rows_before > 0) {
      if (rows === 0 && !plan.guards.allow_empty)
        throw shrunk(plan.resource, rows_before, rows, '--allow-empty');
      if (rows > 0 && rows < rows_before / 2 && !plan.guards.allow_shrink)
        throw shrunk(plan.resource, rows_before, rows, '--allow-shrink');
    }
    const rows_deleted = before === null ? 0 : await countGone(swap, before);
    return { ...(await create(swap, before ?? [])), rows_deleted };
  },

  append: async (swap) => {
    const { before, staged } = swap;
    if (before === null) return { ...(await create(swap, [])), rows_deleted: 0 };
    if (swap.keep !== undefined) return replaceOthers(swap, before, swap.keep);
    const { columns, changes, at } = await evolve(swap, before);
    const { disposition, target } = staged.plan;
    const skip_known = disposition.type === 'append' ? disposition.skip_known : null;
    // Another value of the cursor is another state of the row: that is what is appended.
    const same = skip_known === null ? [] : columnPairs(swap, columns, [...target.primary_key, skip_known]);
    const known =
      same.length < 2
        ? ''
        : ` WHERE NOT EXISTS (SELECT 1 FROM ${at} old WHERE ${same.map(({ old, now }) => `old.${old} IS NOT DISTINCT FROM new.${now}`).join(' AND ')})`;
    const rows_written = await insert(swap, columns, known);
    return { columns, changes, rows_written, rows_deleted: 0 };
  },

  merge: async (swap) => {
    const { before, session, staged, whole } = swap;
    const { plan, table } = staged;
    const hard_delete = !marksDeleted(plan);
    if (before === null) return { ...(await create(swap, [])), rows_deleted: 0 };
    const rows_before = await countAlive(swap);
    const { columns, changes, at } = await evolve(swap, before);
    const keys = keyPairs(swap, columns);
    // Without a row nobody knows which columns rows would have.
    if (keys.length === 0 && staged.staged.rows > 0)
      throw new XanoError('CONFIG_INVALID', `Rows of "${plan.resource}" have no key to merge by.`, {
        hint: 'Load it with --write-disposition replace or append.',
      });
    const same = keys.map(({ old, now }) => `old.${old} = new.${now}`).join(' AND ') || 'false';
    await session.run(`DELETE FROM ${at} old USING ${table} new WHERE ${same}`);
    const isWhole = readsWhole(swap);
    // Rows without a key meet none of the old ones. Where everything was read, everything of theirs is here, too.
    if (isWhole && keys.length > 0)
      await session.run(`DELETE FROM ${at} WHERE ${keys.map(({ old }) => `${old} IS NULL`).join(' OR ')}`);
    const rows_written = await insert(swap, columns, '');
    const rows_alive = rows_before === 0 ? 0 : await countAlive(swap);
    const deleted_at = quote(DELETED_AT_COLUMN);
    const marked = await hasColumn(swap, DELETED_AT_COLUMN);
    // Marked by an earlier load, and counted then.
    if (hard_delete && marked) await session.run(`DELETE FROM ${at} WHERE ${deleted_at} IS NOT NULL`);
    // One key has spans; several together are only ever read whole.
    const spans = isWhole
      ? ['true']
      : keys.length === 1
        ? whole.map((span) =>
            inSpan(`TRY_CAST(old.${keys[0]!.old} AS ${keys[0]!.type})`, keys[0]!.type, span),
          )
        : [];
    if (spans.length === 0) return { columns, changes, rows_written, rows_deleted: 0 };
    const gone = `(${spans.map((span) => `(${span})`).join(' OR ')}) AND NOT EXISTS (SELECT 1 FROM ${table} new WHERE ${same})${marked && !hard_delete ? ` AND old.${deleted_at} IS NULL` : ''}`;
    const [row] = await session.rows(`SELECT count(*)::DOUBLE AS n FROM ${at} old WHERE ${gone}`);
    const rows_deleted = numberIn(row, 'n');
    if (rows_before > 0) {
      const left = rows_alive - rows_deleted;
      if (left <= 0 && !plan.guards.allow_empty) throw shrunk(plan.resource, rows_before, 0, '--allow-empty');
      if (left > 0 && left < rows_before / 2 && !plan.guards.allow_shrink)
        throw shrunk(plan.resource, rows_before, left, '--allow-shrink');
    }
    if (rows_deleted > 0)
      await session.run(
        hard_delete
          ? `DELETE FROM ${at} old WHERE ${gone}`
          : `UPDATE ${at} old SET ${deleted_at} = now() WHERE ${gone}`,
      );
    return { columns, changes, rows_written, rows_deleted };
  },
};

/** Replaces a table but for some of its rows, in place: those stay as they are, unless their key has come again. */
async function replaceOthers(
  swap: Swap,
  before: readonly KeptColumn[],
  keep: readonly RowMatch[],
): Promise<Swapped> {
  const { session, staged } = swap;
  const { plan, table } = staged;
  const rows_before = await countAlive(swap);
  const { columns, changes, at } = await evolve(swap, before);
  const kept = matching(columns, keep, 'old.');
  if (kept === undefined)
    throw new XanoError('BUG', `Rows of "${plan.resource}" are to stay by columns that it does not have.`);
  const same = keyPairs(swap, columns)
    .map(({ old, now }) => `old.${old} = new.${now}`)
    .join(' AND ');
  const again = same === '' ? 'false' : `EXISTS (SELECT 1 FROM ${table} new WHERE ${same})`;
  const goes = `(NOT coalesce(${kept}, false) OR ${again})`;
  const count = async (where: string): Promise<number> => {
    const [row] = await session.rows(`SELECT count(*)::DOUBLE AS n FROM ${at} old WHERE ${where}`);
    return numberIn(row, 'n');
  };
  const rows_deleted = same === '' ? 0 : await count(`${goes} AND NOT ${again}`);
  const left = (await count(`NOT ${goes}`)) + countOf(swap);
  if (rows_before > 0 && left === 0 && !plan.guards.allow_empty)
    throw shrunk(plan.resource, rows_before, left, '--allow-empty');
  if (left > 0 && left < rows_before / 2 && !plan.guards.allow_shrink)
    throw shrunk(plan.resource, rows_before, left, '--allow-shrink');
  await session.run(`DELETE FROM ${at} old WHERE ${goes}`);
  const rows_written = await insert(swap, columns, '');
  return { columns, changes, rows_written, rows_deleted };
}

/** Puts staged rows into the target as its plan says. Throws SHRUNK or CONFIG_INVALID with the transaction still open. */
export async function applyDisposition(swap: Swap): Promise<Swapped> {
  const swapped = await dispositions[swap.staged.plan.disposition.type](swap);
  const { plan } = swap.staged;
  const isCreated = swap.before === null || (plan.disposition.type === 'replace' && swap.keep === undefined);
  if (isCreated || !isRebuilt(swapped.columns, swapped.changes.length)) return swapped;
  // Its rows are new then, and none of them is removed: only so does a commit not add them to others (see
  // wide.ts).
  const { schema, name } = plan.target;
  for (const sql of rebuiltTable({ database: swap.database, schema, name }, '*')) await swap.session.run(sql);
  await swap.describe(swapped.columns);
  return swapped;
}

/** More rows gone than is likely meant: a table emptied by mistake must not take its copy along. */
function shrunk(resource: string, before: number, now: number, flag: string): XanoError {
  const message = `"${resource}" had ${before} rows and would have ${now} now: nothing was changed.`;
  return new XanoError('SHRUNK', message, { hint: `If that is right, run again with ${flag}.` });
}

const countOf = ({ staged: { staged } }: Swap): number =>
  staged.distinct_keys === null ? staged.rows : staged.distinct_keys + staged.keyless_rows;

/** Whether everything that the source has is among the staged rows. */
const readsWhole = ({ whole }: Swap): boolean =>
  whole.some(({ after, before }) => after === undefined && before === undefined);

/** Rows of the target that are not marked as gone. */
async function countAlive(swap: Swap): Promise<number> {
  const marked = await hasColumn(swap, DELETED_AT_COLUMN);
  const alive = marked ? ` WHERE ${quote(DELETED_AT_COLUMN)} IS NULL` : '';
  const [row] = await swap.session.rows(`SELECT count(*)::DOUBLE AS n FROM ${place(swap)}${alive}`);
  return numberIn(row, 'n');
}

const place = ({ database, staged: { plan } }: Swap): string =>
  quote(database, plan.target.schema, plan.target.name);

/** The staged rows, each key once. */
function source({ staged: { table, staged, columns, plan } }: Swap): string {
  const { rows, distinct_keys, keyless_rows } = staged;
  const twins = distinct_keys !== null && distinct_keys + keyless_rows < rows;
  return stagedRows(table, twins ? storedKeys(columns, plan.target.primary_key) : []);
}

async function create(swap: Swap, before: readonly KeptColumn[]): Promise<Omit<Swapped, 'rows_deleted'>> {
  const { session, staged } = swap;
  const { plan } = staged;
  const evolution = evolveReplaced(before, swap.columns);
  const deleted_at = marksDeleted(plan);
  if (!staged.already_in_target) {
    const select = selection(staged.columns, evolution.columns, plan.load_id, deleted_at);
    await session.copy(`CREATE OR REPLACE TABLE ${place(swap)} AS SELECT ${select} FROM ${source(swap)}`);
  } else {
    const { name } = plan.target;
    const become = becomeTarget(staged.table, place(swap), { name, load_id: plan.load_id, deleted_at });
    for (const sql of become) await session.run(sql);
  }
  await swap.describe(evolution.columns);
  const [row] = await session.rows(`SELECT count(*)::DOUBLE AS n FROM ${place(swap)}`);
  // Without a table before there is nothing that could have changed.
  const changes = swap.before === null ? [] : evolution.changes;
  return { columns: evolution.columns, changes, rows_written: numberIn(row, 'n') };
}

async function evolve(
  swap: Swap,
  before: readonly KeptColumn[],
): Promise<{ columns: readonly KeptColumn[]; changes: readonly SchemaChange[]; at: string }> {
  const { session, staged, database } = swap;
  const at = place(swap);
  const { schema, name } = staged.plan.target;
  const { plan } = staged;
  const now = swap.columns;
  // What is new in a list whose columns no catalog tells may lack some of them: that says nothing of the others.
  const unseen =
    plan.origin !== null || readsWhole(swap)
      ? []
      : before.filter((old) => old.removed !== true && !now.some((column) => column.name === old.name));
  const evolution = await evolveInPlace(session, { at, database, schema, name }, before, [...now, ...unseen]);
  await session.run(`ALTER TABLE ${at} ADD COLUMN IF NOT EXISTS ${quote(LOAD_ID_COLUMN)} VARCHAR`);
  if (marksDeleted(plan))
    await session.run(`ALTER TABLE ${at} ADD COLUMN IF NOT EXISTS ${quote(DELETED_AT_COLUMN)} TIMESTAMPTZ`);
  // Before any row changes: DuckDB takes a table that is altered after its rows, in one transaction, for a conflict.
  await swap.describe(evolution.columns);
  return { ...evolution, at };
}

async function insert(swap: Swap, columns: readonly KeptColumn[], where: string): Promise<number> {
  const { session, staged } = swap;
  const { names, values } = insertion(staged.columns, columns);
  const into = [...names, quote(LOAD_ID_COLUMN)].join(', ');
  const select = [...values, literal(staged.plan.load_id)].join(', ');
  const from = `${source(swap)} new${where}`;
  const [row] = await session.rows(`SELECT count(*)::DOUBLE AS n FROM ${from}`);
  await session.copy(`INSERT INTO ${place(swap)} (${into}) SELECT ${select} FROM ${from}`);
  return numberIn(row, 'n');
}

interface KeyPair {
  /** Its name in the target. */
  readonly column: string;
  /** Quoted, in the target. */
  readonly old: string;
  /** Quoted, in staging. */
  readonly staged: string;
  /** Quoted, in staging; converted where its type is another one there. */
  readonly now: string;
  /** As staged: spans are in the order of this type, whatever the target keeps keys as. */
  readonly type: string;
}

const keyPairs = (swap: Swap, columns: readonly KeptColumn[]): KeyPair[] =>
  columnPairs(swap, columns, swap.staged.plan.target.primary_key);

/** Columns in the target and in staging; none where one of them is missing. */
function columnPairs({ staged }: Swap, columns: readonly KeptColumn[], wanted: readonly string[]): KeyPair[] {
  const stagedNames = storedNames(staged.columns);
  const names = storedNames(columns);
  const pairs = wanted.flatMap((key): KeyPair[] => {
    const from = staged.columns.findIndex(({ name }) => name === key);
    const to = columns.findIndex(({ name }) => name === key);
    if (from < 0 || to < 0) return [];
    const type = sqlType(columns[to]!);
    const stagedType = sqlType(staged.columns[from]!);
    const as = stagedType === type ? '' : `::${type}`;
    const column = names[to]!;
    const stagedColumn = quote(stagedNames[from]!);
    return [
      { column, old: quote(column), staged: stagedColumn, now: `${stagedColumn}${as}`, type: stagedType },
    ];
  });
  return pairs.length === wanted.length ? pairs : [];
}

/** Types by name as the table has them, whoever has altered it since. Asked of this one table: DuckDB's list of all columns takes the longer, the more tables there are. */
async function typesIn(swap: Swap): Promise<ReadonlyMap<string, string>> {
  const rows = await swap.session.rows(`DESCRIBE ${place(swap)}`);
  return new Map(rows.map((row) => [String(row['column_name']), String(row['column_type'])]));
}

async function hasColumn(swap: Swap, column: string): Promise<boolean> {
  return (await typesIn(swap)).has(column);
}

/** Rows of the old table whose key is not among the staged ones. */
async function countGone(swap: Swap, before: readonly KeptColumn[]): Promise<number> {
  const { session, staged } = swap;
  const keys = keyPairs(swap, before);
  if (keys.length !== 1) return 0;
  const types = await typesIn(swap);
  const { column, old, staged: now, type } = keys[0]!;
  // Where the key's type has changed between two loads, texts are what can be compared.
  const as = types.get(column) === type ? '' : '::VARCHAR';
  const marked = types.has(DELETED_AT_COLUMN) ? ` AND old.${quote(DELETED_AT_COLUMN)} IS NULL` : '';
  const [gone] = await session.rows(
    `SELECT count(*)::DOUBLE AS n FROM ${place(swap)} old WHERE NOT EXISTS (SELECT 1 FROM ${staged.table} new WHERE new.${now}${as} = old.${old}${as})${marked}`,
  );
  return numberIn(gone, 'n');
}
