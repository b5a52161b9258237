/**
 * `xano dashboard`: shows a loaded file in the browser.
 * In: a loaded file, folder or database, and the options of loads that a page starts.
 * Out: the address of its pages on this computer, until Ctrl-C.
 */
import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import type { LoadProgram } from '../../../dashboard/loads/child-load.js';
import type { Context, Finish } from '../../context.js';
import type { Duration } from '../../deadline.js';
import { parseDuration, parseWhole } from '../../input/numbers.js';
import {
  withOutputOptions,
  withTokenSource,
  withWorkspaceOptions,
  type XanoFlags,
} from '../../input/options.js';
import { type PlaceFlags, placeOptions, withPlaceOptions } from '../../input/place-options.js';
import { HEADINGS, type Manual, withManual } from '../../output/help.js';
import { untilStopped } from '../../until-stopped.js';
import { type LoadFlags, withContentOptions, withNestedOptions } from '../load/load-options.js';
import { loadProgram } from './load-program.js';

/** The options of `xano dashboard` and `xano serve`. */
export interface DashboardFlags
  extends PlaceFlags,
    XanoFlags,
    Pick<LoadFlags, 'where' | 'limit' | 'partitionBy' | 'exclude' | 'mask' | 'nested' | 'flatten'> {
  readonly to: string;
  readonly dataset?: string;
  readonly maxAge?: Duration;
  readonly readOnly?: boolean;
  readonly host?: string;
  readonly port?: number;
  readonly open: boolean;
}

/** Makes `xano dashboard`. */
export function dashboardCommand(context: Context, finish: Finish): Command {
  const command = new Command('dashboard').description(
    'show a loaded file in the browser: completeness, freshness, loads, rows, SQL',
  );
  withShownOptions(command)
    .option('--port <n>', 'use this port (default: any free one)', parseWhole('--port', 0, 65_535))
    .option('--host <address>', 'listen on this address instead of 127.0.0.1; needs --read-only')
    .option('--no-open', 'print the address, and start no browser');
  withTokenSource(command).action(async (flags: DashboardFlags) =>
    finish(await dashboard(flags, context, flags.readOnly === true ? null : loadProgram(command, context))),
  );
  return withManual(withOutputOptions(command, 'show the cause of an error'), MANUAL);
}

/**
 * Adds the options that say what is shown, and what loads of a page may have. The group is that of a run
 * then.
 */
export function withShownOptions(command: Command): Command {
  withContentOptions(withWorkspaceOptions(command));
  command
    .optionsGroup(HEADINGS.destination)
    .option(
      '--to <destination>',
      'show a DuckDB file, a folder (out/), s3://…, ducklake:…, iceberg:… or postgres://…',
      'xano.duckdb',
    )
    .option('--dataset <schema>', 'load into this schema (default: xano_data)')
    .option('--staging <folder>', 'stage rows for a database in this folder (default: your state folder)');
  withNestedOptions(command);
  return withPlaceOptions(command)
    .optionsGroup(HEADINGS.run)
    .option('--read-only', 'show loads, and let no page start or cancel one')
    .option(
      '--max-age <time>',
      'mark a table as stale when it is older: 24h, 7d, 90m',
      parseDuration('--max-age', { such_as: '90m, 24h or 7d' }),
    );
}

const MANUAL: Manual = {
  about:
    'Only this computer can open it, with the secret in the address. A page can plan, start and cancel a load with the options given here; the token stays in this program.',
  examples: [
    ['xano dashboard', 'show xano.duckdb until Ctrl-C'],
    ['xano dashboard --to shop.duckdb --max-age 24h', 'mark tables that are older than a day'],
    ['xano dashboard --workspace Shop', 'load this workspace from the page'],
    ['xano dashboard --read-only --host 0.0.0.0 --port 8800', 'let other computers look'],
    ['xano dashboard --port 8800 --no-open', 'print an address with this port, for a tunnel'],
  ],
  together: [['--host', 'needs --read-only for any address that other computers reach']],
};

/** 192 bits that nobody can guess. */
const secret = (): string => randomBytes(24).toString('base64url');

/**
 * Shows a loaded target until it is stopped. `program`: how pages start loads; null: they only watch. Returns
 * the exit status. Throws what `startDashboard` throws.
 */
export async function dashboard(
  flags: DashboardFlags,
  context: Context,
  program: LoadProgram | null,
): Promise<number> {
  const { XanoError } = await import('../../../index.js');
  const { startDashboard } = await import('../../../dashboard/server.js');
  const { createPrinter } = await import('../../output/output.js');
  if (flags.to === '')
    throw new XanoError('USAGE', '--to is empty.', { hint: 'Name a file: --to xano.duckdb.' });
  const printer = createPrinter(context, flags.color !== false);
  const {
    maxAge,
    port = 0,
    readOnly: _,
    where,
    limit,
    partitionBy,
    exclude,
    mask,
    nested,
    flatten,
    ...shown
  } = flags;
  const secrets = { secret: secret(), ticket: secret(), makeSecret: secret };
  const running = await startDashboard({
    ...shown,
    ...secrets,
    port,
    place: placeOptions(flags, context, printer),
    max_age_ms: maxAge?.ms ?? null,
    content: { where, limit, partition_by: partitionBy, exclude, mask },
    stored: { nested, flatten },
    program,
    context,
    alarm: context.alarm,
  });
  try {
    printer.verbatim(running.url);
    if (running.is_reachable)
      printer.warn('other computers reach this address; the connection is not encrypted.');
    printer.note('The dashboard runs until you press Ctrl-C.');
    if (flags.open && context.stdout.is_terminal) {
      const { openBrowser } = await import('./open-browser.js');
      if (!(await openBrowser(running.url_once)))
        printer.note('No browser could be started: open the address.');
    }
    await untilStopped(context.signal);
    if (running.isLoading())
      printer.note(
        'Stopping the load that a page started: saving the rows read so far. The next load continues there.',
      );
  } finally {
    await running.close();
  }
  return 0;
}
