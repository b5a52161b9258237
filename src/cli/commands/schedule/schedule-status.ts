/** `xano schedule status`: the plan beside the loads there are. */
import type { Command } from 'commander';
import { XanoError } from '../../../index.js';
import { localTimezone, momentIn } from '../../../schedule/cron-times.js';
import { readScheduleReport, type ScheduleReport } from '../../../schedule/schedule-report.js';
import { scheduledSince } from '../../../schedule/schedule-since.js';
import type { ScheduledLoad } from '../../../schedule/scheduled-load.js';
import type { SchedulerName } from '../../../schedule/systems/scheduler.js';
import { findScheduler, schedulerOf } from '../../../schedule/systems/schedulers.js';
import { stateFolder } from '../../../session/state-file.js';
import type { Context } from '../../context.js';
import { placeOptions } from '../../input/place-options.js';
import { createPrinter, type Printer } from '../../output/output.js';
import { counted } from '../../output/text.js';
import { type ScheduleFlags, scheduledLoad, systemOf } from './schedule-flags.js';

/** The scheduler of a load as far as it can be found. */
interface Installed {
  readonly scheduler: SchedulerName | null;
  readonly state: 'installed' | 'outdated' | 'absent';
}

/** Most missed times that people see; `--json` has all. */
const MOST_SHOWN = 20;

/** Prints it. Throws RUN_MISSED where a planned load did not start, and DATABASE_LOCKED. */
export async function scheduleStatus(
  flags: ScheduleFlags,
  command: Command,
  context: Context,
): Promise<number> {
  const printer = createPrinter(context, flags.color !== false);
  const load = await scheduledLoad(flags, command, context);
  const installed = await installedIn(flags, load, context);
  const loaded = {
    to: flags.to,
    place: placeOptions(flags, context, printer),
    sleep: (ms: number) => context.sleep(ms),
  };
  const clock = { now: context.now(), timezone: localTimezone() };
  const since = scheduledSince(stateFolder(flags, context), load);
  const report = await readScheduleReport(load.schedule, since, loaded, clock);
  if (flags.json === true)
    printer.json({ name: load.name, scheduler: installed.scheduler, state: installed.state, ...report });
  else show(load, installed, report, printer);
  const { missed } = report;
  if (missed.length > 0) {
    const named = missed.slice(-3).map((at) => momentIn(load.schedule, Date.parse(at)));
    throw new XanoError(
      'RUN_MISSED',
      `${counted(missed.length, 'planned load')} did not start${missed.length > 3 ? ', at last those' : ''}: ${named.join(', ')}.`,
    );
  }
  return 0;
}

async function installedIn(flags: ScheduleFlags, load: ScheduledLoad, context: Context): Promise<Installed> {
  const system = await systemOf(context);
  try {
    const scheduler = flags.with ?? (await findScheduler(system));
    return { scheduler, state: await schedulerOf(scheduler, system).state(load) };
  } catch (thrown) {
    // A container has none, and one that cannot express the schedule does not have it.
    if (!(thrown instanceof XanoError) || thrown.code !== 'USAGE') throw thrown;
    return { scheduler: null, state: 'absent' };
  }
}

const STATES = {
  installed: 'installed',
  outdated: 'installed with other times or paths; `xano schedule install` renews it',
  absent: 'not installed',
} as const;

function show(load: ScheduledLoad, installed: Installed, report: ScheduleReport, printer: Printer): void {
  const at = (iso: string): string => momentIn(load.schedule, Date.parse(iso));
  const { next_runs, last_load, missed, runs_done, since } = report;
  const scheduler = installed.scheduler === null ? '' : ` (${installed.scheduler})`;
  const rows: [string, string][] = [
    ['schedule', `${load.name}: ${report.cron} ${report.timezone}`],
    ['scheduler', `${STATES[installed.state]}${scheduler}`],
    ...next_runs.map((run, i): [string, string] => [i === 0 ? 'next' : '', at(run)]),
    ['last load', last_load === null ? 'none' : `${at(last_load.started_at)}: ${last_load.status}`],
    ['planned', `${counted(runs_done, 'load')} done, ${missed.length} missed since ${at(since)}`],
    ...missed.slice(-MOST_SHOWN).map((run): [string, string] => ['missed', at(run)]),
  ];
  printer.table(['', ''], rows);
}
