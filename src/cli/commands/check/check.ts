/**
 * `xano check`: one or two small requests per resource, which show whether its config is right.
 * In: a config file, and the server's answers.
 * Out: a line per resource, problems and notes, and with --write a corrected file.
 */
import { Command, Option } from 'commander';
import type { EndpointCheck, EndpointConfig, NamedCorrection } from '../../../index.js';
import type { Connection } from '../../../session/connect.js';
import type { Context, Finish } from '../../context.js';
import { withOutputOptions, withTokenOptions, withWorkspaceOptions } from '../../input/options.js';
import { HEADINGS, withManual } from '../../output/help.js';
import type { Printer } from '../../output/output.js';
import type { PersonalFlags } from './check-personal.js';

interface CheckFlags extends PersonalFlags {
  readonly endpoints?: string;
  /** The project names the file, and not the command line. */
  readonly isProjectFile?: boolean;
  readonly apiGroups?: boolean;
  readonly branch?: string;
  readonly write?: boolean;
  readonly json?: boolean;
  readonly pii?: boolean;
}

/** Makes `xano check`. */
export function checkCommand(context: Context, finish: Finish): Command {
  const command = new Command('check')
    .description('fetch a few records of each table or endpoint, and check its config')
    .argument('[name...]', 'tables by name or id, endpoints as GROUP/PATH; default all');
  withWorkspaceOptions(command)
    .addOption(
      new Option('--endpoints <file>', 'check the endpoint configs in this file').conflicts([
        'apiGroups',
        'branch',
        'instance',
        'workspace',
        'dataSource',
      ]),
    )
    .option('--api-groups', 'include GET endpoints of API groups')
    .option('--branch <label>', 'with --api-groups: use this branch instead of the live one')
    .addOption(
      new Option('--pii', 'list columns that look personal, and the options that protect them').conflicts([
        'endpoints',
        'apiGroups',
        'branch',
        'write',
      ]),
    )
    .option('--exclude <column...>', 'with --pii: columns that your loads leave out')
    .option('--mask <column=mask...>', 'with --pii: columns that your loads mask')
    .optionsGroup(HEADINGS.destination)
    .option('--write', 'with --endpoints: write corrections into the file without asking')
    .option('--to <destination>', 'with --pii: show what its loads masked or left out (default: xano.duckdb)')
    .optionsGroup(HEADINGS.run)
    .option('--strict', 'with --pii: exit with 7 if such a column is neither masked nor left out');
  withTokenOptions(command)
    .optionsGroup(HEADINGS.output)
    .option('--json', 'print the checks as JSON')
    .action(async (names: string[], flags: CheckFlags) => {
      // A project names a destination for all commands.
      const isGiven = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
      finish(await checkAndPrint(names, flags, isGiven, context));
    });
  return withManual(withOutputOptions(command), {
    about:
      'xano sends one or two small requests for each, and more if a config is incomplete or wrong. It can save corrections in the file.',
    examples: [
      ['xano check', 'check every table'],
      ['xano check Storefront/products', 'check one list of an API group'],
      ['xano check --endpoints endpoints.json', 'check the configs of a file'],
      ['xano check --endpoints endpoints.json --write', 'correct the file'],
      ['xano check --pii', 'list columns that look personal'],
      ['xano check --pii --strict --mask users.email=hash', 'fail if others are not protected'],
    ],
    statuses:
      '0 all would load, 2 usage or config, 4 log in, 5 Xano,\n7 some would not load as configured, or --strict found personal columns',
  });
}

async function checkAndPrint(
  names: readonly string[],
  flags: CheckFlags,
  isGiven: (name: string) => boolean,
  context: Context,
): Promise<number> {
  const { createPrinter } = await import('../../output/output.js');
  const { printChecks, sayOutcome } = await import('./print.js');
  const { ERRORS, XanoError } = await import('../../../index.js');
  const printer = createPrinter(context, flags.color !== false);
  if (flags.pii === true) {
    const { checkPersonal } = await import('./check-personal.js');
    return checkPersonal(names, flags, context, printer);
  }
  const without = (['strict', 'to', 'exclude', 'mask'] as const).find(isGiven);
  if (without !== undefined)
    throw new XanoError('USAGE', `--${without} needs --pii.`, { hint: `Add --pii, or omit --${without}.` });
  const { endpoints, connection } = await chosen(names, flags, context, printer);
  const checks = await checkAll(endpoints, connection, printer);
  const codes = new Set(checks.map(({ error }) => error?.code));
  const [first] = checks;
  // If nothing works, and all for one reason, that is an error instead of a result.
  if (codes.size === 1 && first?.error) {
    const { code, message, hint } = first.error;
    throw new XanoError(code, message, { hint });
  }
  if (flags.json !== true) printChecks(checks, printer);
  const written = await correct(checks, flags, context, printer);
  if (flags.json === true) printer.json({ resources: checks, written });
  const wrong = checks.filter(
    (check) => check.status !== 'ok' && !(written.includes(check.resource) && isCorrected(check)),
  );
  sayOutcome(checks, wrong.length, printer);
  return wrong.length === 0 ? 0 : ERRORS.LOAD_PARTIAL.exit;
}

