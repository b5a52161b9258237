/** The options of `xano load`, and their help. */
import { type Command, Option } from 'commander';
import type { HistoryKind, Nested, WriteDisposition } from '../../../index.js';
import type { Shard } from '../../../project/shard.js';
import type { Duration } from '../../deadline.js';
import { parseHistory } from '../../input/history-kinds.js';
import { parseDuration, parseWhole } from '../../input/numbers.js';
import {
  withOutputOptions,
  withTokenOptions,
  withWorkspaceOptions,
  type XanoFlags,
} from '../../input/options.js';
import { type PlaceFlags, withPlaceOptions } from '../../input/place-options.js';
import { parseShardOption } from '../../input/shard-option.js';
import { HEADINGS, type Manual, withManual } from '../../output/help.js';

/** The options of `xano load` as given. */
export interface LoadFlags extends XanoFlags, PlaceFlags {
  readonly to: string;
  readonly dataset: string;
  readonly staging?: string;
  readonly workspaces?: string;
  readonly shard?: Shard;
  readonly parallel: number;
  readonly jitter?: Duration;
  readonly foreignKeys?: boolean;
  readonly endpoints?: string;
  /** The project names the file of lists, and not the command line. */
  readonly isProjectFile?: boolean;
  readonly exclude?: readonly string[];
  readonly mask?: readonly string[];
  readonly where?: readonly string[];
  readonly history?: readonly HistoryKind[];
  readonly payloads?: boolean;
  readonly onlyHistory?: boolean;
  readonly limit?: readonly string[];
  readonly partitionBy?: readonly string[];
  readonly pageSize?: number;
  readonly concurrency: number;
  readonly parallelRequests: boolean;
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

/** Node's longest timer takes a little under 25 days. */
const LONGEST_ALARM = { ms: 24 * 86_400_000, text: '24d' };
const LONGEST_JITTER = { ms: 3_600_000, text: '1h' };
const LONGEST_LAG = { ms: 365 * 86_400_000, text: '365d' };

const MANUAL: Manual = {
  about:
    'xano reads each table, compares it with the count in Xano, and only then replaces the old one. A failed table does not affect the others. A stopped load continues where it stopped.',
  examples: [
    ['xano load', 'load every table into xano.duckdb'],
    ['xano load orders 12 --to shop.duckdb', 'load tables by name or id'],
    ['xano load --dry-run', 'print the plan; write nothing'],
    ['xano load --incremental updated_at', 'load only rows that are new since the last load'],
    ['xano load --nested struct --flatten', 'store objects as STRUCT, lists as tables'],
    ['xano load --history requests,tasks', 'also keep what Xano forgets after a day'],
    ['xano load --workspaces clients.yaml', 'load many workspaces, each into its dataset'],
    ['xano load --quiet --max-duration 30m', 'for cron: print only problems'],
    ['xano load --log json 2>load.jsonl', 'for programs: one event per line'],
  ],
  together: [
    ['--incremental', 'changes the default of --write-disposition to merge, and excludes replace'],
    ['--lag', 'needs --incremental'],
    ['--limit', 'needs replace, the default: it excludes --incremental'],
    ['--hard-delete', 'needs merge'],
    ['--partition-by', 'needs a folder of Parquet files: --to out/'],
    ['--payloads', 'needs --history'],
    ['--only-history', 'needs --history, and excludes [name...]'],
    ['--max-duration', 'loads the tables with the oldest rows first, so that every table is loaded in time'],
    ['--page-size', 'fixes the page size, which otherwise grows'],
    ['[name...]', 'disables the search for tables deleted in Xano: it needs all tables'],
    [
      '--endpoints',
      'excludes --instance, --workspace, --data-source, --page-size, --incremental, --write-disposition and --history: the file defines them',
    ],
    [
      '--workspaces',
      'excludes --endpoints, --project, --source, --instance, --workspace, --data-source and --dataset: the file names them',
    ],
    ['--shard', 'needs --workspaces; without it, JOB_COMPLETION_INDEX and XANO_SHARDS choose the shard'],
    [
      '--parallel',
      'needs --workspaces, and a Postgres database, an Iceberg catalog, a bucket, or a DuckLake with its catalog in Postgres',
    ],
    ['--log json', 'replaces progress and errors on stderr'],
    ['--dry-run', 'excludes --log and --log-file: nothing is loaded'],
  ],
  statuses:
    '0 loaded, 2 usage, 4 log in, 5 Xano, 6 the file, 7 not all tables, or --max-duration reached, 130 interrupted (Ctrl-C, SIGTERM)',
};

/** Adds all options, and the sections of help around them. */
export function withLoadOptions(command: Command): Command {
  command.argument('[name...]', 'tables by name or id');
  withSource(command);
  withMany(command);
  withDestination(command);
  withExistingRows(command);
  withRun(command);
  withTokenOptions(command);
  withOutput(command);
  return withManual(withOutputOptions(command), MANUAL);
}

/** Adds the options that say which rows and columns a load may have, also one that a page starts. */
export function withContentOptions(command: Command): Command {
  return command
    .option('--where <condition...>', "read only rows that meet this: 'orders.created_at >= 2026-01-01'")
    .option('--limit <rows...>', 'read only the first rows by key: 1000, or orders=1000 for one table')
    .option(
      '--partition-by <partition...>',
      'in a folder: a file for each month(created_at), or year, day; orders=month(paid_at) for one table',
    )
    .option('--exclude <column...>', 'leave out these columns: users.phone, or *.phone for every table')
    .option(
      '--mask <column=mask...>',
      'store masked values: users.email=hash, or last4, redact, year (XANO_MASK_KEY for hash)',
    );
}

/** Adds the options that say how a load stores objects and lists. */
export function withNestedOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--nested <how>',
        'store objects and lists as JSON, or as STRUCT and LIST where exact (default: json)',
      ).choices(['json', 'struct']),
    )
    .option('--flatten', 'also make a table of each list in rows, with keys as in dlt');
}

