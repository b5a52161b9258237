/** Runs the dashboard and a schedule until it is stopped. */
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { LoadProgram } from '../../../dashboard/loads/child-load.js';
import type { Scheduled } from '../../../dashboard/scheduled.js';
import { type Dashboard, startDashboard } from '../../../dashboard/server.js';
import { XanoError } from '../../../index.js';
import { localTimezone, momentIn } from '../../../schedule/cron-times.js';
import { type RunningSchedule, runSchedule, type ScheduleEvent } from '../../../schedule/run-schedule.js';
import { type LoadedPlace, readScheduleReport } from '../../../schedule/schedule-report.js';
import type { Schedule } from '../../../schedule/schedule-schema.js';
import { noteSchedule, scheduledSince } from '../../../schedule/schedule-since.js';
import type { ScheduledLoad } from '../../../schedule/scheduled-load.js';
import { stateFolder } from '../../../session/state-file.js';
import type { Context } from '../../context.js';
import { placeOptions } from '../../input/place-options.js';
import { createPrinter, type Printer } from '../../output/output.js';
import { duration } from '../../output/text.js';
import { untilStopped } from '../../until-stopped.js';
import type { DashboardFlags } from '../dashboard/dashboard.js';
import { loadProgram } from '../dashboard/load-program.js';
import { scheduledLoad, type TimeFlags } from '../schedule/schedule-flags.js';
import { createHealth } from './health.js';
import { watchAge } from './watch-age.js';

/** The options of `xano serve`. */
export interface ServeFlags extends Omit<DashboardFlags, 'open' | 'port'>, TimeFlags {
  readonly to: string;
  readonly port: number;
}

/** Serves until it is stopped. Returns the exit status. Throws what `startDashboard` throws, and USAGE. */
export async function serve(flags: ServeFlags, command: Command, context: Context): Promise<number> {
  const printer = createPrinter(context, flags.color !== false);
  const load = await scheduledLoad(flags, command, context);
  const program = loadProgram(command, context);
  if (program === null)
    throw new XanoError('USAGE', 'xano cannot find the program that runs its loads.', {
      hint: 'Run xano from the command line.',
    });
  const loaded: LoadedPlace = {
    to: flags.to,
    place: placeOptions(flags, context, printer),
    sleep: (ms) => context.sleep(ms),
  };
  const health = createHealth(loaded);
  const watch = watchAge(flags, loaded.place, context, printer.warn);
  const { schedule } = load;
  let timer: RunningSchedule | undefined;
  const nextRun = (): string | null => {
    const [next] = timer?.next(1) ?? [];
    return next === undefined ? null : new Date(next).toISOString();
  };
  const running = await start(flags, context, loaded, program, {
    program: plannedProgram(program, command),
    nextRun,
    health: () => ({ ...health.current(), next_run: nextRun() }),
  });
  try {
    const reason = await isBehind(load, stateFolder(flags, context), loaded, context);
    await health.read();
    timer = runSchedule({
      schedule,
      now: context.now,
      alarm: context.alarm,
      random: Math.random,
      start: running.startPlanned,
      on_event: (event) => {
        say(event, schedule, running.trouble(), printer);
        if (event.type !== 'ended') return;
        void health.ended(event.status).then(watch.look);
        if (timer !== undefined) sayNext(timer, schedule, printer);
      },
    });
    announce(running, printer);
    sayNext(timer, schedule, printer);
    if (reason !== undefined) {
      printer.note(reason);
      timer.startNow();
    }
    await untilStopped(context.signal);
    timer.close();
    if (running.isLoading())
      printer.note('Stopping the running load: saving the rows read so far. The next load continues there.');
  } finally {
    timer?.close();
    watch.close();
    await running.close();
  }
  return 0;
}

/** 192 bits that nobody can guess. */
const secret = (): string => randomBytes(24).toString('base64url');

function start(
  flags: ServeFlags,
  context: Context,
  { place }: LoadedPlace,
  program: LoadProgram,
  scheduled: Scheduled,
): Promise<Dashboard> {
  const { maxAge, readOnly, where, exclude, mask, nested, flatten, ...shown } = flags;
  const { cron: _1, timezone: _2, jitter: _3, name: _4, ...others } = shown;
  return startDashboard({
    ...others,
    secret: secret(),
    ticket: secret(),
    makeSecret: secret,
    place,
    max_age_ms: maxAge?.ms ?? null,
    content: { where, exclude, mask },
    stored: { nested, flatten },
    program: readOnly === true ? null : program,
    scheduled,
    context,
    alarm: context.alarm,
  });
}

/** A planned load is all of a project; a page loads the source and the destination that it shows. */
function plannedProgram(program: LoadProgram, command: Command): LoadProgram {
  const ofProject = ['to', 'source'].filter((name) => command.getOptionValueSource(name) === 'config');
  return {
    ...program,
    options: program.options.filter((word) => !ofProject.some((name) => word.startsWith(`--${name}=`))),
  };
}

/**
 * Why a load should start at once, as a sentence; undefined where none should. Notes that the schedule holds.
 */
async function isBehind(
  load: ScheduledLoad,
  folder: string,
  loaded: LoadedPlace,
  { now }: Context,
): Promise<string | undefined> {
  const { schedule } = load;
  const since = scheduledSince(folder, load);
  noteSchedule(folder, load, now());
  try {
    const clock = { now: now(), timezone: localTimezone() };
    const { last_load, missed } = await readScheduleReport(schedule, since, loaded, clock);
    if (last_load === null) return 'Nothing has been loaded yet: loading now.';
    const last = missed.at(-1);
    if (last === undefined || last < last_load.started_at) return undefined;
    return `The load planned for ${momentIn(schedule, Date.parse(last))} was missed: loading now.`;
  } catch (thrown) {
    // Another program has the file open, perhaps a load.
    if (thrown instanceof XanoError && thrown.code === 'DATABASE_LOCKED') return undefined;
    throw thrown;
  }
}

function announce({ url, is_reachable }: Dashboard, printer: Printer): void {
  printer.verbatim(url);
  if (is_reachable) printer.warn('other computers reach this address; the connection is not encrypted.');
}

function sayNext(timer: RunningSchedule, schedule: Schedule, printer: Printer): void {
  const next = timer.next(3).map((at) => momentIn(schedule, at));
  printer.note(`Next loads: ${next.join(', ')}.`);
}

function say(event: ScheduleEvent, schedule: Schedule, trouble: string | null, printer: Printer): void {
  if (event.type === 'skipped')
    printer.warn(
      `the load planned for ${momentIn(schedule, event.planned)} is left out: the one before still runs.`,
    );
  else if (event.type === 'started')
    printer.note(
      event.planned === null ? 'Loading.' : `Loading, as planned for ${momentIn(schedule, event.planned)}.`,
    );
  else if (event.status === 0) printer.note(`Loaded in ${duration(event.took_ms)}.`);
  else
    printer.warn(
      event.status === null
        ? 'a signal ended the load.'
        : `the load ended with status ${event.status}: ${trouble ?? '`xano status` says why.'}`,
    );
}
