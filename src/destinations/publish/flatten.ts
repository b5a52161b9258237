/** Lists in rows as tables of their own: made anew of the rows that are there, whenever those change. */
import type { ChildTable, LeftAsJson, SchemaChange } from '../../events.js';
import { foldName } from '../../names.js';
import { type Column, storedNames } from '../../table/column.js';
import type { Shape } from '../../table/shape.js';
import type { TargetPlan } from '../destination.js';
import { numberIn, type Session } from '../engine/engine.js';
import { literal, quote, storedKeys } from '../engine/sql.js';
import type { StagedTable } from '../staging/writer.js';
import { type StoredResource, TARGET } from '../state/ownership.js';
import type { KeptColumn } from './evolve.js';
import { type FlatColumn, flattened, type MadeColumn, ROW_ID, withRowIds } from './flatten-sql.js';
import { settleColumns } from './nested.js';
import { asShape, jsonSource, unlessEmptyList } from './nested-sql.js';

/** A column that was made, as the state keeps it. */
export interface KeptMade {
  readonly name: string;
  readonly type: string;
}

/** What was made of a table's rows, as the state keeps it. */
export interface StoredFlattened {
  readonly row_id: string;
  /** Columns of the table itself. */
  readonly added: readonly KeptMade[];
  readonly tables: readonly {
    readonly schema: string;
    readonly name: string;
    readonly path: string;
    readonly rows: number;
    readonly columns: readonly KeptMade[];
  }[];
  /** By column: what its values look like, so that a table stays when its last row is gone. */
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** The shapes of what is to be made, by column, and what cannot be had exactly. */
export interface FlatShapes {
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly left: readonly LeftAsJson[];
}

/** Finds the shapes of a staged table's columns, and of the old rows that stay. Changes nothing. */
export async function flatShapes(
  session: Session,
  staged: StagedTable,
  before: StoredResource | null,
): Promise<FlatShapes> {
  const held = before?.flattened?.shapes ?? {};
  const settled = await settleColumns(session, staged, before, {
    held: ({ name }) => held[name],
    empty_lists: false,
  });
  const found = settled.flatMap(({ column, shape }) =>
    shape === null ? [] : [[column.name, shape] as const],
  );
  const gone = Object.entries(held).filter(([name]) =>
    staged.columns.every((column) => column.name !== name),
  );
  return { shapes: Object.fromEntries([...gone, ...found]), left: settled.flatMap(({ left }) => left) };
}

/** Takes away what was made of a table's rows; with a table that is made anew, its own columns go by themselves. */
export async function dropFlattened(
  session: Session,
  { schema, name, flattened: kept }: StoredResource,
  is_made_anew: boolean,
): Promise<void> {
  if (kept === null) return;
  for (const table of kept.tables)
    await session.run(`DROP TABLE IF EXISTS ${quote(TARGET, table.schema, table.name)}`);
  if (is_made_anew) return;
  for (const column of [...kept.added.map((one) => one.name), kept.row_id])
    await session.run(`ALTER TABLE ${quote(TARGET, schema, name)} DROP COLUMN IF EXISTS ${quote(column)}`);
}

/** What was made, and what is otherwise than before. */
export interface MadeAnew {
  readonly kept: StoredFlattened;
  readonly child_tables: readonly ChildTable[];
  readonly changes: readonly SchemaChange[];
}

/** Makes a table's columns and child tables of the rows that it has now. Inside the transaction of the swap. */
export async function flatten(
  session: Session,
  plan: TargetPlan,
  columns: readonly KeptColumn[],
  { shapes }: FlatShapes,
  before: StoredFlattened | null,
): Promise<MadeAnew> {
  const { schema, name, primary_key } = plan.target;
  const at = quote(TARGET, schema, name);
  const there = await namesIn(
    session,
    `duckdb_columns() WHERE ${isIn(schema)} AND table_name = ${literal(name)}`,
    'column_name',
  );
  const row_id = freeName(ROW_ID, there);
  const stored = storedNames(columns);
  const flat = columns.flatMap((column, i) =>
    primary_key.includes(column.name) ? [] : flatColumn(column, stored[i]!, shapes[column.name]),
  );
  const made = flattened(at, flat, {
    row_id,
    taken: there,
    with_root: plan.write_disposition === 'merge',
  });
  const keys = storedKeys(columns, primary_key);
  const own = made.added.map((column) => `${column.value} AS ${quote(column.name)}`);
  const list = [`* EXCLUDE (${quote(row_id)})`, ...own, quote(row_id)].join(', ');
  const rows = withRowIds(at, row_id, keys, await areUnique(session, at, keys));
  await session.run(`CREATE OR REPLACE TABLE ${at} AS SELECT ${list} FROM (${rows})`);

  const taken = [
    ...(await namesIn(session, `duckdb_tables() WHERE ${isIn(schema)}`, 'table_name')),
    ...(await namesIn(session, `duckdb_views() WHERE ${isIn(schema)}`, 'view_name')),
    ...(plan.flatten?.reserved ?? []),
  ];
  const tables: StoredFlattened['tables'][number][] = [];
  for (const { path, columns: childColumns, select } of made.tables) {
    const child = freeName(`${name}__${path}`, taken);
    taken.push(child);
    const place = quote(TARGET, schema, child);
    await session.run(`CREATE TABLE ${place} AS ${select}`);
    await session.run(
      `COMMENT ON TABLE ${place} IS ${literal(`The lists "${path}" in the rows of "${name}".`)}`,
    );
    const [counted] = await session.rows(`SELECT count(*)::DOUBLE AS n FROM ${place}`);
    tables.push({
      schema,
      name: child,
      path,
      rows: numberIn(counted, 'n'),
      columns: childColumns.map(keptOf),
    });
  }
  const kept: StoredFlattened = { row_id, added: made.added.map(keptOf), tables, shapes };
  return {
    kept,
    child_tables: tables.map((table) => ({ table: table.name, rows: table.rows })),
    changes: before === null ? [] : changesSince(before, kept),
  };
}

const isIn = (schema: string): string =>
  `database_name = ${literal(TARGET)} AND schema_name = ${literal(schema)}`;

async function namesIn(session: Session, from: string, what: string): Promise<string[]> {
  const rows = await session.rows(`SELECT ${what} AS name FROM ${from}`);
  return rows.map((row) => String(row['name']));
}

/** The name, or the next that nothing has. */
function freeName(name: string, taken: readonly string[]): string {
  return storedNames([{ name }], taken.map(foldName))[0]!;
}

const keptOf = ({ name, type }: MadeColumn): KeptMade => ({ name, type });

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

function changesSince(before: StoredFlattened, now: StoredFlattened): SchemaChange[] {
  const typesOf = ({ added, tables }: StoredFlattened): Map<string, string> =>
    new Map([
      ...added.map(({ name, type }) => [name, type] as const),
      ...tables.flatMap(({ path, columns }) =>
        columns.map(({ name, type }) => [`${path}.${name}`, type] as const),
      ),
    ]);
  const old = typesOf(before);
  return [...typesOf(now)].flatMap(([name, to]): SchemaChange[] => {
    const from = old.get(name) ?? null;
    if (from === to) return [];
    return [{ change: from === null ? 'column_added' : 'column_retyped', name, from, to }];
  });
}