function withSource(command: Command): void {
  withWorkspaceOptions(command)
    .addOption(
      new Option(
        '--endpoints <file>',
        'load the lists in this file (YAML or JSON) instead of the workspace',
      ).conflicts([
        'instance',
        'workspace',
        'dataSource',
        'pageSize',
        'writeDisposition',
        'incremental',
        'history',
      ]),
    )
    .option(
      '--incremental <column>',
      'read only rows new since the last load, by this column, and merge them by default',
    )
    .option(
      '--lag <time>',
      'with --incremental: read this far back again for late rows (default: 10m)',
      parseDuration('--lag', { such_as: '90s, 10m or 1h', least_ms: 0, most: LONGEST_LAG }),
    );
  withHistoryOptions(command);
  withContentOptions(command)
    .option(
      '--page-size <n>',
      'ask for this many rows at a time (default: a few megabytes)',
      parseWhole('--page-size', 1, 100_000),
    )
    .option('--concurrency <n>', 'read this many tables at a time', parseWhole('--concurrency', 1, 64), 4)
    .option('--no-parallel-requests', 'read each table with one request at a time');
}

function withMany(command: Command): void {
  command
    .optionsGroup(HEADINGS.source)
    .addOption(
      new Option(
        '--workspaces <file>',
        'load every workspace of this list (YAML or JSON), each into its dataset',
      ).conflicts(['endpoints', 'project', 'source', 'instance', 'workspace', 'dataSource', 'dataset']),
    )
    .option(
      '--shard <i/n>',
      'load the workspaces of one shard of n, counted from 0 (JOB_COMPLETION_INDEX, XANO_SHARDS)',
      parseShardOption,
    )
    .option('--parallel <n>', 'load this many workspaces at a time', parseWhole('--parallel', 1, 64), 1);
}

function withHistoryOptions(command: Command): void {
  command
    .option(
      '--history <kinds>',
      'also append what Xano soon forgets: requests, tasks, functions',
      parseHistory,
    )
    .option('--payloads', 'with --history: keep inputs, outputs and headers as well, without secrets')
    .option('--only-history', 'with --history: load no tables');
}

function withDestination(command: Command): void {
  command
    .optionsGroup(HEADINGS.destination)
    .option(
      '--to <destination>',
      'load into a DuckDB file, a folder (out/), s3://…, ducklake:FILE, iceberg:URL or postgres://…',
      'xano.duckdb',
    )
    .option('--dataset <schema>', 'load into this schema of the destination', 'xano_data')
    .addOption(
      new Option('--foreign-keys', 'with Postgres: make foreign keys of references between tables').conflicts(
        ['endpoints'],
      ),
    )
    .option('--staging <folder>', 'stage rows for a database in this folder (default: your state folder)');
  withNestedOptions(command);
  withPlaceOptions(command);
}

function withExistingRows(command: Command): void {
  command
    .optionsGroup(HEADINGS.existing_rows)
    .addOption(
      new Option(
        '--write-disposition <how>',
        'combine new rows with existing ones (default: replace, or merge with --incremental)',
      ).choices(['replace', 'append', 'merge']),
    )
    .option('--hard-delete', 'with merge: remove rows deleted in Xano instead of marking them')
    .option('--allow-empty', 'let a table that had rows become empty')
    .option('--allow-shrink', 'let a table lose more than half of its rows')
    .option('--strict', 'fail a table when a value does not fit its column');
}

function withRun(command: Command): void {
  command
    .optionsGroup(HEADINGS.run)
    .addOption(
      new Option(
        '--dry-run',
        'print the plan with expected rows, pages and requests; write nothing',
      ).conflicts(['log', 'logFile']),
    )
    .option('--restart', 'discard the staged rows of an unfinished load')
    .option(
      '--max-duration <time>',
      'stop cleanly after 90s, 30m, 1h30m; load the tables with the oldest rows first',
      parseDuration('--max-duration', { such_as: '90s, 30m or 1h30m', most: LONGEST_ALARM }),
    )
    .option(
      '--jitter <time>',
      'wait a random time up to this before the load: spreads many that start together',
      parseDuration('--jitter', { such_as: '30s or 5m', most: LONGEST_JITTER }),
    )
    .option(
      '--keep-loads <n>',
      'keep this many load records in the file, the newest',
      parseWhole('--keep-loads', 1, 1_000_000),
      1000,
    );
}

function withOutput(command: Command): void {
  command
    .optionsGroup(HEADINGS.output)
    .option('--json', 'print the report as JSON')
    .addOption(
      new Option('-q, --quiet', 'print only warnings, errors and requested JSON').conflicts('verbose'),
    )
    .option('-v, --verbose', 'print in a pipe everything that a terminal gets')
    .addOption(
      new Option(
        '--log <form>',
        'json: print every event as a line of JSON on stderr, and nothing else',
      ).choices(['json']),
    )
    .option('--log-file <file>', 'append these lines of JSON to a file; stderr stays as it is');
}
