/** A running load, as it looks: a line per table that moves on a terminal, a line per finished table elsewhere. On stderr. */
import { createLogUpdate } from 'log-update';
import type { LoadEvent, ResourceReport, SchemaChange } from '../index.js';
import type { Context } from './context.js';
import type { Printer } from './output.js';
import { byteSize, count, counted, duration, printable } from './text.js';

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
  since: number;
  resumed: number;
  wait: { readonly until: number; readonly because: string } | null;
}

/** Redrawing oftener than this helps nobody. */
const REDRAW_MS = 100;

/** Shows a load's progress in the way that fits where stderr goes. */
export function showProgress(context: Context, printer: Printer): Progress {
  const live = context.stderr.is_terminal && context.env['TERM'] !== 'dumb' ? liveLines(context) : undefined;
  const say = (line: string): void => {
    live?.clear();
    printer.note(line);
  };
  const running = new Map<string, Running>();
  const totals = { resources: 0, done: 0, rows: 0, bytes: 0, started: context.now() };
  let drawnAt = 0;

  const draw = (force: boolean): void => {
    if (live === undefined || (!force && context.now() - drawnAt < REDRAW_MS)) return;
    drawnAt = context.now();
    const width = context.stderr.columns() ?? 80;
    const lines = [...running].map(([resource, state]) => line(resource, state, context.now(), width));
    live.draw([...lines, summary(running, totals, context.now(), width)].join('\n'));
  };

  return {
    follow: (event) => {
      switch (event.type) {
        case 'load_started':
          totals.resources = event.resources.length;
          break;
        case 'resource_started':
          running.set(event.resource, {
            read: event.resumed_rows,
            expected: null,
            since: context.now(),
            resumed: event.resumed_rows,
            wait: null,
          });
          if (event.resumed_rows > 0)
            say(`${event.resource}: going on after ${count(event.resumed_rows)} rows of an earlier load.`);
          break;
        case 'page_read': {
          const state = running.get(event.resource);
          if (state !== undefined)
            Object.assign(state, { read: event.rows_read, expected: event.rows_expected, wait: null });
          break;
        }
        case 'waiting': {
          if (event.reason === 'token') {
            say(`${event.resource ?? 'Xano'}: ${event.because}: going on with that.`);
            break;
          }
          const because = event.reason === 'rate_limit' ? 'the rate limit' : event.because;
          const state = event.resource === null ? undefined : running.get(event.resource);
          if (state !== undefined) state.wait = { until: context.now() + event.wait_ms, because };
          if (live === undefined || event.reason === 'retry')
            say(
              `${event.resource ?? 'Xano'}: ${because.replace(/\.$/, '')}; waiting ${duration(event.wait_ms)}.`,
            );
          break;
        }
        case 'column_added':
          say(
            `${event.resource}: column "${event.column}" is in the rows, but not in the schema: added as ${event.column_type}.`,
          );
          break;
        case 'detected':
          say(detectionInWords(event));
          break;
        case 'read_differently':
          say(`${event.resource}: read by ${event.to} instead of ${event.from}: ${event.because}`);
          break;
        case 'renamed':
          say(`${event.resource}: "${event.from}" is called "${event.to}" here: ${event.because}.`);
          break;
        case 'page_size_limited':
          say(`${event.resource}: Xano gives ${count(event.page_size)} rows at a time; remembered.`);
          break;
        case 'read_again':
          say(
            `${event.resource}: Xano counts ${counted(event.rows_expected, 'row')} in a range of which ${count(event.rows_held)} ${event.rows_held === 1 ? 'is' : 'are'} here: read again.`,
          );
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
          totals.done++;
          totals.rows += event.report.rows_written;
          totals.bytes += event.report.bytes;
          // A table that was never begun has nothing of its own to say; the report names it.
          if (event.report.status === 'skipped') break;
          if (live === undefined || event.report.error !== undefined) say(finished(event.report, totals));
          break;
        }
        case 'not_recorded':
          say(`The tables are loaded, but the report could not be kept in the file: ${event.because}`);
          break;
        case 'load_finished':
          live?.clear();
          return;
      }
      draw(event.type !== 'page_read');
    },
    say,
    stop: () => live?.stop(),
  };
}

