/** Loads into a DuckDB file of the test's own, as if everything took no time, and reads what is in it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openDestination, queryFile } from '../../src/destinations/open.js';
import type { LoadEvent, LoadReport, ResourceReport } from '../../src/events.js';
import { load } from '../../src/load/load.js';
import type { LoadOptions } from '../../src/load/load-options.js';
import { discover } from '../../src/metadata/discover.js';
import type { EndpointConfig, ResolvedEndpoint } from '../../src/rest/config/endpoint-config.js';
import type { Http } from '../../src/rest/http/client.js';
import type { LocalXano } from '../../src/sandbox/server.js';
import { type GenerateOptions, generateEndpoints } from '../../src/xano/endpoints.js';
import { fakeClock, NOON } from '../fixtures/clock.js';
import { clientWith } from '../fixtures/local-xano.js';

/** A file in a folder of its own, which goes with the test. */
export function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'xano-load-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'shop.duckdb');
}

/** The configs that a local Xano's tables of one workspace give, in the order of the names. */
export async function configsOf(
  xano: LocalXano,
  names: readonly string[],
  page_size?: number,
  token = xano.token,
  choices: Pick<GenerateOptions, 'write_disposition' | 'incremental'> = {},
): Promise<ResolvedEndpoint[]> {
  const catalog = await discover({
    http: clientWith(token, fakeClock()),
    token: { env: 'XANO_TOKEN' },
    instance: xano.instances[0]!.origin,
    api_groups: false,
  });
  const { endpoints } = generateEndpoints(catalog, { token: { env: 'XANO_TOKEN' }, page_size, ...choices });
  xano.clearRequests();
  if (names.length === 0) return [...endpoints];
  return names.map((name) => endpoints.find((endpoint) => endpoint.name === name)!);
}

/** A load that ran to its end: what it returned and said. */
export interface LoadResult {
  readonly report: LoadReport;
  readonly events: readonly LoadEvent[];
  /** The report of the only resource. */
  readonly onlyTable: ResourceReport;
}

/**
 * Loads configs into a file, as if everything took no time. A destination that is given stays open: opening
 * one takes longer than a small load.
 */
export async function loadInto(
  configs: readonly EndpointConfig[],
  file: string,
  options: Partial<LoadOptions> & { readonly http: Http },
): Promise<LoadResult> {
  const events: LoadEvent[] = [];
  const destination =
    options.destination ?? (await openDestination(file, { now: () => NOON, sleep: async () => {} }));
  try {
    const report = await load(configs, {
      destination,
      now: () => NOON,
      random: () => '4f2a',
      // One request at a time, so that each has its place in the log.
      concurrency: 1,
      parallel_requests: (options.concurrency ?? 1) !== 1,
      ...options,
      on_event: (event) => {
        events.push(event);
        options.on_event?.(event);
      },
    });
    return { report, events, onlyTable: report.resources[0]! };
  } finally {
    if (options.destination === undefined) await destination.close();
  }
}

/** The events of one type. */
export function eventsOf<T extends LoadEvent['type']>(
  result: LoadResult,
  type: T,
): Extract<LoadEvent, { type: T }>[] {
  return result.events.filter((event): event is Extract<LoadEvent, { type: T }> => event.type === type);
}

/** The rows that a query gives. */
export async function query(
  file: string,
  sql: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return (await queryFile(file, sql)).rows;
}

/** One column of a query's rows. */
export async function values(file: string, sql: string): Promise<unknown[]> {
  return (await query(file, sql)).map((row) => Object.values(row)[0]);
}

/** The whole-number ids of a table of the dataset, in their order. */
export async function idsIn(file: string, table = 'items'): Promise<number[]> {
  return (await values(file, `SELECT id FROM xano_data."${table}" ORDER BY id`)).map(Number);
}
