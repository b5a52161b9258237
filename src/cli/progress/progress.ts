/**
 * Shows a running load on stderr.
 * In: the events of a load, and the properties of the terminal.
 * Out: a line per table that moves on a terminal, few words elsewhere.
 */
import type { LoadEvent } from '../../index.js';
import { steadyClock } from '../../session/context.js';
import { type Meter, meter } from '../../session/loading/meter.js';
import type { Context, Output } from '../context.js';
import type { Printer, Verbosity } from '../output/output.js';
import { count, duration } from '../output/text.js';
import { type EventLine, eventLine, finishedLine } from './event-lines.js';
import { liveLines } from './live-lines.js';
import { type MovingTable, progressLines } from './progress-lines.js';
import { createWaitFilter } from './repeated-waits.js';

/** Follows a load. */
export interface Progress {
  readonly follow: (event: LoadEvent) => void;
  /** Prints a line above the moving ones. */
  readonly say: (line: string) => void;
  /** Restores the terminal, whatever happened. */
  readonly stop: () => void;
}

/** A table that is being read. */
interface Running {
  read: number;
  expected: number | null;
  readonly meter: Meter;
  wait: { readonly until: number; readonly reason: string } | null;
}

/** The state of the load so far. */
interface LoadState {
  readonly running: Map<string, Running>;
  /** Columns of rows that the schema lacks, by table: their names and types. */
  readonly added: Map<string, Map<string, string>>;
  readonly started: number;
  readonly meter: Meter;
  tables: number;
  done: number;
  loaded: number;
  /** Of finished tables. */
  rows: number;
  ended: boolean;
}

/** Prints a line above the moving ones. */
type Say = (line: EventLine) => void;

/** The outputs of a load's progress. */
interface Telling {
  readonly now: () => number;
  readonly say: Say;
  readonly isNewWait: ReturnType<typeof createWaitFilter>;
  /** Whether lines move on a terminal: then their content needs no separate output. */
  readonly moves: boolean;
  readonly verbose: boolean;
}

/** The least time between two redraws. Milliseconds. */
const REDRAW_MS = 100;
/** Redraws without an event: waits and the time left count down. Milliseconds. */
const TICK_MS = 500;

/** Shows a load's progress in the form that suits stderr. */
export function showProgress(
  context: Context,
  printer: Printer,
  { quiet, verbose }: Verbosity = {},
): Progress {
  const { stderr } = context;
  const now = steadyClock(context);
  const live =
    stderr.is_terminal && context.env['TERM'] !== 'dumb' && quiet !== true ? liveLines(stderr) : undefined;
  const state = startOf(now());
  let drawnAt = Number.NEGATIVE_INFINITY;

  const say: Say = ({ line, how }) => {
    live?.clear();
    printer[how](line);
  };
  const draw = (): void => {
    if (live === undefined || state.ended || state.tables === 0) return;
    drawnAt = now();
    live.draw(linesOf(state, drawnAt, stderr, printer));
  };
  let callOff = (): void => {};
  const tick = (): void => {
    draw();
    callOff = context.alarm(TICK_MS, tick);
  };
  if (live !== undefined) {
    callOff = context.alarm(TICK_MS, tick);
    stderr.stream.on('resize', draw);
  }
  const telling = {
    now,
    say,
    isNewWait: createWaitFilter(now),
    moves: live !== undefined,
    verbose: verbose === true,
  };

  return {
    follow: (event) => {
      followEvent(event, state, telling);
      if (state.ended) live?.clear();
      else if (event.type !== 'page_read' || now() - drawnAt >= REDRAW_MS) draw();
    },
    say: (line) => say({ line, how: 'note' }),
    stop: () => {
      state.ended = true;
      callOff();
      stderr.stream.off('resize', draw);
      live?.stop();
    },
  };
}

function startOf(at: number): LoadState {
  return {
    running: new Map(),
    added: new Map(),
    started: at,
    meter: meter(0, at),
    tables: 0,
    done: 0,
    loaded: 0,
    rows: 0,
    ended: false,
  };
}

