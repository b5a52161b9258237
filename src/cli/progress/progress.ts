/** A running load, as it looks: a line per table that moves on a terminal, few words elsewhere. On stderr. */
import type { LoadEvent, ResourceReport, SchemaChange } from '../../index.js';
import { steadyClock } from '../../session/context.js';
import type { Context } from '../context.js';
import type { Printer, Verbosity } from '../output/output.js';
import { byteSize, count, counted, duration } from '../output/text.js';
import { liveLines } from './live-lines.js';
import { type MovingTable, progressLines } from './progress-lines.js';
import { createWaitFilter } from './repeated-waits.js';

/** Follows a load. */
export interface Progress {
  readonly follow: (event: LoadEvent) => void;
  /** Says a line above what moves. */
  readonly say: (line: string) => void;
  /** Puts the terminal back as it was, whatever happened. */
  readonly stop: () => void;
}

interface Running {
  read: number;
  expected: number | null;
  meter: Meter;
  wait: { readonly until: number; readonly reason: string } | null;
}

/** Redrawing oftener than this helps nobody. */
const REDRAW_MS = 100;
/** Where nothing happens, time goes on: waits and the time left are counted down. */
const TICK_MS = 500;

/** Shows a load's progress in the way that fits where stderr goes. */
export function showProgress(
  context: Context,
  printer: Printer,
  { quiet, verbose }: Verbosity = {},
): Progress {
  const { stderr } = context;
  const now = steadyClock(context);
  const live =
    stderr.is_terminal && context.env['TERM'] !== 'dumb' && quiet !== true ? liveLines(stderr) : undefined;
  const running = new Map<string, Running>();
  const added = new Map<string, Map<string, string>>();
  const totals = { tables: 0, done: 0, loaded: 0, rows: 0, started: now(), meter: meter(0, now()) };
  const isNewWait = createWaitFilter(now);
  let drawnAt = Number.NEGATIVE_INFINITY;
  let ended = false;

  const say = (line: string, how: 'note' | 'detail' | 'warn' = 'note'): void => {
    live?.clear();
    printer[how](line);
  };
  const draw = (): void => {
    if (live === undefined || ended || totals.tables === 0) return;
    drawnAt = now();
    const tables = [...running].map(([name, state]): MovingTable => movingTable(name, state, drawnAt));
    const rows = totals.rows + tables.reduce((sum, { read }) => sum + read, 0);
    const elapsed_ms = drawnAt - totals.started;
    const all = { ...totals, rows, rate: totals.meter.rate(drawnAt), elapsed_ms };
    const room = { columns: stderr.columns() ?? 80, rows: stderr.rows() ?? 24 };
    live.draw(progressLines(tables, all, room, printer.tint));
  };
  // All of a table in one line: where no schema is known, these are all the columns there are.
  const sayAdded = (resource: string): void => {
    const columns = [...(added.get(resource) ?? [])].map(([name, type]) => `${name} (${type})`);
    added.delete(resource);
    if (columns.length > 0)
      say(
        `${resource}: added, since the rows have what the schema has not: ${columns.join(', ')}.`,
        'detail',
      );
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

  return {
    follow: (event) => {
      switch (event.type) {
        case 'load_started':
          totals.tables = event.resources.length;
          break;
        case 'resource_started':
          running.set(event.resource, {
            read: event.resumed_rows,
            expected: null,
            meter: meter(event.resumed_rows, now()),
            wait: null,
          });
          if (event.resumed_rows > 0)
            say(`${event.resource}: going on after ${count(event.resumed_rows)} rows of an earlier load.`);
          break;
        case 'page_read': {
          const state = running.get(event.resource);
          if (state === undefined) break;
          totals.meter.add(Math.max(0, event.rows_read - state.read), now());
          state.meter.add(event.rows_read - state.read, now());
          Object.assign(state, { read: event.rows_read, expected: event.rows_expected });
          break;
        }
        case 'waiting': {
          const { resource, kind, wait_ms } = event;
          if (kind === 'token') {
            say(`${resource ?? 'Xano'}: ${event.reason}: going on with that.`, 'detail');
            break;
          }
          const reason = kind === 'rate_limit' ? 'the rate limit' : event.reason.replace(/\.$/, '');
          const state = resource === null ? undefined : running.get(resource);
          const shown = kind === 'rate_limit' ? 'rate limit' : reason;
          if (state !== undefined) state.wait = { until: now() + wait_ms, reason: shown };
          if ((live === undefined || kind === 'retry') && isNewWait(event))
            say(`${resource ?? 'Xano'}: ${reason}; waiting ${duration(wait_ms)}.`, 'detail');
          break;
        }
        case 'column_added': {
          const columns = added.get(event.resource) ?? new Map<string, string>();
          added.set(event.resource, columns.set(event.column, event.column_type));
          break;
        }
        case 'detected':
          say(detectionInWords(event));
          break;
        case 'read_differently':
          say(`${event.resource}: read by ${event.to} instead of ${event.from}: ${event.reason}`, 'detail');
          break;
        case 'renamed':
          say(`${event.resource}: "${event.from}" is called "${event.to}" here: ${event.reason}.`, 'detail');
          break;
        case 'page_size_limited':
          say(
            `${event.resource}: Xano gives ${count(event.page_size)} rows at a time; remembered.`,
            'detail',
          );
          break;
        case 'read_again':
          say(
            `${event.resource}: Xano counts ${counted(event.rows_expected, 'row')} in a range of which ${count(event.rows_held)} ${event.rows_held === 1 ? 'is' : 'are'} here: read again.`,
            'detail',
          );
          break;
        case 'left_as_json':
          say(`${event.resource}: "${event.column}" stays JSON: ${event.reason}.`);
          break;
        case 'schema_changed':
          say(`${event.resource}: ${changeInWords(event)}.`);
          break;
        case 'resource_gone':
          say(
            `${event.resource}: no longer in Xano; ${event.target} is kept with its ${counted(event.rows, 'row')} of ${event.loaded_at}.`,
          );
          break;
        case 'resource_finished': {
          running.delete(event.report.resource);
          sayAdded(event.report.resource);
          totals.done++;
          if (event.report.status === 'loaded') totals.loaded++;
          totals.rows += event.report.rows_read;
          // A table that was never begun has nothing of its own to say; the report names it.
          if (event.report.status === 'skipped') break;
          if (live === undefined || verbose === true || event.report.error !== undefined)
            say(finished(event.report, totals), 'detail');
          break;
        }
        case 'staging_set_aside':
          say(
            `${event.file}, where rows of an earlier load are staged, cannot be used (${event.reason}): it is ${event.moved_to} now, and its rows are read again`,
            'warn',
          );
          break;
        case 'not_recorded':
          say(
            `${totals.loaded > 0 ? 'the tables are loaded, but the report' : 'the report'} could not be kept in the file: ${event.reason}`,
            'warn',
          );
          break;
        case 'load_finished':
          live?.clear();
          ended = true;
          return;
      }
      if (event.type !== 'page_read' || now() - drawnAt >= REDRAW_MS) draw();
    },
    say,
    stop: () => {
      ended = true;
      callOff();
      stderr.stream.off('resize', draw);
      live?.stop();
    },
  };
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

/** How fast something has grown of late. */
interface Meter {
  readonly add: (rows: number, at: number) => void;
  /** A second; null before that can be told. */
  readonly rate: (at: number) => number | null;
}

/** What was longer ago than this says nothing of how fast it is now. */
const LATELY_MS = 15_000;
/** Over less than this a rate is chance. */
const TELLING_MS = 500;

function meter(rows: number, at: number): Meter {
  let total = rows;
  let marks = [{ at, total }];
  return {
    add: (more, now) => {
      total += more;
      // Read again from the start: what was before does not count.
      if (more < 0) marks = [{ at: now, total }];
      else marks.push({ at: now, total });
      while (marks.length > 2 && marks[1]!.at < now - LATELY_MS) marks.shift();
    },
    rate: (now) => {
      const { at: since, total: then } = marks[0]!;
      return now - since < TELLING_MS ? null : ((total - then) / (now - since)) * 1000;
    },
  };
}

/** What was found out of a list, as a line. */
export function detectionInWords(found: {
  readonly resource: string;
  readonly data_selector: string;
  readonly pagination: string;
  readonly reason: string;
}): string {
  const { resource, data_selector, pagination, reason } = found;
  const list = data_selector === '' ? 'the whole answer' : `"${data_selector}"`;
  return `${resource}: found out: records in ${list}, read by ${pagination}: ${reason}.`;
}

function changeInWords({ change, name, from, to }: SchemaChange): string {
  switch (change) {
    case 'column_added':
      return `column "${name}" (${to}) is new`;
    case 'column_removed':
      return `column "${name}" is gone in Xano; it stays here, empty from now on`;
    case 'column_retyped':
      return `column "${name}" was ${from} and is ${to} now`;
    case 'table_renamed':
      return `the table was called "${from}" before`;
    case 'table_moved_aside':
      return `the table that was called so before is "${to}" now`;
  }
}

function finished(
  report: ResourceReport,
  totals: { readonly done: number; readonly tables: number },
): string {
  const place = `[${totals.done}/${totals.tables}]`;
  if (report.error !== undefined)
    return `${place} ${report.resource}: ${report.status}: ${report.error.message}`;
  return `${place} ${report.resource}: ${count(report.rows_written)} rows, ${byteSize(report.bytes)}, ${duration(report.duration_ms)}`;
}
