/**
 * `xano serve`: the dashboard, and loads at the times of a schedule, in one process: for containers.
 * In: the options of the dashboard, and times.
 * Out: pages, a health route, and loads until SIGTERM.
 */
import { Command } from 'commander';
import type { Context, Finish } from '../../context.js';
import { parseWhole } from '../../input/numbers.js';
import { withOutputOptions, withTokenSource } from '../../input/options.js';
import { withManual } from '../../output/help.js';
import { withShownOptions } from '../dashboard/dashboard.js';
import { withName, withTimeOptions } from '../schedule/schedule-flags.js';
import type { ServeFlags } from './run-serve.js';

/** Makes `xano serve`. */
export function serveCommand(context: Context, finish: Finish): Command {
  const command = new Command('serve').description(
    'run the dashboard and the loads of a schedule in one process, for containers',
  );
  withName(withTimeOptions(withShownOptions(command)))
    .option('--port <n>', 'use this port', parseWhole('--port', 0, 65_535), 8800)
    .option('--host <address>', 'listen on this address instead of 127.0.0.1; needs --read-only');
  withTokenSource(command).action(async (flags: ServeFlags) => {
    const { serve } = await import('./run-serve.js');
    finish(await serve(flags, command, context));
  });
  return withManual(withOutputOptions(command, 'show the cause of an error'), {
    about:
      'Runs `xano load` as a process of its own at each planned time, and one that was missed while it was off at its start. Loads never overlap. SIGTERM stops a running load cleanly. /healthz says without a token whether the last load was well.',
    examples: [
      ['xano serve --cron "15 3 * * *"', 'load each day at 03:15, and show the file'],
      ['xano serve --cron "0 * * * *" --read-only --host 0.0.0.0', 'in a container'],
    ],
    statuses: '0 stopped (Ctrl-C, SIGTERM), 2 usage',
  });
}
