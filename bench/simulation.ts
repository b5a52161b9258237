/**
 * `npm run bench:many`: many workspaces of small tables, loaded by several processes into one DuckLake:
 * catalog in a Postgres of its own, files in a folder, a server that allows so many requests a second as a
 * plan does. Tells throughput, commits a second and failures, and draws a chart of them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { escaped } from './chart.js';
import { startServer } from './client.js';
import { dataFile } from './data.js';
import { startPlaces } from './destinations/places.js';
import { XANO } from './load-case.js';
import { machine } from './machine.js';

const { values } = parseArgs({
  options: {
    workspaces: { type: 'string', default: '200' },
    tables: { type: 'string', default: '30' },
    rows: { type: 'string', default: '20' },
    loaders: { type: 'string', default: '1,2,8' },
    'requests-per-second': { type: 'string', default: '100' },
  },
});
const WORKSPACES = Number(values.workspaces);
const TABLES = Number(values.tables);
const ROWS = Number(values.rows);
const LOADERS = values.loaders.split(',').map(Number);
const PER_SECOND = Number(values['requests-per-second']);
/** What the server counts requests in, in milliseconds. */
const WINDOW_MS = 5_000;
const TOKEN = 'bench';
const DATA = join(import.meta.dirname, '../../.data');

/** What loading all workspaces took with so many processes. */
interface Simulated {
  readonly loaders: number;
  readonly seconds: number;
  readonly tables: number;
  readonly commits: number;
  readonly refused: number;
  readonly requests: number;
  /** Exit statuses of the processes. */
  readonly statuses: readonly (number | null)[];
  /** Tables by what is known of their completeness. */
  readonly completeness: Readonly<Record<string, number>>;
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Runs one process of so many, which takes its shard of the list. */
async function runLoader(
  scratch: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number | null> {
  const child = spawn(process.execPath, [XANO, ...args], {
    cwd: scratch,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2_000);
    });
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) say(`a loader ended with ${status}: ${said}`);
  return status;
}

/** What the catalog says: snapshots are commits. */
async function readCatalog(url: string, schema: string): Promise<Pick<Simulated, 'commits'>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ n: string }>(
      `SELECT count(*) AS n FROM ${schema}.ducklake_snapshot`,
    );
    return { commits: Number(rows[0]!.n) };
  } finally {
    await client.end();
  }
}

