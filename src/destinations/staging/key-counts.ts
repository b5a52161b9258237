/** Which keys are there already: among the rows of a staging table and, where they will be merged, of the target. */
import { type Column, DELETED_AT_COLUMN, storedNames } from '../../table/column.js';
import type { KeyCounts, KeySpan, TargetPlan } from '../destination.js';
import { numberIn, type Session } from '../engine/engine.js';
import { inSpan, literal, quote } from '../engine/sql.js';
import { readContents, readOwnership, type StoredResource, TARGET } from '../state/ownership.js';

/** Key types whose values the server and DuckDB order alike. */
const SPAN_TYPES: readonly string[] = ['BIGINT', 'UUID'];

/** The key's column, as SQL has it. */
export interface SpanKey {
  /** Quoted. */
  readonly name: string;
  readonly type: string;
}

/** The key's column, where it is one that such spans can be made of: without bounds, any will do. */
export function spanKey(
  { target }: TargetPlan,
  columns: readonly Column[],
  spans: readonly KeySpan[],
): SpanKey | undefined {
  const [key, ...more] = target.primary_key;
  const at = columns.findIndex(({ name }) => name === key);
  const column = columns[at];
  if (column === undefined || more.length > 0 || column.list) return undefined;
  const bounded = spans.some(({ after, before }) => after !== undefined || before !== undefined);
  if (bounded && !SPAN_TYPES.includes(column.type)) return undefined;
  return { name: quote(storedNames(columns)[at]!), type: column.type };
}

/** Where keys are looked for. */
export interface KeyPlaces {
  readonly plan: TargetPlan;
  readonly session: Session;
  /** The staging table's name, and where it is, quoted. */
  readonly table_name: string;
  readonly table: string;
  /** What an earlier load published. */
  readonly before: StoredResource | null;
  /** Runs work while the target is attached for reading. */
  readonly attached: <T>(work: (target: Session) => Promise<T>) => Promise<T>;
}

/** Counts the different keys of a span that are not in any of the others, with the lowest and the highest of them. */
export type CountHeld = (key: SpanKey, span: KeySpan, whole: readonly KeySpan[]) => Promise<KeyCounts>;

/** Makes the counter for one staging table. */
export function createCountHeld(places: KeyPlaces): CountHeld {
  const { plan, session, table_name, table } = places;
  /** The target's own keys, copied once: the file is not held while a server is asked. */
  const keysBefore = quote('temp', `${table_name}_keys`);
  let hasKeysBefore: boolean | undefined;
  const copyKeys = async (type: string): Promise<boolean> => {
    if (plan.disposition.type !== 'merge' || places.before === null) return false;
    return places.attached(async (target) => {
      // Another table of the same load may have taken its name since, and moved it aside.
      const { before } = readOwnership(await readContents(target), plan);
      const at = before?.columns.findIndex(({ name }) => name === plan.target.primary_key[0]) ?? -1;
      if (before === null || at < 0) return false;
      const key = quote(storedNames(before.columns)[at]!);
      const marks = await session.rows(
        `SELECT 1 FROM duckdb_columns() WHERE database_name = ${literal(TARGET)} AND schema_name = ${literal(before.schema)} AND table_name = ${literal(before.name)} AND column_name = ${literal(DELETED_AT_COLUMN)}`,
      );
      const alive = marks.length === 0 ? 'true' : `${quote(DELETED_AT_COLUMN)} IS NULL`;
      await session.run(
        `CREATE OR REPLACE TEMP TABLE ${keysBefore} AS SELECT DISTINCT TRY_CAST(${key} AS ${type}) AS key FROM ${quote(TARGET, before.schema, before.name)} WHERE ${alive} AND ${key} IS NOT NULL`,
      );
      return true;
    });
  };

  return async (key, span, whole) => {
    hasKeysBefore ??= await copyKeys(key.type);
    const staged = `SELECT ${key.name} AS key FROM ${table} WHERE ${inSpan(key.name, key.type, span)}`;
    const within = [span, ...whole]
      .map((one, i) => `${i === 0 ? '' : 'NOT '}(${inSpan('key', key.type, one)})`)
      .join(' AND ');
    const facts = (of: string): string =>
      `SELECT count(DISTINCT key) AS rows, min(key) AS low, max(key) AS high FROM ${of}`;
    // Keys of before differ already, and are many: only what is new is looked for among them.
    const parts = hasKeysBefore
      ? [
          `SELECT count(key), min(key), max(key) FROM ${keysBefore} WHERE ${within}`,
          `SELECT 0, min(key), max(key) FROM (${staged})`,
          facts(`(${staged}) new ANTI JOIN (SELECT key FROM ${keysBefore} WHERE ${within}) old USING (key)`),
        ]
      : [facts(`(${staged})`)];
    const [row] = await session.rows(
      `SELECT sum(rows)::DOUBLE AS rows, to_json(min(low))::VARCHAR AS lowest, to_json(max(high))::VARCHAR AS highest FROM (${parts.join(' UNION ALL ')}) AS parts(rows, low, high)`,
    );
    const text = (name: string): string | null =>
      row?.[name] === null || row?.[name] === 'null' ? null : String(row?.[name]);
    return { rows: numberIn(row, 'rows'), lowest: text('lowest'), highest: text('highest') };
  };
}
