/** Loads the workspaces of a list into one destination, each into its own dataset. */
import pLimit from 'p-limit';
import { printable } from '../../../hidden-characters.js';
import {
  asXanoError,
  createServers,
  destinationLabel,
  errorReport,
  exitStatus,
  takesManyLoads,
  XanoError,
} from '../../../index.js';
import {
  type ListedWorkspace,
  readWorkspaceList,
  sessionFlagsOf,
} from '../../../project/read-workspace-list.js';
import { type Shard, shardOf, shardOfRun } from '../../../project/shard.js';
import { stopReason } from '../../../session/stop-reason.js';
import type { Context } from '../../context.js';
import type { Printer } from '../../output/output.js';
import { counted } from '../../output/text.js';
import { type LoadOne, type LoadPart, worstOf } from './load-each.js';
import type { LoadFlags } from './load-options.js';
import type { Log } from './log.js';
import { endedIn, printWorkspaces, type WorkspaceLoad } from './print-workspaces.js';

/** The workspaces of a command. */
export interface WorkspacePlan {
  readonly names: readonly string[];
  readonly flags: LoadFlags;
  readonly shard: Shard | undefined;
  readonly workspaces: readonly ListedWorkspace[];
}

/**
 * Reads the list and chooses the workspaces of this run. Throws CONFIG_INVALID with all mistakes of the list,
 * and USAGE for a destination that cannot take several loads at a time.
 */
export function planWorkspaces(
  names: readonly string[],
  flags: LoadFlags & { readonly workspaces: string },
  { env }: Pick<Context, 'env'>,
): WorkspacePlan {
  const all = readWorkspaceList(flags.workspaces);
  const shard = flags.shard ?? shardOfRun(env);
  if (flags.parallel > 1 && !takesManyLoads(flags.to))
    throw new XanoError('USAGE', `--parallel ${flags.parallel}: ${alone(flags.to)}`, {
      hint: `Omit --parallel, or name ${MANY} with --to.`,
    });
  const workspaces =
    shard === undefined ? all : all.filter(({ dataset }) => shardOf(dataset, shard.count) === shard.index);
  return { names, flags, shard, workspaces };
}

const MANY = 'a Postgres database, an Iceberg catalog, a bucket, or a DuckLake with its catalog in Postgres';

const alone = (to: string): string => `${destinationLabel(to)} takes one load at a time.`;

/** What one workspace's load says before it begins: the options of the command, and its own. */
function partOf({ names, flags }: WorkspacePlan, workspace: ListedWorkspace, context: Context): LoadPart {
  const { dataset, history, incremental, write_disposition } = workspace;
  return {
    names,
    flags: {
      ...flags,
      ...sessionFlagsOf(workspace, flags, context.env),
      dataset,
      ...(flags.history === undefined && history !== undefined ? { history } : {}),
      ...(flags.incremental === undefined && incremental !== undefined ? { incremental } : {}),
      ...(flags.writeDisposition === undefined && write_disposition !== undefined
        ? { writeDisposition: write_disposition }
        : {}),
      // The report comes as a value, and one line of many shows it.
      json: true,
      input: false,
      quiet: flags.quiet === true || flags.parallel > 1,
    },
    source: dataset,
    destination: undefined,
  };
}

/**
 * Loads the workspaces, `--parallel` at a time, with one limit an instance over all of them. A failed
 * workspace does not affect the others; stopping the command stops all. Prints one report, and returns the
 * worst exit status.
 */
export async function loadWorkspaces(
  plan: WorkspacePlan,
  context: Context,
  printer: Printer,
  log: Log | undefined,
  loadOne: LoadOne,
): Promise<number> {
  const { flags, shard, workspaces } = plan;
  sayShard(plan, printer);
  const shared = { ...context, servers: createServers() };
  const limit = pLimit(flags.parallel);
  const loads = await Promise.all(
    workspaces.map((workspace, at) =>
      limit(async () => {
        if (context.signal.aborted) return { workspace: workspace.dataset, status: 'not_started' } as const;
        const telling = named(printer, workspace.dataset);
        if (flags.parallel === 1 && log?.on_stderr !== true)
          printer.note(`${printable(workspace.dataset)} (${at + 1} of ${workspaces.length})`);
        return loadWorkspace(plan, workspace, shared, telling, log, loadOne);
      }),
    ),
  );
  printWorkspaces(loads, { to: destinationLabel(flags.to), shard, json: flags.json === true }, printer);
  const stopped = context.signal.aborted ? [exitStatus(stopReason(context.signal, 'Stopped.'))] : [];
  return worstOf([...loads.flatMap(({ exit_status = 0 }) => exit_status), ...stopped]);
}

function sayShard({ flags, shard, workspaces }: WorkspacePlan, printer: Printer): void {
  if (shard === undefined) return;
  const { index, count } = shard;
  printer.note(`Shard ${index}/${count} has ${counted(workspaces.length, 'workspace')}.`);
  if (count > 1 && !takesManyLoads(flags.to))
    printer.warn(`${alone(flags.to)} Give each shard its own, or name ${MANY} with --to, where shards meet.`);
}

async function loadWorkspace(
  plan: WorkspacePlan,
  workspace: ListedWorkspace,
  context: Context,
  printer: Printer,
  log: Log | undefined,
  loadOne: LoadOne,
): Promise<WorkspaceLoad> {
  const { dataset } = workspace;
  const own = log && {
    ...log,
    write: (entry: Parameters<Log['write']>[0]) => log.write({ ...entry, workspace: dataset }),
  };
  const began = context.now();
  const told: unknown[] = [];
  const telling = { ...printer, json: (value: unknown) => void told.push(value) };
  try {
    const exit_status = await loadOne(partOf(plan, workspace, context), context, telling, own);
    return endedIn(dataset, exit_status, told[0], context.now() - began);
  } catch (thrown) {
    const error = asXanoError(thrown);
    own?.write({ type: 'error', error: errorReport(error) });
    if (log?.on_stderr !== true)
      printer.error(
        `Error: ${error.message}`,
        ...error.details.map((detail) => `  ${detail}`),
        `  ${error.hint}`,
        `  Code: ${error.code}`,
      );
    return {
      workspace: dataset,
      status: 'failed',
      exit_status: exitStatus(error),
      duration_ms: context.now() - began,
      error: errorReport(error),
    };
  }
}

/** A printer whose lines on stderr begin with the workspace that they are about; tables are not printed. */
function named(printer: Printer, workspace: string): Printer {
  const before = (line: string): string => `${printable(workspace)}: ${line}`;
  return {
    ...printer,
    result: () => {},
    table: () => {},
    detail: (line) => printer.detail(before(line)),
    note: (...lines) => printer.note(...lines.map(before)),
    warn: (line) => printer.warn(before(line)),
    error: (first = '', ...lines) => printer.error(before(first), ...lines),
  };
}
