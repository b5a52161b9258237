/** A table that is there already takes in columns that came, went, or changed their type since. */

import type { SchemaChange } from '../../events.js';
import { type Column, DELETED_AT_COLUMN, LOAD_ID_COLUMN, sqlType, storedNames } from '../../table/column.js';
import { numberIn, type Session } from '../engine/engine.js';
import { literal, quote } from '../engine/sql.js';
import { isRebuilt, rebuiltTable, type TableRef, widthOf } from '../engine/wide.js';
import type { StoredColumn } from '../state/contents.js';
import { storedAs } from './nested-sql.js';

/** The columns that a table has after a load, and what changed. */
export interface Evolution {
  readonly columns: readonly StoredColumn[];
  readonly changes: readonly SchemaChange[];
}

/** The columns of a table that is made anew: those of now, then those it had before. */
export function evolveReplaced(before: readonly StoredColumn[], now: readonly Column[]): Evolution {
  const names = new Set(now.map(({ name }) => name));
  const olds = new Map(before.map((column) => [column.name, column]));
  const gone = before.filter(({ name }) => !names.has(name));
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

/** A column whose type differs from the one that rows have now. */
interface Retyped {
  readonly place: number;
  readonly name: string;
  readonly old: StoredColumn;
  readonly wanted: Column;
}

/**
 * DuckDB compares each expression of a statement with all others: 4,000 of these took 50 seconds and 6 GB
 * (measured, 1.5.5).
 */
const COMPARED_AT_ONCE = 100;

/** A {@link TableRef}, and its quoted name. */
interface Table extends TableRef {
  readonly at: string;
}

/**
 * Changes a table in place so that rows of these columns fit in. A type gives way to the new one where every
 * value it holds can be said in it exactly; otherwise to VARCHAR, or JSON for lists and objects, which hold
 * both. Many changes are made at once, in a new table of the same name.
 */
export async function evolveInPlace(
  session: Session,
  table: Table,
  before: readonly StoredColumn[],
  now: readonly Column[],
): Promise<Evolution> {
  const { at } = table;
  const changes: SchemaChange[] = [];
  const olds = new Set(before.map(({ name }) => name));
  const come = now.filter(({ name }) => !olds.has(name));
  const wantedOf = new Map(now.map((column) => [column.name, column]));
  // Old columns keep their places: what a name is stored as depends on the ones before it.
  const columns: StoredColumn[] = [...before, ...come];
  const stored = storedNames(columns);
  const there = await columnTypes(session, table);
  const retyped: Retyped[] = [];
  for (const [place, old] of columns.entries()) {
    const wanted = wantedOf.get(old.name);
    if (wanted !== undefined && there.has(stored[place]!) && sqlType(old) !== sqlType(wanted))
      retyped.push({ place, name: quote(stored[place]!), old, wanted });
  }
  const types = await commonTypes(session, at, retyped);
  const steps: Step[] = [];
  for (const [i, column] of columns.entries()) {
    const name = stored[i]!;
    const wanted = wantedOf.get(column.name);
    if (!there.has(name)) {
      steps.push({ name, type: sqlType(wanted ?? column) });
      if (wanted !== undefined)
        changes.push({ change: 'column_added', name: column.name, from: null, to: sqlType(wanted) });
      columns[i] = wanted ?? column;
      continue;
    }
    if (wanted === undefined) {
      changes.push(...newlyGone([column]));
      columns[i] = { ...column, removed: true };
      continue;
    }
    if (column.removed)
      changes.push({ change: 'column_added', name: column.name, from: null, to: sqlType(wanted) });
    const from = sqlType(column);
    const type = types.get(i) ?? wanted;
    columns[i] = type;
    const to = sqlType(type);
    if (to === from) continue;
    // Values of rows that were replaced since are converted along, and need not fit: nobody sees them.
    const using = isNested(column, wanted)
      ? storedAs(quote(name), column, wanted)
      : to === 'JSON'
        ? `to_json(${quote(name)})`
        : `TRY_CAST(${quote(name)}::VARCHAR AS ${to})`;
    steps.push({ name, type: to, using });
    changes.push({ change: 'column_retyped', name: column.name, from, to });
  }
  await session.expectWidth(widthOf(columns));
  const statements =
    steps.length > 0 && isRebuilt(columns, changes.length)
      ? rebuiltTable(table, selectListOf([...there.keys()], steps))
      : steps.map((step) => alteration(at, step));
  for (const sql of statements) await session.run(sql);
  return { columns, changes };
}

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

/** Both hold exactly what the other one does: that was proved, or is JSON. */
const isNested = (old: Column, wanted: Column): boolean =>
  wanted.shape !== undefined || (old.shape !== undefined && wanted.type === 'JSON');

/** The types that hold the old values and the new ones, by place. */
async function commonTypes(
  session: Session,
  at: string,
  retyped: readonly Retyped[],
): Promise<ReadonlyMap<number, Column>> {
  const types = new Map<number, Column>();
  const toCompare: Retyped[] = [];
  for (const one of retyped) {
    const { place, old, wanted } = one;
    const json: Column = {
      ...wanted,
      type: 'JSON',
      list: false,
      size: undefined,
      list_of_vectors: undefined,
    };
    if (isNested(old, wanted)) types.set(place, wanted);
    else if (
      [sqlType(old), sqlType(wanted)].includes('JSON') ||
      old.shape !== undefined ||
      old.list ||
      wanted.list
    )
      types.set(place, json);
    else toCompare.push(one);
  }
  // There and back again through text: what comes back otherwise was not said exactly.
  const counts = toCompare.map(({ name, old, wanted, place }) => {
    const back = `TRY_CAST(TRY_CAST(${name}::VARCHAR AS ${sqlType(wanted)})::VARCHAR AS ${sqlType(old)})`;
    return `(count(*) FILTER (${name} IS NOT NULL AND (${back} IS DISTINCT FROM ${name})))::DOUBLE AS n${place}`;
  });
  for (let from = 0; from < counts.length; from += COMPARED_AT_ONCE) {
    const to = from + COMPARED_AT_ONCE;
    const [row] = await session.rows(`SELECT ${counts.slice(from, to).join(', ')} FROM ${at}`);
    for (const { place, wanted } of toCompare.slice(from, to))
      types.set(place, numberIn(row, `n${place}`) === 0 ? wanted : { ...wanted, type: 'VARCHAR' });
  }
  return types;
}

async function columnTypes(
  session: Session,
  { database, schema, name }: TableRef,
): Promise<Map<string, string>> {
  const rows = await session.rows(
    `SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = ${literal(database)} AND schema_name = ${literal(schema)} AND table_name = ${literal(name)} ORDER BY column_index`,
  );
  return new Map(rows.map((row) => [String(row['column_name']), String(row['data_type'])]));
}

/** Staged columns as the target takes them: names and expressions, in the same order. */
export function insertion(
  staged: readonly Column[],
  evolved: readonly StoredColumn[],
): { readonly names: readonly string[]; readonly values: readonly string[] } {
  const from = storedNames(staged);
  const to = storedNames(evolved);
  const places = new Map(evolved.map(({ name }, at) => [name, at]));
  const pairs = staged.map((column, i) => {
    const at = places.get(column.name)!;
    return {
      name: quote(to[at]!),
      value: storedAs(quote(from[i]!), column, evolved[at]!),
    };
  });
  return { names: pairs.map(({ name }) => name), values: pairs.map(({ value }) => value) };
}

/** All columns of a table made anew, as a select list over staged rows. */
export function selection(
  staged: readonly Column[],
  evolved: readonly StoredColumn[],
  load_id: string,
  deleted_at: boolean,
): string {
  const from = storedNames(staged);
  const to = storedNames(evolved);
  const places = new Map(staged.map(({ name }, at) => [name, at]));
  const expressions = evolved.map((column, i) => {
    const at = places.get(column.name);
    const value =
      at === undefined ? `NULL::${sqlType(column)}` : storedAs(quote(from[at]!), staged[at]!, column);
    return `${value} AS ${quote(to[i]!)}`;
  });
  return [
    ...expressions,
    `${literal(load_id)} AS ${quote(LOAD_ID_COLUMN)}`,
    ...(deleted_at ? [`NULL::TIMESTAMPTZ AS ${quote(DELETED_AT_COLUMN)}`] : []),
  ].join(', ');
}
