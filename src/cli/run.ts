/**
 * The command line: parses arguments, runs a command, prints its errors.
 * In: arguments, streams, environment, clock and signals, as a `Context`.
 * Out: the output of a command, and its exit status. Only this file prints errors.
 */
import { isAbsolute } from 'node:path';
import { Command, CommanderError } from 'commander';
import type { XanoError } from '../index.js';
import { partsOfDestination } from '../session/destination-path.js';
import { VERSION } from '../session/version.js';
import { authCommand } from './commands/auth/auth.js';
import { checkCommand } from './commands/check/check.js';
import { completionCommand } from './commands/completion/completion.js';
import { dashboardCommand } from './commands/dashboard/dashboard.js';
import { demoCommand } from './commands/demo/demo.js';
import { discoverCommand } from './commands/discover/discover.js';
import { endpointsCommand } from './commands/endpoints.js';
import { exportCommand } from './commands/exports/export.js';
import { initCommand } from './commands/init/init.js';
import { loadCommand } from './commands/load/load.js';
import { maintainCommand } from './commands/maintain/maintain.js';
import { mcpCommand } from './commands/mcp/mcp.js';
import { notifyCommand } from './commands/notify/notify.js';
import { queryCommand } from './commands/query/query.js';
import { scheduleCommand } from './commands/schedule/schedule.js';
import { schemaCommand } from './commands/schema/schema.js';
import { serveCommand } from './commands/serve/serve.js';
import { statusCommand } from './commands/status/status.js';
import { verifyCommand } from './commands/verify/verify.js';
import type { Context, Finish } from './context.js';
import { homePath, withHomePaths } from './input/home-path.js';
import { applyProject } from './input/project-options.js';
import { HELP_LAYOUT, helpOption, type Manual, withManual } from './output/help.js';
import { tellError } from './output/tell-error.js';

/** Runs the program and returns its exit status. Never throws. */
export async function run(given: Context): Promise<number> {
  const works: (() => Promise<void>)[] = [];
  const context = { ...withHomePaths(given), later: (work: () => Promise<void>) => void works.push(work) };
  const status = await runCommand(context);
  await Promise.all(works.map((work) => work()));
  return status;
}

async function runCommand(context: Context): Promise<number> {
  let status = 0;
  const program = buildProgram(context, (code) => {
    status = code;
  });
  try {
    if (context.argv.length === 0) {
      if (isSomebodyThere(context)) {
        if (context.cwd === '') throw await folderIsGone('xano.duckdb');
        const { readProject } = await import('../project/read-project.js');
        if (readProject(undefined, context.cwd) !== undefined) {
          // Questions would pass over what the file masks and leaves out.
          await program.parseAsync(['load'], { from: 'user' });
          return status;
        }
        const { runWizard } = await import('./commands/wizard.js');
        return await runWizard(context);
      }
      program.outputHelp();
      return 0;
    }
    await program.parseAsync([...context.argv], { from: 'user' });
    return status;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    // Imported here, because the library takes a tenth of a second to load, and help does not need it.
    const { asXanoError, exitStatus } = await import('../index.js');
    const { usageError } = await import('./input/usage-errors.js');
    const error =
      thrown instanceof CommanderError ? usageError(thrown, program, context.argv) : asXanoError(thrown);
    await tellError(context, error);
    return exitStatus(error);
  }
}

/** Whether a user is present: input and output are terminals. */
function isSomebodyThere({ stdin, stdout, stderr, env }: Context): boolean {
  return stdin.is_terminal && stdout.is_terminal && stderr.is_terminal && env['TERM'] !== 'dumb';
}

