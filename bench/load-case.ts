/** One measured `xano load`: its process, what comes before, and the tables that must be there afterwards. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { assertFacts } from './check.js';
import { type Command, measure, nodeProgram } from './measure.js';
import type { Group } from './options.js';
import type { ServerSettings } from './server-config.js';
import type { Facts, SetName } from './sets.js';
import { type Bench, type Case, tablesOf } from './tables.js';

const ROOT = join(import.meta.dirname, '../../..');
/** The program that is measured. */
export const XANO = join(ROOT, 'dist/cli/main.js');

/** Removes a database and everything beside it. */
export function removeDatabase(database: string): void {
  for (const end of ['', '.wal', '.staging', '.staging.wal'])
    rmSync(`${database}${end}`, { force: true, recursive: true });
}

/** What tells one load from another. */
export interface LoadCase {
  readonly key: string;
  readonly name: string;
  readonly group: Group;
  readonly workspace: string;
  readonly tables?: number;
  readonly set?: SetName;
  readonly facts: Facts;
  readonly latency_ms?: number;
  readonly page_size?: number;
  readonly args?: readonly string[];
  readonly settings?: ServerSettings;
  readonly env?: Readonly<Record<string, string>>;
  readonly runs?: number;
  /** Load into what the run before has left instead of a new file. */
  readonly over?: boolean;
}

/** The process of `xano load` of one workspace into a database. */
export function xanoLoad(
  bench: Bench,
  workspace: string,
  database: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Command {
  const { origin } = bench.server;
  const at = ['--account-origin', origin, '--config-dir', join(bench.scratch, 'config')];
  return nodeProgram([XANO, 'load', '--workspace', workspace, '--to', database, ...at, ...args], {
    XANO_TOKEN: bench.token,
    ...env,
  });
}

/** `xano load` as a process, from nothing to the report. */
export function loadCase(bench: Bench, wanted: LoadCase): Case {
  const {
    key,
    name,
    group,
    workspace,
    tables = 1,
    set = 'orders',
    facts,
    latency_ms = 0,
    over = false,
  } = wanted;
  const { runs, page_max } = bench.options;
  const database = join(bench.scratch, `${workspace.replaceAll(' ', '-')}-${over ? 'over' : 'new'}.duckdb`);
  const size = wanted.page_size;
  const args = [...(size === undefined ? [] : ['--page-size', String(size)]), ...(wanted.args ?? [])];
  const command = (): Command => xanoLoad(bench, workspace, database, args, wanted.env);
  const settings = { latency_ms, max_per_page: page_max, ...wanted.settings };
  return {
    key,
    name,
    group,
    rows: facts['rows']!,
    latency_ms,
    tables,
    page_size: size ?? null,
    runs: wanted.runs ?? runs,
    settings,
    ...(over
      ? {
          once: async () => {
            await bench.server.set({ max_per_page: page_max });
            await measure(command(), bench.scratch);
          },
        }
      : {}),
    before: async () => {
      if (!over) removeDatabase(database);
    },
    command,
    verify: async () => {
      await assertFacts(database, set, tablesOf(set, tables), facts);
      if (!over) removeDatabase(database);
    },
  };
}
