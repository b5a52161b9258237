/**
 * Makes staged rows visible. In: a staged table and what the load says of it. Out: the target's table with
 * these rows, its state, its rejects and the load record, all in one transaction or none of them.
 */
import type { LeftAsJson, LoadReport, SchemaChange } from '../../events.js';
import type { Column } from '../../table/column.js';
import type { Capabilities } from '../capabilities.js';
import type { Publication } from '../destination.js';
import type { Session } from '../engine/session.js';
import { literal, quote } from '../engine/sql.js';
import type { Published } from '../published.js';
import type { StagedTable } from '../staging/staged-table.js';
import { type Contents, type StoredResource, withResource } from '../state/contents.js';
import { TARGET } from '../state/names.js';
import { type Ownership, readOwnership } from '../state/ownership.js';
import { readContents } from '../state/read-contents.js';
import { prepareState, resourceStatements, writeLoad } from '../state/write-state.js';
import { describe } from './describe.js';
import { applyDisposition } from './dispositions/dispositions.js';
import type { Swapped } from './dispositions/swap.js';
import { type FlatShapes, type Flattening, flatShapes, flatten } from './flatten.js';
import { type NestedColumns, nestedColumns } from './nested.js';
import { changesNoOther, createPendingState, type PendingState } from './pending-state.js';
import { makePlacement } from './placement.js';
import { handOverRejects, writeRejects } from './rejects.js';

/** What a publication did, and what the file holds since. */
export interface Outcome {
  readonly published: Published;
  readonly contents: Contents;
}

/** How a target is published into. */
export interface PublishingOptions {
  /** How many load records stay, the newest. */
  readonly keep_loads: number;
  /** Of the attached target. */
  readonly capabilities: Pick<Capabilities, 'fixed_size_arrays' | 'retype'>;
}

/** A staged table that is to be published. */
export interface ToPublish {
  readonly staged: StagedTable;
  readonly publication: Publication;
}

/**
 * Publishes a staged table into the attached target, which has these contents. Throws with nothing changed.
 */
export async function publish(
  session: Session,
  contents: Contents,
  staged: StagedTable,
  publication: Publication,
  options: PublishingOptions,
): Promise<Outcome> {
  const [outcome] = await publishAll(session, contents, [{ staged, publication }], options);
  return outcome!;
}

/**
 * Publishes staged tables in one transaction: the first of them, until `isLong` says that the transaction has
 * taken long enough; or none. Outcomes come in the same order; the last one has the contents since.
 */
export async function publishAll(
  session: Session,
  contents: Contents,
  tables: readonly ToPublish[],
  options: PublishingOptions,
  isLong: () => boolean = () => false,
): Promise<readonly Outcome[]> {
  const prepared: Prepared[] = [];
  const pending = createPendingState(session);
  // Before the transaction: only reading, and it may take a while.
  for (const table of tables) prepared.push(await prepare(session, contents, table, options));
  await session.run('BEGIN');
  try {
    const outcomes: Outcome[] = [];
    let since = contents;
    for (const table of prepared) {
      const outcome = await swap({ ...table, contents: since, pending });
      outcomes.push(outcome);
      since = outcome.contents;
      if (isLong()) break;
    }
    await pending.write();
    const report = reportOfAll(tables.slice(0, outcomes.length));
    await writeLoad(session, report, 'running', options.keep_loads);
    await session.commit();
    return outcomes;
  } catch (thrown) {
    await session.rollback();
    throw thrown;
  }
}

async function prepare(
  session: Session,
  contents: Contents,
  { staged: given, publication }: ToPublish,
  options: PublishingOptions,
): Promise<Prepared> {
  // Rows that stay need the table in place, with columns that hold the old values and the new ones.
  const staged: StagedTable =
    publication.keep === undefined
      ? given
      : { ...given, plan: { ...given.plan, disposition: { type: 'append', skip_known: null } } };
  const { plan } = staged;
  const { previous } = readOwnership(contents, plan);
  const nested = plan.nested.type === 'struct' ? await nestedColumns(session, staged, previous) : undefined;
  const flat = plan.nested.flatten === undefined ? undefined : await flatShapes(session, staged, previous);
  return { ...options, session, staged, publication, nested, flat };
}

/** The report so far: each table's own part comes last in the report that it is published with. */
function reportOfAll(tables: readonly ToPublish[]): LoadReport {
  const reports = tables.map(({ publication }) => publication.report);
  const last = reports.at(-1)!;
  const resources = new Map(reports.flatMap((report) => report.resources).map((one) => [one.resource, one]));
  return { ...last, resources: [...resources.values()] };
}

/** A table that is ready for the transaction. */
interface Prepared extends PublishingOptions {
  readonly session: Session;
  readonly staged: StagedTable;
  readonly publication: Publication;
  /** What was found of values that are objects or lists, where that was asked for. */
  readonly nested: NestedColumns | undefined;
  readonly flat: FlatShapes | undefined;
}

/** All that the transaction works with. */
interface Publishing extends Prepared {
  readonly contents: Contents;
  /** The state of tables before this one, in the same transaction. */
  readonly pending: PendingState;
}

