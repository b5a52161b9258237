/** A first load with `--incremental`, and one after some rows have changed. */
import { join } from 'node:path';
import { assertFacts } from './check.js';
import { removeDatabase, xanoLoad } from './load-case.js';
import { measure } from './measure.js';
import { type Bench, type Case, tablesOf } from './tables.js';

/** How many rows change between two loads. */
const CHANGED = 1000;

/** Both loads, each checked against what was served at its time. */
export function incrementalCases(bench: Bench): Case[] {
  const { server, scratch, options } = bench;
  const args = ['--incremental', 'updated_at'];
  const fresh = join(scratch, 'tracked-new.duckdb');
  const kept = join(scratch, 'tracked-kept.duckdb');
  // What is served changes from run to run: each result is compared with what was served at its time.
  let facts = bench.files.get('tracked')!.facts;
  const base = {
    group: 'incremental',
    rows: facts['rows']!,
    latency_ms: 0,
    tables: 1,
    page_size: null,
    runs: options.runs,
    settings: { max_per_page: options.page_max },
  } as const;
  return [
    {
      ...base,
      key: 'incremental-full',
      name: 'xano load --incremental, the first time',
      before: async () => removeDatabase(fresh),
      command: () => xanoLoad(bench, 'tracked', fresh, args),
      verify: async () => {
        await assertFacts(fresh, 'tracked', tablesOf('tracked', 1), facts);
        removeDatabase(fresh);
      },
    },
    {
      ...base,
      key: 'incremental',
      name: `xano load --incremental, ${CHANGED} rows changed`,
      once: async () => {
        removeDatabase(kept);
        await server.set(base.settings);
        await measure(xanoLoad(bench, 'tracked', kept, args), scratch);
      },
      before: async () => {
        facts = await server.change('tracked', CHANGED);
      },
      command: () => xanoLoad(bench, 'tracked', kept, args),
      verify: () => assertFacts(kept, 'tracked', tablesOf('tracked', 1), facts),
    },
  ];
}