/** Applies an event to the state of the load, and prints its line. */
function followEvent(event: LoadEvent, state: LoadState, telling: Telling): void {
  const { now, say } = telling;
  switch (event.type) {
    case 'load_started':
      state.tables = event.resources.length;
      break;
    case 'resource_started': {
      const { resource, resumed_rows: read } = event;
      state.running.set(resource, { read, expected: null, meter: meter(read, now()), wait: null });
      if (read > 0)
        say({ line: `${resource}: continuing after ${count(read)} rows of an earlier load.`, how: 'note' });
      break;
    }
    case 'page_read': {
      const table = state.running.get(event.resource);
      if (table === undefined) break;
      state.meter.add(Math.max(0, event.rows_read - table.read), now());
      table.meter.add(event.rows_read - table.read, now());
      Object.assign(table, { read: event.rows_read, expected: event.rows_expected });
      break;
    }
    case 'waiting':
      followWait(event, state, telling);
      break;
    case 'column_added': {
      const columns = state.added.get(event.resource) ?? new Map<string, string>();
      state.added.set(event.resource, columns.set(event.column, event.column_type));
      break;
    }
    case 'resource_finished':
      followFinish(event, state, telling);
      break;
    case 'not_recorded':
      say({
        line: `${state.loaded > 0 ? 'the tables are loaded, but the report' : 'the report'} could not be saved in the file: ${event.reason}`,
        how: 'warn',
      });
      break;
    case 'load_finished':
      state.ended = true;
      break;
    default: {
      const line = eventLine(event);
      if (line !== undefined) say(line);
    }
  }
}

function followWait(event: LoadEvent & { type: 'waiting' }, state: LoadState, telling: Telling): void {
  const { now, say, isNewWait, moves } = telling;
  const { resource, kind, wait_ms } = event;
  if (kind === 'token') {
    say({ line: `${resource ?? 'Xano'}: ${event.reason}: continuing with it.`, how: 'detail' });
    return;
  }
  const reason = kind === 'rate_limit' ? 'the rate limit' : event.reason.replace(/\.$/, '');
  const table = resource === null ? undefined : state.running.get(resource);
  const shown = kind === 'rate_limit' ? 'rate limit' : reason;
  if (table !== undefined) table.wait = { until: now() + wait_ms, reason: shown };
  if ((!moves || kind === 'retry') && isNewWait(event))
    say({ line: `${resource ?? 'Xano'}: ${reason}; waiting ${duration(wait_ms)}.`, how: 'detail' });
}

function followFinish(
  { report }: LoadEvent & { type: 'resource_finished' },
  state: LoadState,
  { say, moves, verbose }: Telling,
): void {
  const { resource, status } = report;
  state.running.delete(resource);
  // One line for all columns of a table: without a schema, these are all its columns.
  const columns = [...(state.added.get(resource) ?? [])].map(([name, type]) => `${name} (${type})`);
  state.added.delete(resource);
  if (columns.length > 0)
    say({
      line: `${resource}: added columns not in the schema: ${columns.join(', ')}.`,
      how: 'detail',
    });
  state.done++;
  if (status === 'loaded') state.loaded++;
  state.rows += report.rows_read;
  // A table that never began has no result of its own; the report names it.
  if (status === 'skipped') return;
  if (!moves || verbose || report.error !== undefined)
    say({ line: finishedLine(report, state), how: 'detail' });
}

function linesOf(state: LoadState, at: number, { columns, rows }: Output, { tint }: Printer): string[] {
  const tables = [...state.running].map(([name, running]) => movingTable(name, running, at));
  const read = state.rows + tables.reduce((sum, table) => sum + table.read, 0);
  const totals = {
    tables: state.tables,
    done: state.done,
    rows: read,
    rate: state.meter.rate(at),
    elapsed_ms: at - state.started,
  };
  return progressLines(tables, totals, { columns: columns() ?? 80, rows: rows() ?? 24 }, tint);
}

function movingTable(name: string, { read, expected, meter, wait }: Running, at: number): MovingTable {
  const waits = wait !== null && wait.until > at;
  return {
    name,
    read,
    expected,
    rate: meter.rate(at),
    wait: waits ? { left_ms: wait.until - at, reason: wait.reason } : null,
  };
}
