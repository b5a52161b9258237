/** Judges the rows of a table that differ: changed at the source since the load, wrong, or unknown. Pure. */
import type { QueryValue } from '../destinations/reader/values.js';
import { valueAsJson } from '../destinations/reader/values.js';
import type { ComparedColumn, Comparison } from './comparison.js';
import type { HeldRow } from './destination-rows.js';
import { isLoadId } from './held-tables.js';
import type { PlannedRead, ReadPlan } from './plan-reads.js';
import type { SourceRows } from './read-source.js';
import { isSameValue } from './same-value.js';
import type { Cause, ColumnDifference, RowDifference, VerifiedTable } from './verify-report.js';

/** Both sides of one read. */
export interface ReadSides {
  readonly read: PlannedRead;
  readonly source: SourceRows;
  readonly held: readonly HeldRow[];
}

/** Everything that is known of a table. */
export interface Evidence {
  readonly comparison: Comparison;
  readonly plan: ReadPlan;
  readonly sides: readonly ReadSides[];
  readonly duplicates: readonly string[];
  /** `row_key column` of values that were kept aside. */
  readonly rejected: ReadonlySet<string>;
}

/** What was found. */
export type Judgement = Pick<
  VerifiedTable,
  'state' | 'changed_since' | 'rows_wrong' | 'rows_unknown' | 'values_compared' | 'differences' | 'reasons'
>;

/** A row that only the source has, and when it came or changed: null or undefined where nothing tells. */
interface MissingRow {
  readonly key: string;
  readonly came: number | null | undefined;
}

/** The most rows that a report names for each table. */
const MOST_DIFFERENCES = 50;
/** Characters of a value in a report. */
const MOST_TEXT = 100;

/** Judges a table. */
export function judgeTable(evidence: Evidence): Judgement {
  const { comparison, plan } = evidence;
  const { held } = comparison;
  const lost = Math.max(0, held.rows - plan.figures.all);
  const surplus = Math.max(0, plan.figures.all - held.rows);
  const { differences, missing, values_compared } = differencesOf(evidence, lost, surplus);
  const count = (cause: Cause, kind?: RowDifference['kind']): number =>
    differences.filter((one) => one.cause === cause && (kind === undefined || one.kind === kind)).length;
  const rows_wrong = count('wrong');
  const rows_unknown = count('unknown') + plan.not_read;
  // Rows above the newest key that were read are among the differences.
  const read = missing.filter(({ key }) => isAbove(key, plan)).length;
  const changed_since = {
    added: Math.max(0, plan.above - read) + count('changed_at_source', 'missing'),
    removed: count('changed_at_source', 'extra'),
    updated: plan.updated === null ? null : Math.max(plan.updated, count('changed_at_source', 'changed')),
  };
  const { added, removed, updated } = changed_since;
  const isBehind = added + removed + (updated ?? 0) > 0;
  return {
    state: rows_wrong > 0 ? 'wrong' : rows_unknown > 0 ? 'not_provable' : isBehind ? 'behind' : 'same',
    changed_since,
    rows_wrong,
    rows_unknown,
    values_compared,
    differences: worstFirst(differences).slice(0, MOST_DIFFERENCES),
    reasons: reasonsOf(evidence, { is_other: lost + surplus > 0, ...changed_since, rows_unknown }),
  };
}

/** Every row that differs, each with its cause. */
function differencesOf(
  evidence: Evidence,
  lost: number,
  surplus: number,
): {
  readonly differences: readonly RowDifference[];
  readonly missing: readonly MissingRow[];
  readonly values_compared: number;
} {
  const { comparison, plan, sides, duplicates } = evidence;
  const isAppended = comparison.held.write_disposition === 'append';
  const found = new Map<string, RowDifference>();
  const compared = new Set<string>();
  const missing: MissingRow[] = [];
  for (const { read, source, held } of sides) {
    const rows = new Map(held.map((row) => [row.key, row]));
    for (const [key, values] of source) {
      const row = rows.get(key);
      if (row === undefined) {
        if (!found.has(key)) missing.push({ key, came: newestTime(comparison, read.columns, values) });
        found.set(key, { key, kind: 'missing', cause: 'unknown' });
      } else if (read.with_values) {
        compared.add(key);
        const changed = changedRow(evidence, read.columns, row, values);
        if (changed !== undefined && !found.has(key)) found.set(key, changed);
      }
    }
    // A read that was cut off says nothing about rows after its end.
    if (read.limit !== undefined) continue;
    for (const { key, load_id } of rows.values())
      if (!source.has(key))
        found.set(key, { key, kind: 'extra', cause: extraCause(load_id, surplus, isAppended) });
  }
  judgeMissing(found, missing, comparison, plan, lost);
  if (!isAppended) for (const key of duplicates) found.set(key, { key, kind: 'duplicate', cause: 'wrong' });
  const keyless: RowDifference = { key: null, kind: 'extra', cause: surplus > 0 ? 'wrong' : 'unknown' };
  return {
    differences: [...(plan.figures.without_key > 0 ? [keyless] : []), ...found.values()],
    missing,
    values_compared: compared.size,
  };
}

const ORDER: readonly Cause[] = ['wrong', 'unknown', 'changed_at_source'];
const worstFirst = (differences: readonly RowDifference[]): RowDifference[] =>
  differences.toSorted((a, b) => ORDER.indexOf(a.cause) - ORDER.indexOf(b.cause));

