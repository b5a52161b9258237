/** Which tables got another name, and which are gone, between two states of a target. Pure. */
import type { StoredResource } from '../../../state/contents.js';

/** Where a table is. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** What happens to tables that are there. */
export interface Renames {
  /** In an order in which each new name is free. */
  readonly moved: readonly { readonly from: TableName; readonly to: TableName }[];
  /** Tables of lists that no load makes any more. */
  readonly dropped: readonly TableName[];
}

const placeOf = ({ schema, name }: TableName): TableName => ({ schema, name });
const isAt = (one: TableName, other: TableName): boolean =>
  one.schema === other.schema && one.name === other.name;

/**
 * Compares two states. `own` are the identities that the published resource had, `identity` the one it has;
 * `previous` is its table.
 */
export function findRenames(
  before: readonly StoredResource[],
  after: readonly StoredResource[],
  {
    identity,
    own,
    previous,
  }: { readonly identity: string; readonly own: readonly string[]; readonly previous: TableName | null },
): Renames {
  const moved: { from: TableName; to: TableName }[] = [];
  const dropped: TableName[] = [];
  const follow = (old: StoredResource, now: StoredResource): void => {
    for (const child of old.flattened?.tables ?? []) {
      const same = now.flattened?.tables.find(({ path }) => path === child.path);
      if (same === undefined) dropped.push(placeOf(child));
      else if (!isAt(child, same)) moved.push({ from: placeOf(child), to: placeOf(same) });
    }
  };
  // Others first: they give up names that this one takes.
  for (const old of before) {
    const now = after.find((one) => one.identity === old.identity);
    if (own.includes(old.identity) || old.identity === identity || now === undefined) continue;
    if (!isAt(old, now)) moved.push({ from: placeOf(old), to: placeOf(now) });
    follow(old, now);
  }
  const now = after.find((one) => one.identity === identity);
  if (now === undefined) return { moved, dropped };
  if (previous !== null && !isAt(previous, now)) moved.push({ from: placeOf(previous), to: placeOf(now) });
  for (const old of before) if (own.includes(old.identity) || old.identity === identity) follow(old, now);
  return { moved, dropped };
}
