/** `npm run bench`: prepares records and server, measures, checks, and writes down what came of it. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServer } from './client.js';
import { type DataFile, dataFile } from './data.js';
import { type Places, startPlaces } from './destinations/places.js';
import { type DestinationData, type PublishData, publishData } from './destinations/publish-data.js';
import { dltVersions, prepareDlt } from './dlt.js';
import { machine } from './machine.js';
import { HELP, type Options, readOptions } from './options.js';
import { planCases, smallRows, wantedFiles } from './plan.js';
import { reportFiles } from './report.js';
import { runCases } from './run.js';
import { type Case, workspacesOf } from './tables.js';

const BENCH = join(import.meta.dirname, '../..');
const DATA = join(BENCH, '.data');
const TOKEN = 'bench';

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function bench(asked: Options, signal: AbortSignal): Promise<void> {
  const measuresDlt = asked.groups.includes('dlt') && !asked.list && !asked.serve;
  const options =
    measuresDlt && !prepareDlt(say)
      ? { ...asked, full: false, groups: asked.groups.filter((group) => group !== 'dlt') }
      : asked;
  if (options.list) {
    for (const { key, group, runs, name } of listed(options))
      process.stdout.write(`${[group, key, `${runs} runs`, name].join('\t')}\n`);
    return;
  }
  const scratch = join(DATA, `scratch-${process.pid}`);
  const files = new Map<string, DataFile>();
  for (const { key, set, rows } of options.serve ? servedFiles(options) : wantedFiles(options)) {
    say(`records: ${rows.toLocaleString('en')} ${set}`);
    files.set(key, await dataFile(DATA, set, rows, options.gaps));
  }
  const workspaces = workspacesOf(files, options.gaps);
  const server = await startServer({ port: options.port, token: TOKEN, workspaces });
  mkdirSync(scratch, { recursive: true });
  let places: Places | undefined;
  try {
    if (options.serve) {
      await serve(
        server.origin,
        options,
        workspaces,
        (latency_ms) => server.set({ latency_ms, max_per_page: options.page_max }),
        signal,
      );
      return;
    }
    const orders = files.get('orders');
    if (options.groups.includes('destinations') && orders !== undefined) places = await startPlaces(say);
    const destinations =
      places === undefined || orders === undefined
        ? undefined
        : { places, data: await destinationData(orders) };
    const cases = planCases({ options, server, token: TOKEN, files, scratch, destinations });
    const about = machine();
    const measured = await runCases(cases, server, scratch, say, signal);
    const written = reportFiles(measured, options, { ...about, dlt: dltVersions(options) });
    const out = options.out ?? (options.full ? join(BENCH, 'results', about.date) : join(DATA, 'last'));
    mkdirSync(out, { recursive: true });
    for (const [name, text] of Object.entries(written)) writeFileSync(join(out, name), text);
    process.stdout.write(`${written['results.md']}\n`);
    say(`written to ${out}`);
  } finally {
    await places?.stop();
    await server.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The records that are published: all of them, as many as each of several loads has, and ten. */
async function destinationData(orders: DataFile): Promise<DestinationData> {
  const rows = orders.facts['rows']!;
  say(`records: ${rows.toLocaleString('en')} to be published`);
  return {
    many: await publishData(DATA, orders, rows),
    some: await publishData(DATA, orders, smallRows(rows)),
    ten: await publishData(DATA, orders, 10),
  };
}

/** The plan alone: nothing is made, started or measured. */
function listed(options: Options): Case[] {
  const files = new Map(
    wantedFiles(options).map(({ key, set, rows }): [string, DataFile] => [
      key,
      { set, gaps: options.gaps, file: '', bytes: 0, facts: { rows } },
    ]),
  );
  const nothing = async (): Promise<never> => {
    throw new Error('Nothing is served.');
  };
  const server = { origin: '', set: nothing, counters: nothing, change: nothing, stop: nothing };
  const made = (count: number): PublishData => ({
    rows: count,
    ndjson: '',
    csv: { scalars: '', lists: '' },
    database: '',
    facts: [],
  });
  const destinations = {
    places: { postgres_url: 'postgres://localhost', extension_folder: '', stop: async () => {} },
    data: { many: made(options.rows), some: made(smallRows(options.rows)), ten: made(10) },
  };
  return planCases({ options, server, token: TOKEN, files, scratch: '', destinations });
}

/** With nothing said, what a loader is tuned with. */
const servedFiles = (options: Options) => wantedFiles({ ...options, groups: ['ours', 'incremental'] });

async function serve(
  origin: string,
  { latencies, page_max }: Options,
  workspaces: readonly { readonly name: string; readonly rows: number; readonly tables: number }[],
  set: (latency_ms: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const latency_ms = latencies[0] ?? 0;
  await set(latency_ms);
  say(`${latency_ms} ms before each answer, at most ${page_max} rows a page. Workspaces:`);
  for (const { name, rows, tables } of workspaces) say(`  "${name}": ${rows} rows in ${tables}`);
  say('');
  say(
    `XANO_TOKEN=${TOKEN} XANO_ACCOUNT_ORIGIN=${origin} node dist/cli/main.js load --workspace orders --to /tmp/orders.duckdb`,
  );
  say(
    `curl -X POST ${origin}/bench/settings -d '{"latency_ms":50}'   # what is not given goes back to its default`,
  );
  say(`curl ${origin}/bench/counters`);
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => interrupted.abort(new Error('The benchmark was stopped.')));

try {
  const options = readOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(HELP);
  else await bench(options, interrupted.signal);
} catch (error) {
  say(`Error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
