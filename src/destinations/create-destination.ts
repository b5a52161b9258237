/**
 * The one implementation of what the loader calls: rows are staged in a DuckDB file beside a target, and the
 * target publishes them.
 * In: a place that rows can go to, and plans of tables. Out: a Destination; its writers stage, count, resume
 * and publish.
 */
import { rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { XanoError } from '../errors.js';
import { foldName } from '../names.js';
import type { TargetTable } from '../table/column.js';
import { type Announcer, createAnnouncer } from './announcement.js';
import { assertCapable } from './assert-capable.js';
import {
  type Destination,
  keepsNestedAsJson,
  type RowsFound,
  type RowsWanted,
  type ServerLimits,
  type TargetPlan,
  type TargetWriter,
} from './destination.js';
import { type Engine, startEngine } from './engine/engine.js';
import { assertOwnFolder, openFolder, removeFolder, walFiles } from './engine/own-files.js';
import { quote } from './engine/sql.js';
import type { Prepared } from './prepared.js';
import { copyRows } from './publish/published-rows.js';
import { createPublishedStaging, type PublishedStaging } from './published-staging.js';
import { releaseLease, takeLease } from './staging/lease.js';
import { openStaging, stagingTableOf } from './staging/staging-file.js';
import { openWriter } from './staging/writer.js';
import { assertMasks } from './state/assert-masks.js';
import { type Contents, NOTHING, rememberedOf } from './state/contents.js';
import { STAGING } from './state/names.js';
import { readOwnership } from './state/ownership.js';
import type { Existing, Target, TargetPlace } from './target.js';
import { inStaging, inTarget, withFailures } from './writer-failures.js';

/** What a destination takes from outside. */
export interface DestinationOptions {
  /** Milliseconds of a clock that only goes forward. Default performance.now. */
  readonly now?: () => number;
  /** Default: a timer. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** How long a file that another program holds is waited for, in milliseconds. Default 5 s. */
  readonly lock_wait_ms?: number;
  /** How many load records stay, the newest. Default 1,000; at least 1. */
  readonly keep_loads?: number;
  /** Frees JavaScript's unused memory before rows are copied. Default: nothing. */
  readonly collectGarbage?: (() => void) | undefined;
}

/** Load records that stay where nobody says otherwise: six weeks of hourly loads. */
const KEEP_LOADS = 1_000;

const NO_SERVER_LIMITS: ServerLimits = { page_sizes: {} };

/** A destination while it is open. */
interface Opened {
  readonly place: TargetPlace;
  readonly target: Target;
  readonly engine: Engine;
  readonly now: () => number;
  /**
   * Batches on their way into DuckDB, and what DuckDB spills: beside the target, so that the next load finds
   * what a killed one left.
   */
  readonly folder: string;
  /**
   * What the target held when it was looked at last. While the staging file is held, no other load changes
   * it.
   */
  existing: Existing | undefined;
  /** Names of tables that staging has, or had. */
  staged_before: Set<string>;
  preparing: Promise<Prepared> | undefined;
  holds_staging: boolean;
  readonly published: PublishedStaging;
  /** While the staging file is held. */
  announcer: Announcer | undefined;
  /** Writers opened so far. */
  writers: number;
}

/**
 * Opens a destination that writes to a place. Nothing is created before there is something to keep. Throws
 * USAGE.
 */
export async function createDestination(
  place: TargetPlace,
  options: DestinationOptions = {},
): Promise<Destination> {
  const { now = () => performance.now(), sleep = setTimeout, lock_wait_ms = 5_000 } = options;
  const { keep_loads = KEEP_LOADS } = options;
  if (!Number.isSafeInteger(keep_loads) || keep_loads < 1)
    throw new XanoError('USAGE', `keep_loads must be a whole number from 1, not ${keep_loads}.`);
  const folder = `${place.staging_file}.tmp`;
  const engine = await startEngine({
    spill_folder: folder,
    files: [...place.database_files, place.staging_file],
    folders: place.folders,
    setUp: place.setUp,
    stays_open: place.stays_open,
    sleep,
    lock_wait_ms,
    collectGarbage: options.collectGarbage,
  });
  const opened: Opened = {
    place,
    target: place.open({ engine, now, sleep, keep_loads }),
    engine,
    now,
    folder,
    existing: undefined,
    staged_before: new Set(),
    preparing: undefined,
    holds_staging: false,
    published: createPublishedStaging(engine),
    announcer: undefined,
    writers: 0,
  };
  const { addForeignKeys } = opened.target;
  return {
    label: place.label,
    publishes_together: place.capabilities.publish_together,
    foldName: foldingOf(place),
    assertCapable: (tables) => assertCapable(place, tables),
    recall: async () => rememberedOf((await look(opened)).contents),
    server_limits: async () => (await look(opened)).server_limits,
    prepare: () => prepare(opened),
    announce: (current) => opened.announcer?.announce(current),
    openTarget: (plan) => openTarget(opened, plan),
    readRows: (wanted) => readRows(opened, wanted),
    record: async (report, server_limits = NO_SERVER_LIMITS) => {
      // A load that brought nothing does not make a target.
      if (opened.target.isAbsent()) return;
      await opened.target.record(report, server_limits);
      opened.existing = undefined;
    },
    ...(addForeignKeys === undefined ? {} : { addForeignKeys }),
    close: () => close(opened),
  };
}

async function readRows({ engine, target }: Opened, wanted: RowsWanted): Promise<RowsFound> {
  const session = await engine.session();
  try {
    const { identity, keys, columns } = wanted;
    return await target.read(() => copyRows(session, wanted), { identity, columns: [...keys, ...columns] });
  } catch (thrown) {
    session.close();
    throw thrown;
  }
}

/** How the names of a place are compared. */
const foldingOf = ({ capabilities }: TargetPlace): ((name: string) => string) =>
  capabilities.case_sensitive_names ? (name) => name : foldName;

/** What the target holds, without looking again where nobody can have changed it. */
async function look(opened: Opened): Promise<Existing> {
  const { target } = opened;
  if (target.isAbsent()) return { contents: NOTHING, server_limits: NO_SERVER_LIMITS };
  if (!opened.holds_staging) return target.look('read');
  opened.existing ??= await target.look('read');
  return opened.existing;
}

function prepare(opened: Opened): Promise<Prepared> {
  opened.preparing ??= prepareStaging(opened);
  return opened.preparing;
}

async function prepareStaging(opened: Opened): Promise<Prepared> {
  const { place, target, engine, folder, now } = opened;
  const { label, staging_file, capabilities } = place;
  await inTarget(opened.place, async () => target.assertWritable());
  const { container } = capabilities;
  const { tables, set_aside } = await takeLease({ label, staging_file, container }, () => {
    assertOwnFolder(folder);
    const clearFolder = (): Promise<void> => inTarget(opened.place, async () => openFolder(folder));
    return openStaging(engine, { file: place.path, staging_file }, now, clearFolder);
  });
  opened.staged_before = new Set(tables);
  opened.holds_staging = true;
  opened.announcer = createAnnouncer(folder, now);
  // Better to learn now than after an hour of reading that the target cannot be written to.
  // That includes tables of a version that this one does not know.
  if (!target.isAbsent()) opened.existing = await target.look('write');
  return { set_aside };
}

async function openTarget(opened: Opened, wanted: TargetPlan): Promise<TargetWriter> {
  const { place, target, engine, folder, now } = opened;
  assertCapable(place, [wanted]);
  await prepare(opened);
  await inTarget(opened.place, () => target.lease(wanted.target.schema));
  opened.writers++;
  const { contents } = await look(opened);
  const plan = {
    ...wanted,
    target: { ...wanted.target, schema: schemaIn(contents, wanted.target, foldingOf(place)) },
  };
  // Before anything is read: a table that belongs to another resource would be refused in the end.
  const { previous } = readOwnership(contents, plan);
  assertMasks(previous, plan);
  const session = await engine.session();
  const table_name = stagingTableOf(plan);
  const is_new = !opened.staged_before.has(table_name);
  opened.staged_before.add(table_name);
  opened.published.openedAgain(plan.identity);
  const isOnlyTable = (): boolean => opened.writers === 1;
  const writer = await inStaging(opened.place, () =>
    openWriter({
      plan,
      session,
      table_name,
      is_new,
      folder,
      now,
      previous,
      read: target.read,
      mayStay: () => place.capabilities.publish_in_place && isOnlyTable() && target.isAbsent(),
      may_stay_in_file: place.capabilities.publish_together && keepsNestedAsJson(plan),
      publish: async (staged, publication) => {
        const options = { is_only_table: isOnlyTable(), is_last: publication.is_last };
        const { published, contents: since } = await target.publish(staged, publication, options);
        const server_limits = opened.existing?.server_limits ?? NO_SERVER_LIMITS;
        opened.existing = { contents: since, server_limits };
        return published;
      },
      forgetLater: opened.published.add,
    }),
  );
  return withFailures(opened.place, writer);
}

async function close(opened: Opened): Promise<void> {
  const { place, target, engine, folder, preparing } = opened;
  const { staging_file } = place;
  await preparing?.catch(() => {});
  const { holds_staging } = opened;
  const keep = !holds_staging || (await opened.published.hasOthers());
  if (holds_staging) await (keep ? engine.detach(STAGING) : engine.discard(STAGING)).catch(() => {});
  engine.close();
  await opened.announcer?.close();
  if (holds_staging) {
    removeFolder(folder);
    // The log first: without its file it would be taken for what is left of a damaged one.
    if (!keep) for (const name of [...walFiles(staging_file), staging_file]) rmSync(name, { force: true });
    releaseLease(staging_file);
    opened.holds_staging = false;
  }
  await target.close();
}

/** A schema's name as the target spells it, which may differ in upper and lower case. */
function schemaIn(
  { tables }: Contents,
  { schema }: Pick<TargetTable, 'schema'>,
  fold: (name: string) => string,
): string {
  const wanted = fold(quote(schema));
  return tables.find((table) => fold(quote(table.schema)) === wanted)?.schema ?? schema;
}