/** What `xano query` finds in the state of all datasets. */
async function readState(
  scratch: string,
  to: string,
  env: NodeJS.ProcessEnv,
): Promise<Readonly<Record<string, number>>> {
  const sql = 'SELECT completeness, count(*)::INT AS n FROM _xano.resources GROUP BY 1 ORDER BY 1';
  const child = spawn(process.execPath, [XANO, 'query', '--to', to, '--json', sql], {
    cwd: scratch,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await once(child, 'close');
  const rows = JSON.parse(said) as readonly { readonly completeness: string; readonly n: number }[];
  return Object.fromEntries(rows.map(({ completeness, n }) => [completeness, Number(n)]));
}

async function simulate(): Promise<Simulated[]> {
  mkdirSync(DATA, { recursive: true });
  const scratch = mkdtempSync(join(DATA, 'many-'));
  const places = await startPlaces(say);
  const { postgres_url, extension_folder } = places;
  if (postgres_url === undefined || extension_folder === undefined)
    throw new Error('This needs a Postgres and the extensions of DuckDB.');
  const data = await dataFile(DATA, 'orders', TABLES * ROWS, 'none');
  const workspaces = Array.from({ length: WORKSPACES }, (_, nth) => ({
    ...data,
    name: `client ${nth + 1}`,
    rows: TABLES * ROWS,
    tables: TABLES,
  }));
  const server = await startServer({ port: 0, token: TOKEN, workspaces });
  const settings = {
    rate_limit: { requests: Math.round((PER_SECOND * WINDOW_MS) / 1_000), per_ms: WINDOW_MS },
  };
  writeFileSync(
    join(scratch, 'clients.yaml'),
    workspaces.map(({ name }) => `- workspace: ${name}\n`).join(''),
  );
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, NO_COLOR: '1', XANO_TOKEN: TOKEN, XANO_EXTENSION_DIR: extension_folder };
  const simulated: Simulated[] = [];
  try {
    for (const loaders of LOADERS) {
      const schema = `lake_${loaders}`;
      const to = `ducklake:${postgres_url}?schema=${schema}&data=${join(scratch, schema)}/`;
      const args = [
        ...['load', '--workspaces', 'clients.yaml', '--to', to, '--account-origin', server.origin],
        ...['--config-dir', join(scratch, 'config')],
      ];
      await server.set(settings);
      const began = Date.now();
      const statuses = await Promise.all(
        Array.from({ length: loaders }, (_, nth) =>
          runLoader(scratch, [...args, '--shard', `${nth}/${loaders}`], env),
        ),
      );
      const seconds = (Date.now() - began) / 1_000;
      const { refused, requests } = await server.counters();
      const completeness = await readState(scratch, to, env);
      const one = {
        ...{ loaders, seconds, tables: WORKSPACES * TABLES, refused, requests, statuses, completeness },
        ...(await readCatalog(postgres_url, schema)),
      };
      simulated.push(one);
      say(lineOf(one));
    }
  } finally {
    await server.stop();
    await places.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
  return simulated;
}

function lineOf({
  loaders,
  seconds,
  tables,
  commits,
  requests,
  refused,
  statuses,
  completeness,
}: Simulated): string {
  const failed = statuses.filter((status) => status !== 0).length;
  const proof = Object.entries(completeness).map(([word, n]) => `${n} ${word}`);
  return [
    `${loaders} loaders: ${seconds.toFixed(1)} s`,
    `${(tables / seconds).toFixed(1)} tables a second`,
    `${commits} commits, ${(commits / seconds).toFixed(1)} a second`,
    `${requests} requests, ${refused} refused`,
    `${failed} failed`,
    proof.join(', '),
  ].join(' · ');
}

const WIDTH = 720;
const LEFT = 110;
const STEP = 34;

/** Tables a second by the number of loaders, as SVG. */
function draw(all: readonly Simulated[], foot: string): string {
  const most = Math.max(...all.map(({ tables, seconds }) => tables / seconds));
  const bars = all.map(({ loaders, tables, seconds, commits }, nth) => {
    const rate = tables / seconds;
    const y = 44 + nth * STEP;
    const width = Math.round((rate / most) * (WIDTH - LEFT - 260));
    const said = `${rate.toFixed(1)} tables a second, ${(commits / seconds).toFixed(1)} commits`;
    return [
      `<text x="${LEFT - 10}" y="${y + 16}" text-anchor="end">${loaders} loaders</text>`,
      `<rect x="${LEFT}" y="${y}" width="${width}" height="22" fill="#1a73e8"/>`,
      `<text x="${LEFT + width + 8}" y="${y + 16}">${said}</text>`,
    ].join('');
  });
  const height = 44 + all.length * STEP + 34;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" font-family="system-ui, sans-serif" font-size="13" fill="#202124">
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<text x="20" y="26" font-size="15" font-weight="600">${WORKSPACES} workspaces of ${TABLES} tables into one DuckLake</text>
${bars.join('\n')}
<text x="20" y="${height - 12}" font-size="11" fill="#5f6368">${escaped(foot)}</text>
</svg>
`;
}

const simulated = await simulate();
const { cpu, cores, node, duckdb, date } = machine();
const foot = `${ROWS} rows a table, at most ${PER_SECOND} requests a second. ${cpu}, ${cores} cores; Node ${node}, DuckDB ${duckdb}; ${date}.`;
const out = join(DATA, 'last-many');
mkdirSync(out, { recursive: true });
writeFileSync(join(out, 'many.svg'), draw(simulated, foot));
writeFileSync(join(out, 'many.json'), `${JSON.stringify({ foot, simulated }, null, 1)}\n`);
say(`written to ${out}`);
if (simulated.some(({ statuses }) => statuses.some((status) => status !== 0))) process.exitCode = 1;
