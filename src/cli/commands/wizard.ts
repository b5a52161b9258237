/**
 * `xano` without a command on a terminal: asks a few questions, and loads tables into a file. Every answer is
 * also a flag.
 * This room has a file or a folder for each command.
 * In: options, and a context.
 * Out: results on stdout, notes on stderr, and an exit status.
 */
import { resolve } from 'node:path';
import { printable } from '../../hidden-characters.js';
import {
  assertAlive,
  type Catalog,
  type Found,
  generateEndpoints,
  isTokenError,
  type LoadReport,
  type Table,
  XanoError,
} from '../../index.js';
import { workspaceCatalog } from '../../session/catalog.js';
import { type Connection, connectWith } from '../../session/connect.js';
import { flagOrEnv } from '../../session/context.js';
import { logIn, planLogin } from '../../session/login.js';
import { endingNote, longLoadNote } from '../../session/tokens/token-end.js';
import { allLogins, type FoundToken, lookForToken } from '../../session/tokens/token-source.js';
import type { Context } from '../context.js';
import { askOne, askSecret, askSome, askWorkspace, readyToAsk } from '../input/ask.js';
import type { XanoFlags } from '../input/options.js';
import { endInWords, notifyOn, sayTokenLeft } from '../output/notes.js';
import { createPrinter, type Printer } from '../output/output.js';
import { counted, programName, shellWord } from '../output/text.js';
import { warnOfOmissions } from '../output/warnings.js';
import { printOutcome, printReport, reportStatus } from './load/print-report.js';
import { runLoad } from './load/run-load.js';

const FILE = 'xano.duckdb';
const DATASET = 'xano_data';

const HOW_TO = [
  '',
  'First, create an access token. In Xano:',
  '  1. Instances → your instance → Metadata API → Access Tokens',
  '  2. Create a token. Tick only Read on these four:',
  '       Workspace Database',
  '       Workspace Content',
  '       Workspace Live Data Source',
  '       Workspace API Groups',
  '  3. Copy it: Xano shows it once.',
  '',
  'No account? `xano demo` needs none.',
  '',
];

const WELCOME = [
  'This copies tables of a Xano workspace into a DuckDB file.',
  'It takes a minute and changes nothing in Xano. Press Ctrl-C to stop at any time.',
  ...HOW_TO,
];

/** The most tokens that may be pasted. */
const TRIES = 3;

/** Asks for missing answers, loads, and prints the command that does the same. Returns the exit status. */
export async function runWizard(context: Context): Promise<number> {
  const printer = createPrinter(context, true);
  // The token is looked up only once: its program may ask the user for a touch each time.
  const existing = await lookForToken({}, context);
  const flags = existing === undefined ? await whichLogin(context) : {};
  const token = await usableToken(existing ?? (await lookForToken(flags, context)), flags, context, printer);
  const connection = connectWith(token, flags, context);
  const choice = await chooseTables(connection, context, printer);
  const { catalog, tables, chosen } = choice;

  const generated = generateEndpoints(catalog, {
    token: token.ref,
    ...(connection.data_source === undefined ? {} : { data_source: connection.data_source }),
  });
  const to = resolve(context.cwd, FILE);
  const isWhole = chosen.length === tables.length;
  const endpoints = generated.endpoints.filter(({ origin }) =>
    chosen.some(({ id }) => id === origin?.['table_id']),
  );
  const long = await longLoadNote(connection.ending(), to, context);
  if (long !== undefined) notifyOn(printer)(long);
  const { report } = await runLoad(
    endpoints,
    { to, dataset: DATASET, concurrency: 4, strict: false, restart: false, complete: isWhole },
    connection,
    context,
    printer,
  );
  printReport(report, printer);
  printOutcome(report, printer);
  sayHowToLook(report, context, printer);
  sayCommand(isWhole ? [] : chosen.map(wordFor), choice, token, context, printer);
  sayTokenLeft(endingNote(connection.ending(), context), printer);
  return reportStatus(report);
}

/** Asks for the login if several are stored, and none is the default. */
async function whichLogin(context: Context): Promise<XanoFlags> {
  const logins = await allLogins({}, context);
  if (logins.length === 0) return {};
  const choices = logins.map(({ name, place }, value) => ({
    value,
    label: name,
    ...(place.instance === undefined ? {} : { hint: place.instance }),
  }));
  const chosen = await askOne('Which login?', choices, context, 'Nothing was done.');
  return { profile: logins[chosen]!.name };
}

