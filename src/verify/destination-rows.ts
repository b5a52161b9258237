/** Asks a destination about the rows of one table, in the SQL that DuckDB and Postgres share. */
import type { KeySpan } from '../destinations/destination.js';
import type { QueryValue } from '../destinations/reader/values.js';
import type { Store } from '../destinations/store.js';
import { DELETED_AT_COLUMN, LOAD_ID_COLUMN } from '../table/column.js';
import type { ComparedColumn, Comparison } from './comparison.js';
import { nameIn, rowsOf } from './held-tables.js';

/** Keys in figures. Rows that are marked as deleted do not count, but in `all`. */
export interface KeyFigures {
  /** Every row of the table, marked ones among them. */
  readonly all: number;
  readonly rows: number;
  readonly keys: number;
  readonly without_key: number;
  /** JSON text, as a source sends keys; null without rows. */
  readonly highest: string | null;
}

/** One row: its key as text, what brought it, and its values in the order of the compared columns. */
export interface HeldRow {
  readonly key: string;
  readonly load_id: QueryValue;
  readonly values: readonly QueryValue[];
}

/** The rows of one table. */
export interface DestinationRows {
  readonly figures: () => Promise<KeyFigures>;
  /** Different keys in each of these spans. */
  readonly counts: (spans: readonly KeySpan[]) => Promise<readonly number[]>;
  /** Rows whose column is after a time, in epoch milliseconds. */
  readonly countAfter: (column: ComparedColumn, time_ms: number) => Promise<number>;
  /** Keys (JSON texts) at these positions of the span, from 0, in the order of the key. */
  readonly keysAt: (positions: readonly number[], span: KeySpan) => Promise<string[]>;
  /** Rows of a span, in the order of the key; of a key with several, the newest. */
  readonly rows: (span: KeySpan, columns: readonly ComparedColumn[]) => Promise<HeldRow[]>;
  /** Rows with these keys, likewise. */
  readonly rowsWith: (keys: readonly string[], columns: readonly ComparedColumn[]) => Promise<HeldRow[]>;
  /** Keys that several rows have: a hundred at most. */
  readonly duplicates: () => Promise<string[]>;
  /** Values that were kept aside: `row_key column`. */
  readonly rejected: () => Promise<ReadonlySet<string>>;
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** How a table and its key are spelled in SQL. */
interface Spelling {
  readonly store: Store;
  readonly table: string;
  readonly key: string;
  readonly named: (name: string) => string;
  /** A condition on rows that are not marked as deleted. */
  readonly alive: string;
  /** A key (JSON text) as SQL. */
  readonly bound: (json: string) => string;
  /** A key that a query gives, as JSON text. */
  readonly asJson: (value: QueryValue | undefined) => string;
}

/** Opens the rows of a compared table. */
export function destinationRows(store: Store, comparison: Comparison): DestinationRows {
  const spelling = spellingOf(store, comparison);
  const { table, key, alive, bound, asJson } = spelling;
  const ask = (sql: string) => rowsOf(store, sql);
  const conditions = (span: KeySpan): string => within(spelling, span);
  return {
    figures: () => figuresOf(spelling),
    counts: async (spans) => {
      const each = spans.map(
        (span, i) => `count(DISTINCT CASE WHEN ${conditions(span)} THEN ${key} END) AS n${i}`,
      );
      const [row] = each.length === 0 ? [] : await ask(`SELECT ${each.join(', ')} FROM ${table}`);
      return spans.map((_, i) => numberIn(row?.[`n${i}`]));
    },
    countAfter: async (column, time_ms) => {
      const time = literal(new Date(time_ms).toISOString());
      const [row] = await ask(
        `SELECT count(*) AS n FROM ${table} WHERE ${alive} AND ${spelling.named(column.stored)} > ${time}::TIMESTAMPTZ`,
      );
      return numberIn(row?.['n']);
    },
    keysAt: async (positions, span) => {
      if (positions.length === 0) return [];
      const rows = await ask(
        `SELECT k FROM (SELECT k, row_number() OVER (ORDER BY k) - 1 AS n FROM (SELECT DISTINCT ${key} AS k FROM ${table} WHERE ${conditions(span)}) AS keys) AS numbered WHERE n IN (${positions.join(', ')}) ORDER BY n`,
      );
      return rows.map((row) => asJson(row['k']));
    },
    rows: (span, columns) => readRows(spelling, conditions(span), columns),
    rowsWith: (keys, columns) =>
      readRows(spelling, `${alive} AND ${key} IN (${keys.map(bound).join(', ')})`, columns),
    duplicates: async () => {
      const rows = await ask(
        `SELECT ${key} AS k FROM ${table} WHERE ${conditions({})} GROUP BY ${key} HAVING count(*) > 1 ORDER BY ${key} LIMIT 100`,
      );
      return rows.map((row) => asJson(row['k']));
    },
    rejected: async () => {
      if (comparison.held.rejects === 0) return new Set();
      const rows = await ask(
        `SELECT row_key, "column" FROM _xano.rejects WHERE identity = ${literal(comparison.held.identity)}`,
      );
      return new Set(rows.map((row) => `${String(row['row_key'])} ${String(row['column'])}`));
    },
  };
}

function spellingOf(store: Store, { held, key }: Comparison): Spelling {
  const as = nameIn(store);
  const named = (name: string): string => quoted(as(name));
  const isUuid = key.type === 'UUID';
  return {
    store,
    named,
    table: `${named(held.schema)}.${named(held.name)}`,
    key: named(key.stored),
    alive: held.present?.has(DELETED_AT_COLUMN) === true ? `${quoted(DELETED_AT_COLUMN)} IS NULL` : 'true',
    bound: (json) => (isUuid ? `${literal(String(JSON.parse(json)))}::UUID` : String(BigInt(json))),
    asJson: (value) => (isUuid ? JSON.stringify(String(value).toLowerCase()) : String(value)),
  };
}

/** Conditions on rows with a key in a span. */
function within({ alive, key, bound }: Spelling, { after, before }: KeySpan): string {
  return [
    alive,
    `${key} IS NOT NULL`,
    ...(after === undefined ? [] : [`${key} > ${bound(after)}`]),
    ...(before === undefined ? [] : [`${key} < ${bound(before)}`]),
  ].join(' AND ');
}

async function figuresOf(spelling: Spelling): Promise<KeyFigures> {
  const { store, table, key, alive, asJson } = spelling;
  const end = (order: 'ASC' | 'DESC'): string =>
    `(SELECT ${key} FROM ${table} WHERE ${within(spelling, {})} ORDER BY ${key} ${order} LIMIT 1)`;
  const [row = {}] = await rowsOf(
    store,
    `SELECT count(*) AS n_all, sum(CASE WHEN ${alive} THEN 1 ELSE 0 END) AS n_alive, count(DISTINCT CASE WHEN ${alive} THEN ${key} END) AS n_keys, sum(CASE WHEN ${alive} AND ${key} IS NULL THEN 1 ELSE 0 END) AS n_none, ${end('DESC')} AS highest FROM ${table}`,
  );
  return {
    all: numberIn(row['n_all']),
    rows: numberIn(row['n_alive']),
    keys: numberIn(row['n_keys']),
    without_key: numberIn(row['n_none']),
    highest: row['highest'] == null ? null : asJson(row['highest']),
  };
}

/** Rows under a condition; of a key with several, the newest. */
async function readRows(
  { store, table, key, named, asJson }: Spelling,
  condition: string,
  columns: readonly ComparedColumn[],
): Promise<HeldRow[]> {
  const load_id = quoted(LOAD_ID_COLUMN);
  const listed = [
    `${key} AS k`,
    `${load_id} AS load_id`,
    ...columns.map(({ stored }, i) => `${named(stored)} AS c${i}`),
    `row_number() OVER (PARTITION BY ${key} ORDER BY ${load_id} DESC) AS n`,
  ];
  const rows = await rowsOf(
    store,
    `SELECT * FROM (SELECT ${listed.join(', ')} FROM ${table} WHERE ${condition}) AS chosen WHERE n = 1 ORDER BY k`,
  );
  return rows.map((row) => ({
    key: asJson(row['k']),
    load_id: row['load_id'] ?? null,
    values: columns.map((_, i) => row[`c${i}`] ?? null),
  }));
}

/** A count, which Postgres gives as a number of any kind; 0 for the sum of nothing. */
function numberIn(value: QueryValue | undefined): number {
  return typeof value === 'object' && value !== null && 'json' in value
    ? Number(value.json)
    : Number(value ?? 0);
}
