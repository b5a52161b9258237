/**
 * How a staged table gets into Postgres: which old rows publishing needs to see, and how the new ones meet
 * them. Pure.
 */
import { DELETED_AT_COLUMN, LOAD_ID_COLUMN, sqlType, storedNames } from '../../../../table/column.js';
import type { Publication } from '../../../destination.js';
import { storedKeys } from '../../../engine/column-sql.js';
import { rowsToPublish, type StagedTable } from '../../../staging/staged-table.js';
import type { StoredResource } from '../../../state/contents.js';
import type { MirroredColumn } from '../mirror/mirror.js';

/**
 * How rows meet those that are there. `all`: the mirror has every row that the table is to have. `append`: it
 * has those that are added. `merge`: those that came have this load's id, and keys tell which are gone.
 */
export type Meeting = 'all' | 'append' | 'merge';

/** What is copied of the old rows, and how the new ones meet them. */
export interface PublishPlan {
  readonly meeting: Meeting;
  /** Names in DuckDB; undefined: no row is copied. An empty list: rows without values, to be counted. */
  readonly pulled: readonly string[] | undefined;
}

/** Decides it. `columns` are those that the old table has in Postgres. */
export function planPublish(
  { plan, columns: staged }: StagedTable,
  { keep }: Publication,
  previous: StoredResource,
  columns: readonly MirroredColumn[],
): PublishPlan {
  const { disposition, target, nested } = plan;
  const every = columns.map(({ name }) => name);
  const isReplaced = disposition.type === 'replace' && keep === undefined;
  const keys = storedKeys(previous.columns, target.primary_key);
  const retyped = retypedColumns(previous, staged);
  // Without their load's id, old rows are told apart from those that come.
  const own = columns
    .filter(({ source, name }) => source === null && name !== LOAD_ID_COLUMN)
    .map(({ name }) => name);
  if (isReplaced)
    return { meeting: 'all', pulled: [...keys, ...own.filter((name) => name === DELETED_AT_COLUMN)] };
  const isTakenApart = nested.type === 'struct' || nested.flatten !== undefined;
  const wasTakenApart = previous.flattened !== null;
  const keyChanges = keys.some((key) => retyped.includes(key)) || keys.length < target.primary_key.length;
  if (keep !== undefined || isTakenApart || wasTakenApart || (disposition.type === 'merge' && keyChanges))
    return { meeting: 'all', pulled: every };
  if (disposition.type === 'merge') return { meeting: 'merge', pulled: [...keys, ...own, ...retyped] };
  const skip_known = disposition.type === 'append' ? disposition.skip_known : null;
  if (skip_known === null) return { meeting: 'append', pulled: retyped.length === 0 ? undefined : retyped };
  const known = storedKeys(previous.columns, [...target.primary_key, skip_known]);
  return { meeting: 'append', pulled: [...known, ...own, ...retyped] };
}

/** Old columns whose type is another one now: what they hold decides what they become. */
function retypedColumns(previous: StoredResource, staged: StagedTable['columns']): string[] {
  const now = new Map(staged.map((column) => [column.name, sqlType(column)]));
  const names = storedNames(previous.columns);
  return previous.columns.flatMap((column, i) => {
    const type = now.get(column.name);
    return type === undefined || type === sqlType(column) ? [] : [names[i]!];
  });
}

/** Whether the rows that are to be published have distinct keys, and each has one. */
export function hasDistinctKeys({ plan, columns, staged }: StagedTable): boolean {
  return (
    plan.target.primary_key.length > 0 &&
    storedKeys(columns, plan.target.primary_key).length > 0 &&
    staged.keyless_rows === 0 &&
    staged.distinct_keys === rowsToPublish(staged)
  );
}