/** The stored token; if it is missing or has expired, asks for a new one and stores it. */
async function usableToken(
  existing: FoundToken | undefined,
  flags: XanoFlags,
  context: Context,
  printer: Printer,
): Promise<FoundToken> {
  if (existing !== undefined && existing.status.state !== 'expired') {
    printer.note(`Using the token from ${existing.source}.`);
    const ending = endingNote(existing, context);
    if (ending !== undefined) notifyOn(printer)(ending);
    return existing;
  }
  const plan = planLogin(
    { ...flags, ...(existing?.profile === undefined ? {} : { profile: existing.profile }) },
    context,
  );
  // A token from another file or from a program can only be replaced there.
  if (existing !== undefined && (existing.kind !== 'profile' || plan.before?.token_command !== undefined))
    assertAlive(existing.status, existing.source);
  await readyToAsk();
  if (existing !== undefined) printer.note(`The token from ${existing.source} has expired.`);
  printer.note(...(existing === undefined ? WELCOME : HOW_TO));
  for (let left = TRIES; ; left--) {
    const value = await askSecret('Paste it here (it is not shown):', context, 'Nothing was stored.');
    try {
      const source = 'the prompt';
      const { me, status } = await logIn(plan, { value: value.trim(), source }, context, notifyOn(printer));
      printer.note(
        `Logged in as ${me.email}. The token ends: ${endInWords(status, context.now())}.`,
        `Saved in ${plan.settings.path}, readable only by you.`,
      );
      break;
    } catch (thrown) {
      const isToken = thrown instanceof XanoError && isTokenError(thrown.code);
      if (!isToken || left === 1) throw thrown;
      printer.note(thrown.message, thrown.hint);
    }
  }
  const stored = await lookForToken(flags, context);
  if (stored === undefined) throw new XanoError('BUG', 'The token was stored, but xano cannot find it.');
  return stored;
}

interface Chosen {
  readonly catalog: Catalog;
  readonly instance: string;
  readonly workspace: number;
  readonly tables: readonly Table[];
  readonly chosen: readonly Table[];
}

async function chooseTables(connection: Connection, context: Context, printer: Printer): Promise<Chosen> {
  const left = 'Nothing was loaded.';
  const choose = (listed: readonly Found[]): Promise<Found> => askWorkspace(listed, context, left);
  printer.note('Discovering tables and counting rows …');
  const catalog = await workspaceCatalog({ ...connection, choose }, notifyOn(printer), {
    api_groups: false,
    counts: true,
  });
  warnOfOmissions(catalog.omitted, printer);
  const seen = catalog.instances[0];
  const where = seen?.workspaces[0];
  if (seen === undefined || where === undefined || where.tables.length === 0)
    throw new XanoError('USAGE', `Workspace "${where?.name ?? ''}" has no tables.`, {
      hint: 'Name another workspace: xano load --workspace NAME.',
    });
  const { tables } = where;
  const title = `${seen.display === '' ? seen.name : seen.display} / ${where.name}: ${counted(tables.length, 'table')}. Which ones? (a: all or none)`;
  const choices = tables.map(({ id, name, rows }) => ({
    value: id,
    label: name,
    ...(rows === undefined ? {} : { hint: counted(rows, 'row') }),
  }));
  const ids = await askSome(printable(title), choices, context, left);
  printer.note('');
  const chosen = tables.filter(({ id }) => ids.includes(id));
  return { catalog, instance: connection.instance ?? seen.name, workspace: where.id, tables, chosen };
}

/**
 * The word for a table on a command line: its id if its name looks like an option, or contains hidden
 * characters.
 */
const wordFor = ({ id, name }: Table): string =>
  name.startsWith('-') || printable(name) !== name ? String(id) : name;

/** Prints what to do next with the loaded data. */
function sayHowToLook({ resources }: LoadReport, context: Context, printer: Printer): void {
  const loaded = resources.filter(({ status }) => status === 'loaded');
  const shown = loaded.find(({ rows_written }) => rows_written > 0) ?? loaded[0];
  if (shown === undefined) return;
  const name = shown.target.slice(DATASET.length + 1);
  const table = /^\w+$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
  const sql = `FROM ${DATASET}.${table} LIMIT 5`;
  const program = programName(context);
  printer.note('', 'Query the rows, and check how fresh and complete they are:', '');
  for (const words of [
    [program, 'query', table === name ? `"${sql}"` : shellWord(sql)],
    [program, 'status'],
  ])
    context.stderr.stream.write(`${printable(words.join(' '))}\n`);
}

/** The equivalent command. It is one line, however long, so that it can be copied. */
function sayCommand(
  names: readonly string[],
  { instance, workspace }: Chosen,
  token: FoundToken,
  context: Context,
  printer: Printer,
): void {
  const env = (variable: string, flag: string): string[] => {
    const value = flagOrEnv(undefined, context, variable);
    return value === undefined ? [] : [flag, value];
  };
  const isStored = token.kind === 'profile' || token.kind === 'official_cli';
  const words = [
    'load',
    ...names,
    ...['--instance', instance, '--workspace', String(workspace)],
    ...['--to', resolve(context.cwd, FILE)],
    ...env('XANO_DATA_SOURCE', '--data-source'),
    ...(isStored && token.profile !== undefined ? ['--profile', token.profile] : []),
    ...(isStored ? env('XANO_CONFIG_DIR', '--config-dir') : env('XANO_ACCOUNT_ORIGIN', '--account-origin')),
    ...(token.kind === 'file' ? env('XANO_TOKEN_FILE', '--token-file') : []),
    ...(token.kind === 'command' ? env('XANO_TOKEN_COMMAND', '--token-command') : []),
  ];
  printer.note('', 'The same as one command, for cron or a script:', '');
  context.stderr.stream.write(`${programName(context)} ${printable(words.map(shellWord).join(' '))}\n\n`);
  if (token.kind === 'env') printer.note('XANO_TOKEN must be set there as it is here.');
}
