/** SIGKILL in the middle of merges into a Parquet folder: one whole load or the other. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { queryFile } from '../../../src/destinations/open.js';
import { tempFolder } from '../writing.js';
import { listsFile, serveLists, start } from './ducklake/loaders.js';

/** Whether a file is there, and how many bytes it has. */
const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? -1;

/** What a load has written when it is killed, in the order of time. */
const MOMENTS: readonly [string, (folder: string, since: number) => boolean][] = [
  ['staging', (folder) => sizeOf(join(folder, '.staging')) >= 0],
  ['the mirror', (folder) => sizeOf(join(folder, '.staging.tmp', 'target.duckdb')) >= 0],
  ['the old rows in the mirror', (folder) => sizeOf(join(folder, '.staging.tmp', 'target.duckdb')) > 500_000],
  ['a part of the file beside', (folder) => sizeOf(join(folder, '.staging.tmp', 'r_0-0.parquet')) >= 0],
  ['the file', (folder, since) => inode(folder) !== since],
];

const inode = (folder: string): number =>
  statSync(join(folder, 'xano_data', 't0.parquet'), { throwIfNoEntry: false })?.ino ?? 0;

it('has one load or the other, with its own state, after a kill at any moment', async () => {
  const folder = join(tempFolder(), 'out');
  const to = `${folder}/`;
  const { origin, setValue } = await serveLists();
  const file = listsFile({
    origin,
    source: 's',
    tables: 1,
    rows: 30_000,
    defaults: 'write_disposition: merge',
  });
  const load = (value: number) => {
    setValue('s', value);
    return start(['load', '--endpoints', file, '--to', to]);
  };
  const found = async () => {
    const sql =
      'SELECT count(*)::INT AS n, min(value) AS low, max(value) AS high, bool_and(_xano_load_id = load_id) AS same FROM t0, _xano.resources';
    return (await queryFile(to, sql)).rows;
  };
  const whole = (value: number) => [{ n: 30_000, low: String(value), high: String(value), same: true }];
  expect((await load(0).ended).status).toBe(0);
  let good = 0;
  const killed: string[] = [];
  for (const [at, [moment, isReached]] of MOMENTS.entries()) {
    const since = inode(folder);
    const { child, ended } = load(at + 1);
    for (; child.exitCode === null; await nextTurn()) if (isReached(folder, since)) break;
    child.kill('SIGKILL');
    if ((await ended).status === null) killed.push(moment);
    const now = await found();
    // A load that continues publishes the rows that the one before had staged.
    if (inode(folder) !== since) good = Number(now[0]?.['low']);
    expect(now).toEqual(whole(good));
  }
  expect(killed).toEqual(MOMENTS.map(([moment]) => moment));
  for (const value of [8, 9]) expect((await load(value).ended).status).toBe(0);
  expect(await found()).toEqual(whole(9));
  // Rows as they are: the state is what changes.
  const since = inode(folder);
  const { child, ended } = load(9);
  const states = join(folder, '_xano', 'tables');
  for (; child.exitCode === null; await nextTurn())
    if (sizeOf(states) >= 0 && readdirSync(states).length > 0) break;
  child.kill('SIGKILL');
  await ended;
  expect([inode(folder), (await found())[0]?.['n']]).toEqual([since, 30_000]);
  expect((await load(9).ended).status).toBe(0);
  expect([inode(folder), readdirSync(folder).toSorted()]).toEqual([since, ['_xano', 'xano_data']]);
}, 120_000);
