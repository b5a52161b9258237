/**
 * SIGKILL, and a server that ends the connection, in the middle of loads into Postgres: one whole load or the
 * other.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describePostgres, newDatabase, rows } from '../../../servers/postgres.js';
import { PAGES, type StoppedLoads, stoppedLoads } from './stopped-loads.js';

describePostgres('a load into Postgres', () => {
  let url: string;
  let loads: StoppedLoads;
  let folder: string;
  /** The generation that readers find. */
  let good = 1;

  beforeAll(async () => {
    url = await newDatabase();
    folder = mkdtempSync(join(tmpdir(), 'xano-test-'));
    loads = await stoppedLoads(url, folder);
    await loads.prepare();
  });

  afterAll(async () => {
    await loads.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The next load ends right, and nothing is left of those before. */
  async function nextLoad(generation: number): Promise<void> {
    expect(await loads.start().ended).toBe('0 ');
    expect(await loads.found()).toEqual(loads.whole(generation));
    expect(await loads.left()).toEqual([]);
    good = generation;
  }

  /**
   * Kills a load at each moment, twenty in all. The next one finds what it left: each is the next load of the
   * one before.
   */
  it.each([
    [
      'while pages come',
      () => [loads.searched(2), loads.searched(9), loads.searched(9), loads.searched(PAGES - 21)],
    ],
    ['before it publishes', () => [loads.connected, loads.during('CREATE UNLOGGED TABLE "_xano_staging"')]],
    [
      'while rows change',
      () => ['^DELETE FROM "xano_data"', '^UPDATE "xano_data"', '^INSERT INTO "xano_data"'].map(loads.during),
    ],
    [
      'while state changes',
      () =>
        [
          '^DELETE FROM "_xano"."resources"',
          '^INSERT INTO "_xano"."resources"',
          '^DELETE FROM "_xano"."rejects"',
          '^DELETE FROM "_xano"."loads" WHERE load_id =',
          '^DELETE FROM "_xano"."loads" WHERE load_id IN',
          '^INSERT INTO "_xano"."loads"',
          '^DROP TABLE "_xano_staging"',
          '^COMMIT',
        ].map(loads.during),
    ],
  ] as const)(
    'that is killed %s leaves the load before, and the next one ends right',
    async (_, moments) => {
      const generation = loads.nextGeneration();
      for (const moment of moments()) {
        const load = loads.start();
        await moment(load);
        load.child.kill('SIGKILL');
        expect(await load.ended).toMatch(/^SIGKILL/);
        await loads.sessionsAreOver();
        await loads.release();
        expect(await loads.found()).toEqual(loads.whole(good));
      }
      await nextLoad(generation);
    },
    180_000,
  );

  it('that is killed after its commit leaves this load, and the next one ends right', async () => {
    for (const statement of [
      '^DELETE FROM "_xano"."loads" WHERE load_id =',
      '^DELETE FROM "_xano"."loads" WHERE load_id IN',
      '^INSERT INTO "_xano"."loads"',
    ]) {
      const generation = loads.nextGeneration();
      const load = loads.start();
      await loads.published(statement)(load);
      load.child.kill('SIGKILL');
      expect(await load.ended).toMatch(/^SIGKILL/);
      await loads.sessionsAreOver();
      await loads.release();
      expect(await loads.found()).toEqual(loads.whole(generation));
    }
    await nextLoad(loads.nextGeneration());
  }, 180_000);

  it('whose connection the server ends while it publishes ends right', async () => {
    for (const statement of ['^UPDATE "xano_data"', '^COMMIT']) {
      const generation = loads.nextGeneration();
      const load = loads.start();
      await loads.during(statement)(load);
      await loads.release();
      await rows(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'xano load%'",
      );
      expect([loads.whole(good), loads.whole(generation)]).toContainEqual(await loads.found());
      expect(await load.ended).toBe('0 ');
      expect(await loads.found()).toEqual(loads.whole(generation));
      expect(await loads.left()).toEqual([]);
      good = generation;
    }
  });
});
