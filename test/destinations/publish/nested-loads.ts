/** Loads of one JSON column, for tests of what becomes of it. */

import { openDestination } from '../../../src/destinations/open.js';
import type { Published } from '../../../src/destinations/published.js';
import type { Column } from '../../../src/table/column.js';
import { column, type PlanChoices, plan, publication, records } from '../writing.js';

/** A key, and JSON of any shape. */
export const NESTED_COLUMNS = [column('id', 'BIGINT'), column('v', 'JSON')];

/** Publishes JSON texts as one load; their ids count up from the first. */
export async function put(
  file: string,
  more: Omit<PlanChoices, 'target'>,
  texts: readonly (string | null)[],
  first = 1,
  columns: readonly Column[] = NESTED_COLUMNS,
  primary_key: readonly string[] = ['id'],
): Promise<Published> {
  const destination = await openDestination(file);
  try {
    const writer = await destination.openTarget(plan({ ...more, target: { columns, primary_key } }));
    const rows = texts.map((text, i) => `{"id":${first + i},"v":${text}}`);
    await writer.write(records(rows, [], columns), null);
    await writer.staged();
    return await writer.commit({
      ...publication(more.load_id),
      // Rows that are not sent again are still there.
      complete_ranges: more.write_disposition === 'merge' ? [] : [{}],
    });
  } finally {
    await destination.close();
  }
}

/** JSON as it counts: a key whose value is null is one that is not there, and there is one zero. */
export function content(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(content);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(kept.map(([name, inner]) => [name, content(inner)]));
}

/** What such texts are, each with its id. */
export function nestedRows(texts: readonly (string | null)[], first = 1): unknown[] {
  return texts.map((text, i) => [first + i, content(JSON.parse(text ?? 'null'))]);
}
