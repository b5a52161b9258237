/** A server of Postgres that stops or crashes under a load: nothing of it or all of it, and the next ends right. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LocalPostgres, startLocalPostgres } from '../../../../src/cli/commands/demo/local-postgres.js';
import { findPostgres } from '../../../../src/cli/commands/demo/postgres-binaries.js';
import { openDestination, readStatus } from '../../../../src/destinations/open.js';
import { rejectionOf } from '../../../rest/decode/reading.js';
import { describePostgres, rows } from '../../../servers/postgres.js';
import { publish, using } from '../../conformance/place.js';
import { plan, publication, records, tempFolder } from '../../writing.js';
import { stoppedLoads } from './stopped-loads.js';

describePostgres('a server of Postgres', () => {
  let server: LocalPostgres;

  beforeAll(async () => {
    server = await startLocalPostgres(findPostgres()!, { password: 'secret' });
  });
  afterAll(() => server.stop());

  /** Ends the server as a crash does, until {@link LocalPostgres.restart}. */
  async function crash(): Promise<void> {
    process.kill(server.pid(), 'SIGQUIT');
    const answer = () => rows(server.url, 'SELECT 1').catch((thrown: unknown) => thrown);
    while ((await answer().then((thrown) => Reflect.get(Object(thrown), 'code'))) !== 'ECONNREFUSED');
  }

  it('that restarts under a load loses nothing: the load connects again and publishes once', async () => {
    const loads = await stoppedLoads(server.url, tempFolder());
    await loads.prepare();
    const moments = [
      [loads.searched(15), 'immediate'],
      [loads.during('^UPDATE "xano_data"'), 'immediate'],
      [loads.during('^INSERT INTO "_xano"."resources"'), 'fast'],
      [loads.during('^COMMIT'), 'immediate'],
    ] as const;
    for (const [moment, mode] of moments) {
      const generation = loads.nextGeneration();
      const load = loads.start();
      await moment(load);
      await loads.release();
      await server.restart(mode);
      expect(await load.ended).toBe('0 ');
      expect(await loads.found()).toEqual(loads.whole(generation));
      await loads.sessionsAreOver();
      expect(await loads.left()).toEqual([]);
    }
    await loads.close();
  }, 180_000);

  it('that stays away fails the load with nothing written, and the next one continues', async () => {
    let now = 0;
    const sleep = async (ms: number) => {
      now += ms;
    };
    const url = new URL(server.url);
    url.password = '';
    const options = { now: () => now, sleep, staging_folder: tempFolder(), dataset: 'away' };
    const of = (load_id: string) => plan({ load_id, target: { schema: 'away' } });
    const place = { open: () => openDestination(server.url, options) };
    await using(place, (destination) => publish(destination, of('load-1'), [{ id: 1, name: 'old' }]));
    const failures = await using(place, async (destination) => {
      const writer = await destination.openTarget(of('load-2'));
      await writer.write(records([{ id: 1, name: 'new' }]), { page: 1 });
      await writer.staged();
      await crash();
      now = 0;
      const failed = await rejectionOf(writer.commit(publication('load-2')));
      await writer.abort({ keep: true });
      const other = plan({ identity: 'host/other', target: { schema: 'away', name: 'other' } });
      return [failed, await rejectionOf(destination.openTarget(other))];
    });
    expect(failures.map(({ code, message, hint }) => [code, message, hint])).toEqual(
      failures.map(() => [
        'DATABASE_FAILED',
        `No Postgres answers at ${url.href}.`,
        'Start the server, or correct host and port in --to.',
      ]),
    );
    // The first of them waited for a restart.
    expect(now).toBe(20_000);
    await server.restart('immediate');
    const old = [{ id: '1', name: 'old', _xano_load_id: 'load-1' }];
    expect(await rows(server.url, 'SELECT * FROM away.shop')).toEqual(old);
    await using(place, async (destination) => {
      const writer = await destination.openTarget(of('load-3'));
      expect(writer.checkpoint).toMatchObject({ rows: 1, resume: { page: 1 } });
      await writer.staged();
      await writer.commit(publication('load-3'));
    });
    expect(await rows(server.url, 'SELECT * FROM away.shop')).toEqual([
      { id: '1', name: 'new', _xano_load_id: 'load-3' },
    ]);
    const { tables } = await readStatus(server.url, options);
    expect(tables.find(({ schema }) => schema === 'away')).toMatchObject({ rows: 1, load_id: 'load-3' });
  }, 120_000);
});