async function chosen(
  names: readonly string[],
  flags: CheckFlags,
  context: Context,
  printer: Printer,
): Promise<{ endpoints: readonly EndpointConfig[]; connection: Pick<Connection, 'http'> }> {
  const { connect, connectFor } = await import('../../../session/connect.js');
  const { frontEnd } = await import('../../input/front-end.js');
  const front = frontEnd(flags, context, printer);
  const { XanoError } = await import('../../../index.js');
  if (flags.endpoints === undefined) {
    if (flags.write === true)
      throw new XanoError('USAGE', '--write needs --endpoints.', {
        hint: 'Write a file with `xano endpoints --output FILE`, then name it: --endpoints FILE.',
      });
    const { workspaceEndpoints } = await import('../../../session/tables/choose-tables.js');
    const connection = await connect(flags, context, front);
    const { endpoints, excluded } = await workspaceEndpoints(
      connection,
      names,
      {
        api_groups: flags.apiGroups === true || names.some((name) => name.includes('/')),
        branch: flags.branch,
      },
      front.notify,
    );
    for (const { name, reason } of excluded) printer.note(`Not checked: ${name}: ${reason}.`);
    return { endpoints, connection };
  }
  const { readEndpointsFile } = await import('../../input/endpoints-file.js');
  const { assertXanoAddresses } = await import('../../../session/project-addresses.js');
  const endpoints = readEndpointsFile(flags.endpoints, names, context.env);
  if (flags.isProjectFile === true) assertXanoAddresses(endpoints, flags.endpoints);
  return { endpoints, connection: await connectFor(endpoints, flags, context, front.notify) };
}

/** The most resources that are checked at the same time. */
const AT_A_TIME = 4;

async function checkAll(
  endpoints: readonly EndpointConfig[],
  { http }: Pick<Connection, 'http'>,
  printer: Printer,
): Promise<EndpointCheck[]> {
  const { checkChild, checkEndpoint } = await import('../../../index.js');
  const { sayWaits } = await import('../../output/notes.js');
  const sender = { on_wait: sayWaits(printer) };
  const checks: EndpointCheck[] = [];
  const queue = endpoints.entries();
  const worker = async (): Promise<void> => {
    for (const [at, endpoint] of queue)
      checks[at] =
        endpoint.parent === undefined
          ? await checkEndpoint(endpoint, http, sender)
          : await checkChild(endpoint, endpoints, http, sender);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return checks;
}

/** Whether the correction removes all its problems. */
function isCorrected({ status, findings, correction }: EndpointCheck): boolean {
  const fields = { selector: 'data_selector', pagination: 'pagination', key: 'primary_key' } as const;
  return (
    status !== 'failed' &&
    findings.every(({ is_problem, about }) => {
      const field = about in fields ? fields[about as keyof typeof fields] : undefined;
      return !is_problem || (field !== undefined && correction?.[field] !== undefined);
    })
  );
}

/** Writes corrections into the file, if wanted. Returns the names of the corrected resources. */
async function correct(
  checks: readonly EndpointCheck[],
  flags: CheckFlags,
  context: Context,
  printer: Printer,
): Promise<readonly string[]> {
  const { endpoints: file, write } = flags;
  const { askWhether, canAsk } = await import('../../input/ask.js');
  const { spacedJson } = await import('../../output/text.js');
  const corrections = checks.flatMap(({ resource, correction }) =>
    correction === null ? [] : [{ name: resource, correction }],
  );
  if (file === undefined || corrections.length === 0) return [];
  for (const { name, correction } of corrections)
    printer.note(`${name}: expected ${spacedJson(correction)}.`);
  if (write !== true) {
    if (!canAsk(flags, context)) {
      printer.note(`Run again with --write to save the correction in ${file}.`);
      return [];
    }
    if (!(await askWhether(`Save the correction in ${file}?`, context, 'Nothing was written.'))) return [];
  }
  await writeCorrections(file, corrections);
  const names = corrections.map(({ name }) => name);
  printer.note(`Corrected in ${file}: ${names.join(', ')}.`);
  return names;
}

async function writeCorrections(file: string, corrections: readonly NamedCorrection[]): Promise<void> {
  const { readFileSync } = await import('node:fs');
  const { fileBytes, fileText } = await import('../../../session/tokens/file-text.js');
  const { replaceFile } = await import('../../output/replace-file.js');
  const { correctText } = await import('./correct-file.js');
  const { XanoError } = await import('../../../index.js');
  const read = fileText(readFileSync(file));
  const text = read && correctText(read.text, corrections);
  if (read === undefined || text === undefined)
    throw new XanoError('USAGE', `${file} cannot be corrected: its structure does not match its configs.`, {
      hint: 'Edit the file by hand to the expected values.',
    });
  try {
    // The file keeps its encoding.
    replaceFile(file, fileBytes({ ...read, text }));
  } catch (cause) {
    const { fileTrouble, isFull } = await import('../../../session/file-failures.js');
    throw new XanoError(isFull(cause) ? 'OUTPUT_FAILED' : 'USAGE', fileTrouble(file, 'written', cause), {
      hint: isFull(cause)
        ? 'Free disk space, then run again; the file is unchanged.'
        : 'Change its permissions, or check a copy of it.',
      cause,
    });
  }
}
