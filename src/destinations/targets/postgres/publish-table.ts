/**
 * Publishes one staged table into Postgres: in the mirror first, where ownership, schema changes, guards and
 * dispositions are those of a DuckDB file; then what came of it goes into Postgres as a difference, in one
 * transaction.
 */
import { DELETED_AT_COLUMN, LOAD_ID_COLUMN, storedNames } from '../../../table/column.js';
import { CAPABILITIES } from '../../capabilities.js';
import type { Publication } from '../../destination.js';
import { coversAll, storedKeys } from '../../engine/column-sql.js';
import type { Session } from '../../engine/session.js';
import { literal, quote } from '../../engine/sql.js';
import { columnTypes } from '../../engine/table-columns.js';
import { widthOf } from '../../engine/wide.js';
import { ROW_ID } from '../../publish/flatten-sql.js';
import { type Outcome, publish } from '../../publish/publish.js';
import type { StagedTable } from '../../staging/staged-table.js';
import { stagingTableOf } from '../../staging/staging-file.js';
import type { StoredResource } from '../../state/contents.js';
import { TARGET } from '../../state/names.js';
import { readOwnership } from '../../state/ownership.js';
import { knownResources, readContents } from '../../state/read-contents.js';
import type { PublishedTable } from '../../target.js';
import {
  inPostgres,
  listRelations,
  type MirroredColumn,
  mirrorNames,
  type Relation,
  relationOf,
  tablesOf,
} from './mirror.js';
import { lostBy, mirrorOf, type OpenDatabase, reconnect } from './open-database.js';
import { hasDistinctKeys, type Meeting, planPublish } from './plan-publish.js';
import { copyPrevious, copyRejects, createPrevious, PREVIOUS_KEYS, rememberKeys } from './previous-rows.js';
import { mirroredResources } from './push-state.js';
import { type Push, pushTables } from './push-tables.js';
import { rejectUnfit } from './reject-unfit.js';
import { findRenames } from './renames.js';
import { stateTable } from './state-tables.js';
import type { TablePush } from './table-push.js';
import type { Connection } from './wire/connection.js';
import { withMirror } from './with-mirror.js';

/** Fewer rows are copied before another thread has begun. */
const MANY_ROWS = 10_000;
/** How often a publication is tried whose connection was lost. */
const ATTEMPTS = 3;

/** Publishes a staged table: all of it, or nothing. Throws with Postgres as it was. */
export async function publishTable(
  opened: OpenDatabase,
  connection: Connection,
  staged: StagedTable,
  publication: Publication,
): Promise<PublishedTable> {
  const { engine } = opened.tools;
  const session = await engine.session();
  let fit: StagedTable;
  try {
    fit = await rejectUnfit(session, staged, opened.address.json);
  } finally {
    session.close();
  }
  return withMirror(
    mirrorOf(opened),
    connection,
    (mirror) => publishFit(opened, mirror, connection, fit, publication),
    {
      in_file: true,
    },
  );
}

/** The table that a publication meets. */
interface Met {
  readonly previous: StoredResource;
  readonly relation: Relation;
  readonly columns: readonly MirroredColumn[];
  readonly meeting: Meeting;
  readonly keys: readonly string[];
}

async function publishFit(
  opened: OpenDatabase,
  session: Session,
  connection: Connection,
  staged: StagedTable,
  publication: Publication,
): Promise<PublishedTable> {
  const { plan } = staged;
  const { tools } = opened;
  const known = await knownResources(session);
  const schemas = [plan.target, ...tablesOf(known)].map((table) => inPostgres(table).schema);
  const relations = await listRelations(connection, schemas);
  const met = await meet(opened, session, connection, staged, publication, relations);
  const before = await readContents(session);
  const ownership = readOwnership(before, plan);
  const own = [
    plan.identity,
    ...ownership.replaced,
    ...(ownership.previous === null ? [] : [ownership.previous.identity]),
  ];
  if (plan.disposition.type !== 'replace' || publication.keep !== undefined)
    await copyRejects(session, connection, own, opened.folder);
  const resources_before = await mirroredResources(session);
  await session.expectWidth(widthOf(staged.columns));
  const swap = (): Promise<Outcome> =>
    publish(session, before, staged, publication, {
      keep_loads: tools.keep_loads,
      // The mirror is a DuckDB database.
      capabilities: CAPABILITIES.duckdb,
    });
  const outcome = await (staged.staged.rows < MANY_ROWS ? swap() : tools.engine.exclusive(swap));
  const after = await knownResources(session);
  const push: Push = {
    identity: plan.identity,
    load_id: plan.load_id,
    renames: findRenames(before.known, after, { identity: plan.identity, own, previous: ownership.previous }),
    tables: await tablesToPush(session, staged, publication, met, after),
    resources_before,
    rejects_of: [...new Set(own)],
    staging_name: stagingTableOf(plan),
  };
  const { rows_total } = await pushSurely(opened, session, connection, push, staged);
  const isIt = ({ identity }: StoredResource): boolean => identity === plan.identity;
  return {
    published: { ...outcome.published, rows_total },
    contents: {
      ...outcome.contents,
      known: outcome.contents.known.map((one) => (isIt(one) ? { ...one, rows: rows_total } : one)),
    },
  };
}

