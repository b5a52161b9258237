/** Adapts an existing table to columns that were added, removed or retyped since the load before. */

import type { SchemaChange } from '../../events.js';
import { type Column, sqlType, storedNames } from '../../table/column.js';
import type { Capabilities } from '../capabilities.js';
import type { Session } from '../engine/session.js';
import { quote } from '../engine/sql.js';
import { columnTypes } from '../engine/table-columns.js';
import { isRebuilt, rebuiltTable, type TableRef, widthOf } from '../engine/wide.js';
import type { StoredColumn } from '../state/contents.js';
import { storedAs } from './nested-sql.js';
import { isNested, type Retyped, widenedTypes } from './widened-types.js';

/** The columns that a table has after a load, and what changed. */
export interface Evolution {
  readonly columns: readonly StoredColumn[];
  readonly changes: readonly SchemaChange[];
}

/** The columns of a table that is replaced: those of now, then those it had before. */
export function evolveReplaced(previous: readonly StoredColumn[], now: readonly Column[]): Evolution {
  const names = new Set(now.map(({ name }) => name));
  const olds = new Map(previous.map((column) => [column.name, column]));
  const gone = previous.filter(({ name }) => !names.has(name));
  const changes = now.flatMap((column): SchemaChange[] => {
    const old = olds.get(column.name);
    const [from, to] = [old === undefined || old.removed ? null : sqlType(old), sqlType(column)];
    if (from === to) return [];
    return [{ change: from === null ? 'column_added' : 'column_retyped', name: column.name, from, to }];
  });
  return {
    columns: [...now, ...gone.map((column): StoredColumn => ({ ...column, removed: true }))],
    changes: [...changes, ...newlyGone(gone)],
  };
}

const newlyGone = (gone: readonly StoredColumn[]): SchemaChange[] =>
  gone
    .filter(({ removed }) => removed !== true)
    .map((column) => ({ change: 'column_removed', name: column.name, from: sqlType(column), to: null }));

/** A change of one stored column. */
interface Step {
  /** As it is stored. */
  readonly name: string;
  readonly type: string;
  /** The expression that its values come from; undefined for a column that is added. */
  readonly using?: string;
}

/**
 * Changes a table in place so that rows of these columns fit in. A type gives way to the new one where every
 * value it holds can be said in it exactly; otherwise to VARCHAR, or JSON for lists and objects, which hold
 * both. Many changes are made at once, in a new table of the same name.
 */
export async function evolveInPlace(
  session: Session,
  table: TableRef,
  previous: readonly StoredColumn[],
  now: readonly Column[],
  retype: Capabilities['retype'],
): Promise<Evolution> {
  const at = quote(table.database, table.schema, table.name);
  const olds = new Set(previous.map(({ name }) => name));
  // Old columns keep their places: what a name is stored as depends on the ones before it.
  const all: StoredColumn[] = [...previous, ...now.filter(({ name }) => !olds.has(name))];
  const wantedOf = new Map(now.map((column) => [column.name, column]));
  const names = storedNames(all);
  const there = await columnTypes(session, at);
  const retyped = all.flatMap((old, index): Retyped[] => {
    const wanted = wantedOf.get(old.name);
    const name = names[index]!;
    if (wanted === undefined || !there.has(name) || sqlType(old) === sqlType(wanted)) return [];
    return [{ index, name: quote(name), old, wanted }];
  });
  const types = await widenedTypes(session, at, retyped);
  const evolved = all.map((column, index) => {
    const name = names[index]!;
    const wanted = wantedOf.get(column.name);
    return there.has(name)
      ? evolveStored(column, name, wanted, types.get(index) ?? wanted)
      : addColumn(column, name, wanted);
  });
  const columns = evolved.map(({ column }) => column);
  const changes = evolved.flatMap(({ changes: own }) => own);
  const steps = evolved.flatMap(({ step }) => (step === undefined ? [] : [step]));
  await session.expectWidth(widthOf(columns));
  const isRewritten = retype === 'rewrite' && steps.some(({ using }) => using !== undefined);
  const statements =
    isRewritten || (steps.length > 0 && isRebuilt(columns, changes.length))
      ? rebuiltTable(table, selectListOf([...there.keys()], steps))
      : steps.map((step) => alteration(at, step));
  for (const sql of statements) await session.run(sql);
  return { columns, changes };
}

/** A column after a load, how the table gets there, and what is told of it. */
interface Evolved {
  readonly column: StoredColumn;
  readonly step?: Step;
  readonly changes: readonly SchemaChange[];
}

/** A column that the table does not have: a new one, or one that somebody has dropped. */
function addColumn(column: StoredColumn, name: string, wanted: Column | undefined): Evolved {
  return {
    column: wanted ?? column,
    step: { name, type: sqlType(wanted ?? column) },
    changes: wanted === undefined ? [] : [added(wanted)],
  };
}

/**
 * A column that the table has. `type` holds its old values and the new ones; undefined where it is gone at
 * the source.
 */
function evolveStored(
  column: StoredColumn,
  name: string,
  wanted: Column | undefined,
  type: Column | undefined,
): Evolved {
  if (wanted === undefined || type === undefined)
    return { column: { ...column, removed: true }, changes: newlyGone([column]) };
  const came = column.removed ? [added(wanted)] : [];
  const [from, to] = [sqlType(column), sqlType(type)];
  if (to === from) return { column: type, changes: came };
  // Values of rows that were replaced since are converted along, and need not fit: nobody sees them.
  const using = isNested(column, wanted)
    ? storedAs(quote(name), column, wanted)
    : to === 'JSON'
      ? `to_json(${quote(name)})`
      : `TRY_CAST(${quote(name)}::VARCHAR AS ${to})`;
  return {
    column: type,
    step: { name, type: to, using },
    changes: [...came, { change: 'column_retyped', name: column.name, from, to }],
  };
}

const added = (column: Column): SchemaChange => ({
  change: 'column_added',
  name: column.name,
  from: null,
  to: sqlType(column),
});

function alteration(at: string, { name, type, using }: Step): string {
  return using === undefined
    ? `ALTER TABLE ${at} ADD COLUMN ${quote(name)} ${type}`
    : `ALTER TABLE ${at} ALTER ${quote(name)} TYPE ${type} USING ${using}`;
}

/** All columns of a table after these steps, in the order that altering it would give. */
function selectListOf(there: readonly string[], steps: readonly Step[]): string {
  const stepOf = new Map(steps.map((step) => [step.name, step]));
  const kept = there.map((name) => {
    const step = stepOf.get(name);
    return step?.using === undefined ? quote(name) : `CAST(${step.using} AS ${step.type}) AS ${quote(name)}`;
  });
  const added = steps.filter(({ using }) => using === undefined);
  return [...kept, ...added.map(({ name, type }) => `NULL::${type} AS ${quote(name)}`)].join(', ');
}
