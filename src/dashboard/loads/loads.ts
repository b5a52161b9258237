/**
 * Loads as pages see and start them: one at a time, each planned and confirmed first.
 * In: wishes of a page, the log of a load's process.
 * Out: what `live` tells, and what a page is refused.
 */
import { type ErrorReport, followProgress, XanoError } from '../../index.js';
import { type SessionContext, steadyClock } from '../../session/context.js';
import type { AskedLoad } from '../../session/loading/asked-load.js';
import { type ChildLoad, type LoadProgram, type LogLine, startLoad } from './child-load.js';
import { type Watch, watchElsewhere } from './elsewhere.js';
import type { ChoicesAnswer, LiveLoad, PlanAnswer } from './live-answers.js';
import { createLiveHub, type LiveHub } from './live-hub.js';
import { isLimited, type LoadScope, listTables, planLoad } from './plan-load.js';

/** What loads take from outside. */
export interface LoadsOptions {
  readonly scope: LoadScope;
  /** Null: this dashboard only watches. */
  readonly program: LoadProgram | null;
  readonly context: SessionContext;
  /** Calls a function once after this time. Returns the way to cancel it. */
  readonly alarm: (ms: number, ring: () => void) => () => void;
  /** A text that nobody can guess. */
  readonly random: () => string;
}

/** What the routes ask for. Every call but `live` throws USAGE with `--read-only`. */
export interface Loads {
  /** The load that runs, or ran last. */
  readonly live: LiveHub;
  /** A page listens. */
  readonly watch: () => void;
  readonly tables: (signal: AbortSignal) => Promise<ChoicesAnswer>;
  readonly plan: (asked: AskedLoad, signal: AbortSignal) => Promise<PlanAnswer>;
  /** Starts the load of a plan. Throws USAGE where one runs, and for a plan that was used or replaced. */
  readonly start: (plan_id: string) => LiveLoad;
  /**
   * Starts the load of a schedule, whatever pages may start, and resolves with its exit status at its end;
   * null where a signal ended it. Undefined where one runs.
   */
  readonly startPlanned: (program: LoadProgram) => Promise<number | null> | undefined;
  /** Stops the load of a page cleanly. Throws USAGE where none runs. */
  readonly cancel: () => LiveLoad;
  /** Stops a running load cleanly, and waits for its end. */
  readonly close: () => Promise<void>;
  /** Whether a load that a page or the schedule started runs. */
  readonly isLoading: () => boolean;
}

/** Makes them, without a load. */
export function createLoads({ scope, program, context, alarm, random }: LoadsOptions): Loads {
  const { now, sleep } = context;
  const live = createLiveHub({
    may_load: program !== null,
    all_tables_only: isLimited(scope),
    now,
    steady: steadyClock(context),
    alarm,
  });
  const watch: Watch = watchElsewhere({ ...scope, hub: live, now, sleep: (ms) => sleep(ms), alarm });
  let planned: { readonly id: string; readonly asked: AskedLoad } | undefined;
  let running: ChildLoad | undefined;
  const allowed = (): LoadProgram => assertAllowed(program);
  const begin = (asked: AskedLoad, by: 'page' | 'schedule', start: LoadProgram): Promise<number | null> => {
    live.begin(startOf(asked, by, now()));
    running = startLoad(asked, start, followLog(live, now));
    return running.ended.then((status) => {
      running = undefined;
      finish(live, status, now());
      return status;
    });
  };
  return {
    live,
    watch: watch.wake,
    isLoading: () => running !== undefined,
    tables: async (signal) => allowed() && listTables(scope, within(context, signal)),
    plan: async (asked, signal) => {
      allowed();
      const plan = await planLoad(asked, scope, within(context, signal));
      planned = { id: random(), asked };
      return { plan_id: planned.id, ...plan };
    },
    start: (plan_id) => {
      const start = allowed();
      if (running !== undefined || isRunning(live.load())) throw alreadyRuns();
      if (planned?.id !== plan_id) throw planIsGone();
      const { asked } = planned;
      planned = undefined;
      void begin(asked, 'page', start);
      return live.load()!;
    },
    startPlanned: (start) =>
      running === undefined ? begin({ tables: [], incremental: undefined }, 'schedule', start) : undefined,
    cancel: () => {
      allowed();
      if (running === undefined) throw nothingRuns(live.load());
      stop(running, live);
      return live.load()!;
    },
    close: async () => {
      watch.close();
      if (running === undefined) return;
      stop(running, live);
      await running.ended;
    },
  };
}

