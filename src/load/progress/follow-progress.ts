/** How far a load is: its events in, one object out. Pure, but for the clock. */
import type { LoadEvent, LoadProgress, ProgressWait, TableProgress } from '../../events.js';

/** Follows one load. */
export interface ProgressFollower {
  readonly follow: (event: LoadEvent) => void;
  /** Null before `load_started`. A table's object stays the same one until an event changes it. */
  readonly current: () => LoadProgress | null;
}

/** Follows a load from its first event. `now`: epoch milliseconds. */
export function followProgress(now: () => number): ProgressFollower {
  let load: Omit<LoadProgress, 'tables'> | null = null;
  const tables = new Map<string, TableProgress>();
  return {
    follow: (event) => {
      if (event.type === 'load_started') {
        load = { load_id: event.load_id, started_at: iso(now()), status: 'running', wait: null };
        for (const resource of event.resources) tables.set(resource, pending(resource));
        return;
      }
      load = load === null ? null : { ...load, ...changeOfLoad(event, load, now) };
      const name = tableOf(event);
      const table = name === null ? undefined : tables.get(name);
      const change = table === undefined ? undefined : changeOfTable(event, table, now);
      if (table !== undefined && change !== undefined) tables.set(table.resource, { ...table, ...change });
    },
    current: () => (load === null ? null : { ...load, tables: [...tables.values()] }),
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** The table of an event; null for one of the load. */
function tableOf(event: LoadEvent): string | null {
  if (event.type === 'resource_finished') return event.report.resource;
  return 'resource' in event ? event.resource : null;
}

/** The wait of a request; null for another token, with which the load continues at once. */
function waitOf(event: LoadEvent & { type: 'waiting' }, now: () => number): ProgressWait | null {
  const { kind, reason, wait_ms } = event;
  return kind === 'token' ? null : { kind, reason, until: iso(now() + wait_ms) };
}

function changeOfLoad(
  event: LoadEvent,
  { wait }: Pick<LoadProgress, 'wait'>,
  now: () => number,
): Partial<LoadProgress> | undefined {
  if (event.type === 'load_finished') return { status: event.report.status, wait: null };
  if (event.type === 'page_read') return wait === null ? undefined : { wait: null };
  return event.type === 'waiting' && event.resource === null ? { wait: waitOf(event, now) } : undefined;
}

function changeOfTable(
  event: LoadEvent,
  { ranges_read_again }: TableProgress,
  now: () => number,
): Partial<TableProgress> | undefined {
  switch (event.type) {
    case 'resource_started': {
      const { resumed_rows: rows } = event;
      return { state: 'reading', rows_read: rows, rows_resumed: rows, started_at: iso(now()) };
    }
    case 'page_read':
      return { rows_read: event.rows_read, rows_expected: event.rows_expected, wait: null };
    case 'waiting':
      return { wait: waitOf(event, now) };
    case 'read_again':
      return { ranges_read_again: ranges_read_again + 1 };
    case 'resource_finished':
      return finished(event);
    default:
      return undefined;
  }
}

const pending = (resource: string): TableProgress => ({
  resource,
  state: 'pending',
  rows_read: 0,
  rows_expected: null,
  rows_resumed: 0,
  ranges_read_again: 0,
  wait: null,
  started_at: null,
  result: null,
});

function finished({ report }: LoadEvent & { type: 'resource_finished' }): Partial<TableProgress> {
  const { status, rows_read, rows_expected, target, completeness, rows_total, duration_ms, error } = report;
  return {
    state: status,
    rows_read,
    rows_expected,
    wait: null,
    result: {
      target,
      completeness,
      rows_total,
      duration_ms,
      error: error === undefined ? null : { code: error.code, message: error.message, hint: error.hint },
    },
  };
}