/** The transaction: rows, then state, rejects and load record. */
async function swap(publishing: Publishing): Promise<Outcome> {
  const { session, contents, staged, publication, pending } = publishing;
  const { plan } = staged;
  const { target } = plan;
  const ownership = readOwnership(contents, plan);
  const can_wait = changesNoOther(ownership, staged, publication);
  // What follows may read and change the state of other tables.
  if (!can_wait) await pending.write();
  if (!contents.has_state) await prepareState(session);
  if (!contents.tables.some(({ schema }) => schema === target.schema))
    await session.run(`CREATE SCHEMA IF NOT EXISTS ${quote(TARGET, target.schema)}`);
  const placement = await makePlacement(session, ownership, plan);
  const { swapped, flattening } = await writeRows(publishing, placement);
  const table = quote(TARGET, target.schema, target.name);
  const isNew = placement.previous === null || plan.disposition.type === 'replace';
  const rows_total = isNew && can_wait ? swapped.rows_written : await session.count(table);

  const resource: StoredResource = {
    identity: plan.identity,
    resource: plan.resource,
    schema: target.schema,
    name: target.name,
    origin: plan.origin,
    columns: swapped.columns,
    rows: rows_total,
    watermark: publication.watermark,
    loaded_at: `${publication.report.finished_at.slice(0, 19)}Z`,
    staging_id: staged.staging_id,
    flattened: flattening?.flattened ?? null,
    description: target.description || null,
  };
  // A target has one owner: the same table read through another address before is this resource now.
  const row = { resource, plan, publication, owners: [plan.identity, ...placement.replaced] };
  let values_rejected = 0;
  if (can_wait) pending.add({ ...row, table });
  else {
    await session.run(resourceStatements([row]).join('; '));
    await handOverRejects(session, plan, placement);
    const owners = `identity IN (${row.owners.map(literal).join(', ')})`;
    const as = { table, columns: swapped.columns, owners };
    values_rejected = await writeRejects(session, staged, publication, as);
  }
  // What made it a staging file; with the same transaction it is a target.
  if (staged.already_in_target)
    for (const name of ['progress', 'rejects'])
      await session.run(`DROP TABLE ${quote(TARGET, 'main', name)}`);

  const published = publishedOf(
    publishing,
    placement.changes,
    { ...swapped, rows_total, values_rejected },
    flattening,
  );
  // Read again only where more has changed than this one table: with hundreds of tables that takes longer
  // than publishing one.
  const now = changesOthers(publishing, placement, flattening)
    ? await readContents(session)
    : withResource(contents, placement.replaced, resource);
  return { published, contents: { ...now, has_state: true } };
}

/** Puts the rows into the table, and makes the tables of their lists where that was asked for. */
async function writeRows(
  { session, staged, publication, nested, flat, capabilities }: Publishing,
  { previous }: Ownership,
): Promise<{ readonly swapped: Swapped; readonly flattening: Flattening | undefined }> {
  const { plan } = staged;
  const swapped = await applyDisposition({
    session,
    staged,
    columns: storable(nested?.columns ?? staged.columns, capabilities),
    database: TARGET,
    previous: previous?.columns ?? null,
    complete_ranges: publication.complete_ranges,
    keep: publication.keep,
    retype: capabilities.retype,
    describe: (columns) => describe(session, plan.target, columns),
  });
  if (flat === undefined) return { swapped, flattening: undefined };
  const flattening = await flatten(session, plan, swapped.columns, flat, previous?.flattened ?? null);
  // Flattening has made the table again, with ids.
  await describe(session, plan.target, swapped.columns);
  return { swapped, flattening };
}

/** Columns as the target can have them: some know no vectors, only lists. */
function storable(
  columns: readonly Column[],
  { fixed_size_arrays }: Pick<Capabilities, 'fixed_size_arrays'>,
): readonly Column[] {
  if (fixed_size_arrays) return columns;
  return columns.map((column) => (column.size === undefined ? column : { ...column, size: undefined }));
}

function publishedOf(
  { nested, flat }: Publishing,
  placed: readonly SchemaChange[],
  {
    rows_written,
    rows_deleted,
    rows_total,
    values_rejected,
    changes,
  }: Swapped & Pick<Published, 'rows_total' | 'values_rejected'>,
  flattening: Flattening | undefined,
): Published {
  return {
    rows_written,
    rows_deleted,
    rows_total,
    values_rejected,
    changes: [...placed, ...changes, ...(flattening?.changes ?? [])],
    ...(nested === undefined && flat === undefined ? {} : { left_as_json: leftAsJson(nested, flat) }),
    ...(flattening === undefined ? {} : { child_tables: flattening.child_tables }),
  };
}

/** Each place once, whether it was to become a STRUCT, a table, or both. */
function leftAsJson(nested: NestedColumns | undefined, flat: FlatShapes | undefined): LeftAsJson[] {
  const left = [...(nested?.left ?? []), ...(flat?.left ?? [])];
  return left.filter(({ column }, i) => left.findIndex((one) => one.column === column) === i);
}

/** Whether publishing has changed more of the target than one table. */
function changesOthers(
  { contents, staged: { plan } }: Publishing,
  { previous, replaced, changes }: Ownership & { readonly changes: readonly SchemaChange[] },
  flattening: Flattening | undefined,
): boolean {
  const { target, identity } = plan;
  const own = [identity, ...replaced];
  const hadChildren = contents.known.some((one) => own.includes(one.identity) && one.flattened !== null);
  const moved = previous !== null && (previous.schema !== target.schema || previous.name !== target.name);
  return changes.length > 0 || moved || hadChildren || flattening !== undefined;
}
