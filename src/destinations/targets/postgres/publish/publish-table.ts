/**
 * Publishes one staged table into Postgres: in the mirror first, where ownership, schema changes, guards and
 * dispositions are those of a DuckDB file; then what came of it goes into Postgres as a difference, in one
 * transaction.
 * In: a staged table and what the load says of it. Out: what changed, and what the target holds since.
 */
import { CAPABILITIES } from '../../../capabilities.js';
import type { Publication } from '../../../destination.js';
import type { Session } from '../../../engine/session.js';
import { widthOf } from '../../../engine/wide.js';
import { type Outcome, publish } from '../../../publish/publish.js';
import type { StagedTable } from '../../../staging/staged-table.js';
import { stagingTableOf } from '../../../staging/staging-file.js';
import type { StoredResource } from '../../../state/contents.js';
import { readOwnership } from '../../../state/ownership.js';
import { knownResources, readContents } from '../../../state/read-contents.js';
import type { PublishedTable } from '../../../target.js';
import { inPostgres, listRelations, tablesOf } from '../mirror/mirror.js';
import { copyRejects } from '../mirror/previous-rows.js';
import { stateTable } from '../mirror/state-tables.js';
import { withMirror } from '../mirror/with-mirror.js';
import { lostBy, mirrorOf, type OpenDatabase, reconnect } from '../open-database.js';
import { mirroredResources } from '../push/push-state.js';
import { type Push, pushTables } from '../push/push-tables.js';
import type { Connection } from '../wire/connection.js';
import { meet } from './meet-previous.js';
import { rejectUnfit } from './reject-unfit.js';
import { findRenames } from './renames.js';
import { tablesToPush } from './tables-to-push.js';

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
