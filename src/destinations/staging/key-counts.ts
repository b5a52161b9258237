/** Counts keys: those of the staging table and, for a merge, those of the target. */

import { type Column, storedNames } from '../../table/column.js';
import type { KeyCounts, KeySpan, TargetPlan } from '../destination.js';
import { inSpan } from '../engine/column-sql.js';
import { numberIn, type Session } from '../engine/session.js';
import { quote } from '../engine/sql.js';
import { notDeleted } from '../engine/table-columns.js';
import type { StoredResource } from '../state/contents.js';
import { TARGET } from '../state/names.js';
import { readOwnership } from '../state/ownership.js';
import { readContents } from '../state/read-contents.js';
import type { Target } from '../target.js';

/** Key types whose values the server and DuckDB order alike. */
const SPAN_TYPES: readonly string[] = ['BIGINT', 'UUID'];

/** The key's column in SQL. */
export interface SpanKey {
  /** Quoted. */
  readonly name: string;
  readonly type: string;
}

/**
 * The key's column; undefined where DuckDB and the server may order its values differently, and a span has
 * bounds.
 */
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

/** The tables whose keys are counted. */
export interface KeySources {
  readonly plan: TargetPlan;
  readonly session: Session;
  /** Of the staging table. */
  readonly table_name: string;
  /** The staged rows, as a FROM item. */
  readonly rows: () => string;
  /** The results of earlier loads. */
  readonly previous: StoredResource | null;
  /** Runs work while rows of the target can be read. */
  readonly read: Target['read'];
}

/**
 * Counts the different keys of a span that are not in any of the others, with the lowest and the highest of
 * them.
 */
export type CountKeys = (
  key: SpanKey,
  span: KeySpan,
  complete_ranges: readonly KeySpan[],
) => Promise<KeyCounts>;

/** Makes the counter for one staging table. */
export function createKeyCounter(sources: KeySources): CountKeys {
  const { plan, session, table_name, rows } = sources;
  /** The target's own keys, copied once: the file is not held during requests to a server. */
  const previousKeys = quote('temp', `${table_name}_keys`);
  let hasPreviousKeys: boolean | undefined;
  const copyKeys = async (type: string): Promise<boolean> => {
    if (plan.disposition.type !== 'merge' || sources.previous === null) return false;
    const { identity } = sources.previous;
    const wanted = { identity, columns: plan.target.primary_key };
    return sources.read(async (target) => {
      // Another table of the same load may have taken its name since, and moved it aside.
      const { previous } = readOwnership(await readContents(target), plan);
      const at = previous?.columns.findIndex(({ name }) => name === plan.target.primary_key[0]) ?? -1;
      if (previous === null || at < 0) return false;
      const key = quote(storedNames(previous.columns)[at]!);
      const published = quote(TARGET, previous.schema, previous.name);
      const alive = (await notDeleted(session, published)) ?? 'true';
      await session.run(
        `CREATE OR REPLACE TEMP TABLE ${previousKeys} AS SELECT DISTINCT TRY_CAST(${key} AS ${type}) AS key FROM ${published} WHERE ${alive} AND ${key} IS NOT NULL`,
      );
      return true;
    }, wanted);
  };

  return async (key, span, complete_ranges) => {
    hasPreviousKeys ??= await copyKeys(key.type);
    const staged = `SELECT ${key.name} AS key FROM ${rows()} WHERE ${inSpan(key.name, key.type, span)}`;
    const within = [span, ...complete_ranges]
      .map((span, i) => `${i === 0 ? '' : 'NOT '}(${inSpan('key', key.type, span)})`)
      .join(' AND ');
    const facts = (of: string): string =>
      `SELECT count(DISTINCT key) AS rows, min(key) AS low, max(key) AS high FROM ${of}`;
    // The target's keys are distinct and many: only the new ones are looked up among them.
    const parts = hasPreviousKeys
      ? [
          `SELECT count(key), min(key), max(key) FROM ${previousKeys} WHERE ${within}`,
          `SELECT 0, min(key), max(key) FROM (${staged})`,
          facts(
            `(${staged}) new ANTI JOIN (SELECT key FROM ${previousKeys} WHERE ${within}) old USING (key)`,
          ),
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
