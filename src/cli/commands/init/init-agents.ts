/** `xano init --agent`: the files that tell an assistant of a loaded target. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { XanoError } from '../../../index.js';
import { AGENT_CLIENTS, foundClients } from '../../../init/agent-clients.js';
import { shellWord } from '../../../init/agents-section.js';
import { planAgentFiles } from '../../../init/plan-agent-files.js';
import { type PlannedFile, pathFrom } from '../../../init/plan-files.js';
import { CLIENTS, type Client } from '../../../mcp/client-config.js';
import { partsOfDestination } from '../../../session/destination-path.js';
import type { Context } from '../../context.js';
import type { Printer } from '../../output/output.js';
import { serverArguments } from '../mcp/server-arguments.js';

/** Options that only a project has: with one of them, `--agent` writes a project as well. */
export const OF_A_PROJECT = [
  'instance',
  'dataSource',
  'dataset',
  'writeDisposition',
  'incremental',
  'mask',
  'maxAge',
  'schedule',
  'with',
] as const;

/** Options of `xano init` that the server does not have, or that are those of a project. */
const OTHERS: readonly string[] = ['agent', 'dryRun', 'json', 'color', 'debug', 'input', ...OF_A_PROJECT];

/** With the project of the folder, the server needs nothing that this says. */
const OF_PROJECT = ['to', 'workspace', 'profile', 'tables', 'exclude'];

/** The clients of `--agent`. Throws USAGE where none was named, and none is found. */
export function agentClients(
  agent: true | readonly Client[],
  folder: string,
  { env }: Pick<Context, 'env'>,
): Client[] {
  if (agent !== true) return CLIENTS.filter((one) => agent.includes(one));
  const clients = foundClients(env, (file) => existsSync(join(folder, file)));
  if (clients.length === 0)
    throw new XanoError('USAGE', `No client of an assistant was found in the environment or in ${folder}.`, {
      hint: `Name one: --agent ${CLIENTS.join('|')}.`,
    });
  return clients;
}

/**
 * Plans the files. `project`: the first destination of the folder's project, whose file then tells the server
 * what to serve; undefined without a project.
 */
export function agentFiles(
  folder: string,
  clients: readonly Client[],
  to: string,
  project: string | undefined,
  context: Context,
  command: Command,
): PlannedFile[] {
  const args =
    project === undefined
      ? serverArguments(command, context, OTHERS)
      : ['--project', folder, ...serverArguments(command, context, [...OTHERS, ...OF_PROJECT])];
  return planAgentFiles(folder, clients, { args, to: project ?? shownTarget(to, folder, context) });
}

/** The target as commands in the folder name it. An address stays as it is. */
function shownTarget(to: string, folder: string, { cwd }: Context): string {
  const { scheme, path } = partsOfDestination(to);
  if (path === undefined) return to;
  return `${scheme}${pathFrom(folder, resolve(cwd, path))}${/[\\/]$/.test(path) ? '/' : ''}`;
}

/** Says what to do next. */
export function tellAgents(
  clients: readonly Client[],
  to: string,
  hasProject: boolean,
  { cwd }: Context,
  printer: Printer,
): void {
  const { path } = partsOfDestination(to);
  if (!hasProject && path !== undefined && !existsSync(resolve(cwd, path)))
    printer.note(`${to} does not exist yet; \`xano load --to ${shellWord(to)}\` makes it.`);
  const titles = clients.map((client) => AGENT_CLIENTS[client].title).join(', ');
  printer.note(`Start ${titles} in this folder, and approve the server xano-data there.`);
}
