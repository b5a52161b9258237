/** Compares the masks of a table's rows with those of a load that leaves rows as they are. Pure. */
import { XanoError } from '../../errors.js';
import { hasStableId } from '../../table/source-ids.js';
import type { TargetPlan } from '../destination.js';
import type { StoredResource } from './contents.js';

/**
 * Throws CONFIG_INVALID where rows of the previous load would stay in the table with values that this load
 * masks in another way, or excludes; and where a column that was masked would get its values as they are.
 */
export function assertMasks(
  previous: StoredResource | null,
  { target, disposition, origin }: TargetPlan,
): void {
  if (previous === null || previous.rows === 0) return;
  const { schema, name, columns, excluded = [] } = target;
  const planned = new Map(columns.map((column) => [column.name, column]));
  const bare = previous.columns.find(
    (stored) =>
      stored.masked_as !== undefined &&
      !excluded.includes(stored.name) &&
      // A table of a workspace declares all of its columns: this one is gone in Xano.
      (planned.has(stored.name) || !hasStableId(origin)) &&
      planned.get(stored.name)?.masked_as === undefined,
  );
  if (bare?.masked_as !== undefined)
    throw new XanoError(
      'CONFIG_INVALID',
      `"${bare.name}" of ${schema}."${name}" was loaded with ${inWords(bare.masked_as)}, and this load has no mask for it.`,
      {
        hint: `Give the mask as before (--mask ${name}.${bare.name}=${bare.masked_as.split(':')[0]}), or drop the table to load the values. Nothing was changed.`,
      },
    );
  if (disposition.type === 'replace') return;
  for (const stored of previous.columns) {
    if (stored.removed === true) continue;
    const now = planned.get(stored.name);
    const change = excluded.includes(stored.name)
      ? ', and this load excludes it'
      : now !== undefined && now.masked_as !== stored.masked_as
        ? ` with ${inWords(stored.masked_as)}, and this load has ${inWords(now.masked_as)}`
        : undefined;
    if (change === undefined) continue;
    throw new XanoError(
      'CONFIG_INVALID',
      `Rows of ${schema}."${name}" would stay as they are: "${stored.name}" was loaded${change}.`,
      { hint: 'Load the table once with --write-disposition replace, or drop it. Nothing was changed.' },
    );
  }
}

/** A mask as `storedMask` writes it, in words. */
function inWords(masked_as: string | undefined): string {
  if (masked_as === undefined) return 'no mask';
  const [mask, key] = masked_as.split(':');
  return key === undefined ? `the mask ${mask}` : `the mask ${mask} of the key ${key}`;
}
