/**
 * `xano init`: sets a folder up. With `--agent`, for the assistant that works in it.
 * In: a folder, whatever it holds, and the clients of assistants.
 * Out: files that are written or merged, and a line for each.
 */
import { Command, Option } from 'commander';
import { CLIENTS } from '../../../mcp/client-config.js';
import type { Context, Finish } from '../../context.js';
import { withOutputOptions } from '../../input/options.js';
import { withPlaceOptions } from '../../input/place-options.js';
import { HEADINGS, withManual } from '../../output/help.js';
import type { InitFlags } from './init-agents.js';

/** Makes `xano init`. */
export function initCommand(context: Context, finish: Finish): Command {
  const command = new Command('init')
    .description('set a folder up for an assistant: MCP server, AGENTS.md, skills, .gitignore')
    .argument('[folder]', 'the folder of the project; default this one')
    .optionsGroup(HEADINGS.source)
    .option('--to <destination>', 'let the server serve this file, folder or database', 'xano.duckdb')
    .option('--tables <name...>', 'let it serve these tables only')
    .addOption(new Option('--exclude <name...>', 'let it serve all tables but these').conflicts('allowLoad'))
    .option('--workspace <name|id>', 'let the server use this workspace')
    .option('--profile <name>', 'let the server use this stored login');
  withPlaceOptions(command)
    .optionsGroup(HEADINGS.run)
    .addOption(
      new Option(
        '--agent [client...]',
        'write the files of these clients; without a name, of those found in the environment or the folder',
      ).choices(CLIENTS),
    )
    .option('--allow-load', 'let the assistant load tables from Xano')
    .option('--dry-run', 'print what it would write; write nothing')
    .optionsGroup(HEADINGS.output)
    .option('--json', 'print one JSON object');
  return withManual(
    withOutputOptions(command, 'show the cause of an error').action(
      async (folder: string | undefined, flags: InitFlags) =>
        finish(await init(folder, flags, context, command)),
    ),
    {
      about:
        'Merges into files that exist and overwrites nothing: an entry or a skill with other contents stays, and a line says so. Running it twice changes nothing.',
      examples: [
        ['xano init --agent', 'set up the clients that are in use here'],
        ['xano init --agent claude --to shop.duckdb', 'set up Claude Code'],
        ['xano init shop --agent cursor codex', 'set up two clients in another folder'],
        ['xano init --agent --dry-run', 'look first'],
      ],
      statuses: '0 done, 2 usage, 6 a file could not be read, merged or written',
    },
  );
}

async function init(
  folder: string | undefined,
  flags: InitFlags,
  context: Context,
  command: Command,
): Promise<number> {
  const { XanoError } = await import('../../../index.js');
  if (flags.to === '')
    throw new XanoError('USAGE', '--to is empty.', { hint: 'Name a file: --to xano.duckdb.' });
  if (flags.agent === undefined)
    throw new XanoError('USAGE', 'xano init needs --agent.', {
      hint: `Add --agent, or name a client: --agent ${CLIENTS[0]}.`,
    });
  const { initAgents } = await import('./init-agents.js');
  return initAgents(folder ?? '', flags.agent, flags, context, command);
}
