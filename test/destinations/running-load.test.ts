/** A load tells other programs of its user how far it is, for as long as it runs. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openDestination, runningLoad } from '../../src/destinations/open.js';
import type { LoadProgress } from '../../src/events.js';
import { temporaryFile } from '../load/loading.js';

const progressOf = (rows_read: number): LoadProgress => ({
  load_id: '20260301T120000Z-4f2a',
  started_at: '2026-03-01T12:00:00.000Z',
  status: 'running',
  wait: null,
  tables: [
    {
      resource: 'orders',
      state: 'reading',
      rows_read,
      rows_expected: 5_000,
      rows_resumed: 0,
      ranges_read_again: 0,
      wait: { kind: 'rate_limit', reason: 'the rate limit', until: '2026-03-01T12:00:12.000Z' },
      started_at: '2026-03-01T12:00:00.000Z',
      result: null,
    },
  ],
});

const announced = (file: string): string => `${file}.staging.tmp/progress.json`;

it('a load shows how far it is while it runs, and leaves nothing', async () => {
  const file = temporaryFile();
  const destination = await openDestination(file);
  // Before it has the right to load there is nothing to tell.
  destination.announce?.(() => progressOf(0));
  expect(await runningLoad(file)).toBe(null);
  await destination.prepare();
  for (const rows of [1, 2, 3]) destination.announce?.(() => progressOf(rows));
  // The newest is written, however many there were.
  await vi.waitFor(async () => expect(await runningLoad(file)).toEqual(progressOf(3)), { timeout: 5_000 });
  expect(readdirSync(`${file}.staging.tmp`)).toEqual(['progress.json']);
  await destination.close();
  destination.announce?.(() => progressOf(4));
  expect(await runningLoad(file)).toBe(null);
  expect(readdirSync(dirname(file))).toEqual([]);
});

it('what is left of a killed load, of another computer or of somebody else is no running load', async () => {
  const file = temporaryFile();
  const destination = await openDestination(file);
  await destination.prepare();
  destination.announce?.(() => progressOf(7));
  await vi.waitFor(() => expect(existsSync(announced(file))).toBe(true), { timeout: 5_000 });
  const own: unknown = JSON.parse(readFileSync(announced(file), 'utf8'));
  await destination.close();
  const found = async (content: string) => {
    writeFileSync(announced(file), content);
    return runningLoad(file);
  };
  mkdirSync(`${file}.staging.tmp`);
  const of = (change: object): string => JSON.stringify({ ...(own as object), ...change });
  expect(await found(of({}))).toEqual(progressOf(7));
  // No system has so many processes.
  expect(await found(of({ process: 2 ** 31 - 2 }))).toBe(null);
  expect(await found(of({ computer: '00000000' }))).toBe(null);
  expect(await found(of({ progress: { tables: 'none' } }))).toBe(null);
  expect(await found('{')).toBe(null);
  const other = temporaryFile();
  mkdirSync(`${other}.staging.tmp`);
  writeFileSync(announced(file), of({}));
  symlinkSync(announced(file), announced(other));
  expect(await runningLoad(other)).toBe(null);
  // The next load removes what a killed one left.
  const next = await openDestination(file);
  await next.prepare();
  expect(readdirSync(`${file}.staging.tmp`)).toEqual([]);
  await next.close();
});
