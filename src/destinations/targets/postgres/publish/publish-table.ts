/**
 * Publishes one staged table into Postgres: in the mirror first, where ownership, schema changes, guards and
 * dispositions are those of a DuckDB file; then what came of it goes into Postgres as a difference, in one
 * transaction.
 * In: a staged table and what the load says of it. Out: what changed, and what the target holds since.
 */
import { CAPABILITIES } from '../../../capabilities.js';
import type { Publication, TargetPlan } from '../../../destination.js';
import type { Session } from '../../../engine/session.js';
import { quote } from '../../../engine/sql.js';
import { widthOf } from '../../../engine/wide.js';
import { type Outcome, publish } from '../../../publish/publish.js';
import { hasDuplicates, type StagedTable } from '../../../staging/staged-table.js';
import { stagingTableOf } from '../../../staging/staging-file.js';
import type { Contents, StoredResource } from '../../../state/contents.js';
import { TARGET } from '../../../state/names.js';
import { type Ownership, readOwnership } from '../../../state/ownership.js';
import { knownResources } from '../../../state/read-contents.js';
import type { PublishedTable } from '../../../target.js';
import { contentsOf, type DatabaseState, readDatabaseState } from '../mirror/database-state.js';
import {
  inPostgres,
  listRelations,
  mirrorNames,
  type NamedTable,
  relationOf,
  tablesOf,
} from '../mirror/mirror.js';
import { copyRejects } from '../mirror/previous-rows.js';
import { withMirror } from '../mirror/with-mirror.js';
import { mirrorOf, type OpenDatabase } from '../open-database.js';
import { mirroredResources, textsOf } from '../push/push-state.js';
import type { TablePush } from '../push/table-push.js';
import type { Connection } from '../wire/connection.js';
import { changedNames } from './changed-names.js';
import { type Met, meet } from './meet-previous.js';
import { pushSurely } from './push-surely.js';
import { rejectParts } from './reject-parts.js';
import { rejectUnfit } from './reject-unfit.js';
import { findRenames, type Renames, type TableName } from './renames.js';
import { tablesToPush } from './tables-to-push.js';

/** Fewer rows are copied before another thread has begun. */
const MANY_ROWS = 10_000;

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
  try {
    return await publishFit(opened, connection, fit, publication);
  } catch (thrown) {
    // Nobody knows what was committed: the next publication looks again.
    opened.state = undefined;
    throw thrown;
  }
}

/** What a publication concerns of the database. */
interface Concerned {
  readonly state: DatabaseState;
  readonly contents: Contents;
  readonly ownership: Ownership;
  /** Identities that the resource has, or had. */
  readonly own: readonly string[];
  /** Those, and identities of resources whose tables give up a name. */
  readonly concerned: readonly string[];
}

async function lookAt(opened: OpenDatabase, connection: Connection, plan: TargetPlan): Promise<Concerned> {
  opened.state ??= await readDatabaseState(connection, [...opened.schemas, plan.target.schema]);
  const { state } = opened;
  const contents = contentsOf(state);
  const ownership = readOwnership(contents, plan);
  const { previous, replaced, in_the_way, child_in_the_way } = ownership;
  const identities = (resources: readonly (StoredResource | null)[]): string[] =>
    resources.flatMap((resource) => resource?.identity ?? []);
  const own = [...new Set([plan.identity, ...replaced, ...identities([previous])])];
  return {
    state,
    contents,
    ownership,
    own,
    concerned: [...new Set([...own, ...identities([in_the_way, child_in_the_way])])],
  };
}

async function publishFit(
  opened: OpenDatabase,
  connection: Connection,
  staged: StagedTable,
  publication: Publication,
): Promise<PublishedTable> {
  const looked = await lookAt(opened, connection, staged.plan);
  const { state, concerned } = looked;
  const { previous } = looked.ownership;
  const rows = [...state.rows].filter(([identity]) => concerned.includes(identity)).map(([, row]) => row);
  return withMirror(
    mirrorOf(opened),
    connection,
    (session) => publishMirrored(opened, session, connection, { staged, publication, looked }),
    {
      in_file: staged.staged.rows >= MANY_ROWS || staged.long_rows || (previous?.rows ?? 0) >= MANY_ROWS,
      mirrored: { resources: rows },
    },
  );
}

/** A publication, and what it concerns. */
interface Publishing {
  readonly staged: StagedTable;
  readonly publication: Publication;
  readonly looked: Concerned;
}

/**
 * Shows in the mirror what the publication meets: the previous table, and names where others may be taken.
 */
