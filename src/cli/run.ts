/**
 * The command line: parses arguments, runs a command, prints its errors.
 * In: arguments, streams, environment, clock and signals, as a `Context`.
 * Out: the output of a command, and its exit status. Only this file prints errors.
 */
import { isAbsolute } from 'node:path';
import { Command, CommanderError } from 'commander';
import { printable } from '../hidden-characters.js';
import type { XanoError } from '../index.js';
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
import { queryCommand } from './commands/query/query.js';
import { schemaCommand } from './commands/schema/schema.js';
import { statusCommand } from './commands/status/status.js';
import type { Context, Finish } from './context.js';
import { partsOfDestination } from './input/destination-path.js';
import { homePath, withHomePaths } from './input/home-path.js';
import { HELP_LAYOUT, helpOption, type Manual, withManual } from './output/help.js';

/** Runs the program and returns its exit status. Never throws. */
export async function run(given: Context): Promise<number> {
  const context = withHomePaths(given);
  let status = 0;
  const program = buildProgram(context, (code) => {
    status = code;
  });
  try {
    if (context.argv.length === 0) {
      if (isSomebodyThere(context)) {
        if (context.cwd === '') throw await folderIsGone('xano.duckdb');
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
    queryCommand,
    exportCommand,
    dashboardCommand,
    mcpCommand,
    initCommand,
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
  program.hook('preAction', async (_, command) => resolvePaths(command, context));
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

/** On stderr, and in the log of a load; if stderr is the log, the error is one of its lines. */
async function tellError(context: Context, error: XanoError): Promise<void> {
  const { errorReport } = await import('../index.js');
  const { logError, logPlaceOf } = await import('./commands/load/log.js');
  const log = logPlaceOf(context);
  if (log !== undefined) logError(log, errorReport(error), context);
  if (log !== undefined && log.file === undefined) return;
  await printError(context, error);
  if (context.argv.includes('--debug')) await printCause(context, error);
}

async function printError(context: Context, error: XanoError): Promise<void> {
  const { wrapped } = await import('./output/output.js');
  for (const line of [
    `Error: ${printable(error.message)}`,
    ...error.details.map((detail) => `  ${printable(detail)}`),
    `  ${printable(error.hint)}`,
    `  Code: ${error.code}`,
  ])
    context.stderr.stream.write(`${wrapped(line, context.stderr)}\n`);
}

/**
 * The addition of `--debug`: the request, without credentials, and the causes by name and message alone,
 * since they may hold headers.
 */
async function printCause(context: Context, error: XanoError): Promise<void> {
  const { jsonText, oneLine } = await import('./output/text.js');
  if (error.request !== undefined)
    context.stderr.stream.write(`  Request: ${oneLine(jsonText(error.request))}\n`);
  let cause: unknown = error.cause;
  for (let depth = 0; cause !== undefined && cause !== null && depth < 5; depth++) {
    const known: Error | undefined = cause instanceof Error ? cause : undefined;
    context.stderr.stream.write(
      `  Cause: ${printable(known === undefined ? String(cause) : `${known.name}: ${known.message}`)}\n`,
    );
    cause = known?.cause;
  }
}
