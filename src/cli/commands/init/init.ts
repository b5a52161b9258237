/**
 * `xano init`: sets a folder up: a project that loads without flags, and with `--agent` what an assistant
 * needs.
 * In: a folder, whatever it holds, and answers of a person or flags.
 * Out: files that are written or merged, and a line for each.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { PARTS, type Part } from '../../../init/project/parts.js';
import { CLIENTS } from '../../../mcp/client-config.js';
import type { Context, Finish } from '../../context.js';
import { parseDuration } from '../../input/numbers.js';
import { withOutputOptions } from '../../input/options.js';
import { withPlaceOptions } from '../../input/place-options.js';
import { HEADINGS, withManual } from '../../output/help.js';
import type { InitFlags } from './run-init.js';

/** Makes `xano init`. */
export function initCommand(context: Context, finish: Finish): Command {
  const command = new Command('init')
    .description('set a folder up: xano.yaml, so that commands need no flags; schedules; an assistant')
    .argument('[folder]', 'the folder of the project, made if needed; default this one')
    .optionsGroup(HEADINGS.source)
    .option('--instance <name|url>', 'read this instance, by name or https:// address')
    .option('--workspace <name|id>', 'read this workspace, by name or id')
    .option('--data-source <label>', 'read this data source instead of live')
    .option('--tables <name...>', 'load, and let an assistant see, these tables only')
    .addOption(new Option('--exclude <name...>', 'leave out these tables').conflicts('allowLoad'))
    .option('--mask <column=mask...>', 'store masked values: users.email=hash, or last4, redact, year')
    .option('--incremental <column>', 'read only rows new since the last load, by this column')
    .option('--profile <name>', 'use this stored login')
    .optionsGroup(HEADINGS.destination)
    .option('--to <destination>', 'load into this file, folder or database', 'xano.duckdb')
    .option('--dataset <schema>', 'load into this schema of the destination (default: xano_data)')
    .addOption(
      new Option('--write-disposition <how>', 'combine new rows with existing ones').choices([
        'replace',
        'append',
        'merge',
      ]),
    );
  withRun(withPlaceOptions(command)).optionsGroup(HEADINGS.output).option('--json', 'print one JSON object');
  return withManual(
    withOutputOptions(command, 'show the cause of an error').action(
      async (folder: string | undefined, flags: InitFlags) => {
        const { runInit } = await import('./run-init.js');
        finish(await runInit(folder ?? '', flags, context, command));
      },
    ),
    {
      about:
        'Overwrites nothing: a file with other contents stays, and a line says so; .gitignore and the settings of clients are merged. Running it twice changes nothing. On a terminal, without options, it asks.',
      examples: [
        ['xano init shop', 'ask, and write a project into a folder'],
        ['xano init --workspace Shop --to shop.duckdb', 'write it here without questions'],
        ['xano init --with github,docker --schedule "15 3 * * *"', 'add a workflow and an image'],
        ['xano init --agent', 'set up the clients of assistants that are in use here'],
        ['xano init --agent claude --to shop.duckdb', 'set up Claude Code'],
        ['xano init shop --agent cursor codex', 'set up two clients in another folder'],
        ['xano init --agent --dry-run', 'look first'],
      ],
      together: [
        ['--agent', 'writes no project, unless an option of a project is given'],
        ['--to', 'is a path from the folder of a project'],
        ['--with', 'gives the project a schedule, every night, unless --schedule names another'],
      ],
      statuses: '0 done, 2 usage, 4 log in, 5 Xano, 6 a file could not be read, merged or written',
    },
  );
}

function withRun(command: Command): Command {
  return command
    .optionsGroup(HEADINGS.run)
    .option(
      '--max-age <time>',
      'call tables stale when they are older: 26h, 7d, 90m',
      parseDuration('--max-age', { such_as: '90m, 26h or 7d' }),
    )
    .option('--schedule <cron>', 'load at these times: minute hour day month weekday')
    .option('--with <part...>', `add files of these: ${PARTS.join(', ')}`, parsePart)
    .addOption(
      new Option(
        '--agent [client...]',
        'write the files of these clients; without a name, of those found in the environment or the folder',
      ).choices(CLIENTS),
    )
    .option('--allow-load', 'let the assistant load tables from Xano')
    .option('--no-input', 'never prompt, even on a terminal')
    .option('--dry-run', 'print what it would write; write nothing');
}

/** Adds parts to those before: `github,docker`, or one at a time. */
function parsePart(given: string, before: readonly Part[] = []): readonly Part[] {
  const parts = given.split(',').map((name) => {
    const part = PARTS.find((one) => one === name.trim());
    if (part === undefined) throw new InvalidArgumentError(`Allowed choices are ${PARTS.join(', ')}.`);
    return part;
  });
  return [...before, ...parts];
}
