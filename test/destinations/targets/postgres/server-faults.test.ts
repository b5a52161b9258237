/**
 * A server of Postgres that stops, crashes or has no room under a load: nothing of it or all of it, and the
 * next ends right.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LocalPostgres, startLocalPostgres } from '../../../../src/cli/commands/demo/local-postgres.js';
import { findPostgres, programOf } from '../../../../src/cli/commands/demo/postgres-binaries.js';
import { openDestination, readStatus } from '../../../../src/destinations/open.js';
import { rejectionOf } from '../../../rest/decode/reading.js';
import { describePostgres, rows } from '../../../servers/postgres.js';
import { publish, using } from '../../conformance/place.js';
import { plan, publication, records, tempFolder } from '../../writing.js';
import { LEFT, stoppedLoads } from './stopped-loads.js';

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

  /** Loads into a schema of its own. */
  function placeOf(dataset: string) {
    const options = { now: () => 0, sleep: async () => {}, staging_folder: tempFolder(), dataset };
    const of = (n: number) => plan({ load_id: `load-${n}`, target: { schema: dataset } });
    const open = () => openDestination(server.url, options);
    /** The next load publishes the rows that the one before has staged. */
    const resume = (n: number, staged: number) =>
      using({ open }, async (destination) => {
        const writer = await destination.openTarget(of(n));
        expect(writer.checkpoint?.rows).toBe(staged);
        await writer.staged();
        return writer.commit(publication(`load-${n}`));
      });
    return { open, of, resume };
  }

  const AGAIN = 'Free disk space there, then run the same command again: it continues where it stopped.';

  it('whose disk is full in the middle of a publish keeps the rows of before, and takes the next load', async () => {
    const place = placeOf('full');
    await using(place, (destination) => publish(destination, place.of(1), [{ id: 1, name: 'old' }]));
    const [rejects] = await rows(
      server.url,
      "CHECKPOINT; SELECT pg_relation_filepath('_xano.rejects') AS file",
    );
    const file = join(server.folder, 'data', rejects!['file']!);
    renameSync(file, `${file}.aside`);
    // Writing there fails as on a full disk, and reading finds an empty file.
    symlinkSync('/dev/full', file);
    const failure = await using(place, (destination) =>
      rejectionOf(
        publish(destination, place.of(2), [
          { id: 1, name: 'new' },
          { id: 2, name: '\0' },
        ]),
      ),
    );
    expect([failure.code, failure.message, failure.hint]).toEqual([
      'DATABASE_FAILED',
      expect.stringMatching(
        /^The server of \S+ has no room on its disk: could not extend file "base\/\d+\/\d+": No space left on device\.$/,
      ),
      AGAIN,
    ]);
    rmSync(file);
    renameSync(`${file}.aside`, file);
    const shown = 'SELECT id, name FROM "full".shop ORDER BY id';
    expect(await rows(server.url, shown)).toEqual([{ id: '1', name: 'old' }]);
    expect(await rows(server.url, LEFT)).toEqual([]);
    const { values_rejected } = await place.resume(3, 2);
    expect(values_rejected).toBe(1);
    expect(await rows(server.url, shown)).toEqual([
      { id: '1', name: 'new' },
      { id: '2', name: null },
    ]);
  });

  it('that may not make its files larger keeps the rows of before, and takes the next load', async () => {
    const place = placeOf('limited');
    await using(place, (destination) => publish(destination, place.of(1), [{ id: 1, name: 'old' }]));
    // More than a file of its log has: 16 MiB.
    await restartWith('ulimit -f 18000');
    const long = Array.from({ length: 100 }, (_, id) => ({ id, name: randomBytes(120_000).toString('hex') }));
    const failure = await using(place, (destination) => rejectionOf(publish(destination, place.of(2), long)));
    expect([failure.code, failure.message, failure.hint]).toEqual([
      'DATABASE_FAILED',
      expect.stringMatching(
        /^The server of \S+ has no room on its disk: could not extend file "base\/\d+\/\d+": File too large\.$/,
      ),
      AGAIN,
    ]);
    const count = 'SELECT count(*) AS n, max(length(name)) AS longest FROM limited.shop';
    expect(await rows(server.url, count)).toEqual([{ n: '1', longest: '3' }]);
    expect(await rows(server.url, LEFT)).toEqual([]);
    await server.restart('fast');
    await place.resume(3, 100);
    expect(await rows(server.url, count)).toEqual([{ n: '100', longest: '240000' }]);
  }, 120_000);

  it('that is a replica is refused before anything is read', async () => {
    const place = placeOf('replica');
    const signal = join(server.folder, 'data', 'standby.signal');
    writeFileSync(signal, '');
    await server.restart('fast');
    const failure = await using(place, (destination) => rejectionOf(destination.openTarget(place.of(1))));
    rmSync(signal);
    await server.restart('fast');
    const label = new URL(server.url);
    label.password = '';
    expect([failure.code, failure.message, failure.hint]).toEqual([
      'DATABASE_FAILED',
      `${label.href} is read-only: it is a replica, or its sessions may only read.`,
      'Name the primary server with --to, or set default_transaction_read_only to off for this user.',
    ]);
    expect(await rows(server.url, "SELECT FROM pg_namespace WHERE nspname = 'replica'")).toEqual([]);
  });

  /** Restarts the server by way of a shell that limits it. */
  async function restartWith(limit: string): Promise<void> {
    const [native, data] = ['native', 'data'].map((name) => join(server.folder, name)) as [string, string];
    const { uid, gid } = statSync(data);
    const pg_ctl = programOf(existsSync(native) ? { folder: native } : findPostgres()!, 'pg_ctl');
    const flags = ['restart', '-w', '-s', '-m', 'fast', '-D', data, '-l', join(server.folder, 'log')];
    const shell = ['-c', `${limit}; exec "$0" "$@"`, pg_ctl, ...flags];
    const options = {
      cwd: server.folder,
      stdio: 'ignore',
      ...(process.getuid?.() === 0 ? { uid, gid } : {}),
    } as const;
    expect(await once(spawn('bash', shell, options), 'exit')).toEqual([0, null]);
  }
});
