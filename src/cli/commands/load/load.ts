/** `xano load`: loads tables into a DuckDB file. */
import { Command, Option } from 'commander';
import type { EndpointConfig, Nested, WriteDisposition } from '../../../index.js';
import type { Connection } from '../../../session/connect.js';
import type { Context, Finish } from '../../context.js';
import type { Duration } from '../../deadline.js';
import { parseDuration, parseWhole } from '../../input/numbers.js';
import { withXanoOptions, type XanoFlags } from '../../input/options.js';
import type { Printer } from '../../output/output.js';
import type { LoadChoice } from './run-load.js';

interface LoadFlags extends XanoFlags {
  readonly to: string;
  readonly dataset: string;
  readonly endpoints?: string;
  readonly pageSize?: number;
  readonly concurrency: number;
  readonly dryRun?: boolean;
  readonly restart?: boolean;
  readonly strict?: boolean;
  readonly writeDisposition?: WriteDisposition;
  readonly incremental?: string;
  readonly lag?: Duration;
  readonly hardDelete?: boolean;
  readonly nested?: Nested;
  readonly flatten?: boolean;
  readonly allowEmpty?: boolean;
  readonly allowShrink?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly log?: 'json';
  readonly logFile?: string;
  readonly maxDuration?: Duration;
  readonly keepLoads: number;
}

/** The longest alarm that Node can set is a little under 25 days. */
const LONGEST_ALARM = { ms: 24 * 86_400_000, text: '24d' };
const LONGEST_LAG = { ms: 365 * 86_400_000, text: '365d' };

/** Makes `xano load`. */
export function loadCommand(context: Context, finish: Finish): Command {
  return withXanoOptions(
    new Command('load').description('load tables into a DuckDB file: all of the workspace, or those named'),
  )
    .argument('[name...]', 'tables by name or id')
    .option('--to <file>', 'DuckDB file to load into', 'xano.duckdb')
    .option('--dataset <schema>', 'schema in that file', 'xano_data')
    .option(
      '--endpoints <file>',
      'read the lists of this file (YAML or JSON, or from `xano endpoints`) instead of the workspace',
    )
    .option(
      '--page-size <n>',
      'rows asked for at a time (default: what makes some megabytes)',
      parseWhole('--page-size', 1, 100_000),
    )
    .option('--concurrency <n>', 'tables read at a time', parseWhole('--concurrency', 1, 64), 4)
    .addOption(
      new Option(
        '--write-disposition <how>',
        'how rows meet those of the load before (default: replace, or merge with --incremental)',
      ).choices(['replace', 'append', 'merge']),
    )
    .option('--incremental <column>', 'read only what is new since the load before, by this column')
    .option(
      '--lag <time>',
      'with --incremental: read so far back again for late rows (default: 10m)',
      parseDuration('--lag', { such_as: '90s, 10m or 1h', least_ms: 0, most: LONGEST_LAG }),
    )
    .option('--hard-delete', 'with merge: remove rows that are gone in Xano instead of marking them')
    .addOption(
      new Option(
        '--nested <how>',
        'values that are objects or lists: as they were sent, or in a type of their own where that is exact (default: json)',
      ).choices(['json', 'struct']),
    )
    .option('--flatten', 'make tables of the lists in rows, too, keyed as dlt does it')
    .option('--allow-empty', 'let a table that had rows become empty')
    .option('--allow-shrink', 'let a table lose more than half of its rows')
    .option('--dry-run', 'print the plan with rows, pages and requests expected; write nothing')
    .option('--restart', 'forget what an unfinished load has staged')
    .option('--strict', 'fail a table when a value does not fit its column')
    .option(
      '--keep-loads <n>',
      'load records that stay in the file, the newest',
      parseWhole('--keep-loads', 1, 1_000_000),
      1000,
    )
    .option('--json', 'print the report as JSON')
    .addOption(
      new Option('-q, --quiet', 'print nothing but warnings, errors, and JSON asked for').conflicts(
        'verbose',
      ),
    )
    .option('-v, --verbose', 'say in a pipe, too, all that a terminal is told')
    .addOption(
      new Option(
        '--log <form>',
        'json: every event as a line of JSON on stderr, and nothing else there',
      ).choices(['json']),
    )
    .option('--log-file <file>', 'add those lines of JSON to a file instead; stderr stays as it is')
    .option(
      '--max-duration <time>',
      'stop cleanly after 90s, 30m, 1h30m; the next load goes on from there',
      parseDuration('--max-duration', { such_as: '90s, 30m or 1h30m', most: LONGEST_ALARM }),
    )
    .action(async (names: string[], flags: LoadFlags) => finish(await loadAndPrint(names, flags, context)));
}

