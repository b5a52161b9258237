/**
 * What the pages see of a load.
 * In: how far a load is, as often as it likes.
 * Out: messages to every page that listens.
 */
import { type Meter, meter } from '../../session/loading/meter.js';
import type { Followed, LiveChange, LiveLoad, LiveSnapshot, LiveTable } from './live-answers.js';
import { createOutbox, type Outbox, type OutboxOptions } from './outbox.js';

/** What the hub takes from outside. */
export interface HubOptions extends Pick<OutboxOptions, 'steady' | 'alarm'> {
  readonly may_load: boolean;
  readonly all_tables_only: boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** The load that pages see. */
export interface LiveHub extends Pick<Outbox, 'subscribe' | 'subscribers'> {
  readonly load: () => LiveLoad | null;
  /** Another load takes the place of the last one. */
  readonly begin: (load: LiveLoad) => void;
  /** Tells how far it is. */
  readonly follow: (progress: Followed) => void;
  /** Changes what belongs to no table. */
  readonly change: (change: Partial<LiveLoad>) => void;
}

/** The tables of one load. */
interface Tables {
  readonly all: Map<string, LiveTable>;
  readonly meters: Map<string, Meter>;
  /** Of all tables together. */
  readonly meter: Meter;
  /** Those that changed since the last message. */
  readonly changed: Set<string>;
}

/** Makes a hub without a load. */
export function createLiveHub({ may_load, all_tables_only, now, steady, alarm }: HubOptions): LiveHub {
  const noTables = (): Tables => ({
    all: new Map(),
    meters: new Map(),
    meter: meter(0, steady()),
    changed: new Set(),
  });
  let load: LiveLoad | null = null;
  let tables = noTables();
  const at = (): string => new Date(now()).toISOString();
  const outbox = createOutbox({
    steady,
    alarm,
    snapshot: (): LiveSnapshot => ({
      at: at(),
      may_load,
      all_tables_only,
      load,
      tables: [...tables.all.values()],
    }),
    change: (): LiveChange => {
      measure(tables, steady());
      const isRunning = load?.state === 'running' || load?.state === 'stopping';
      load = { ...load!, rows_per_second: isRunning ? rounded(tables.meter.rate(steady())) : null };
      const changed = [...tables.all.values()].filter(({ resource }) => tables.changed.has(resource));
      tables.changed.clear();
      return { at: at(), load, tables: changed };
    },
  });
  const change = (changes: Partial<LiveLoad>): void => {
    if (load === null) return;
    load = { ...load, ...changes };
    outbox.touch();
  };
  return {
    load: () => load,
    begin: (next) => {
      load = next;
      tables = noTables();
      outbox.sendAll();
    },
    follow: ({ tables: followed, load_id, started_at, wait }) => {
      // Until then, it connected to Xano: that time says nothing about its speed.
      if (load?.load_id == null) tables = noTables();
      for (const table of followed) take(table, tables, steady());
      change({ load_id, started_at, wait });
    },
    change,
    subscribe: outbox.subscribe,
    subscribers: outbox.subscribers,
  };
}

const rounded = (rate: number | null): number | null => (rate === null ? null : Math.round(rate));

/** Takes a table as its load tells it. */
function take(
  table: Followed['tables'][number],
  { all, meters, meter: total, changed }: Tables,
  time: number,
) {
  const before = all.get(table.resource);
  if (before !== undefined && isSame(before, table)) return;
  const counter = meters.get(table.resource) ?? meter(table.rows_resumed, time);
  meters.set(table.resource, counter);
  const more = table.rows_read - Math.max(before?.rows_read ?? 0, table.rows_resumed);
  counter.add(more, time);
  total.add(Math.max(0, more), time);
  all.set(table.resource, { ...table, rows_per_second: before?.rows_per_second ?? null });
  changed.add(table.resource);
}

/** Speeds change with time, those of tables without news as well. */
function measure({ all, meters, changed }: Tables, time: number): void {
  for (const [name, table] of all) {
    const rate = table.state === 'reading' ? rounded(meters.get(name)?.rate(time) ?? null) : null;
    if (rate === table.rows_per_second) continue;
    all.set(name, { ...table, rows_per_second: rate });
    changed.add(name);
  }
}

/** Whether the load tells nothing new of a table; its speed is measured here. */
function isSame({ rows_per_second: _, ...before }: LiveTable, table: Followed['tables'][number]): boolean {
  return JSON.stringify(before) === JSON.stringify(table);
}