const MANUAL: Manual = {
  environment: `XANO_TOKEN, XANO_PROFILE, XANO_INSTANCE, XANO_WORKSPACE, XANO_DATA_SOURCE, XANO_TOKEN_FILE, XANO_TOKEN_COMMAND, XANO_ACCOUNT_ORIGIN, XANO_CONFIG_DIR; each has a flag, and the flag wins.
XANO_API_TOKEN: the authToken for endpoints of API groups. XANO_MASK_KEY: the key of hashes (load --mask).`,
  examples: [
    ['xano', 'choose tables and load them'],
    ['xano demo', 'run a local Xano; needs no account'],
    ['xano auth login', 'store a token'],
    ['xano discover', 'list what the token can see'],
    ['xano load', 'load every table into xano.duckdb'],
    ['xano load orders users --to shop.duckdb', 'load two tables into another file'],
    ['xano query "FROM orders LIMIT 5"', 'look at the rows'],
    ['xano status --max-age 24h', 'check freshness and completeness'],
    ['xano verify --values 100', 'compare the copy with Xano now'],
    ['xano export csv --out csv', 'write a CSV file for each table'],
    ['xano dashboard', 'look at all of it in the browser'],
    ['xano mcp --to shop.duckdb', 'let an assistant ask about the rows'],
    ['xano init --agent', 'set this folder up for it'],
  ],
  statuses:
    '0 done, 1 a bug, 2 usage or config, 4 log in, 5 Xano, 6 destination,\n7 partial, incomplete, out of time or stale, 130 interrupted',
};

/** The complete command tree. Help and README are generated from it. */
export function buildProgram(context: Context, finish: Finish): Command {
  const program = new Command('xano')
    .description('Copies a Xano workspace into DuckDB: typed, complete, and provably so.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'print help for a command');
  for (const command of [
    authCommand,
    discoverCommand,
    schemaCommand,
    endpointsCommand,
    checkCommand,
    loadCommand,
    statusCommand,
    verifyCommand,
    queryCommand,
    exportCommand,
    dashboardCommand,
    mcpCommand,
    initCommand,
    scheduleCommand,
    serveCommand,
    notifyCommand,
    maintainCommand,
    completionCommand,
    demoCommand,
  ])
    program.addCommand(command(context, finish));
  withManual(program, MANUAL);
  const prepare = (command: Command): void => {
    command
      .exitOverride()
      .addHelpOption(helpOption(command))
      .showSuggestionAfterError(true)
      .configureHelp(HELP_LAYOUT)
      .configureOutput({
        writeOut: (text) => context.stdout.stream.write(text),
        writeErr: (text) => context.stderr.stream.write(text),
        outputError: () => {},
        getOutHelpWidth: () => Math.min(100, context.stdout.columns() ?? 80),
        getErrHelpWidth: () => Math.min(100, context.stderr.columns() ?? 80),
        getOutHasColors: () => false,
        getErrHasColors: () => false,
      });
    for (const sub of command.commands) prepare(sub);
  };
  prepare(program);
  program.hook('preAction', async (_, command) => {
    await resolvePaths(command, context);
    await applyProject(command, context);
  });
  return program;
}

/**
 * Makes the paths of options absolute. Throws USAGE for a relative one if the working directory no longer
 * exists.
 */
async function resolvePaths(command: Command, context: Context): Promise<void> {
  for (const option of command.options) {
    const name = option.attributeName();
    const value: unknown = command.getOptionValue(name);
    if (typeof value !== 'string' || !/<(file|folder|destination)>/.test(option.flags)) continue;
    const { scheme, path: given } = option.flags.includes('<destination>')
      ? partsOfDestination(value)
      : { scheme: '', path: value };
    if (given === undefined) continue;
    const path = homePath(given, context);
    if (path !== given) command.setOptionValue(name, `${scheme}${path}`);
    if (context.cwd === '' && value !== '' && !isAbsolute(path)) throw await folderIsGone(value);
  }
}

async function folderIsGone(path: string): Promise<XanoError> {
  const { XanoError } = await import('../index.js');
  return new XanoError(
    'USAGE',
    `The folder where xano started no longer exists, so ${path} has no location.`,
    {
      hint: 'Go to a folder that exists, or give absolute paths.',
    },
  );
}
