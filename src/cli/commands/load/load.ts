/**
 * `xano load`: loads tables into a DuckDB file, a folder of Parquet files or a Postgres database.
 * In: options, and a connection.
 * Out: progress, a report, and the exit status that the report means.
 */
import { Command } from 'commander';
import type { EndpointConfig, SourceReference } from '../../../index.js';
import type { Connection } from '../../../session/connect.js';
import type { ChosenHistory } from '../../../session/tables/choose-history.js';
import type { Context, Finish } from '../../context.js';
import { placeOptions } from '../../input/place-options.js';
import type { Printer } from '../../output/output.js';
import type { LoadOne, LoadPart } from './load-each.js';
import type { LoadNotices } from './load-notices.js';
import { type LoadFlags, withLoadOptions } from './load-options.js';
import type { Log } from './log.js';
import type { LoadChoice, LoadOutcome } from './run-load.js';

/** Makes `xano load`. */
export function loadCommand(context: Context, finish: Finish): Command {
  return withLoadOptions(
    new Command('load').description(
      'load a workspace, or the named tables, into a DuckDB file or another place',
    ),
  ).action(async (names: string[], flags: LoadFlags) => finish(await loadAndPrint(names, flags, context)));
}

async function loadAndPrint(names: readonly string[], flags: LoadFlags, context: Context): Promise<number> {
  const { createPrinter } = await import('../../output/output.js');
  const { logPlace, openLog } = await import('./log.js');
  const { withDeadline } = await import('../../deadline.js');
  const { loadEach, partsOf } = await import('./load-each.js');
  const { asXanoError, exitStatus } = await import('../../../index.js');
  const printer = createPrinter(context, flags.color !== false, flags);
  const { assertOfMany, assertSense } = await import('./assert-flags.js');
  assertOfMany(flags);
  const many = await manyOf(names, flags, context);
  const parts = many === undefined ? partsOf(names, flags) : [];
  for (const part of many === undefined ? parts : [{ names, flags }]) assertSense(part.names, part.flags);
  const target = logPlace(flags);
  const log =
    target === undefined
      ? undefined
      : await openLog(target, context, (reason) =>
          printer.warn(`${reason} The log ends there; the load continues.`),
        );
  const deadline = withDeadline(context, flags.maxDuration);
  const notices = await noticesOf(flags, context, printer, log);
  const one: LoadOne = (part, within, printing, logging) =>
    loadPart(part, within, printing, logging, notices);
  try {
    const { waitForJitter } = await import('./jitter.js');
    await waitForJitter(flags, deadline.context, printer);
    const status =
      many === undefined
        ? await loadEach(parts, deadline.context, printer, log, one)
        : await many(deadline.context, printer, log, one);
    notices?.ended(status);
    return status;
  } catch (thrown) {
    notices?.ended(exitStatus(asXanoError(thrown)));
    throw thrown;
  } finally {
    deadline.off();
    log?.close();
  }
}

/** The load of a list of workspaces; undefined without one. Throws what planning it throws. */
async function manyOf(
  names: readonly string[],
  { workspaces, ...flags }: LoadFlags,
  context: Context,
): Promise<((...given: [Context, Printer, Log | undefined, LoadOne]) => Promise<number>) | undefined> {
  if (workspaces === undefined) return undefined;
  const { loadWorkspaces, planWorkspaces } = await import('./load-workspaces.js');
  const plan = planWorkspaces(names, { ...flags, workspaces }, context);
  return (...given) => loadWorkspaces(plan, ...given);
}

/** The configs with the rows and columns that the flags leave; histories take no conditions. */
async function withContent(
  tables: readonly EndpointConfig[],
  history: ChosenHistory | undefined,
  flags: LoadFlags,
): Promise<readonly EndpointConfig[]> {
  const { chooseContent } = await import('../../../session/tables/choose-content.js');
  return chooseContent(tables, { ...flags, partition_by: flags.partitionBy }, history?.endpoints);
}

/** What tells the receivers of the project; undefined where nobody wants to hear, and of a plan. */
async function noticesOf(
  { projectFacts, dryRun, ...place }: LoadFlags,
  context: Context,
  printer: Printer,
  log: Log | undefined,
): Promise<LoadNotices | undefined> {
  if (projectFacts === undefined || projectFacts.notify.length === 0 || dryRun === true) return undefined;
  const { tellOfLoads } = await import('./load-notices.js');
  // The last line of a log on stderr is that of the load.
  const warn = log?.on_stderr === true ? () => {} : printer.warn;
  return tellOfLoads(projectFacts, place, context, warn);
}

/** Loads one source into one destination, and tells the receivers of the project how it ended. */
async function loadPart(
  part: LoadPart,
  context: Context,
  printer: Printer,
  log: Log | undefined,
  notices: LoadNotices | undefined,
): Promise<number> {
  try {
    return await loadOne(part, context, printer, log, notices);
  } catch (thrown) {
    const { asXanoError } = await import('../../../index.js');
    notices?.failed(part.flags, asXanoError(thrown));
    throw thrown;
  }
}

