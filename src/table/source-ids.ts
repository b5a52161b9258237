/** Compares the sources of tables by ids: names may change at the source, ids do not. Pure. */

import type { JsonObject } from '../json.js';
import { foldName } from '../names.js';
import { withoutTrailing } from '../plain-text.js';
import { storableName } from './column.js';

/** The fields of a resource that both the load state and a plan have. */
export interface Sourced {
  readonly resource: string;
  readonly origin: JsonObject | null;
}

/** Whether the source has given the list an id that stays when the list is renamed. */
export function hasStableId(origin: JsonObject | null | undefined): origin is JsonObject {
  return origin?.['table_id'] !== undefined;
}

/** In the `where` of a stored origin: the value of a condition on a column that is masked or left out. */
export const HIDDEN_VALUE = '(masked)';

/**
 * Workspace and data source by their ids: names, the table's own ids and what a load leaves out of it do not
 * count.
 */
function placeOf({
  table_id: _,
  table_guid: __,
  workspace: ___,
  where: ____,
  limit: _____,
  ...rest
}: JsonObject): string {
  // Half a surrogate pair becomes U+FFFD, as in state that was written and read back.
  return JSON.stringify(rest, (_, part: unknown) =>
    typeof part === 'string' ? Buffer.from(part).toString() : part,
  );
}

/** Whether two tables have one id, even with different names or workspaces. */
export function hasSameId(a: JsonObject | null, b: JsonObject | null): boolean {
  return hasStableId(a) && hasStableId(b) && a['table_id'] === b['table_id'];
}

/**
 * Two tables of one workspace and data source: a rename or a new table may pass a name from one to the other.
 */
export function isSibling(a: JsonObject | null, b: JsonObject | null): boolean {
  return hasStableId(a) && hasStableId(b) && a['table_id'] !== b['table_id'] && placeOf(a) === placeOf(b);
}

/** One table of one workspace and data source, under any name. */
export function isSameSource(a: JsonObject | null, b: JsonObject | null): boolean {
  return hasSameId(a, b) && placeOf(a ?? {}) === placeOf(b ?? {});
}

/**
 * A table's name without the ending of ours (`_51`) that tells it from another of the same name: of twins,
 * and of tables that were moved aside.
 */
function withoutEnding(table: string, origin: JsonObject | null): string {
  const ending = `_${String(origin?.['table_id'])}`;
  // A name that was not free has further `_`.
  const at = (name: string): string => (name.includes(ending) ? withoutTrailing(name, '_') : name);
  let name = at(table);
  while (name.endsWith(ending) && name !== ending) name = at(name.slice(0, -ending.length));
  return foldName(name);
}

/**
 * Whether a table is called as its source is, which names its resource: nobody has chosen another name for
 * it.
 */
export function isNamedAsSource(table: string, { resource, origin }: Sourced): boolean {
  return withoutEnding(table, origin) === withoutEnding(storableName(resource), origin);
}