const isAbove = (key: string, { figures: { highest } }: ReadPlan): boolean =>
  highest !== null && !key.startsWith('"') && BigInt(key) > BigInt(highest);

/**
 * When a row came or changed, in epoch milliseconds: the later of its times. Null where it has none;
 * undefined where the table has no such column.
 */
function newestTime(
  { updated, created }: Comparison,
  columns: readonly ComparedColumn[],
  values: readonly QueryValue[],
): number | null | undefined {
  const times = [updated, created].flatMap((column) => {
    const at = columns.findIndex(({ name }) => name === column?.name);
    return at < 0 ? [] : [timeOf(values[at] ?? null)];
  });
  if (times.length === 0) return undefined;
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** DuckDB's text of a time in UTC, as epoch milliseconds. */
function timeOf(value: QueryValue): number | null {
  if (typeof value !== 'string') return null;
  const time = Date.parse(value.replace(' ', 'T').replace(/\+00$/, 'Z'));
  return Number.isNaN(time) ? null : time;
}

/** Rows that the load had are marked with its id; more rows than it published come from somewhere else. */
function extraCause(load_id: QueryValue, surplus: number, isAppended: boolean): Cause {
  if (!isLoadId(load_id)) return 'wrong';
  return surplus > 0 && !isAppended ? 'wrong' : 'changed_at_source';
}

/**
 * Rows that only the source has: newer than the load, or lost. Where no time tells, as many are lost as the
 * table has fewer rows than the load published, the first by key; of the others, those above the newest key
 * of the destination came later.
 */
function judgeMissing(
  found: Map<string, RowDifference>,
  missing: readonly MissingRow[],
  { held }: Comparison,
  plan: ReadPlan,
  lost: number,
): void {
  let left = lost - missing.filter(({ came }) => came != null && came < held.load_started).length;
  for (const { key, came } of missing) {
    let cause: Cause = plan.figures.highest === null || isAbove(key, plan) ? 'changed_at_source' : 'unknown';
    if (came != null) cause = came >= held.load_started ? 'changed_at_source' : 'wrong';
    else if (left-- > 0) cause = 'wrong';
    found.set(key, { key, kind: 'missing', cause });
  }
}

function changedRow(
  { comparison, rejected }: Evidence,
  columns: readonly ComparedColumn[],
  row: HeldRow,
  values: readonly QueryValue[],
): RowDifference | undefined {
  const differing = columns.flatMap((column, i): ColumnDifference[] => {
    const [held, source] = [row.values[i] ?? null, values[i] ?? null];
    if (isSameValue(column, held, source)) return [];
    // The destination could not hold the value, and the load kept it aside.
    if (held === null && [row.key, JSON.parse(row.key)].some((key) => rejected.has(`${key} ${column.name}`)))
      return [];
    return column.masked_as === undefined
      ? [{ name: column.name, destination: short(held), source: short(source) }]
      : [{ name: column.name }];
  });
  if (differing.length === 0) return undefined;
  return {
    key: row.key,
    kind: 'changed',
    cause: changedCause(comparison, columns, row, values),
    columns: differing,
  };
}

/**
 * A row that changed at the source has a later time of its last change there, at or after the start of the
 * load. Without such a column nobody knows.
 */
function changedCause(
  { updated, held }: Comparison,
  columns: readonly ComparedColumn[],
  row: HeldRow,
  values: readonly QueryValue[],
): Cause {
  const at = columns.findIndex(({ name }) => name === updated?.name);
  const time = at < 0 ? null : timeOf(values[at] ?? null);
  if (time === null || updated === undefined) return 'unknown';
  const isOneVersion = isSameValue(updated, row.values[at] ?? null, values[at] ?? null);
  return !isOneVersion && time >= held.load_started ? 'changed_at_source' : 'wrong';
}

function short(value: QueryValue): string {
  const text = valueAsJson(value);
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}…`;
}

function reasonsOf(
  { comparison, plan }: Evidence,
  told: VerifiedTable['changed_since'] & { readonly is_other: boolean; readonly rows_unknown: number },
): string[] {
  const { held, updated, created } = comparison;
  const since = `${new Date(held.load_started).toISOString().slice(0, 19)}Z`;
  const times = [updated, created].flatMap((column) => (column === undefined ? [] : [`"${column.name}"`]));
  const orLater = times.length === 0 ? '' : `, or ${times.join(' or ')} at or after ${since}`;
  const unknown =
    updated === undefined
      ? 'No column of the table tells when a row changes, so nobody knows which side changed.'
      : 'Some rows have no time that tells which side changed, or are too many to be read.';
  const reasons: readonly (readonly [boolean, string])[] = [
    [told.is_other, `The load published ${held.rows} rows, and the table has ${plan.figures.all}.`],
    [told.added > 0, `Added since the load: keys above ${plan.figures.highest ?? 'none'}${orLater}.`],
    [told.removed > 0, 'Removed since the load: rows that a load brought and the source no longer has.'],
    [(told.updated ?? 0) > 0, `Updated since the load: "${updated?.name}" after ${since}.`],
    [told.rows_unknown > 0, unknown],
  ];
  return reasons.flatMap(([applies, reason]) => (applies ? [reason] : []));
}
