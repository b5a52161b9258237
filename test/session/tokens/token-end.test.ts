/** What is said of a token's end around a load. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lastLoadMs } from '../../../src/index.js';
import { atOffice } from '../../cli/at-office.js';
import { type Desk, HOUR_MS, START } from '../../cli/terminal.js';

/** A load at which so much time goes by. */
async function loadFor(desk: Desk, ms: number, argv: readonly string[] = [], env = {}) {
  desk.xano.fail({
    path: '/table/7/content/search',
    answer: {
      kind: 'rewrite',
      rewrite: (body) => {
        desk.clock.advance(ms);
        return body;
      },
    },
  });
  return desk.run(['load', '--to', desk.path('x.duckdb'), ...argv], { env });
}

/** The lines of what was said that are warnings. */
const warnings = ({ stderr }: { readonly stderr: string }): string[] =>
  stderr.split('\n').filter((line) => line.startsWith('Warning: '));

it('a token’s expiry is an urgent warning in the last 12 hours, repeated as the last line', async () => {
  const desk = await atOffice();
  const end = '2026-03-08 12:00 UTC (according to the token)';
  desk.clock.advance(7 * 24 * HOUR_MS - 12 * HOUR_MS);
  const twelve = await loadFor(desk, 0);
  expect(warnings(twelve)).toEqual([
    `Warning: the token from XANO_TOKEN ends in 12 hours, on ${end}. Create a new one, then run \`xano auth login\`.`,
    'Warning: the token from XANO_TOKEN has 12 hours left: create a new one before the next load.',
  ]);
  desk.clock.advance(1);
  const less = await loadFor(desk, HOUR_MS);
  expect(warnings(less)).toEqual([
    `Warning: the token from XANO_TOKEN ends in 11 hours, on ${end}. No load can run after that: create a new one now, then run \`xano auth login\`.`,
    'Warning: the token from XANO_TOKEN has 10 hours left: create a new one before the next load.',
  ]);
  expect(less.stderr.trimEnd().split('\n').at(-1)).toBe(warnings(less)[1]);
  expect({ status: less.status, json: warnings(await loadFor(desk, 0, ['--json'])).length }).toEqual({
    status: 0,
    json: 2,
  });
});

it('a token’s expiry is not a warning after a load that leaves two days', async () => {
  const desk = await atOffice();
  expect(warnings(await loadFor(desk, 0))).toEqual([]);
});

it('a load warns where the last one took longer than the token still has', async () => {
  const desk = await atOffice();
  await loadFor(desk, 3 * HOUR_MS);
  const XANO_TOKEN = desk.xano.issueToken({ expires_at: START + 5 * HOUR_MS });
  const said = await loadFor(desk, 0, [], { XANO_TOKEN });
  expect(said.status).toBe(0);
  expect(warnings(said).map((line) => line.replaceAll(desk.folder, '<folder>'))).toEqual([
    'Warning: the token from XANO_TOKEN ends in 2 hours, on 2026-03-01 17:00 UTC (according to the token). No load can run after that: create a new one now, then run `xano auth login`.',
    'Warning: the last load into <folder>/x.duckdb took 3 h 0 min, and the token from XANO_TOKEN ends in 2 hours: this load will likely not finish in time. Its rows are saved; with a new token, the same command continues there.',
    'Warning: the token from XANO_TOKEN has 2 hours left: create a new one before the next load.',
  ]);
  // That one was quick.
  expect(warnings(await loadFor(desk, 0, [], { XANO_TOKEN }))).toHaveLength(2);
});

it('a warning of expiry concerns the token that is in use at the end', async () => {
  const desk = await atOffice();
  const [old, next] = [START + HOUR_MS, START + 24 * HOUR_MS].map((expires_at) =>
    desk.xano.issueToken({ expires_at }),
  ) as [string, string];
  // Not at the desk, where no token may lie about.
  mkdirSync(desk.settings);
  const file = join(desk.settings, 'token');
  writeFileSync(file, old);
  desk.xano.fail({
    path: '/table/7/content/search',
    answer: {
      kind: 'rewrite',
      rewrite: (body) => {
        writeFileSync(file, next);
        desk.xano.revoke(old);
        return body;
      },
    },
  });
  const env = { XANO_TOKEN: undefined, XANO_TOKEN_FILE: file };
  const said = await desk.run(
    ['load', '--to', desk.path('x.duckdb'), '--concurrency', '1', '--no-parallel-requests'],
    { env },
  );
  expect(said.status).toBe(0);
  expect(warnings(said).at(-1)).toBe(
    'Warning: the token from XANO_TOKEN_FILE has 24 hours left: create a new one before the next load.',
  );
});

it('a load expects no duration where the file does not exist, or is not ours', async () => {
  const desk = await atOffice();
  expect(await lastLoadMs(desk.path('nothing.duckdb'))).toBeUndefined();
  writeFileSync(desk.path('text.duckdb'), 'not a database');
  expect(await lastLoadMs(desk.path('text.duckdb'))).toBeUndefined();
  await loadFor(desk, 90_000);
  expect(await lastLoadMs(desk.path('x.duckdb'))).toBe(90_000);
  expect(desk.files()).toEqual(['text.duckdb', 'x.duckdb']);
});
