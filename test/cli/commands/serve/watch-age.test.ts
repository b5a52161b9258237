import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { watchAge } from '../../../../src/cli/commands/serve/watch-age.js';
import type { Context } from '../../../../src/cli/context.js';
import { notifySchema } from '../../../../src/notify/notify-schema.js';
import { startReceiver } from '../../../notify/receiver.js';
import { HOUR_MS, openDesk, SHOP } from '../../terminal.js';

it('a server tells of old tables once, and that they are well again', async () => {
  const receiver = await startReceiver();
  const desk = await openDesk();
  const file = desk.path('shop.duckdb');
  const output = { stream: new PassThrough(), is_terminal: false, columns: () => 80, rows: () => 24 };
  const context: Context = {
    argv: [],
    env: { HOOK: receiver.url, XANO_CONFIG_DIR: desk.settings },
    home: desk.home,
    cwd: desk.folder,
    stdin: { stream: new PassThrough(), is_terminal: false },
    stdout: output,
    stderr: output,
    now: desk.clock.now,
    sleep: async () => {},
    alarm: desk.clock.alarm,
    signal: new AbortController().signal,
  };
  const projectFacts = {
    name: 'shop',
    folder: desk.folder,
    dataset: 'xano_data',
    schedule: undefined,
    notify: notifySchema.parse([{ url: '${HOOK}', format: 'slack' }]),
  };
  const warnings: string[] = [];
  const flags = { to: file, maxAge: { ms: 26 * HOUR_MS, text: '26h' }, projectFacts };
  const watch = watchAge(flags, {}, context, (sentence) => warnings.push(sentence));
  const load = () => desk.run(['load', 'merchant', ...SHOP, '--to', file, '--quiet']);
  // Nothing is loaded yet.
  await watch.look();
  expect((await load()).status).toBe(0);
  await watch.look();
  desk.clock.advance(27 * HOUR_MS);
  await watch.look();
  await watch.look();
  expect((await load()).status).toBe(0);
  await watch.look();
  watch.close();
  expect(
    receiver.received.map(({ body }) => JSON.parse(body).text.replace(/into|of \S*shop/, 'of shop')),
  ).toEqual([
    'xano stale: shop: 1 table of shop.duckdb is older than allowed: merchant.',
    expect.stringMatching(/^xano recovered: shop: well again; it was stale since 2026-03-02 15:\d\d UTC\.$/),
  ]);
  expect(warnings).toEqual([]);
});
