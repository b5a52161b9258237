/**
 * `npm run bench:live`: what a page costs that watches a load of a million rows. From an event of the load to
 * the page's picture, the memory of the page's process, and the processor time of the dashboard's server;
 * until the address is printed, the page is painted, and a cancelled load has ended; and what loads in a
 * terminal notice of an open page. Needs Chromium on the PATH, or in CHROMIUM.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { startServer } from './client.js';
import { dataFile } from './data.js';
import { XANO } from './load-case.js';

const BENCH = join(import.meta.dirname, '../..');
const ROWS = 1_000_000;
/** Rows and number of the loads in a terminal. */
const FEW_ROWS = 10_000;
const LOADS = 20;
/** How long somebody looks at each page beside them. */
const LOOK_EVERY_MS = 500;
/** Milliseconds before each answer, as from a server that is not on this computer. */
const LATENCY_MS = 20;
const TOKEN = 'bench';

/** What the page showed, and when: epoch milliseconds after the frame that painted it. */
interface Shown {
  readonly at: number;
  readonly rows: number;
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** User and system time of a process so far, in seconds: fields 14 and 15 of proc(5), in hundredths. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory of the pages' processes of a browser, which has that folder, in MB. */
function pagesMemory(folder: string): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const lines = new Map(pids.map((pid) => [pid, textOf(`/proc/${pid}/cmdline`)]));
  const isOurs = (pid: string): boolean => {
    const parent = /PPid:\s+(\d+)/.exec(textOf(`/proc/${pid}/status`))?.[1] ?? '0';
    return lines.get(pid)?.includes(folder) === true || (Number(parent) > 1 && isOurs(parent));
  };
  const kb = pids
    .filter((pid) => lines.get(pid)?.includes('--type=renderer') === true && isOurs(pid))
    .map((pid) => Number(/VmRSS:\s+(\d+)/.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0));
  return kb.reduce((sum, one) => sum + one, 0) / 1024;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Notes every number of rows that the page paints. */
async function watchRows(page: Page): Promise<void> {
  await page.evaluate(`
    globalThis.shown = [];
    const note = () => {
      const text = document.querySelector('.bars tbody .number')?.textContent ?? '';
      const rows = Number(text.split(' of ')[0].replaceAll(',', ''));
      if (rows > 0 && globalThis.shown.at(-1)?.rows !== rows) {
        const entry = { at: 0, rows };
        globalThis.shown.push(entry);
        // The second frame begins when the first is painted.
        requestAnimationFrame(() => requestAnimationFrame(() => { entry.at = Date.now(); }));
      }
    };
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
  `);
}

/** For each page of rows that the load read: milliseconds until the page showed at least as many. */
function delays(log: string, shown: readonly Shown[]): number[] {
  const painted = shown.filter(({ at }) => at > 0);
  return log.split('\n').flatMap((line): number[] => {
    if (!line.includes('"page_read"')) return [];
    const { at, rows_read } = JSON.parse(line) as { at: string; rows_read: number };
    const first = painted.find(({ rows }) => rows >= rows_read);
    return first === undefined ? [] : [first.at - Date.parse(at)];
  });
}

async function startDashboard(
  scratch: string,
  origin: string,
): Promise<{ child: ChildProcess; url: string }> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(
    process.execPath,
    [
      ...['--require', join(import.meta.dirname, 'log-copy.cjs'), XANO, 'dashboard', '--no-open'],
      ...['--to', join(scratch, 'live.duckdb'), '--workspace', 'orders'],
      ...['--account-origin', origin, '--config-dir', join(scratch, 'config')],
    ],
    {
      cwd: scratch,
      env: { PATH, HOME, XANO_TOKEN: TOKEN, BENCH_LOG: join(scratch, 'load.log') },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [text] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, url: String(text).trim() };
}

/** Plans a load of the only table on the page, and gives the button that begins it. */
async function planLoad(page: Page): Promise<Locator> {
  await page.getByRole('link', { name: 'Load', exact: true }).click();
  await page.getByRole('button', { name: 'Plan' }).click();
  const confirm = page.getByRole('button', { name: 'Load 1 table' });
  await confirm.waitFor();
  return confirm;
}

/**
 * Begins a load on the page, cancels it after its first page of rows, and gives the seconds until it has
 * ended.
 */
async function cancelLoad(page: Page): Promise<number> {
  await (await planLoad(page)).click();
  await page.locator('.bars tbody .number', { hasText: ' of ' }).first().waitFor();
  const began = Date.now();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('heading', { level: 1, name: 'Cancelled' }).waitFor({ timeout: 60_000 });
  return (Date.now() - began) / 1_000;
}

/** Loads from a terminal, one after another. Gives the seconds of each, in order of length. */
async function loadInTerminal(scratch: string, origin: string): Promise<readonly number[]> {
  const { PATH = '', HOME = '' } = process.env;
  const seconds: number[] = [];
  for (let load = 0; load < LOADS; load++) {
    const began = Date.now();
    const child = spawn(
      process.execPath,
      [
        ...[XANO, 'load', '--quiet', '--to', join(scratch, 'live.duckdb'), '--workspace', 'few'],
        ...['--dataset', 'few'],
        ...['--account-origin', origin, '--config-dir', join(scratch, 'config')],
      ],
      {
        cwd: scratch,
        env: { PATH, HOME, XANO_TOKEN: TOKEN },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const [status] = (await once(child, 'close')) as [number | null];
    if (status !== 0) throw new Error(`Load ${load + 1} beside the page ended with ${status}.`);
    seconds.push((Date.now() - began) / 1_000);
  }
  return seconds.toSorted((a, b) => a - b);
}

/** Looks at one page of the dashboard after the other until it is stopped. */
function browse(page: Page): { readonly stop: () => Promise<number> } {
  let stopped = false;
  let looks = 0;
  const browsing = (async () => {
    while (!stopped) {
      for (const name of ['overview', 'tables', 'loads']) {
        await page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
        await page.locator('main h2, main h1').first().waitFor();
        looks++;
        await setTimeout(LOOK_EVERY_MS);
      }
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await browsing;
      return looks;
    },
  };
}

async function measure(scratch: string, browser: BrowserContext, name: string): Promise<void> {
  say(`records: ${ROWS.toLocaleString('en')} orders`);
  const data = await dataFile(join(BENCH, '.data'), 'orders', ROWS, 'some');
  const few = await dataFile(join(BENCH, '.data'), 'orders', FEW_ROWS, 'some');
  const workspaces = [
    { ...data, name: 'orders', rows: ROWS, tables: 1 },
    { ...few, name: 'few', rows: FEW_ROWS, tables: 1 },
  ];
  const server = await startServer({ port: 0, token: TOKEN, workspaces });
  await server.set({ latency_ms: LATENCY_MS });
  const started = Date.now();
  const { child, url } = await startDashboard(scratch, server.origin);
  say(`address printed after ${Date.now() - started} ms`);
  try {
    const page = await browser.newPage();
    await page.goto(url);
    await page.getByRole('link', { name: 'Load', exact: true }).waitFor();
    const painted = Number(
      await page.evaluate(`performance.getEntriesByName('first-contentful-paint')[0]?.startTime`),
    );
    say(`page painted after ${painted.toFixed(0)} ms`);
    const confirm = await planLoad(page);
    await watchRows(page);
    const before = { cpu: cpuOf(child.pid!), memory: pagesMemory(name), at: Date.now() };
    await confirm.click();
    let memory = before.memory;
    const looking = setInterval(() => {
      memory = Math.max(memory, pagesMemory(name));
    }, 250);
    await page.getByRole('heading', { level: 1, name: 'Loaded' }).waitFor({ timeout: 600_000 });
    clearInterval(looking);
    const seconds = (Date.now() - before.at) / 1_000;
    const shown = (await page.evaluate('globalThis.shown')) as Shown[];
    const log = readFileSync(join(scratch, 'load.log'), 'utf8');
    const found = delays(log, shown).toSorted((a, b) => a - b);
    const used = Number(/"cpu_s":([\d.]+)/.exec(log)?.[1]);
    const served = cpuOf(child.pid!) - before.cpu;
    const at = (part: number): number =>
      Math.round(found[Math.floor((found.length - 1) * part)] ?? Number.NaN);
    say(`load: ${seconds.toFixed(1)} s, ${found.length} pages of rows, ${shown.length} pictures`);
    say(`event to picture: median ${at(0.5)} ms, 95 of 100 within ${at(0.95)} ms, at most ${at(1)} ms`);
    say(`process of the page: ${before.memory.toFixed(0)} MB before, at most ${memory.toFixed(0)} MB`);
    const share = ((served / used) * 100).toFixed(1);
    say(`processor time: load ${used.toFixed(1)} s, dashboard ${served.toFixed(2)} s (${share} %)`);
    say(`a load cancelled on the page: ended after ${(await cancelLoad(page)).toFixed(2)} s`);
    const alone = await loadInTerminal(scratch, server.origin);
    const browsing = browse(page);
    const beside = await loadInTerminal(scratch, server.origin);
    const looks = await browsing.stop();
    const both = (all: readonly number[]): string =>
      `median ${all[Math.floor(all.length / 2)]!.toFixed(2)} s, at most ${all.at(-1)!.toFixed(2)} s`;
    say(`${LOADS} loads of ${FEW_ROWS.toLocaleString('en')} rows in a terminal: ${both(alone)}`);
    say(`beside a page that was looked at ${looks} times meanwhile: ${both(beside)}`);
  } finally {
    child.kill('SIGINT');
    await server.stop();
  }
}

const scratch = mkdtempSync(join(tmpdir(), 'xano-bench-live-'));
const user_data = join(scratch, 'browser');
mkdirSync(user_data);
const context = await chromium.launchPersistentContext(user_data, {
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium-headless-shell',
  args: ['--no-sandbox'],
});
try {
  await measure(scratch, context, user_data);
} finally {
  await context.close();
  rmSync(scratch, { recursive: true, force: true });
}
