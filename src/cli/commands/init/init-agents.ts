/**
 * `xano init --agent`: writes the files that tell an assistant of a loaded target, and says what it wrote.
 */
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { XanoError } from '../../../index.js';
import { AGENT_CLIENTS, foundClients } from '../../../init/agent-clients.js';
import { shellWord } from '../../../init/agents-section.js';
import { type PlannedFile, pathFrom, planAgentFiles } from '../../../init/plan-agent-files.js';
import { CLIENTS, type Client } from '../../../mcp/client-config.js';
import { partsOfDestination } from '../../../session/destination-path.js';
import { fileTrouble } from '../../../session/file-failures.js';
import type { Context } from '../../context.js';
import { homePath } from '../../input/home-path.js';
import { createPrinter, type Printer } from '../../output/output.js';
import { replaceFile } from '../../output/replace-file.js';
import { serverArguments } from '../mcp/server-arguments.js';

/** The flags of `xano init`. */
export interface InitFlags {
  readonly agent?: true | readonly Client[];
  readonly to: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly color?: boolean;
}

/** Options of this command that the server does not have. */
const OTHERS = ['agent', 'dryRun', 'json', 'color', 'debug'];

/** A file as it is reported. */
type WrittenFile = Omit<PlannedFile, 'change'>;

/**
 * Writes the files. Throws USAGE where no client is found, or the folder does not exist, and OUTPUT_FAILED
 * after the others are written where one could not be.
 */
export function initAgents(
  given: string,
  agent: true | readonly Client[],
  flags: InitFlags,
  context: Context,
  command: Command,
): number {
  const folder = resolve(context.cwd, homePath(given, context));
  if (!isFolder(folder))
    throw new XanoError('USAGE', `The folder ${folder} does not exist.`, {
      hint: 'Make it, or name another.',
    });
  const clients = agent === true ? found(folder, context) : CLIENTS.filter((one) => agent.includes(one));
  const server = {
    args: serverArguments(command, context, OTHERS),
    to: shownTarget(flags.to, folder, context),
  };
  const dry_run = flags.dryRun === true;
  const files = planAgentFiles(folder, clients, server).map((one) =>
    dry_run ? reported(one) : written(one),
  );
  const printer = createPrinter(context, flags.color !== false);
  if (flags.json === true) printer.json({ folder, agents: clients, dry_run, files });
  else print(files, dry_run, printer);
  assertWritten(files, clients);
  if (flags.json !== true) tellNext(files, clients, flags.to, dry_run, context, printer);
  return 0;
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

function found(folder: string, { env }: Context): Client[] {
  const clients = foundClients(env, (file) => existsSync(join(folder, file)));
  if (clients.length === 0)
    throw new XanoError('USAGE', `No client of an assistant was found in the environment or in ${folder}.`, {
      hint: `Name one: --agent ${CLIENTS.join('|')}.`,
    });
  return clients;
}

/** The target as commands in the folder name it. An address stays as it is. */
function shownTarget(to: string, folder: string, { cwd }: Context): string {
  const { scheme, path } = partsOfDestination(to);
  if (path === undefined) return to;
  return `${scheme}${pathFrom(folder, resolve(cwd, path))}${/[\\/]$/.test(path) ? '/' : ''}`;
}

function reported({ change: _, ...file }: PlannedFile): WrittenFile {
  return file;
}

function written(planned: PlannedFile): WrittenFile {
  const { change } = planned;
  if (change === undefined) return planned;
  try {
    if (change.exists) replaceFile(change.path, change.bytes);
    else {
      mkdirSync(dirname(change.path), { recursive: true });
      writeFileSync(change.path, change.bytes, { flag: 'wx' });
    }
    return reported(planned);
  } catch (thrown) {
    return { ...reported(planned), action: 'failed', reason: fileTrouble(planned.file, 'written', thrown) };
  }
}

const WORDS = { write: 'wrote', unchanged: 'unchanged', left: 'left', failed: 'failed' } as const;

function print(files: readonly WrittenFile[], dry_run: boolean, printer: Printer): void {
  printer.table(
    ['', 'file', ''],
    files.map(({ file, holds, action, reason }) => [
      dry_run && action === 'write' ? 'would write' : WORDS[action],
      file,
      reason ?? holds,
    ]),
  );
}

function assertWritten(files: readonly WrittenFile[], clients: readonly Client[]): void {
  const failed = files.filter(({ action }) => action === 'failed');
  if (failed.length === 0) return;
  throw new XanoError('OUTPUT_FAILED', `${failed.length} of ${files.length} files could not be set up.`, {
    details: failed.flatMap(({ reason }) => reason ?? []),
    hint: `Correct that and run again; \`xano mcp --config ${clients[0]}\` prints the entry of the server.`,
  });
}

function tellNext(
  files: readonly WrittenFile[],
  clients: readonly Client[],
  to: string,
  dry_run: boolean,
  { cwd }: Context,
  printer: Printer,
): void {
  if (files.some(({ action }) => action === 'left'))
    printer.note('Files that are left have other contents; nothing of them was changed.');
  if (dry_run) return;
  const { path } = partsOfDestination(to);
  if (path !== undefined && !existsSync(resolve(cwd, path)))
    printer.note(`${to} does not exist yet; \`xano load --to ${shellWord(to)}\` makes it.`);
  const titles = clients.map((client) => AGENT_CLIENTS[client].title).join(', ');
  printer.note(`Start ${titles} in this folder, and approve the server xano-data there.`);
}
