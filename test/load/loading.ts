/** Loads from a local Xano into a DuckDB file of the test's own, with a clock of the test's own. */
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
import { createHttp, type Http } from '../../src/rest/http/client.js';
import type { Clock } from '../../src/rest/http/rate-limiter.js';
import type { LocalTable } from '../../src/sandbox/data/model.js';
import type { LoggedRequest } from '../../src/sandbox/history.js';
import { type LocalXano, type LocalXanoOptions, startLocalXano } from '../../src/sandbox/server.js';
import { describeXano, interpretRefusal } from '../../src/xano/conventions.js';
import { type GenerateOptions, generateEndpoints } from '../../src/xano/endpoints.js';

/** When tests take place. */
export const NOON = Date.UTC(2026, 10, 21, 12, 0, 0);

/** A clock on which sleeping takes no time but passes it; several may sleep side by side. */
export function fakeClock(start = NOON): Clock & { readonly slept: number[] } {
  let time = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => time,
    sleep: async (ms, signal) => {
      slept.push(ms);
      const until = time + ms;
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      time = Math.max(time, until);
    },
  };
}

/** A local Xano that is closed with the test. */
export async function localXano(options: LocalXanoOptions): Promise<LocalXano> {
  const xano = await startLocalXano(options);
  onTestFinished(() => xano.close());
  return xano;
}

/** A file in a folder of its own, which goes with the test. */
export function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'xano-load-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'shop.duckdb');
}

/** A client that sends this token. */
export function clientWith(token: string, clock: Clock, signal?: AbortSignal): Http {
  return createHttp({
    user_agent: 'test',
    find_secret: () => ({ value: token, source: 'the test', expires_at: null }),
    clock,
    interpret: interpretRefusal,
    describe: describeXano,
    signal,
  });
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

/** Loads configs into a file, as if everything took no time. */
export async function loadInto(
  configs: readonly EndpointConfig[],
  file: string,
  options: Partial<LoadOptions> & { readonly http: Http },
): Promise<LoadResult> {
  const events: LoadEvent[] = [];
  const destination = await openDestination(file, { now: () => NOON, sleep: async () => {} });
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
    await destination.close();
  }
}

/** The events of one type. */
export function eventsOf<T extends LoadEvent['type']>(
  ran: LoadResult,
  type: T,
): Extract<LoadEvent, { type: T }>[] {
  return ran.events.filter((event): event is Extract<LoadEvent, { type: T }> => event.type === type);
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

/** A table of a local Xano. */
export function tableOf(xano: LocalXano, name: string): LocalTable {
  return xano.instances
    .flatMap(({ data }) => data.workspaces.flatMap(({ tables }) => tables))
    .find((table) => table.name === name)!;
}

/** The bodies of the content searches that were sent. */
export function searches(requests: readonly LoggedRequest[]): unknown[] {
  return requests.filter(({ path }) => path.endsWith('/content/search')).map(({ body }) => body);
}