async function showMet(
  opened: OpenDatabase,
  session: Session,
  connection: Connection,
  { staged, publication, looked }: Publishing,
): Promise<Met | undefined> {
  const { plan } = staged;
  const { state, own, concerned, ownership } = looked;
  const { previous } = ownership;
  const tables = [
    plan.target,
    ...tablesOf(state.known.filter(({ identity }) => concerned.includes(identity))),
  ].map(inPostgres);
  const relations = await listRelations(
    connection,
    tables.map(({ schema }) => schema),
    tables.map(({ name }) => name),
  );
  const relation = previous === null ? undefined : relationOf(relations, previous);
  const met =
    previous === null || relation === undefined
      ? undefined
      : await meet(opened, session, connection, { staged, publication, previous, relation });
  await session.run(`CREATE SCHEMA IF NOT EXISTS ${quote(TARGET, plan.target.schema)}`);
  if (plan.nested.flatten !== undefined || concerned.length > own.length) {
    const isMet = ({ schema, name }: TableName): boolean =>
      schema === previous?.schema && name === previous.name;
    await mirrorNames(
      session,
      state.tables.filter((table) => !isMet(table)),
    );
  }
  return met;
}

async function publishMirrored(
  opened: OpenDatabase,
  session: Session,
  connection: Connection,
  of: Publishing,
): Promise<PublishedTable> {
  const { staged, publication, looked } = of;
  const { plan } = staged;
  const { state, contents, own, concerned, ownership } = looked;
  const met = await showMet(opened, session, connection, of);
  if (plan.disposition.type !== 'replace' || publication.keep !== undefined)
    await copyRejects(session, connection, own, opened.folder);
  const resources_before = await mirroredResources(session);
  await session.expectWidth(widthOf(staged.columns));
  const mirrored = { ...staged, is_mirrored: canBeView(staged, publication) };
  // The mirror is a DuckDB database.
  const how = { keep_loads: opened.tools.keep_loads, capabilities: CAPABILITIES.duckdb };
  const swap = (): Promise<Outcome> => publish(session, contents, mirrored, publication, how);
  const outcome = await (staged.staged.rows < MANY_ROWS ? swap() : opened.tools.engine.exclusive(swap));
  const after = await knownResources(session);
  const parts = await rejectParts(session, staged, after);
  const renames = findRenames(state.known, [...untouched(state, concerned), ...after], {
    identity: plan.identity,
    own,
    previous: ownership.previous,
  });
  const pushed = await tablesToPush(session, staged, publication, met, after);
  const names = await changedNames(session, pushed);
  const { rows_total } = await pushSurely(
    opened,
    session,
    connection,
    {
      identity: plan.identity,
      load_id: plan.load_id,
      renames,
      tables: pushed,
      resources_before,
      rejects_of: own,
      staging_name: stagingTableOf(plan),
    },
    staged,
  );
  const isIt = ({ identity }: StoredResource): boolean => identity === plan.identity;
  const known = after.map((resource) => (isIt(resource) ? { ...resource, rows: rows_total } : resource));
  opened.state = {
    rows: new Map([...untouchedRows(state, concerned), ...textsOf(await mirroredResources(session))]),
    known: [...untouched(state, concerned), ...known],
    tables: tablesAfter(state, renames, pushed),
  };
  return {
    published: {
      ...outcome.published,
      rows_total,
      values_rejected: outcome.published.values_rejected + parts,
      ...names,
    },
    contents: contentsOf(opened.state),
  };
}

/** Whether the rows need not be copied before they are sent: all of them replace all that are there. */
function canBeView({ plan, staged }: StagedTable, { keep }: Publication): boolean {
  const isReplaced = plan.disposition.type === 'replace' && keep === undefined;
  const isTakenApart = plan.nested.type === 'struct' || plan.nested.flatten !== undefined;
  return isReplaced && !isTakenApart && !hasDuplicates(staged);
}

const untouched = ({ known }: DatabaseState, concerned: readonly string[]): StoredResource[] =>
  known.filter(({ identity }) => !concerned.includes(identity));

const untouchedRows = ({ rows }: DatabaseState, concerned: readonly string[]) =>
  [...rows].filter(([identity]) => !concerned.includes(identity));

/** The tables that are there after a publication. */
function tablesAfter(
  { tables }: DatabaseState,
  { moved, dropped }: Renames,
  pushed: readonly TablePush[],
): readonly NamedTable[] {
  const isAt = (one: TableName) => (other: TableName) =>
    one.schema === other.schema && one.name === other.name;
  const stay = tables.flatMap((table) => {
    if (dropped.some(isAt(table))) return [];
    const to = moved.find(({ from }) => isAt(table)(from))?.to;
    return [to === undefined ? table : { ...table, ...to }];
  });
  const come = pushed.filter((table) => !stay.some(isAt(table)));
  return [
    ...stay,
    ...come.map(({ schema, name, description }) => ({
      schema,
      name,
      is_view: false,
      comment: description.now ?? null,
    })),
  ];
}
