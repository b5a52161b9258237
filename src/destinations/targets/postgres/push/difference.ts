/**
 * SQL that makes a table of Postgres hold what another one does, and touches no row that is the same. Pure.
 */
import { quote } from '../../../engine/sql.js';

/** A column that both tables have. */
export interface ComparedColumn {
  readonly name: string;
  /** As Postgres lists it: `double precision`, `json`, `real[]`. */
  readonly type: string;
  /** A conversion of what was sent: `::numeric`; empty where it is of that type already. */
  readonly cast: string;
}

/** A table and the one that it is to be like. */
export interface Difference {
  /** Quoted. */
  readonly table: string;
  readonly staging: string;
  readonly columns: readonly ComparedColumn[];
  /** Columns that are set in a row that differs or comes, and do not make it differ: the load's id. */
  readonly stamps: readonly ComparedColumn[];
  /** Columns that staging lacks, and that are NULL in every row that is there. */
  readonly emptied: readonly string[];
  /** Columns whose values are distinct and never NULL in staging; none: rows cannot be told apart. */
  readonly keys: readonly string[];
}

const sameKey = (keys: readonly string[], other = 's'): string =>
  keys.map((key) => `t.${quote(key)} = ${other}.${quote(key)}`).join(' AND ');

const sentValue = ({ name, cast }: ComparedColumn): string => `s.${quote(name)}${cast}`;

/**
 * A condition that two values differ; what Postgres has no equality for, or too generous a one, is compared
 * as it is spelled.
 */
function differs(column: ComparedColumn): string {
  const [old, now] = [`t.${quote(column.name)}`, sentValue(column)];
  const { type } = column;
  if (type.startsWith('json') && type !== 'jsonb') return `${old}::text IS DISTINCT FROM ${now}::text`;
  // -0 equals 0, and is another value.
  if (type === 'double precision' || type === 'real')
    return `(${old} IS DISTINCT FROM ${now} OR (${now} = 0 AND ${old}::text <> ${now}::text))`;
  if (/^(double precision|real)\[\]$/.test(type))
    return `array_send(${old}) IS DISTINCT FROM array_send(${now})`;
  return `${old} IS DISTINCT FROM ${now}`;
}

/**
 * Counts rows whose key came, and those of them that came with other values. Postgres runs it on several
 * cores, which it does not for a statement that changes rows.
 */
export function countMet({ table, staging, columns, emptied, keys }: Difference): string {
  return `SELECT count(*) AS met, count(*) FILTER (WHERE ${isChanged({ columns, emptied, keys })}) AS changed FROM ${table} t JOIN ${staging} s ON ${sameKey(keys)}`;
}

/** Deletes rows whose key did not come. */
export const deleteGone = ({ table, staging, keys }: Difference): string =>
  `DELETE FROM ${table} t WHERE NOT EXISTS (SELECT FROM ${staging} s WHERE ${sameKey(keys)})`;

/** A condition that a row came with other values. */
function isChanged({ columns, emptied, keys }: Pick<Difference, 'columns' | 'emptied' | 'keys'>): string {
  const changed = [
    ...columns.filter(({ name }) => !keys.includes(name)).map(differs),
    ...emptied.map((name) => `t.${quote(name)} IS NOT NULL`),
  ];
  return changed.join(' OR ') || 'false';
}

/** Updates rows that came with other values; `every` also those that came with the same. */
export function updateChanged(difference: Difference, { every }: { readonly every: boolean }): string {
  const { table, staging, columns, stamps, emptied, keys } = difference;
  const set = [
    ...[...columns.filter(({ name }) => !keys.includes(name)), ...stamps].map(
      (column) => `${quote(column.name)} = ${sentValue(column)}`,
    ),
    ...emptied.map((name) => `${quote(name)} = NULL`),
  ];
  const where = every ? '' : ` AND (${isChanged(difference)})`;
  return `UPDATE ${table} t SET ${set.join(', ')} FROM ${staging} s WHERE ${sameKey(keys)}${where}`;
}

/** Inserts rows whose key is not there; all rows where there is no key. */
export function insertNew({ table, staging, columns, stamps, keys }: Difference): string {
  const all = [...columns, ...stamps];
  const into = all.map(({ name }) => quote(name)).join(', ');
  const isNew = keys.length === 0 ? '' : ` WHERE NOT EXISTS (SELECT FROM ${table} t WHERE ${sameKey(keys)})`;
  return `INSERT INTO ${table} (${into}) SELECT ${all.map(sentValue).join(', ')} FROM ${staging} s${isNew}`;
}
