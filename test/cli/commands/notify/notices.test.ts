/** Notices of a project: what `xano load`, `xano status` and `xano notify test` tell its receivers. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { startReceiver } from '../../../notify/receiver.js';
import { type Desk, expectError, HOUR_MS, openDesk } from '../../terminal.js';

/** A desk with a project that loads one table, and tells a receiver. */
async function projectWith(notify: string): Promise<Desk> {
  const desk = await openDesk();
  const settings = ['name: shop', 'instance: x1234-4567-8901', 'workspace: Shop', 'tables: [merchant]'];
  const lines = [...settings, 'destination: shop.duckdb', 'max_age: 26h', `notify: ${notify}`];
  writeFileSync(desk.path('xano.yaml'), `project:\n${lines.map((line) => `  ${line}\n`).join('')}`);
  return desk;
}

it('xano load tells exactly one failed and one recovered for five failing loads and a good one', async () => {
  const receiver = await startReceiver();
  const desk = await projectWith('[{ url: "${HOOK}", format: slack }, { healthcheck: "${HC}" }]');
  const env = { HOOK: receiver.url, HC: receiver.url.replace('hook', 'ping') };
  const load = (more: Readonly<Record<string, string>> = {}) =>
    desk.run(['load', '--to', desk.path('shop.duckdb'), '--log-file', desk.path('log')], {
      env: { ...env, ...more },
    });
  const failed = [];
  for (let i = 0; i < 5; i++) failed.push((await load({ XANO_TOKEN: 'a-token-that-is-refused' })).status);
  expect(failed).toEqual([4, 4, 4, 4, 4]);
  const good = await load();
  expect(good).toMatchObject({ status: 0, stderr: expect.not.stringContaining('Warning') });
  expect((await load()).status).toBe(0);
  const [texts, pings] = [/hook/, /ping/].map((kind) =>
    receiver.received.filter(({ path }) => kind.test(path)),
  );
  expect(texts!.map(({ body }) => JSON.parse(body).text)).toEqual([
    expect.stringMatching(/^xano failed: shop: the load into .*shop\.duckdb failed: .*\([A-Z_]+\)\.$/),
    expect.stringMatching(
      /^xano recovered: shop: well again; it was failed since 2026-03-01 \d\d:\d\d UTC\.$/,
    ),
  ]);
  expect(pings!.map(({ path }) => path.replace('/ping-SECRET', '') || 'success')).toEqual([
    ...Array.from({ length: 5 }, () => ['/start', '/fail']).flat(),
    ...Array.from({ length: 2 }, () => ['/start', 'success']).flat(),
  ]);
  // The address is nowhere.
  const log = readFileSync(desk.path('log'), 'utf8');
  expect(`${log}${good.stderr}${good.stdout}`).not.toContain('SECRET');
});

it('a receiver that is down or refuses changes nothing but one line', async () => {
  const receiver = await startReceiver();
  const desk = await projectWith('[{ url: "${HOOK}" }, { healthcheck: "${HC}" }]');
  const load = (env: Readonly<Record<string, string | undefined>>) =>
    desk.run(['load', '--to', desk.path('shop.duckdb')], { env });
  receiver.answer((response) => void response.writeHead(500).end());
  const plain = await load({ HOOK: receiver.url, HC: receiver.url });
  expect(plain.status).toBe(0);
  expect(plain.stderr.split('\n').filter((line) => line.startsWith('Warning'))).toEqual([
    'Warning: The receiver of HC answered with status 500.',
  ]);
  const missing = await load({});
  expect(missing.stdout.replace(/\t[\d.]+/g, '')).toBe(plain.stdout.replace(/\t[\d.]+/g, ''));
  const logged = await desk.run(['load', '--to', desk.path('shop.duckdb'), '--log', 'json']);
  expect(JSON.parse(logged.stderr.trim().split('\n').at(-1)!).type).toBe('load_finished');
});

it('xano status tells of old tables once, and a good load that they are well again', async () => {
  const receiver = await startReceiver();
  const desk = await projectWith('[{ url: "${HOOK}", format: slack, on: [stale, recovered] }]');
  const run = (...argv: string[]) =>
    desk.run([...argv, '--to', desk.path('shop.duckdb')], { env: { HOOK: receiver.url } });
  expect((await run('load')).status).toBe(0);
  expect((await run('status')).status).toBe(0);
  desk.clock.advance(27 * HOUR_MS);
  expect([(await run('status')).status, (await run('status')).status, (await run('load')).status]).toEqual([
    7, 7, 0,
  ]);
  expect((await run('status')).status).toBe(0);
  expect(receiver.received.map(({ body }) => JSON.parse(body).text)).toEqual([
    expect.stringMatching(/^xano stale: shop: 1 table of .*shop\.duckdb is older than allowed: merchant\.$/),
    expect.stringMatching(/^xano recovered: shop: well again; it was stale since 2026-03-02 15:\d\d UTC\.$/),
  ]);
});

it('xano notify test sends one of each, and says what became of it', async () => {
  const receiver = await startReceiver();
  const desk = await projectWith(
    '[{ url: "${HOOK}" }, { url: "${NONE}", format: teams }, { healthcheck: "${HOOK}" }]',
  );
  const said = await desk.run(['notify', 'test'], { env: { HOOK: receiver.url } });
  expect(said).toEqual({
    status: 6,
    stdout:
      'HOOK\tjson\tarrived\nNONE\tteams\thas no address: the variable is not set\nHOOK\thealthcheck\tarrived\n',
    stderr:
      'Error: 1 of 3 receivers got nothing: NONE.\n  Correct the variable that holds its address, then run `xano notify test` again.\n  Code: NOTICE_FAILED\n',
  });
  expect(receiver.received.map(({ body }) => body).toSorted()).toEqual([
    'xano test: shop: this is a test; nothing failed.',
    expect.stringContaining('"type":"load.test"'),
  ]);
  const elsewhere = await openDesk();
  expectError(
    await elsewhere.run(['notify', 'test']),
    2,
    'USAGE',
    'This folder has no project with receivers.',
    'Add `notify` to the part "project" of xano.yaml; docs/schedule.md explains it.',
  );
});
