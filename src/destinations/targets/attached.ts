/**
 * What all targets have in common that DuckDB attaches: looking into the attached database `target`,
 * publishing into it, and keeping load records there.
 */
import type { LoadReport } from '../../events.js';
import { type Column, withChanged } from '../../table/column.js';
import type { Capabilities } from '../capabilities.js';
import { keepsNestedAsJson, type Publication, type ServerLimits } from '../destination.js';
import { isDamage } from '../engine/failures.js';
import type { Session } from '../engine/session.js';
import { isWide, widthOf } from '../engine/wide.js';
import { publish, publishAll, type ToPublish } from '../publish/publish.js';
import type { StagedTable } from '../staging/staged-table.js';
import { stagingDamage } from '../staging/staging-damage.js';
import { isReadable } from '../staging/staging-file.js';
import { state, TARGET } from '../state/names.js';
import { readOwnership } from '../state/ownership.js';
import { readContents } from '../state/read-contents.js';
import { recallServerLimits } from '../state/server-limits.js';
import { findStateTables } from '../state/state-tables.js';
import { assertVersion, prepareState, writeLoad, writeServerLimits } from '../state/write-state.js';
import type { Existing, PublishedTable, TargetTools } from '../target.js';
import type { HeldDatabase } from './held-database.js';

/** Fewer rows are copied before another thread has begun. */
const MANY_ROWS = 10_000;

const NO_SERVER_LIMITS: ServerLimits = { page_sizes: {} };

/** An attached target that is published into. */
export interface AttachedTarget {
  readonly tools: TargetTools;
  readonly held: HeldDatabase;
  readonly staging_file: string;
  readonly capabilities: Capabilities;
}

/** Looks at what the attached target holds. Refuses the state of a newer version. */
export async function lookInto(session: Session): Promise<Existing> {
  const has = await findStateTables(session, TARGET);
  if (has.has('format')) {
    const [format] = await session.rows(`SELECT max(version) AS version FROM ${state('format')}`);
    assertVersion(format?.['version']);
  }
  return {
    contents: await readContents(session, has),
    server_limits: has.has('servers') ? await recallServerLimits(session) : NO_SERVER_LIMITS,
  };
}

/** Whether a staged table may be published in one transaction with others: few rows, nothing to look into. */
export function isSmall({ staged, columns, long_rows, plan }: StagedTable): boolean {
  return staged.rows < MANY_ROWS && !isWide(columns) && !long_rows && keepsNestedAsJson(plan);
}

/**
 * Publishes small tables into the attached target in one transaction: the first of them, until `isLong`.
 * Throws with the target as it was.
 */
export async function publishTogether(
  session: Session,
  tables: readonly ToPublish[],
  { tools: { keep_loads }, held, capabilities }: AttachedTarget,
  isLong: () => boolean,
): Promise<readonly PublishedTable[]> {
  const contents = held.contents() ?? (await readContents(session));
  const outcomes = await publishAll(session, contents, tables, { keep_loads, capabilities }, isLong);
  held.remember(outcomes.at(-1)!.contents);
  return outcomes;
}

/** Publishes a staged table into the attached target. Throws with the target as it was. */
export async function publishInto(
  session: Session,
  staged: StagedTable,
  publication: Publication,
  { tools: { engine, keep_loads }, held, staging_file, capabilities }: AttachedTarget,
): Promise<PublishedTable> {
  const contents = held.contents() ?? (await readContents(session));
  const swap = (): Promise<PublishedTable> =>
    publish(session, contents, staged, publication, { keep_loads, capabilities });
  let outcome: PublishedTable;
  try {
    const { previous } = readOwnership(contents, staged.plan);
    // Old columns stay.
    const columns = withChanged<Column>(previous?.columns ?? [], staged.columns);
    await session.expectWidth(widthOf(columns));
    const { long_rows } = staged;
    const isSmall = staged.staged.rows < MANY_ROWS && !isWide(columns) && !long_rows;
    if (long_rows) await session.releaseBuffers();
    outcome = await (isSmall ? swap() : engine.exclusive(swap, { long_rows }));
    if (long_rows) await session.releaseBuffers();
  } catch (thrown) {
    // DuckDB does not say which of the two files it means.
    if (isDamage(thrown) && !(await isReadable(session, staged.table)))
      throw stagingDamage(thrown, staging_file);
    throw thrown;
  }
  held.remember(outcome.contents);
  return outcome;
}

/**
 * Keeps a load's report in the attached target, and what the load found out about servers. `has_state`: a
 * table was published since it was attached.
 */
export async function recordInto(
  session: Session,
  report: LoadReport,
  server_limits: ServerLimits,
  {
    keep_loads,
    has_state = false,
  }: { readonly keep_loads: number; readonly has_state?: boolean | undefined },
): Promise<void> {
  await session.run('BEGIN');
  try {
    if (!has_state) {
      await findStateTables(session, TARGET);
      await prepareState(session);
    }
    await writeLoad(session, report, report.status, keep_loads);
    await writeServerLimits(session, server_limits);
    await session.commit();
  } catch (thrown) {
    await session.rollback();
    throw thrown;
  }
}
