/** HEADER: what this file is. */

import type { TargetPlan, Watermark } from '../destination.js';
import type { StoredResource } from '../state/contents.js';

/** How far the table was read. A column that it has no values of yet, old rows have at the source: nothing of them was read then. */
export function watermarkOf(
  { watermark, columns }: StoredResource,
  { target }: TargetPlan,
): Watermark | null {
  const has = (name: string): boolean =>
    columns.some((column) => column.name === name && column.removed !== true);
  if (!target.columns.every(({ name }) => has(name))) return null;
  return watermark;
}
