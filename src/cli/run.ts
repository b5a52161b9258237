/** Words become a command, a command becomes an exit status. Errors are printed here and nowhere else. */
import { Command, CommanderError } from 'commander';
import { authCommand } from './commands/auth.js';
import { checkCommand } from './commands/check.js';
import { demoCommand } from './commands/demo.js';
import { discoverCommand } from './commands/discover.js';
import { endpointsCommand } from './commands/endpoints.js';
import { loadCommand } from './commands/load.js';
import { queryCommand } from './commands/query.js';
import { schemaCommand } from './commands/schema.js';
import { statusCommand } from './commands/status.js';
import type { Context, Finish } from './context.js';
import { printable } from './text.js';
import { VERSION } from './version.js';

/** Runs the program and gives its exit status. Never throws. */
export async function run(context: Context): Promise<number> {
  let status = 0;
  const program = buildProgram(context, (code) => {
    status = code;
  });
  try {
    if (context.argv.length === 0) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync([...context.argv], { from: 'user' });
    return status;
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      if (thrown.exitCode === 0) return 0;
      await printError(context, { ...commanderInWords(thrown, context.argv), code: 'USAGE' });
      return 2;
    }
    // Only now: the library takes a tenth of a second to load, and help has no need of it.
    const { asXanoError, exitStatus } = await import('../index.js');
    const error = asXanoError(thrown);
    await printError(context, error);
    if (context.argv.includes('--debug')) await printCause(context, error);
    return exitStatus(error);
  }
}

/** The whole command tree. Help and README are made from it. */
export function buildProgram(context: Context, finish: Finish): Command {
  const program = new Command('xano')
    .description('Copies a Xano workspace into DuckDB: typed, complete, and provably so.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .addHelpText(
      'after',
      `
Environment:
  XANO_TOKEN, XANO_PROFILE, XANO_INSTANCE, XANO_WORKSPACE, XANO_DATA_SOURCE,
  XANO_TOKEN_FILE, XANO_TOKEN_COMMAND, XANO_ACCOUNT_ORIGIN, XANO_CONFIG_DIR;
  each has a flag, and the flag wins.
  XANO_API_TOKEN: the authToken for endpoints of API groups.

Exit status:
  0 done, 1 a bug, 2 usage or config, 4 log in, 5 Xano, 6 destination,
  7 partial or incomplete, 130 interrupted

Examples:
  xano demo                          a Xano on this computer; no account needed
  xano auth login                    store a token
  xano discover                      what the token may see
  xano check                         a small request per table: does it answer?
  xano load                          every table into xano.duckdb
  xano load orders users --to shop.duckdb
  xano status                        how fresh and complete it is
  xano query "SELECT * FROM orders"  what is in it`,
    );
  for (const command of [
    authCommand,
    discoverCommand,
    schemaCommand,
    endpointsCommand,
    checkCommand,
    loadCommand,
    statusCommand,
    queryCommand,
    demoCommand,
  ])
    program.addCommand(command(context, finish));
  const prepare = (command: Command): void => {
    command
      .exitOverride()
      .helpOption('-h, --help', 'print help')
      .showSuggestionAfterError(true)
      .configureOutput({
        writeOut: (text) => context.stdout.stream.write(text),
        writeErr: (text) => context.stderr.stream.write(text),
        outputError: () => {},
        getOutHelpWidth: () => Math.min(100, context.stdout.columns() ?? 80),
        getOutHasColors: () => false,
        getErrHasColors: () => false,
      });
    for (const sub of command.commands) prepare(sub);
  };
  prepare(program);
  return program;
}

/** What commander found wrong, as a sentence and a hint. */
function commanderInWords(
  { code, message: said }: CommanderError,
  argv: readonly string[],
): { message: string; hint: string } {
  if (code === 'commander.help') {
    // It has printed the help of the command that came last, and has nothing to say beside that.
    const [first = '', second] = argv;
    return first === 'help' && second !== undefined
      ? { message: `There is no command "${second}".`, hint: 'See `xano --help`.' }
      : { message: `\`xano ${first}\` needs a command of its own.`, hint: `See \`xano ${first} --help\`.` };
  }
  const [message = '', ...rest] = said.replace(/^error: /, '').split('\n');
  const sentence =
    code === 'commander.unknownOption'
      ? // What stands behind the sign may be a token.
        message.replace(/=.*'$/s, "'")
      : message.replace(/\.$/, '');
  return {
    message: `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`,
    hint: rest.join(' ').replace(/^\((.*)\)$/, '$1') || `See \`xano${commandOf(argv)} --help\`.`,
  };
}

/** The command that was meant, as far as it is one: its options are not in the help of the whole program. */
function commandOf(argv: readonly string[]): string {
  const [first, second] = argv.filter((word) => !word.startsWith('-'));
  if (first === 'auth')
    return ['login', 'status', 'logout'].includes(second ?? '') ? ` auth ${second}` : ' auth';
  const known = ['discover', 'schema', 'endpoints', 'check', 'load', 'status', 'query', 'demo'];
  return known.includes(first ?? '') ? ` ${first}` : '';
}

async function printError(
  context: Context,
  error: { message: string; hint: string; code: string },
): Promise<void> {
  const { wrapped } = await import('./output.js');
  for (const line of [
    `Error: ${printable(error.message)}`,
    `  ${printable(error.hint)}`,
    `  Code: ${error.code}`,
  ])
    context.stderr.stream.write(`${wrapped(line, context.stderr)}\n`);
}

/** What `--debug` adds: the request, without credentials, and the causes by name and message alone, since they may hold headers. */
async function printCause(
  context: Context,
  error: { readonly request?: unknown; readonly cause?: unknown },
): Promise<void> {
  const { jsonText } = await import('./text.js');
  if (error.request !== undefined)
    context.stderr.stream.write(`  Request: ${jsonText(error.request).replace(/\s*\n\s*/g, ' ')}\n`);
  let cause: unknown = error.cause;
  for (let depth = 0; cause !== undefined && cause !== null && depth < 5; depth++) {
    const known: Error | undefined = cause instanceof Error ? cause : undefined;
    context.stderr.stream.write(
      `  Cause: ${printable(known === undefined ? String(cause) : `${known.name}: ${known.message}`)}\n`,
    );
    cause = known?.cause;
  }
}
