/**
 * `xano status`: shows how fresh and complete a loaded file is.
 * In: a loaded file or folder.
 * Out: its tables with their last loads, as text or JSON; the exit status says if one is stale.
 */
import { Command } from 'commander';
import type { FileStatus, TableStatus } from '../../../index.js';
import type { StatusReport } from '../../../session/status-report.js';
import type { Context, Finish } from '../../context.js';
import type { Duration } from '../../deadline.js';
import { parseDuration, parseWhole } from '../../input/numbers.js';
import { withOutputOptions, type XanoFlags } from '../../input/options.js';
import { type PlaceFlags, placeOptions, withPlaceOptions } from '../../input/place-options.js';
import { withProjectOption } from '../../input/project-options.js';
import { HEADINGS, withManual } from '../../output/help.js';
import type { Printer } from '../../output/output.js';

interface StatusFlags
  extends Pick<XanoFlags, 'profile' | 'configDir' | 'debug' | 'color' | 'defaults' | 'projectFacts'>,
    PlaceFlags {
  readonly to: string;
  readonly maxAge?: Duration;
  readonly loads: number;
  readonly json?: boolean;
  readonly html?: string;
}

/** Makes `xano status`. */
export function statusCommand(context: Context, finish: Finish): Command {
  const source = withProjectOption(
    new Command('status')
      .description('show how fresh and complete a loaded file is, and its past loads, without asking Xano')
      .argument('[name...]', 'tables by name or id; default all')
      .optionsGroup(HEADINGS.source),
  )
    .option(
      '--to <destination>',
      'read a DuckDB file, a folder (out/), s3://…, ducklake:…, iceberg:… or postgres://…',
      'xano.duckdb',
    )
    .option('--staging <folder>', 'find staged rows of a database in this folder, as the load had it');
  const command = withPlaceOptions(source)
    .optionsGroup(HEADINGS.run)
    .option(
      '--max-age <time>',
      'exit with 7 when a table is older: 24h, 7d, 90m',
      parseDuration('--max-age', { such_as: '90m, 24h or 7d' }),
    )
    .option('--loads <n>', 'show this many past loads', parseWhole('--loads', 0, 1000), 5)
    .optionsGroup(HEADINGS.token)
    .option('--profile <name>', 'show when this stored login expires (XANO_PROFILE)')
    .option('--config-dir <folder>', 'keep settings in this folder (XANO_CONFIG_DIR)')
    .optionsGroup(HEADINGS.output)
    .option('--json', 'print one JSON object')
    .option('--html <file>', 'write it as one page for the browser as well')
    .action(async (names: string[], flags: StatusFlags) => finish(await status(names, flags, context)));
  return withManual(withOutputOptions(command, 'show the cause of an error'), {
    about: '--max-age ignores tables deleted in Xano: nothing can refresh them.',
    examples: [
      ['xano status', 'show how fresh and complete xano.duckdb is'],
      ['xano status orders users --to shop.duckdb', 'show two tables of another file'],
      ['xano status --max-age 24h || xano load', 'load again if a table is older than a day'],
      ['xano status --html status.html', 'write a page for a mail or a CI artifact'],
      ["xano status --json | jq '.tables[] | select(.failed)'", 'for programs'],
    ],
    statuses: '0 fresh, 2 usage, 6 the file, 7 older than --max-age',
  });
}

async function status(names: readonly string[], flags: StatusFlags, context: Context): Promise<number> {
  const { XanoError } = await import('../../../index.js');
  const { createPrinter } = await import('../../output/output.js');
  const { readStatusReport } = await import('../../../session/status-report.js');
  const { printStatus } = await import('./print.js');
  const { exactSpan, timeLeft } = await import('../../output/text.js');
  const printer = createPrinter(context, flags.color !== false);
  if (flags.to === '')
    throw new XanoError('USAGE', '--to is empty.', { hint: 'Name a file: --to xano.duckdb.' });
  const max_age_ms = flags.maxAge?.ms ?? null;
  const place = placeOptions(flags, context, printer);
  const shown = await readStatusReport({ ...flags, max_age_ms, place }, context, (complete) =>
    named(complete, names),
  );
  if (flags.json === true) printer.json(shown);
  else printStatus(shown, context.now(), printer);
  if (flags.html !== undefined) {
    const { readReportPage } = await import('../../../dashboard/report-page.js');
    const { writeResult } = await import('../../output/result-file.js');
    writeResult(flags.html, await readReportPage(shown, { ...flags, place }, context), '--html');
  }
  // A part of the tables says nothing about the rest.
  if (names.length === 0) await tell(shown, flags, context, printer);
  const stale = shown.tables.filter((table) => table.stale === true);
  if (stale.length > 0) {
    const list = stale.map(({ schema, table, age_ms }) => `${schema}.${table} (${timeLeft(age_ms)})`);
    throw new XanoError(
      'STALE',
      `${stale.length === 1 ? 'A table is' : `${stale.length} tables are`} older than ${exactSpan(max_age_ms ?? 0)}: ${list.join(', ')}.`,
    );
  }
  return 0;
}

/** Tells the receivers of the project, at the end, of tables that are too old and of a token that expires. */
async function tell(
  shown: StatusReport,
  { projectFacts, to, configDir }: StatusFlags,
  context: Context,
  { warn }: Printer,
): Promise<void> {
  if (projectFacts === undefined || projectFacts.notify.length === 0) return;
  const { notifierFor } = await import('../load/load-notices.js');
  const { observeStatus } = await import('../../../notify/observe.js');
  const place = { to, dataset: projectFacts.dataset, ...(configDir === undefined ? {} : { configDir }) };
  context.later?.(() => notifierFor(projectFacts, place, context, warn).tell(observeStatus(shown)));
}

/** The named tables. Throws USAGE for a name that no table has. */
async function named({ tables, file }: FileStatus, names: readonly string[]): Promise<TableStatus[]> {
  const { didYouMean, XanoError } = await import('../../../index.js');
  if (names.length === 0) return [...tables];
  const picked = new Set<TableStatus>();
  for (const name of names) {
    const wanted = name.toLowerCase();
    const called = tables.filter(({ resource, schema, table }) =>
      [resource, table, `${schema}.${table}`].some((candidate) => candidate.toLowerCase() === wanted),
    );
    const matches =
      called.length > 0 ? called : tables.filter(({ origin }) => String(origin?.['table_id']) === name);
    if (matches.length === 0) {
      const known = [...new Set(tables.map(({ table }) => table))];
      throw new XanoError('USAGE', `${file} has no table "${name}"${didYouMean(known, name)}`, {
        hint: `Name one of: ${known.slice(0, 30).join(', ')}${known.length > 30 ? ', …' : ''}.`,
      });
    }
    for (const table of matches) picked.add(table);
  }
  return tables.filter((table) => picked.has(table));
}
