/**
 * `npm run bench:live`: what a page costs that watches a load of a million rows. From an event of the load to
 * the page's picture, the memory of the page's process, and the processor time of the dashboard's server.
 * Needs Chromium on the PATH, or in CHROMIUM.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { startServer } from './client.js';
import { dataFile } from './data.js';
import { XANO } from './load-case.js';

const BENCH = join(import.meta.dirname, '../..');
const ROWS = 1_000_000;
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

async function measure(scratch: string, browser: BrowserContext, name: string): Promise<void> {
  say(`records: ${ROWS.toLocaleString('en')} orders`);
  const data = await dataFile(join(BENCH, '.data'), 'orders', ROWS, 'some');
  const workspace = { ...data, name: 'orders', rows: ROWS, tables: 1 };
  const server = await startServer({ port: 0, token: TOKEN, workspaces: [workspace] });
  await server.set({ latency_ms: LATENCY_MS });
  const { child, url } = await startDashboard(scratch, server.origin);
  try {
    const page = await browser.newPage();
    await page.goto(url);
    await page.getByRole('link', { name: 'Load', exact: true }).click();
    await page.getByRole('button', { name: 'Plan' }).click();
    const confirm = page.getByRole('button', { name: 'Load 1 table' });
    await confirm.waitFor();
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
