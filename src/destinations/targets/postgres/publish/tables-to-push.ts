/** What goes into Postgres of the mirror: the table of a resource, and those of its lists. */
import { DELETED_AT_COLUMN, LOAD_ID_COLUMN, storedNames } from '../../../../table/column.js';
import type { Publication } from '../../../destination.js';
import { coversAll, storedKeys } from '../../../engine/column-sql.js';
import type { Session } from '../../../engine/session.js';
import { literal, quote } from '../../../engine/sql.js';
import { columnTypes } from '../../../engine/table-columns.js';
import { ROW_ID } from '../../../publish/flatten-sql.js';
import type { StagedTable } from '../../../staging/staged-table.js';
import type { StoredResource } from '../../../state/contents.js';
import { TARGET } from '../../../state/names.js';
import { PREVIOUS_KEYS } from '../mirror/previous-rows.js';
import type { TablePush } from '../push/table-push.js';
import type { Met } from './meet-previous.js';
import { hasDistinctKeys } from './plan-publish.js';

/** What goes into Postgres of the mirror: the table, and those of its lists. */
export async function tablesToPush(
  session: Session,
  staged: StagedTable,
  { complete_ranges, keep }: Publication,
  met: Met | undefined,
  after: readonly StoredResource[],
): Promise<TablePush[]> {
  const { plan } = staged;
  const resource = after.find(({ identity }) => identity === plan.identity)!;
  const mirror = quote(TARGET, resource.schema, resource.name);
  const own = `${quote(LOAD_ID_COLUMN)} = ${literal(plan.load_id)}`;
  const meeting = met?.meeting ?? 'all';
  const isReplaced = plan.disposition.type === 'replace' && keep === undefined;
  const isDistinct = plan.disposition.type !== 'append' && keep === undefined && hasDistinctKeys(staged);
  const keys = storedKeys(resource.columns, plan.target.primary_key);
  const types = await columnTypes(session, mirror);
  const outdated = met === undefined ? [] : madeColumns(met).filter((name) => !types.has(name));
  // Rows without a key are deleted and inserted; the others are told apart nevertheless.
  const isUnique = keys.length > 0 && (isReplaced || (await areDistinct(session, mirror, keys)));
  const main: TablePush = {
    schema: resource.schema,
    name: resource.name,
    mirror,
    rows: meeting === 'all' || met === undefined ? mirror : `${mirror} WHERE ${own}`,
    meeting,
    keys: meeting === 'all' && !isUnique ? [] : keys,
    is_keyed:
      plan.disposition.type !== 'append' &&
      keys.length > 0 &&
      (await isKeyed(session, mirror, keys, isDistinct, met)),
    // Lists that are read for each new row find these rows by their load.
    stamps_all: !coversAll(complete_ranges),
    description: { now: plan.target.description, before: met?.previous.description ?? undefined },
    descriptions: descriptionsOf(resource, met?.previous),
    outdated,
    gone: meeting === 'merge' ? await findGone(session, mirror, keys, own) : undefined,
  };
  const children = (resource.flattened?.tables ?? []).map((child): TablePush => {
    const at = quote(TARGET, child.schema, child.name);
    return {
      ...main,
      schema: child.schema,
      name: child.name,
      mirror: at,
      rows: at,
      meeting: 'all',
      keys: [ROW_ID],
      is_keyed: false,
      description: {
        now: listsOf(child, resource),
        before: met === undefined ? undefined : listsOf(child, met.previous),
      },
      descriptions: new Map(),
      outdated: [],
      gone: undefined,
    };
  });
  return [main, ...children];
}

/** What the table of the lists at a path means. */
const listsOf = ({ path }: { readonly path: string }, { name }: StoredResource): string =>
  `The lists "${path}" in the rows of "${name}".`;

/** Columns that flattening made of an earlier load's rows. */
const madeColumns = ({ previous: { flattened } }: Met): string[] =>
  flattened === null ? [] : [...flattened.added.map(({ name }) => name), flattened.row_id];

/** Whether no two rows have the same key. `whole`: each row has to have one. */
async function areDistinct(
  session: Session,
  table: string,
  keys: readonly string[],
  { whole = false }: { readonly whole?: boolean } = {},
): Promise<boolean> {
  const names = keys.map((key) => quote(key)).join(', ');
  const isWhole = keys.map((key) => `${quote(key)} IS NOT NULL`).join(' AND ');
  const counted = whole ? 'count(*)' : `count(*) FILTER (WHERE ${isWhole})`;
  const [row] = await session.rows(
    `SELECT (${counted} = count(DISTINCT (${names})) FILTER (WHERE ${isWhole})) AS distinct_keys FROM ${table}`,
  );
  return row?.['distinct_keys'] === true;
}

/** Whether the table's rows have distinct keys, those that stay among them. */
async function isKeyed(
  session: Session,
  mirror: string,
  keys: readonly string[],
  isDistinct: boolean,
  met: Met | undefined,
): Promise<boolean> {
  // Of a merge the mirror has the keys that stay as well, which nobody has counted yet.
  const isCounted = isDistinct && (met === undefined || met.meeting === 'all');
  return isCounted || areDistinct(session, mirror, keys, { whole: true });
}

/** What the columns mean, now and to the load before. */
function descriptionsOf(
  resource: StoredResource,
  previous: StoredResource | undefined,
): TablePush['descriptions'] {
  const before = new Map(previous?.columns.map(({ name, description }) => [name, description]));
  const names = storedNames(resource.columns);
  return new Map(
    resource.columns.map(({ name, description }, i) => [
      names[i]!,
      { now: description, before: before.get(name) },
    ]),
  );
}

/** The keys of rows that are gone, and those that were marked by this publication. */
async function findGone(
  session: Session,
  mirror: string,
  keys: readonly string[],
  own: string,
): Promise<NonNullable<TablePush['gone']>> {
  const names = keys.map((key) => quote(key));
  const list = names.map((name) => `p.${name}`).join(', ');
  const same = names.map((name) => `p.${name} = m.${name}`).join(' AND ');
  const deleted_at = quote(DELETED_AT_COLUMN);
  const removed = `SELECT ${list}, NULL::TIMESTAMPTZ AS ${deleted_at} FROM ${PREVIOUS_KEYS} p WHERE NOT EXISTS (SELECT 1 FROM ${mirror} m WHERE ${same}) AND ${names.map((name) => `p.${name} IS NOT NULL`).join(' AND ')}`;
  const hasMarks = (await columnTypes(session, mirror)).has(DELETED_AT_COLUMN);
  const marked = hasMarks
    ? [
        `SELECT ${list}, m.${deleted_at} FROM ${PREVIOUS_KEYS} p JOIN ${mirror} m ON ${same} WHERE m.${deleted_at} IS NOT NULL AND NOT p.was_marked AND NOT coalesce(m.${own}, false)`,
      ]
    : [];
  const isKeyless = names.map((name) => `${name} IS NULL`).join(' OR ');
  const had = await session.count(`${PREVIOUS_KEYS} WHERE ${isKeyless}`);
  const has =
    had === 0 ? 0 : await session.count(`${mirror} WHERE (${isKeyless}) AND NOT coalesce(${own}, false)`);
  return { rows: `(${[removed, ...marked].join(' UNION ALL ')})`, removes_keyless: had > 0 && has === 0 };
}
