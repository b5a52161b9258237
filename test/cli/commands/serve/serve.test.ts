/** `xano serve` as a program: loads, pages, health, and a clean end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { type Desk, expectError, openDesk, rowsOfFile, SHOP } from '../../terminal.js';

const PROGRAM = resolve(import.meta.dirname, '../../../../dist/cli/main.js');

/** Starts the program, and waits for the address. */
async function serveIn({ folder, settings, xano }: Desk, argv: readonly string[]) {
  const child = spawn(process.execPath, [PROGRAM, 'serve', '--port', '0', ...argv], {
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
  const read = async (path: string, token = ''): Promise<readonly [number, Record<string, unknown>]> => {
    const answer = await fetch(new URL(path, url.origin), {
      headers: token === '' ? {} : { Authorization: `Bearer ${token}` },
    });
    return [answer.status, (await answer.json()) as Record<string, unknown>];
  };
  return { child, said, read, token: url.hash.replace('#token=', '') };
}

it('xano serve loads what was never loaded, tells its health without a token, and stops a load cleanly', async () => {
  const desk = await openDesk({ now: Date.now });
  // No planned time comes during the test: the first load is the one that was missing.
  const served = await serveIn(desk, [
    '--cron',
    '0 0 1 1 *',
    '--timezone',
    'UTC',
    '--to',
    'shop.duckdb',
    ...SHOP,
  ]);
  const { child, said, read, token } = served;
  await vi.waitUntil(() => said.stderr.includes('Loaded in'), { timeout: 30_000, interval: 50 });
  const next = `${new Date().getUTCFullYear() + 1}-01-01T00:00:00.000Z`;
  await vi.waitUntil(async () => (await read('/healthz'))[1]['last_load'] !== null);
  const [status, health] = await read('/healthz');
  expect([status, health]).toEqual([
    200,
    {
      status: 'ok',
      last_load: { started_at: expect.any(String), finished_at: expect.any(String), status: 'loaded' },
      next_run: next,
    },
  ]);
  expect((await read('/api/status'))[0]).toBe(401);
  expect((await read('/api/status', token))[1]).toMatchObject({
    next_run: next,
    loads: [{ status: 'loaded' }],
  });
  const [rows] = await rowsOfFile(desk.path('shop.duckdb'), 'SELECT count(*) FROM orders');
  expect(rows).toEqual(['5000']);
  // A second load, of a page, stalls; SIGTERM then stops it cleanly.
  const post = (path: string, body: object) =>
    fetch(`http://127.0.0.1:${new URL(/http:\S+/.exec(said.stdout)![0]).port}${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
  const plan = (await (await post('/api/load/plan', { tables: ['orders'], incremental: null })).json()) as {
    plan_id: string;
  };
  desk.xano.clearRequests();
  desk.xano.fail({ path: '/content/search', skip: 3, answer: { kind: 'stall' } });
  expect((await post('/api/load/start', { plan_id: plan.plan_id })).status).toBe(200);
  const asked = () => desk.xano.requests.filter(({ path }) => path.endsWith('/content/search')).length;
  await vi.waitUntil(() => asked() > 3, { timeout: 20_000 });
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(
    said.stderr
      .split('\n')
      .map((line) => line.replace(/\d+\.\d s/, '1.0 s').replaceAll(/\d{4}-01/g, 'YEAR-01')),
  ).toEqual([
    'Next loads: YEAR-01-01 00:00 UTC, YEAR-01-01 00:00 UTC, YEAR-01-01 00:00 UTC.',
    'Nothing has been loaded yet: loading now.',
    'Loading.',
    'Loaded in 1.0 s.',
    'Next loads: YEAR-01-01 00:00 UTC, YEAR-01-01 00:00 UTC, YEAR-01-01 00:00 UTC.',
    'Stopping the running load: saving the rows read so far. The next load continues there.',
    '',
  ]);
});

it('xano serve needs times, and lets other computers look only with --read-only', async () => {
  const desk = await openDesk();
  const program = [process.execPath, PROGRAM];
  expectError(
    await desk.run(['serve'], { program }),
    2,
    'USAGE',
    'This project has no schedule.',
    'Add `schedule: "15 3 * * *"` to the part "project" of xano.yaml, or give --cron "15 3 * * *".',
  );
  const said = await desk.run(['serve', '--cron', '0 0 1 1 *', '--host', '0.0.0.0'], { program });
  expect(said).toMatchObject({
    status: 2,
    stderr: expect.stringContaining(
      '--host "0.0.0.0" lets other computers open the dashboard, which needs --read-only.',
    ),
  });
});