function assertAllowed(program: LoadProgram | null): LoadProgram {
  if (program === null) throw readOnly();
  return program;
}

/** What ends when the page leaves, or the dashboard. */
const within = (context: SessionContext, signal: AbortSignal): SessionContext => ({
  ...context,
  signal: AbortSignal.any([context.signal, signal]),
});

const isRunning = (load: LiveLoad | null): boolean => load !== null && load.state !== 'ended';

function startOf({ tables, incremental }: AskedLoad, started_by: 'page' | 'schedule', now: number): LiveLoad {
  return {
    started_by,
    state: 'starting',
    load_id: null,
    started_at: new Date(now).toISOString(),
    finished_at: null,
    result: null,
    rows_per_second: null,
    wait: null,
    messages: [],
    error: null,
    asked: { tables, incremental: incremental ?? null },
  };
}

function stop(child: ChildLoad, live: LiveHub): void {
  live.change({ state: 'stopping' });
  child.stop();
}

/** Messages that pages show. */
const MOST_MESSAGES = 20;

/** Takes the log of a load, a line at a time. */
function followLog(live: LiveHub, now: () => number): (line: LogLine) => void {
  const progress = followProgress(now);
  const say = (message: string): void =>
    live.change({ messages: [...(live.load()?.messages ?? []), message].slice(-MOST_MESSAGES) });
  return (line) => {
    if (line.type === 'note' || line.type === 'warning') say(line.message);
    else if (line.type === 'error') live.change({ error: shown(line.error) });
    else {
      progress.follow(line);
      const current = progress.current();
      if (current !== null) live.follow(current);
      if (line.type === 'load_started' && live.load()?.state === 'starting')
        live.change({ state: 'running' });
      if (line.type === 'load_finished') live.change({ result: line.report.status });
      if (line.type === 'not_recorded') say(`The report could not be saved: ${line.reason}`);
    }
  };
}

const shown = ({ code, message, hint }: Pick<ErrorReport, 'message' | 'hint'> & { code: string }) => ({
  code,
  message,
  hint,
});

function finish(live: LiveHub, status: number | null, now: number): void {
  const load = live.load();
  if (load === null) return;
  const { result, error, state } = load;
  const isStopped = state === 'stopping' && result === null && error === null;
  const unknown = {
    code: 'BUG',
    message:
      status === null ? 'Somebody ended the load.' : `The load ended with status ${status}, and no report.`,
    hint: 'Run `xano load` in a terminal: it says why.',
  };
  live.change({
    state: 'ended',
    finished_at: new Date(now).toISOString(),
    wait: null,
    ...(isStopped ? { result: 'interrupted' as const } : {}),
    ...(result === null && error === null && !isStopped ? { error: unknown } : {}),
  });
}

const readOnly = (): XanoError =>
  new XanoError('USAGE', 'This dashboard was started with --read-only.', {
    hint: 'Start it without --read-only, or run `xano load` in a terminal.',
  });

const alreadyRuns = (): XanoError =>
  new XanoError('USAGE', 'A load into this destination is running.', { hint: 'Wait until it is done.' });

const planIsGone = (): XanoError =>
  new XanoError('USAGE', 'This plan was used, or a newer one took its place.', {
    hint: 'Plan the load again.',
  });

const nothingRuns = (load: LiveLoad | null): XanoError =>
  isRunning(load)
    ? new XanoError('USAGE', 'This load was not started here.', {
        hint: 'Press Ctrl-C in the terminal where it runs.',
      })
    : new XanoError('USAGE', 'No load is running.', { hint: 'Start one on the page Loads.' });
