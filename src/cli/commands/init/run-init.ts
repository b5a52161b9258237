/** Runs `xano init`: plans, writes, and says what is next. */
import { mkdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { XanoError } from '../../../index.js';
import type { PlannedFile } from '../../../init/plan-files.js';
import type { Client } from '../../../mcp/client-config.js';
import { readProject } from '../../../project/read-project.js';
import { momentIn, timesAfter } from '../../../schedule/cron-times.js';
import { fileTrouble } from '../../../session/file-failures.js';
import type { Context } from '../../context.js';
import { canAsk, readyToAsk } from '../../input/ask.js';
import { homePath } from '../../input/home-path.js';
import { createPrinter, type Printer } from '../../output/output.js';
import { agentClients, agentFiles, OF_A_PROJECT, tellAgents } from './init-agents.js';
import { answersOf, type PlannedProject, type ProjectInitFlags, planProject } from './init-project.js';
import { assertWritten, printFiles, writeFiles } from './write-files.js';

/** The flags of `xano init`. */
export interface InitFlags extends ProjectInitFlags {
  readonly agent?: true | readonly Client[];
  readonly input?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly color?: boolean;
}

/**
 * Sets a folder up, and returns the exit status. Throws USAGE for options that make no project, and
 * OUTPUT_FAILED after the others are written where a file could not be.
 */
export async function runInit(
  given: string,
  flags: InitFlags,
  context: Context,
  command: Command,
): Promise<number> {
  const isGiven = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
  if (flags.to === '')
    throw new XanoError('USAGE', '--to is empty.', { hint: 'Name a file: --to xano.duckdb.' });
  const folder = resolve(context.cwd, homePath(given, context));
  const wantsProject = flags.agent === undefined || OF_A_PROJECT.some(isGiven);
  const printer = createPrinter(context, flags.color !== false);
  prepareFolder(folder, wantsProject && flags.dryRun !== true);
  const isAnswered = [...OF_A_PROJECT, 'to', 'tables', 'exclude', 'workspace', 'profile'].some(
    (name) => name !== 'with' && isGiven(name),
  );
  const project = wantsProject
    ? await plannedProject(folder, flags, isAnswered, context, printer)
    : undefined;
  const agents = flags.agent === undefined ? [] : agentClients(flags.agent, folder, context);
  const to = project?.to ?? (isGiven('to') ? undefined : projectOf(folder));
  const planned: readonly PlannedFile[] = [
    ...(project?.files ?? []),
    ...(agents.length === 0 ? [] : agentFiles(folder, agents, flags.to, to, context, command)),
  ];
  // Both have rules for .gitignore; those of a project include the others.
  const files = planned.filter(({ file }, at) => planned.findIndex((one) => one.file === file) === at);
  const dry_run = flags.dryRun === true;
  const written = writeFiles(files, dry_run);
  if (flags.json === true) printer.json({ folder, agents, dry_run, files: written });
  else printFiles(written, dry_run, printer);
  const [client] = agents;
  assertWritten(
    written,
    client === undefined
      ? 'Correct that and run again.'
      : `Correct that and run again; \`xano mcp --config ${client}\` prints the entry of the server.`,
  );
  if (flags.json === true) return 0;
  if (written.some(({ action }) => action === 'left'))
    printer.note('Files that are left have other contents; nothing of them was changed.');
  if (dry_run) return 0;
  if (project !== undefined) tellProject(project, given, context.now(), printer);
  if (agents.length > 0) tellAgents(agents, flags.to, to !== undefined, context, printer);
  return 0;
}

/** Throws USAGE for a folder that does not exist, unless it may be made, and OUTPUT_FAILED if it cannot. */
function prepareFolder(folder: string, mayMake: boolean): void {
  let message: string;
  try {
    const kind = statSync(folder, { throwIfNoEntry: false });
    if (kind?.isDirectory() === true) return;
    message =
      kind === undefined ? `The folder ${folder} does not exist.` : `${folder} is a file, not a folder.`;
    if (kind === undefined && mayMake) {
      mkdirSync(folder, { recursive: true });
      return;
    }
  } catch (cause) {
    throw new XanoError('OUTPUT_FAILED', fileTrouble(folder, 'written', cause), {
      hint: 'Name another folder.',
      cause,
    });
  }
  throw new XanoError('USAGE', message, { hint: 'Make it, or name another.' });
}

async function plannedProject(
  folder: string,
  flags: InitFlags,
  isAnswered: boolean,
  context: Context,
  printer: Printer,
): Promise<PlannedProject> {
  const answers = answersOf(flags);
  const parts = flags.with ?? [];
  const asks = !isAnswered && canAsk(flags, context) && readProject(undefined, folder) === undefined;
  if (!asks) return planProject(folder, answers, parts, isAnswered, context);
  await readyToAsk();
  const { askProject } = await import('./ask-project.js');
  const asked = await askProject(answers, context, printer);
  return planProject(folder, asked, parts, false, context);
}

/** The first destination of the project that a folder has; undefined without a project. */
function projectOf(folder: string): string | undefined {
  const project = readProject(undefined, folder);
  const { destination = 'xano.duckdb', destinations = {} } = project?.settings ?? {};
  return project === undefined ? undefined : (Object.values(destinations)[0] ?? destination);
}

function tellProject(
  { variables, schedule }: PlannedProject,
  given: string,
  now: number,
  printer: Printer,
): void {
  const steps = [
    ...(given === '' ? [] : [`cd ${given}`]),
    ...(variables.length > 1 ? ['fill in .env'] : []),
    'xano auth login',
    'xano load',
  ];
  printer.note(`Next: ${steps.join(', ')}.`);
  const [first] = schedule === undefined ? [] : timesAfter(schedule, now, 1);
  if (schedule !== undefined && first !== undefined)
    printer.note(
      `The schedule begins on ${momentIn(schedule, first)}, when a scheduler has it: none is installed yet.`,
    );
}
