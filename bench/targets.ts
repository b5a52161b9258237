/** The targets this project has set itself, each judged by the medians of one benchmark. */
import { median, seconds, whole } from './format.js';
import type { Measured, Run } from './run.js';
import { SMALL_TABLES } from './tables.js';

/** A target, what was measured, and whether that is enough. */
export interface Judged {
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
}

/** Judges whatever the measured rows allow to; a part of them allows only a part. */
export function judge(all: readonly Measured[]): Judged[] {
  const middle = (key: string, read: (run: Run) => number | null): number | undefined => {
    const runs = all.find(({ case: one }) => one.key === key)?.runs ?? [];
    const values = runs.flatMap((run) => read(run) ?? []);
    return values.length === 0 ? undefined : median(values);
  };
  const wall = (key: string): number | undefined => middle(key, ({ wall_s }) => wall_s);
  const memory = (key: string): number | undefined => middle(key, ({ rss_mb }) => rss_mb);
  const fastest = (ours: string): number | undefined => {
    const like = all.find(({ case: { key } }) => key === ours)?.case;
    const walls = all
      .filter(({ case: one }) => one.group === 'dlt' && one.latency_ms === like?.latency_ms)
      .filter(({ case: one }) => one.tables === like?.tables && one.rows === like?.rows)
      .flatMap(({ case: one }) => wall(one.key) ?? []);
    return walls.length === 0 ? undefined : Math.min(...walls);
  };
  const mb = (value: number): string => `${whole(value)} MB`;
  const s = (value: number): string => `${seconds(value)} s`;

  return [
    atMost(
      'a full load at 0 ms: at most 1.5 × floor A (one thread; both with process start)',
      wall('load-0-1-auto'),
      wall('disk-1'),
      1.5,
      s,
    ),
    atLeast(
      'at 0 ms, one table: 4 × faster than the fastest dlt',
      fastest('load-0-1-auto'),
      wall('load-0-1-auto'),
      4,
    ),
    atLeast(
      'at 50 ms, four tables: 5 × faster than the fastest dlt',
      fastest('load-50-4-auto'),
      wall('load-50-4-auto'),
      5,
    ),
    below('peak memory: below 400 MB', memory('memory-1'), 400, mb),
    atMost('five times the rows: at most 1.2 × the memory', memory('memory-5'), memory('memory-1'), 1.2, mb),
    atMost(
      '1,000 changed rows, incrementally: at most 1/50 of the full load',
      wall('incremental'),
      wall('incremental-full'),
      1 / 50,
      s,
    ),
    ...judgeDestinations(wall, memory),
    ...judgeSmall(wall, (key) => middle(key, ({ statements }) => statements)),
    atMost('`xano --help`: at most 2.5 × `node -e 0`', wall('help'), wall('node'), 2.5, s),
    atMost('`xano --version`: at most 2.5 × `node -e 0`', wall('version'), wall('node'), 2.5, s),
    below('the start of `xano mcp`: below 0.6 s', wall('mcp'), 0.6, s),
  ].flatMap((judged) => judged ?? []);
}

/** The targets of publishing into Postgres and into a DuckLake. */
function judgeDestinations(
  wall: (key: string) => number | undefined,
  memory: (key: string) => number | undefined,
): (Judged | undefined)[] {
  const s = (value: number): string => `${seconds(value)} s`;
  const faster = (target: string, key: string, floor: string, least: number): Judged | undefined =>
    atLeast(`${target}: at least ${least.toFixed(1)} × as fast`, wall(floor), wall(key), least);
  return [
    faster('Postgres, first publish of ten columns beside floor C', 'pg-publish', 'pg-copy', 1),
    faster('Postgres, the same with two lists', 'pg-publish-lists', 'pg-copy-lists', 0.6),
    atMost(
      'Postgres, a replace that changes nothing: at most 2.2 × floor C',
      wall('pg-replace'),
      wall('pg-copy'),
      2.2,
      s,
    ),
    below('Postgres, peak memory of the process: below 350 MB', memory('pg-publish'), 350),
    faster('DuckLake, first publish beside floor D', 'lake-publish', 'lake-copy', 0.8),
    below('DuckLake, ten rows: below 0.3 s', wall('lake-ten'), 0.3, s),
    below('DuckLake, eight loads at once, 95th percentile: below 1.5 s', wall('lake-at-once'), 1.5, s),
  ];
}

/** The targets of many small tables. */
function judgeSmall(
  wall: (key: string) => number | undefined,
  statements: (key: string) => number | undefined,
): (Judged | undefined)[] {
  const s = (value: number): string => `${seconds(value)} s`;
  const floor = wall('small-floor');
  const few = (target: string, key: string): Judged | undefined => {
    const all = statements(key);
    const each = all === undefined ? undefined : all / SMALL_TABLES;
    return below(`${target}: at most 4 statements a table`, each, 4.0001, (value) => value.toFixed(1));
  };
  const said = 'many small tables';
  return [
    atMost(`${said}, a new file: at most 2.5 × the floor`, wall('small-new'), floor, 2.5, s),
    atMost(`${said}, over an existing file: at most 3 × the floor`, wall('small-over'), floor, 3, s),
    few(`${said}, a new file`, 'small-new'),
    few(`${said}, over an existing file`, 'small-over'),
  ];
}

type Say = (value: number) => string;

function atMost(
  target: string,
  value: number | undefined,
  of: number | undefined,
  most: number,
  say: Say,
): Judged | undefined {
  if (value === undefined || of === undefined) return undefined;
  const ratio = value / of;
  const said = most < 1 ? `1/${(1 / ratio).toFixed(1)}` : `${ratio.toFixed(2)} ×`;
  return { target, measured: `${said} (${say(value)} to ${say(of)})`, met: ratio <= most };
}

function atLeast(
  target: string,
  theirs: number | undefined,
  ours: number | undefined,
  least: number,
): Judged | undefined {
  if (theirs === undefined || ours === undefined) return undefined;
  const ratio = theirs / ours;
  const measured = `${ratio.toFixed(least < 2 ? 2 : 1)} × (${seconds(theirs)} s to ${seconds(ours)} s)`;
  return { target, measured, met: ratio >= least };
}

function below(
  target: string,
  value: number | undefined,
  most: number,
  say: Say = (mb) => `${whole(mb)} MB`,
): Judged | undefined {
  return value === undefined ? undefined : { target, measured: say(value), met: value < most };
}
