/** A table that is there already takes in columns that came, went, or changed their type since. */

import type { SchemaChange } from '../events.js';
import { type Column, DELETED_AT_COLUMN, LOAD_ID_COLUMN, sqlType, storedNames } from '../target.js';

import { numberIn, type Session } from './duckdb.js';
import { storedAs } from './nested-sql.js';
import { literal, quote } from './sql.js';

/** A column as the state keeps it: one that is gone at the source stays, with NULL from then on. */
export interface KeptColumn extends Column {
  readonly removed?: true;
}

/** The columns that a table has after a load, and what changed. */
export interface Evolution {
  readonly columns: readonly KeptColumn[];
  readonly changes: readonly SchemaChange[];
}

const withoutMark = ({ removed: _, ...column }: KeptColumn): Column => column;

/** The columns of a table that is made anew: those of now, then those it had before. */
export function evolveReplaced(before: readonly KeptColumn[], now: readonly Column[]): Evolution {
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
    columns: [...now, ...gone.map((column): KeptColumn => ({ ...column, removed: true }))],
    changes: [...changes, ...newlyGone(gone)],
  };
}

const newlyGone = (gone: readonly KeptColumn[]): SchemaChange[] =>
  gone
    .filter(({ removed }) => removed !== true)
    .map((column) => ({ change: 'column_removed', name: column.name, from: sqlType(column), to: null }));

/**
 * Changes a table in place so that rows of these columns fit in. A type gives way to the new one where every value it holds can be
 * said in it exactly; otherwise to VARCHAR, or JSON for lists and objects, which hold both.
 */
export async function evolveInPlace(
  session: Session,
  table: { readonly at: string; readonly database: string; readonly schema: string; readonly name: string },
  before: readonly KeptColumn[],
  now: readonly Column[],
): Promise<Evolution> {
  const { at } = table;
  const changes: SchemaChange[] = [];
  const olds = new Set(before.map(({ name }) => name));
  const come = now.filter(({ name }) => !olds.has(name));
  const wantedOf = new Map(now.map((column) => [column.name, column]));
  // Old columns keep their places: what a name is stored as depends on the ones before it.
  const columns: KeptColumn[] = [...before, ...come];
  const stored = storedNames(columns);
  const there = await columnTypes(session, table);
  for (const [i, column] of columns.entries()) {
    const name = stored[i]!;
    const wanted = wantedOf.get(column.name);
    const has = there.get(name);
    if (has === undefined) {
      await session.run(`ALTER TABLE ${at} ADD COLUMN ${quote(name)} ${sqlType(wanted ?? column)}`);
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
    const to = sqlType(wanted);
    columns[i] = wanted;
    if (from === to) continue;
    // Both hold exactly what the other one does: that was proved, or is JSON.
    const isNested = wanted.shape !== undefined || (column.shape !== undefined && wanted.type === 'JSON');
    const type = isNested ? wanted : await commonType(session, at, quote(name), withoutMark(column), wanted);
    columns[i] = type;
    if (sqlType(type) === from) continue;
    // Values of rows that were replaced since are converted along, and need not fit: nobody sees them.
    const using = isNested
      ? storedAs(quote(name), column, wanted)
      : sqlType(type) === 'JSON'
        ? `to_json(${quote(name)})`
        : `TRY_CAST(${quote(name)}::VARCHAR AS ${sqlType(type)})`;
    await session.run(`ALTER TABLE ${at} ALTER ${quote(name)} TYPE ${sqlType(type)} USING ${using}`);
    changes.push({ change: 'column_retyped', name: column.name, from, to: sqlType(type) });
  }
  return { columns, changes };
}

/** The type that holds the old values and the new ones. */
async function commonType(
  session: Session,
  at: string,
  name: string,
  old: Column,
  now: Column,
): Promise<Column> {
  const [from, to] = [sqlType(old), sqlType(now)];
  const json: Column = { ...now, type: 'JSON', list: false, size: undefined, list_of_vectors: undefined };
  if (to === 'JSON' || from === 'JSON' || old.shape !== undefined || old.list || now.list) return json;
  // There and back again through text: what comes back otherwise was not said exactly.
  const back = `TRY_CAST(TRY_CAST(${name}::VARCHAR AS ${to})::VARCHAR AS ${from})`;
  const [row] = await session.rows(
    `SELECT count(*)::DOUBLE AS n FROM ${at} WHERE ${name} IS NOT NULL AND (${back} IS DISTINCT FROM ${name})`,
  );
  return numberIn(row, 'n') === 0 ? now : { ...now, type: 'VARCHAR' };
}

async function columnTypes(
  session: Session,
  { database, schema, name }: { readonly database: string; readonly schema: string; readonly name: string },
): Promise<Map<string, string>> {
  const rows = await session.rows(
    `SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = ${literal(database)} AND schema_name = ${literal(schema)} AND table_name = ${literal(name)}`,
  );
  return new Map(rows.map((row) => [String(row['column_name']), String(row['data_type'])]));
}

/** Staged columns as the target takes them: names and expressions, in the same order. */
export function insertion(
  staged: readonly Column[],
  evolved: readonly KeptColumn[],
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
  evolved: readonly KeptColumn[],
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
