/**
 * `xano dashboard`: shows a loaded file in the browser.
 * In: a loaded file, folder or database.
 * Out: the address of its pages on this computer, until Ctrl-C.
 */
import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import type { Context, Finish } from '../../context.js';
import type { Duration } from '../../deadline.js';
import { parseDuration, parseWhole } from '../../input/numbers.js';
import { withOutputOptions, type XanoFlags } from '../../input/options.js';
import { type PlaceFlags, placeOptions, withPlaceOptions } from '../../input/place-options.js';
import { HEADINGS, withManual } from '../../output/help.js';
import { untilStopped } from '../../until-stopped.js';

interface DashboardFlags extends PlaceFlags, Pick<XanoFlags, 'profile' | 'configDir' | 'color'> {
  readonly to: string;
  readonly maxAge?: Duration;
  readonly port?: number;
  readonly open: boolean;
}

/** Makes `xano dashboard`. */
export function dashboardCommand(context: Context, finish: Finish): Command {
  const source = new Command('dashboard')
    .description('show a loaded file in the browser: completeness, freshness, loads, rows, SQL')
    .optionsGroup(HEADINGS.source)
    .option(
      '--to <destination>',
      'show a DuckDB file, a folder (out/), ducklake:… or postgres://…',
      'xano.duckdb',
    );
  const command = withPlaceOptions(source)
    .optionsGroup(HEADINGS.run)
    .option(
      '--max-age <time>',
      'mark a table as stale when it is older: 24h, 7d, 90m',
      parseDuration('--max-age', { such_as: '90m, 24h or 7d' }),
    )
    .option('--port <n>', 'use this port (default: any free one)', parseWhole('--port', 0, 65_535))
    .option('--no-open', 'print the address, and start no browser')
    .optionsGroup(HEADINGS.token)
    .option('--profile <name>', 'show when this stored login expires (XANO_PROFILE)')
    .option('--config-dir <folder>', 'keep settings in this folder (XANO_CONFIG_DIR)')
    .action(async (flags: DashboardFlags) => finish(await dashboard(flags, context)));
  return withManual(withOutputOptions(command, 'show the cause of an error'), {
    about:
      'Only this computer can open it, with the secret in the address. It reads the file and changes nothing; loads may run meanwhile.',
    examples: [
      ['xano dashboard', 'show xano.duckdb until Ctrl-C'],
      ['xano dashboard --to shop.duckdb --max-age 24h', 'mark tables that are older than a day'],
      ['xano dashboard --port 8800 --no-open', 'print an address with this port, for a tunnel'],
    ],
  });
}

/** 192 bits that nobody can guess. */
const secret = (): string => randomBytes(24).toString('base64url');

/** Shows a loaded target until it is stopped. Returns the exit status. Throws what `startDashboard` throws. */
export async function dashboard(flags: DashboardFlags, context: Context): Promise<number> {
  const { XanoError } = await import('../../../index.js');
  const { startDashboard } = await import('../../../dashboard/server.js');
  const { createPrinter } = await import('../../output/output.js');
  if (flags.to === '')
    throw new XanoError('USAGE', '--to is empty.', { hint: 'Name a file: --to xano.duckdb.' });
  const printer = createPrinter(context, flags.color !== false);
  const { maxAge, port = 0, ...shown } = flags;
  const secrets = { token: secret(), ticket: secret(), secret };
  const place = placeOptions(flags, context, printer);
  const max_age_ms = maxAge?.ms ?? null;
  const running = await startDashboard({ ...shown, ...secrets, port, place, max_age_ms, context });
  try {
    printer.verbatim(running.url);
    printer.note('The dashboard runs until you press Ctrl-C.');
    if (flags.open && context.stdout.is_terminal) {
      const { openBrowser } = await import('./open-browser.js');
      if (!(await openBrowser(running.url_once)))
        printer.note('No browser could be started: open the address.');
    }
    await untilStopped(context.signal);
  } finally {
    await running.close();
  }
  return 0;
}
