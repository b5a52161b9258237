/** Lists in rows become tables of their own, which are made again whenever the rows change. */

import type { ChildTable, LeftAsJson, SchemaChange } from '../../events.js';
import { type Column, storedNames } from '../../table/column.js';
import type { Shape } from '../../table/shape.js';
import type { TargetPlan } from '../destination.js';
import { storedKeys } from '../engine/column-sql.js';
import { numberIn, type Session } from '../engine/session.js';
import { literal, quote } from '../engine/sql.js';
import { columnTypes } from '../engine/table-columns.js';
import type { StagedTable } from '../staging/staged-table.js';
import type { StoredColumn, StoredFlattened, StoredMadeColumn, StoredResource } from '../state/contents.js';
import { TARGET } from '../state/names.js';
import { type FlatColumn, flattened, type MadeColumn, ROW_ID, withRowIds } from './flatten-sql.js';
import { freeName, namesInSchema } from './free-name.js';
import { findShapes } from './nested.js';
import { asShape, jsonSource, unlessEmptyList } from './nested-sql.js';

/** The shapes of what is to be made, by column, and what cannot be had exactly. */
export interface FlatShapes {
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly left: readonly LeftAsJson[];
}

/** Finds the shapes of a staged table's columns, and of the old rows that stay. Changes nothing. */
export async function flatShapes(
  session: Session,
  staged: StagedTable,
  previous: StoredResource | null,
): Promise<FlatShapes> {
  const existing = previous?.flattened?.shapes ?? {};
  const columnShapes = await findShapes(session, staged, previous, {
    existing: ({ name }) => existing[name],
    empty_lists: false,
  });
  const found = columnShapes.flatMap(({ column, shape }) =>
    shape === null ? [] : [[column.name, shape] as const],
  );
  const gone = Object.entries(existing).filter(([name]) =>
    staged.columns.every((column) => column.name !== name),
  );
  return { shapes: Object.fromEntries([...gone, ...found]), left: columnShapes.flatMap(({ left }) => left) };
}

/** What flattening made, and what changed since the load before. */
export interface Flattening {
  readonly flattened: StoredFlattened;
  readonly child_tables: readonly ChildTable[];
  readonly changes: readonly SchemaChange[];
}

/**
 * Makes a table's columns and child tables from the rows that it has now. Inside the transaction of
 * publishing.
 */
export async function flatten(
  session: Session,
  plan: TargetPlan,
  columns: readonly StoredColumn[],
  { shapes }: FlatShapes,
  previous: StoredFlattened | null,
): Promise<Flattening> {
  const { schema, name, primary_key } = plan.target;
  const at = quote(TARGET, schema, name);
  const there = [...(await columnTypes(session, at)).keys()];
  const row_id = freeName(ROW_ID, there);
  const stored = storedNames(columns);
  const flat = columns.flatMap((column, i) =>
    primary_key.includes(column.name) ? [] : flatColumn(column, stored[i]!, shapes[column.name]),
  );
  const made = flattened(at, flat, {
    row_id,
    taken: there,
    with_root: plan.disposition.type === 'merge',
  });
  const keys = storedKeys(columns, primary_key);
  const own = made.added.map((column) => `${column.value} AS ${quote(column.name)}`);
  const list = [`* EXCLUDE (${quote(row_id)})`, ...own, quote(row_id)].join(', ');
  const rows = withRowIds(at, row_id, keys, await areUnique(session, at, keys));
  await session.run(`CREATE OR REPLACE TABLE ${at} AS SELECT ${list} FROM (${rows})`);

  const taken = [...(await namesInSchema(session, schema)), ...(plan.nested.flatten?.reserved ?? [])];
  const tables: StoredFlattened['tables'][number][] = [];
  for (const { path, columns: childColumns, select } of made.tables) {
    const child = freeName(`${name}__${path}`, taken);
    taken.push(child);
    const place = quote(TARGET, schema, child);
    await session.run(`CREATE TABLE ${place} AS ${select}`);
    await session.run(
      `COMMENT ON TABLE ${place} IS ${literal(`The lists "${path}" in the rows of "${name}".`)}`,
    );
    const child_rows = await session.count(place);
    tables.push({
      schema,
      name: child,
      path,
      rows: child_rows,
      columns: childColumns.map(storedOf),
    });
  }
  const made_tables: StoredFlattened = { row_id, added: made.added.map(storedOf), tables, shapes };
  return {
    flattened: made_tables,
    child_tables: tables.map((table) => ({ table: table.name, rows: table.rows })),
    changes: previous === null ? [] : changesSince(previous, made_tables),
  };
}

const storedOf = ({ name, type }: MadeColumn): StoredMadeColumn => ({ name, type });

/** What can be taken apart: JSON whose shape is known, and lists of simple values; a vector is one value. */
function flatColumn(column: Column, stored: string, shape: Shape | undefined): FlatColumn[] {
  if (column.type === 'JSON') {
    if (shape === undefined) return [];
    const { value } = jsonSource('', column, stored);
    return [{ name: stored, shape, value: asShape(unlessEmptyList(value), shape) }];
  }
  if (!column.list || column.type === 'FLOAT') return [];
  return [{ name: stored, shape: { list: 'VARCHAR' }, value: quote(stored), element: column.type }];
}

async function areUnique(session: Session, at: string, keys: readonly string[]): Promise<boolean> {
  if (keys.length === 0) return false;
  const names = keys.map((key) => quote(key));
  const whole = names.map((name) => `${name} IS NOT NULL`).join(' AND ');
  const [row] = await session.rows(
    `SELECT (count(*) - count(DISTINCT (${names.join(', ')})) FILTER (WHERE ${whole}))::DOUBLE AS n FROM ${at}`,
  );
  return numberIn(row, 'n') === 0;
}

function changesSince(previous: StoredFlattened, now: StoredFlattened): SchemaChange[] {
  const typesOf = ({ added, tables }: StoredFlattened): Map<string, string> =>
    new Map([
      ...added.map(({ name, type }) => [name, type] as const),
      ...tables.flatMap(({ path, columns }) =>
        columns.map(({ name, type }) => [`${path}.${name}`, type] as const),
      ),
    ]);
  const old = typesOf(previous);
  return [...typesOf(now)].flatMap(([name, to]): SchemaChange[] => {
    const from = old.get(name) ?? null;
    if (from === to) return [];
    return [{ change: from === null ? 'column_added' : 'column_retyped', name, from, to }];
  });
}
