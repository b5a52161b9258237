/** Where the dashboard listens, and under which names it answers. */
import { describe, expect, it } from 'vitest';
import { hostsOf, isLoopback } from '../../src/dashboard/hosts.js';
import { expectError, openDesk } from '../cli/terminal.js';
import { dashboardOf, TOKEN } from './dashboard-at.js';

const OWN = [
  { address: '127.0.0.1', internal: true },
  { address: '::1', internal: true },
  { address: '192.168.7.5', internal: false },
  { address: 'fd00::5', internal: false },
];

it.each([
  ['127.0.0.1', ['127.0.0.1', 'localhost']],
  ['localhost', ['127.0.0.1', 'localhost']],
  ['::1', ['[::1]', 'localhost']],
  ['127.0.0.2', ['127.0.0.2']],
  ['192.168.7.5', ['192.168.7.5']],
  ['fd00::5', ['[fd00::5]']],
  ['Shop-PC.lan', ['shop-pc.lan']],
  ['0.0.0.0', ['127.0.0.1', 'localhost', '192.168.7.5']],
  ['::', ['127.0.0.1', 'localhost', '[::1]', '192.168.7.5', '[fd00::5]']],
] as const)('a dashboard at %s answers to exactly its names', (host, names) => {
  expect(hostsOf(host, OWN).names).toEqual(names);
});

it('prints an address that others reach', () => {
  expect(hostsOf('0.0.0.0', OWN).shown).toBe('192.168.7.5');
  expect(hostsOf('0.0.0.0', OWN.slice(0, 2)).shown).toBe('127.0.0.1');
});

it.each(['evil.test:80', 'a b', 'x/y', '-x', '', 'http://x'])('%j is USAGE', (host) => {
  expect(() => hostsOf(host, OWN)).toThrow(`--host is "${host}"; it takes an address of this computer.`);
});

it('loopback is this computer alone', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost'].every(isLoopback)).toBe(true);
  expect(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.evil.test', '128.0.0.1'].some(isLoopback)).toBe(false);
});

describe('xano dashboard --host', () => {
  it('is USAGE for an address that others reach, without --read-only', async () => {
    const desk = await openDesk();
    const argv = ['dashboard', '--to', desk.path('shop.duckdb'), '--host', '0.0.0.0'];
    // A desk cannot start the program again, so its dashboard would only read.
    const dashboard = dashboardOf(desk, desk.path('shop.duckdb'), {
      more: { host: '0.0.0.0', program: { command: [], options: [], env: {}, cwd: '' } },
    });
    await expect(dashboard).rejects.toThrow(
      '--host "0.0.0.0" lets other computers open the dashboard, which needs --read-only.',
    );
    expectError(
      await desk.run([...argv.slice(0, -1), '192.0.2.1', '--read-only']),
      2,
      'USAGE',
      '--host "192.0.2.1" is not an address of this computer.',
      'Name one of its addresses, or 0.0.0.0 for all of them.',
    );
  });

  it('answers at that address, and to no other name', async () => {
    const desk = await openDesk();
    const { url, port, send } = await dashboardOf(desk, desk.path('x.duckdb'), { more: { host: '0.0.0.0' } });
    expect(new URL(url).port).toBe(String(port));
    const status = async (host: string) =>
      (await send('/', { headers: { Host: host, Authorization: `Bearer ${TOKEN}` } })).status;
    expect(await status(`127.0.0.1:${port}`)).toBe(200);
    expect(await status(new URL(url).host)).toBe(200);
    expect(await status(`0.0.0.0:${port}`)).toBe(403);
    expect(await status(`shop.lan:${port}`)).toBe(403);
    expect(await status('127.0.0.1')).toBe(403);
  });
});