async function loadAndPrint(names: readonly string[], flags: LoadFlags, context: Context): Promise<number> {
  const { createPrinter } = await import('../../output/output.js');
  const { loggingPrinter, logPlace, openLog } = await import('./log.js');
  const { withDeadline } = await import('../../deadline.js');
  const printer = createPrinter(context, flags.color !== false, flags);
  await assertSense(flags);
  const place = logPlace(flags);
  const log =
    place === undefined
      ? undefined
      : await openLog(place, context, (reason) =>
          printer.warn(`${reason} The log ends there; the load goes on.`),
        );
  const deadline = withDeadline(context, flags.maxDuration);
  try {
    const run = { names, flags, context: deadline.context, printer: loggingPrinter(printer, log) };
    const { endpoints, connection } = await chooseEndpoints(run);
    if (flags.dryRun === true) {
      const { dryRun } = await import('./dry-run.js');
      const choice = { to: flags.to, dataset: flags.dataset, json: flags.json === true };
      return await dryRun(endpoints, choice, connection.http, printer);
    }
    const { runLoad } = await import('./run-load.js');
    const { endingNote, longLoadNote } = await import('../../../session/tokens/token-end.js');
    const { notifyOn, sayTokenLeft } = await import('../../output/notes.js');
    const { ending } = connection;
    const long = ending === undefined ? undefined : await longLoadNote(ending(), flags.to, context);
    if (long !== undefined) notifyOn(run.printer)(long);
    const { printOutcome, printRemarks, printTables, reportStatus } = await import('./print-report.js');
    const report = await runLoad(endpoints, choiceOf(names, flags), connection, run.context, printer, {
      ...flags,
      log,
    });
    if (flags.json === true) printer.json(report);
    else printTables(report, printer);
    if (log?.on_stderr !== true) {
      if (flags.json !== true) printRemarks(report, printer);
      printOutcome(report, printer);
    }
    if (ending !== undefined) sayTokenLeft(endingNote(ending(), context), run.printer);
    // Last of all: whatever ends a load otherwise is its `error` line, and there is only one of them.
    log?.write({ type: 'load_finished', report });
    return reportStatus(report);
  } finally {
    deadline.off();
    log?.close();
  }
}

function choiceOf(names: readonly string[], flags: LoadFlags): LoadChoice {
  return {
    to: flags.to,
    dataset: flags.dataset,
    concurrency: flags.concurrency,
    strict: flags.strict === true,
    restart: flags.restart === true,
    allow_empty: flags.allowEmpty === true,
    allow_shrink: flags.allowShrink === true,
    hard_delete: flags.hardDelete === true,
    nested: flags.nested,
    flatten: flags.flatten,
    complete: names.length === 0 && flags.endpoints === undefined,
    oldest_first: flags.maxDuration !== undefined,
    keep_loads: flags.keepLoads,
  };
}

/** Throws USAGE for flags that contradict each other, or mean nothing where they are. */
async function assertSense(flags: LoadFlags): Promise<void> {
  const { XanoError } = await import('../../../index.js');
  if (
    flags.dataset === '' ||
    ['_xano', 'information_schema', 'pg_catalog'].includes(flags.dataset.toLowerCase())
  )
    throw new XanoError('USAGE', `"${flags.dataset}" cannot be the schema of loaded tables.`, {
      hint: 'Give another name with --dataset.',
    });
  if (flags.to === '')
    throw new XanoError('USAGE', '--to names no file.', { hint: 'Name one: --to xano.duckdb.' });
  const disposition = flags.writeDisposition ?? (flags.incremental === undefined ? 'replace' : 'merge');
  if (flags.incremental !== undefined && disposition === 'replace')
    throw new XanoError('USAGE', '--incremental with replace would lose every row that is not new.', {
      hint: 'Use --write-disposition merge (the default with --incremental) or append.',
    });
  if (flags.lag !== undefined && flags.incremental === undefined)
    throw new XanoError('USAGE', '--lag means nothing without --incremental.', {
      hint: 'Name the column that tells what is new: --incremental updated_at.',
    });
  if (flags.hardDelete === true && disposition !== 'merge' && flags.endpoints === undefined)
    throw new XanoError('USAGE', '--hard-delete means nothing without merge.', {
      hint: 'Add --write-disposition merge.',
    });
  if (flags.dryRun === true && (flags.log !== undefined || flags.logFile !== undefined))
    throw new XanoError('USAGE', 'A log means nothing with --dry-run: nothing is loaded.', {
      hint: 'Leave out --log and --log-file; --json prints the plan as JSON.',
    });
}

interface Run {
  readonly names: readonly string[];
  readonly flags: LoadFlags;
  readonly context: Context;
  readonly printer: Printer;
}

interface Chosen {
  readonly endpoints: readonly EndpointConfig[];
  readonly connection: Pick<Connection, 'http'> & Partial<Pick<Connection, 'ending'>>;
}

async function chooseEndpoints({ names, flags, context, printer }: Run): Promise<Chosen> {
  const { connect, connectFor } = await import('../../../session/connect.js');
  const { frontEnd } = await import('../../input/front-end.js');
  const front = frontEnd(flags, context, printer);
  if (flags.endpoints === undefined) {
    const { workspaceEndpoints } = await import('../../../session/choose-tables.js');
    const connection = await connect(flags, context, front);
    const { endpoints } = await workspaceEndpoints(
      connection,
      names,
      {
        api_groups: false,
        page_size: flags.pageSize,
        write_disposition: flags.writeDisposition,
        incremental:
          flags.incremental === undefined ? undefined : { column: flags.incremental, lag_ms: flags.lag?.ms },
      },
      front.notify,
    );
    return { endpoints, connection };
  }
  const { assertNothingIgnored, readEndpointsFile } = await import('../../input/endpoints-file.js');
  assertNothingIgnored([
    ['--instance', flags.instance],
    ['--workspace', flags.workspace],
    ['--data-source', flags.dataSource],
    ['--page-size', flags.pageSize],
    ['--write-disposition', flags.writeDisposition],
    ['--incremental', flags.incremental],
  ]);
  const endpoints = readEndpointsFile(flags.endpoints, names, context.env);
  return { endpoints, connection: await connectFor(endpoints, flags, context, front.notify) };
}