/** Shows in the mirror what the publication meets: names, and the previous table with the rows that it asks for. */
async function meet(
  opened: OpenDatabase,
  session: Session,
  connection: Connection,
  staged: StagedTable,
  publication: Publication,
  relations: readonly Relation[],
): Promise<Met | undefined> {
  const { plan } = staged;
  const names = await namesOf(session, relations);
  const { previous } = readOwnership(
    { known: await knownResources(session), tables: names, has_state: false },
    plan,
  );
  const relation = previous === null ? undefined : relationOf(relations, previous);
  if (previous === null || relation === undefined) {
    await mirrorNames(session, relations);
    return undefined;
  }
  const columns = await createPrevious(session, previous, relation);
  await mirrorNames(session, relations, [previous]);
  const { meeting, pulled } = planPublish(staged, publication, previous, columns);
  const keys = storedKeys(previous.columns, plan.target.primary_key);
  if (pulled !== undefined)
    await copyPrevious(session, connection, {
      previous,
      relation,
      columns,
      names: pulled,
      folder: opened.folder,
    });
  if (meeting === 'merge') await rememberKeys(session, previous, columns, keys);
  return { previous, relation, columns, meeting, keys };
}

/** The tables that are there, under the names that the state has. */
async function namesOf(session: Session, relations: readonly Relation[]) {
  const known = tablesOf(await knownResources(session));
  return relations.map((relation) => {
    const { schema, name } = known.find((table) => relationOf([relation], table) !== undefined) ?? relation;
    return { schema, name, is_view: relation.is_view };
  });
}

/** What goes into Postgres of the mirror: the table, and those of its lists. */
async function tablesToPush(
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
  const isUnique = keys.length > 0 && (isReplaced ? isDistinct : await areDistinct(session, mirror, keys));
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
    description: plan.target.description,
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
      description: `The lists "${child.path}" in the rows of "${resource.name}".`,
      descriptions: new Map(),
      outdated: [],
      gone: undefined,
    };
  });
  return [main, ...children];
}

/** Columns that flattening made of an earlier load's rows. */
const madeColumns = ({ previous: { flattened } }: Met): string[] =>
  flattened === null ? [] : [...flattened.added.map(({ name }) => name), flattened.row_id];

async function areDistinct(session: Session, table: string, keys: readonly string[]): Promise<boolean> {
  const names = keys.map((key) => quote(key)).join(', ');
  const isWhole = keys.map((key) => `${quote(key)} IS NOT NULL`).join(' AND ');
  const [row] = await session.rows(
    `SELECT (count(*) = count(DISTINCT (${names})) FILTER (WHERE ${isWhole})) AS distinct_keys FROM ${table}`,
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
  if (met === undefined || met.meeting === 'all') return isDistinct || areDistinct(session, mirror, keys);
  return areDistinct(session, mirror, keys);
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

/**
 * Pushes, and tries again on a new connection where it was lost: first it looks whether the lost one had
 * committed.
 */
async function pushSurely(
  opened: OpenDatabase,
  session: Session,
  first: Connection,
  push: Push,
  { staging_id }: StagedTable,
): Promise<{ readonly rows_total: number }> {
  let connection = first;
  for (let attempt = 1; ; attempt++)
    try {
      return await pushTables(opened, session, connection, push);
    } catch (thrown) {
      if (!lostBy(opened, thrown) || attempt >= ATTEMPTS) throw thrown;
      connection = await reconnect(opened);
      const [row] = await publishedRows(connection, push.identity, staging_id);
      if (row !== undefined) return { rows_total: Number(row['rows']) };
    }
}

async function publishedRows(
  connection: Connection,
  identity: string,
  staging_id: string,
): Promise<readonly Readonly<Record<string, string | null>>[]> {
  const [found] = await connection.rows("SELECT to_regclass('_xano.resources')::text AS name");
  if (found?.['name'] === null) return [];
  return connection.rows(
    `SELECT rows FROM ${stateTable('resources')} WHERE identity = $1 AND staging_id = $2`,
    [identity, staging_id],
  );
}