/** What was found out of a list, as a line. */
export function detectionInWords(found: {
  readonly resource: string;
  readonly data_selector: string;
  readonly pagination: string;
  readonly because: string;
}): string {
  const { resource, data_selector, pagination, because } = found;
  const list = data_selector === '' ? 'the whole answer' : `"${data_selector}"`;
  return `${resource}: found out: records in ${list}, read by ${pagination}: ${because}.`;
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

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

function liveLines(context: Context): { draw: (text: string) => void; clear: () => void; stop: () => void } {
  const stream = context.stderr.stream as NodeJS.WritableStream;
  // Left to itself log-update hides the cursor of the process, whatever stream it draws on.
  const log = createLogUpdate(stream, { showCursor: true });
  let hidden = false;
  return {
    draw: (text) => {
      if (!hidden) stream.write(HIDE_CURSOR);
      hidden = true;
      // Patching only the lines that changed, log-update loses its place at the foot of the terminal and eats the lines above.
      log.clear();
      log(text);
    },
    clear: () => log.clear(),
    stop: () => {
      log.clear();
      log.done();
      if (hidden) stream.write(SHOW_CURSOR);
    },
  };
}

const BAR = 20;

function line(resource: string, state: Running, now: number, width: number): string {
  const { read, expected, since, resumed, wait } = state;
  const name = printable(resource);
  if (wait !== null && wait.until > now)
    return clip(`${name}  waiting ${duration(wait.until - now)}: ${printable(wait.because)}`, width);
  const rate = ((read - resumed) / Math.max(1, now - since)) * 1000;
  const of = expected === null ? '' : ` of ${count(expected)}`;
  const share = expected === null || expected === 0 ? 0 : Math.min(1, read / expected);
  const bar =
    width >= 70 && expected !== null ? `  [${'#'.repeat(Math.round(share * BAR)).padEnd(BAR, '.')}]` : '';
  return clip(`${name}${bar}  ${count(read)}${of} rows  ${count(Math.round(rate))}/s`, width);
}

function summary(
  running: ReadonlyMap<string, Running>,
  totals: {
    readonly resources: number;
    readonly done: number;
    readonly rows: number;
    readonly started: number;
  },
  now: number,
  width: number,
): string {
  const elapsed = Math.max(1, now - totals.started);
  const states = [...running.values()];
  const read = totals.rows + states.reduce((sum, state) => sum + state.read, 0);
  const fresh = read - states.reduce((sum, state) => sum + state.resumed, 0);
  const left = states.reduce(
    (sum, { read: have, expected }) => sum + Math.max(0, (expected ?? have) - have),
    0,
  );
  const rate = (fresh / elapsed) * 1000;
  const waiting = totals.resources - totals.done - running.size;
  // What is still to come of tables that have not begun is not known, so the time is a least one.
  const time =
    rate > 0 && left > 0 ? `, ${waiting > 0 ? 'at least ' : ''}${duration((left / rate) * 1000)} left` : '';
  return clip(
    `${totals.done} of ${totals.resources} tables, ${count(read)} rows, ${duration(elapsed)}${time}`,
    width,
  );
}

/** One character is kept free: a full line would wrap on some terminals. */
function clip(text: string, width: number): string {
  return text.length < width ? text : `${text.slice(0, Math.max(1, width - 2))}…`;
}

function finished(
  report: ResourceReport,
  totals: { readonly done: number; readonly resources: number },
): string {
  const place = `[${totals.done}/${totals.resources}]`;
  if (report.error !== undefined)
    return `${place} ${report.resource}: ${report.status}: ${report.error.message}`;
  return `${place} ${report.resource}: ${count(report.rows_written)} rows, ${byteSize(report.bytes)}, ${duration(report.duration_ms)}`;
}
