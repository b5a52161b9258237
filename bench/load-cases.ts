/** Loads of whole tables: with latencies and page sizes, of flights, for memory, and on the free plan. */
import { diskFloor, smallFloor } from './floors.js';
import { loadCase } from './load-case.js';
import type { Options } from './options.js';
import { type Facts, idAt } from './sets.js';
import { type Bench, type Case, SMALL_ROWS, SMALL_TABLES } from './tables.js';

/**
 * Reading one table page by page, a loader of four requests at a time would take so many seconds at most;
 * beyond, fewer rows are read.
 */
const LONGEST_S = 60;

/** Each latency with one table and four, by each page size; and a load over an existing file. */
export function ourCases(bench: Bench): Case[] {
  const { options, files } = bench;
  const { latencies, page_max } = options;
  const many = files.get('orders')!.facts;
  const few = files.get('few')!.facts;
  const sizes = [...new Set([100, 1000, page_max]), undefined];
  const cases = latencies.flatMap((latency_ms) =>
    [1, 4].flatMap((tables) =>
      sizes.map((page_size) => {
        // By the largest page where nobody says, as a loader that finds it out would.
        const requests = many['rows']! / (page_size ?? 1000);
        const whole = (requests * latency_ms) / 4000 <= LONGEST_S;
        const facts = whole ? many : few;
        const records = whole ? 'orders' : 'few';
        const page = page_size === undefined ? 'its own page size' : `pages of ${page_size}`;
        return loadCase(bench, {
          key: `load-${latency_ms}-${tables}-${page_size ?? 'auto'}`,
          name: `xano load, ${latency_ms} ms, ${tables === 1 ? '1 table' : '4 tables'}, ${page}`,
          group: 'ours',
          workspace: tables === 1 ? records : `${records} in four`,
          tables,
          facts,
          latency_ms,
          ...(page_size === undefined ? {} : { page_size }),
        });
      }),
    ),
  );
  const over = loadCase(bench, {
    key: 'load-over',
    name: 'xano load, 0 ms, 1 table, its own page size, over an existing file',
    group: 'ours',
    workspace: 'orders',
    facts: many,
    over: true,
  });
  return [...cases, over];
}

/** Many small tables: into a new file, over an existing one, with a latency; beside their floor. */
export function smallCases(bench: Bench): Case[] {
  const { facts } = bench.files.get('small')!;
  const env = { BENCH_STATEMENTS: '1' };
  const small = { group: 'small', workspace: 'small', tables: SMALL_TABLES, facts, env } as const;
  const said = `${SMALL_TABLES} tables of ${SMALL_ROWS} rows`;
  const floor = 'small-floor';
  return [
    smallFloor(bench, floor),
    { ...loadCase(bench, { ...small, key: 'small-new', name: `xano load, 0 ms, ${said}` }), floor },
    {
      ...loadCase(bench, {
        ...small,
        key: 'small-over',
        name: `xano load, 0 ms, ${said}, over an existing file`,
        over: true,
      }),
      floor,
    },
    {
      ...loadCase(bench, { ...small, key: 'small-50', name: `xano load, 50 ms, ${said}`, latency_ms: 50 }),
      floor,
    },
  ];
}

/** The records of flights: from disk, and loaded. */
export function flightCases(bench: Bench): Case[] {
  const { facts } = bench.files.get('flights')!;
  const load = loadCase(bench, {
    key: 'flights-load',
    name: 'xano load, flights, 0 ms',
    group: 'flights',
    workspace: 'flights',
    set: 'flights',
    facts,
  });
  return [diskFloor(bench, 'flights', 1), diskFloor(bench, 'flights', undefined), load];
}

/** The same rows once and five times: memory must not grow with them. */
export function memoryCases(bench: Bench): Case[] {
  const { facts } = bench.files.get('orders')!;
  const rows = facts['rows']!;
  return [
    { times: 1, workspace: 'once' },
    { times: 5, workspace: 'five times' },
  ].map(({ times, workspace }) =>
    loadCase(bench, {
      key: `memory-${times}`,
      name: `xano load, ${(rows * times).toLocaleString('en')} rows for memory`,
      group: 'memory',
      workspace,
      facts: repeatedFacts(facts, times, bench.options.gaps),
    }),
  );
}

function repeatedFacts(facts: Facts, times: number, gaps: Options['gaps']): Facts {
  const rows = facts['rows']! * times;
  let ids = 0;
  for (let place = 0; place < rows; place++) ids += idAt(place, gaps);
  const { cents, bio_characters } = facts;
  return { rows, distinct_ids: rows, ids, cents: cents! * times, bio_characters: bio_characters! * times };
}

/** Xano's documentation: 10 requests in 20 seconds. */
const FREE_PLAN = { requests: 10, per_ms: 20_000 };

/** A load that waits for its turn most of the time. */
export function freePlanCases(bench: Bench): Case[] {
  const { facts } = bench.files.get('free')!;
  return [
    loadCase(bench, {
      key: 'free-plan',
      name: 'xano load, free plan, 20 pages of 100',
      group: 'free-plan',
      workspace: 'free',
      facts,
      settings: { rate_limit: FREE_PLAN, max_per_page: 100 },
      page_size: 100,
      runs: 1,
    }),
  ];
}
