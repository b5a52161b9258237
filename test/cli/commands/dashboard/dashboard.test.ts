/** `xano dashboard` as a program: it prints an address that works, and ends with Ctrl-C. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { type Desk, expectError, openDesk, SHOP } from '../../terminal.js';

const PROGRAM = resolve(import.meta.dirname, '../../../../dist/cli/main.js');

/** A request with an object. */
const posted = (body: object): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });

/** Starts the program, and waits for the address. */
async function startIn({ folder, settings, xano }: Desk, argv: readonly string[], command = 'dashboard') {
  const child = spawn(process.execPath, [PROGRAM, command, ...argv], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      XANO_CONFIG_DIR: settings,
      XANO_TOKEN: xano.token,
      XANO_ACCOUNT_ORIGIN: xano.account_origin,
    },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const said = { stdout: '', stderr: '' };
  child.stderr.on('data', (chunk) => {
    said.stderr += String(chunk);
  });
  child.stdout.on('data', (chunk) => {
    said.stdout += String(chunk);
  });
  while (!said.stdout.includes('#token=')) await once(child.stdout, 'data');
  const url = new URL(/http:\S+#token=\S+/.exec(said.stdout)![0]);
  const ask = (path: string, request: RequestInit = {}): Promise<Response> =>
    fetch(new URL(path, url.origin), {
      ...request,
      headers: { Authorization: `Bearer ${url.hash.replace('#token=', '')}` },
    });
  return { child, said, url, ask };
}

it('xano dashboard prints an address that shows the file, and ends with Ctrl-C', async () => {
  const desk = await openDesk({ now: Date.now });
  const loaded = await desk.run(['load', 'merchant', ...SHOP, '--to', desk.path('shop.duckdb')]);
  expect(loaded.status).toBe(0);
  const { child, said, url, ask } = await startIn(desk, ['--to', 'shop.duckdb', '--max-age', '90m']);
  // 192 bits in base64url.
  expect(said.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{32}\n$/);
  const page = await fetch(url);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<script type="module"')]);
  const status = await ask('/api/status');
  const text = await status.text();
  expect(JSON.parse(text)).toMatchObject({
    file: 'shop.duckdb',
    max_age_ms: 5_400_000,
    tables: [{ table: 'merchant', rows: 12, completeness: 'proved' }],
    loads: [{ status: 'loaded', rows_written: 12 }],
    token: { source: 'XANO_TOKEN' },
  });
  expect(text).not.toContain(desk.xano.token);
  const ended = once(child, 'close');
  child.kill('SIGINT');
  // The shell sees Ctrl-C either as a status or as the signal.
  expect(['0,', '130,', ',SIGINT']).toContain((await ended).map((part) => part ?? '').join());
  expect(said.stderr).toBe('The dashboard runs until you press Ctrl-C.\n');
  await expect(fetch(url)).rejects.toThrow('fetch failed');
});

it('xano dashboard stops the load of a page with Ctrl-C, says so, and the next load continues', async () => {
  const desk = await openDesk({ now: Date.now });
  const { child, said, ask } = await startIn(desk, ['--to', 'shop.duckdb', ...SHOP]);
  const plan = await ask('/api/load/plan', posted({ tables: ['orders'], incremental: null }));
  const { plan_id } = (await plan.json()) as { plan_id: string };
  desk.xano.clearRequests();
  desk.xano.fail({ path: '/content/search', skip: 3, answer: { kind: 'stall' } });
  expect((await ask('/api/load/start', posted({ plan_id }))).status).toBe(200);
  const asked = () => desk.xano.requests.filter(({ path }) => path.endsWith('/content/search')).length;
  await vi.waitFor(() => expect(asked()).toBeGreaterThan(3), { timeout: 20_000 });
  const ended = once(child, 'close');
  // The terminal sends it to the whole group; the load is in one of its own.
  child.kill('SIGINT');
  await ended;
  expect(said.stderr).toBe(
    'The dashboard runs until you press Ctrl-C.\nStopping the load that a page started: saving the rows read so far. The next load continues there.\n',
  );
  const next = await desk.run(['load', 'orders', ...SHOP, '--to', desk.path('shop.duckdb')]);
  expect([next.status, next.stderr]).toEqual([0, expect.stringContaining('continuing after')]);
});

it('xano dashboard --read-only lets no page load', async () => {
  const desk = await openDesk();
  const { ask } = await startIn(desk, ['--read-only']);
  expect((await ask('/api/load/plan', posted({ tables: [], incremental: null }))).status).toBe(400);
});

it('xano dashboard has another secret at each start', async () => {
  const desk = await openDesk();
  const [one, other] = [await startIn(desk, []), await startIn(desk, [])];
  expect(one.url.hash).not.toBe(other.url.hash);
  expect((await other.ask('/api/loads')).status).toBe(404);
  const crossed = await fetch(new URL('/api/loads', other.url.origin), {
    headers: { Authorization: `Bearer ${one.url.hash.replace('#token=', '')}` },
  });
  expect(crossed.status).toBe(401);
});

it('xano dashboard is USAGE at a port that another program uses', async () => {
  const desk = await openDesk();
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  expectError(
    await desk.run(['dashboard', '--port', String(port)]),
    2,
    'USAGE',
    `Port ${port} is not available: listen EADDRINUSE: address already in use 127.0.0.1:${port}.`,
    'Give another port with --port, or omit --port to use any free one.',
  );
});

it('xano dashboard is USAGE without a name', async () => {
  const desk = await openDesk();
  expectError(
    await desk.run(['dashboard', '--to', '']),
    2,
    'USAGE',
    '--to is empty.',
    'Name a file: --to xano.duckdb.',
  );
});

it('xano demo --dashboard shows what the demo loaded, and may ask its Xano', async () => {
  const desk = await openDesk({ now: Date.now });
  const { child, said, ask } = await startIn(desk, ['--dashboard'], 'demo');
  expect(await (await ask('/api/status')).json()).toMatchObject({
    file: 'xano-demo.duckdb',
    loads: [{ status: 'loaded' }, { status: 'loaded' }],
    token: { source: 'XANO_TOKEN' },
  });
  const access = await ask('/api/access', { method: 'POST' });
  expect(await access.json()).toMatchObject({ accepted: true, not_checked: null });
  const ended = once(child, 'close');
  child.kill('SIGINT');
  expect(['0,', '130,', ',SIGINT']).toContain((await ended).map((part) => part ?? '').join());
  expect(said.stdout).toContain('3. Load the workspace "Shop" into xano-demo.duckdb');
});