/** Loads one source into one destination, prints the report, and returns the exit status. */
async function loadOne(
  { names, flags }: LoadPart,
  context: Context,
  printer: Printer,
  log: Log | undefined,
  notices: LoadNotices | undefined,
): Promise<number> {
  const { loggingPrinter } = await import('./log.js');
  const run = { names, flags, context, printer: loggingPrinter(printer, log) };
  const { endpoints: chosen, connection, references, history } = await chooseEndpoints(run);
  const endpoints = await withContent(chosen, history, flags);
  const opening = placeOptions(flags, context, run.printer);
  const { isNarrowed } = await import('../../../session/tables/source-defaults.js');
  const options = { ...choiceOf(names, flags, context), place: opening };
  const choice = { ...options, complete: options.complete === true && !isNarrowed(flags.defaults) };
  if (flags.dryRun === true) {
    const { dryRun } = await import('./dry-run.js');
    return await dryRun(endpoints, { ...choice, json: flags.json === true }, connection.http, printer);
  }
  const { runLoad } = await import('./run-load.js');
  const { endingNote, longLoadNote } = await import('../../../session/tokens/token-end.js');
  const { notifyOn, sayTokenLeft } = await import('../../output/notes.js');
  const { ending } = connection;
  const long = ending === undefined ? undefined : await longLoadNote(ending(), flags.to, context, opening);
  if (long !== undefined) notifyOn(run.printer)(long);
  const told = { ...flags, log };
  const reading = { ...choice, references, rolling: history?.rolling };
  const done = await runLoad(endpoints, reading, connection, context, printer, told);
  await printDone(done, flags, printer, log);
  if (ending !== undefined) sayTokenLeft(endingNote(ending(), context), run.printer);
  const { reportStatus } = await import('./print-report.js');
  // Written last: a load that fails before this line has an `error` line instead, and never both.
  log?.write({ type: 'load_finished', report: done.report });
  notices?.loaded(flags, done.report, choice.complete, ending?.());
  return reportStatus(done.report);
}

async function printDone(
  { report, foreign_keys }: LoadOutcome,
  flags: LoadFlags,
  printer: Printer,
  log: Log | undefined,
): Promise<void> {
  const { printForeignKeys, printOutcome, printRemarks, printTables } = await import('./print-report.js');
  const isAsked = flags.foreignKeys === true;
  if (flags.json === true) printer.json(isAsked ? { ...report, foreign_keys } : report);
  else printTables(report, printer);
  if (log?.on_stderr === true) return;
  if (flags.json !== true) printRemarks(report, printer);
  if (isAsked && flags.json !== true) printForeignKeys(foreign_keys, printer);
  printOutcome(report, printer);
}

function choiceOf(names: readonly string[], flags: LoadFlags, { env }: Context): LoadChoice {
  return {
    to: flags.to,
    dataset: flags.dataset,
    concurrency: flags.concurrency,
    parallel_requests: flags.parallelRequests,
    strict: flags.strict === true,
    restart: flags.restart === true,
    allow_empty: flags.allowEmpty === true,
    allow_shrink: flags.allowShrink === true,
    hard_delete: flags.hardDelete === true,
    nested: flags.nested,
    flatten: flags.flatten,
    mask_key: env['XANO_MASK_KEY'],
    complete: names.length === 0 && flags.endpoints === undefined && flags.onlyHistory !== true,
    oldest_first: flags.maxDuration !== undefined,
    keep_loads: flags.keepLoads,
  };
}

interface Run {
  readonly names: readonly string[];
  readonly flags: LoadFlags;
  readonly context: Context;
  readonly printer: Printer;
}

interface Chosen {
  readonly endpoints: readonly EndpointConfig[];
  readonly connection: Pick<Connection, 'http'> & Partial<Pick<Connection, 'ending'>>;
  /** References between tables, where they are to become foreign keys. */
  readonly references: readonly SourceReference[];
  readonly history?: ChosenHistory | undefined;
}

async function chooseEndpoints({ names, flags, context, printer }: Run): Promise<Chosen> {
  const { connect, connectFor } = await import('../../../session/connect.js');
  const { frontEnd } = await import('../../input/front-end.js');
  const front = frontEnd(flags, context, printer);
  if (flags.endpoints === undefined) {
    const { workspaceEndpoints } = await import('../../../session/tables/choose-tables.js');
    const connection = await connect(flags, context, front);
    const { chooseHistory, onlyHistory } = await import('../../../session/tables/choose-history.js');
    const kept =
      flags.history === undefined ? undefined : { kinds: flags.history, payloads: flags.payloads === true };
    if (kept !== undefined && flags.onlyHistory === true)
      return {
        endpoints: [],
        connection,
        references: [],
        history: await onlyHistory(kept, connection, front.notify),
      };
    const { endpoints, instance, workspace } = await workspaceEndpoints(
      connection,
      names,
      {
        api_groups: false,
        page_size: flags.pageSize,
        write_disposition: flags.writeDisposition,
        incremental:
          flags.incremental === undefined ? undefined : { column: flags.incremental, lag_ms: flags.lag?.ms },
      },
      front.notify,
    );
    const { referencesOf } = await import('./references.js');
    return {
      endpoints,
      connection,
      references: flags.foreignKeys === true ? referencesOf(workspace) : [],
      history: kept && chooseHistory(kept, connection, { instance, workspace }, front.notify),
    };
  }
  const { readEndpointsFile } = await import('../../input/endpoints-file.js');
  const { assertXanoAddresses } = await import('../../../session/project-addresses.js');
  const endpoints = readEndpointsFile(flags.endpoints, names, context.env);
  if (flags.isProjectFile === true) assertXanoAddresses(endpoints, flags.endpoints);
  const connection = await connectFor(endpoints, flags, context, front.notify);
  return { endpoints, connection, references: [] };
}
