import { readFileSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, inject, it, vi } from 'vitest';
import { THIS_COMPUTER } from '../../../../src/destinations/engine/processes.js';
import {
  openDestination,
  queryFile,
  readSchema,
  readStatus,
  takesManyLoads,
} from '../../../../src/destinations/open.js';
import { parseBucket } from '../../../../src/destinations/targets/bucket/bucket-address.js';
import { openObjects } from '../../../../src/destinations/targets/bucket/s3/objects.js';
import { openAccess } from '../../../../src/destinations/targets/bucket/s3/open-access.js';
import { rejectionOf } from '../../../rest/decode/reading.js';
import { BUCKET_ENV } from '../../../servers/bucket-env.js';
import { startS3Proxy } from '../../../servers/s3-proxy.js';
import { publish, using } from '../../conformance/place.js';
import { column, plan, publication, records, report, tempFolder } from '../../writing.js';
import { KILLS, listsFile, serveLists, start } from '../ducklake/loaders.js';
import { ask, type BucketPlace, bucketPlace, keysOf } from './place.js';

const s3 = inject('s3');

/** More rows than a footer and its rows of 64 KB: the mirror has a hole in their place. */
const MANY = 20_000;
const many = (name: string): { id: number; name: string }[] =>
  Array.from({ length: MANY }, (_, id) => ({ id, name: `${name} ${Math.sin(id)}` }));

/** What a reader finds: how many rows of which load, and the load that the state names. */
async function found({ to, options }: Pick<BucketPlace, 'to' | 'options'>): Promise<unknown> {
  const sql =
    'SELECT _xano_load_id AS load, count(*)::INT AS n, (SELECT load_id FROM _xano.resources) AS state FROM shop GROUP BY ALL';
  return (await queryFile(to, sql, options)).rows;
}

/** Publishes the one row that a load before staged and could not publish. */
async function publishStaged(place: BucketPlace, load_id: string): Promise<void> {
  await using(place, async (destination) => {
    const writer = await destination.openTarget(plan({ load_id }));
    expect(writer.checkpoint?.rows).toBe(1);
    await writer.staged();
    await writer.commit(publication(load_id));
  });
}

describe('a place in a bucket', () => {
  it('has one object for each table, and its state beside them, as a folder has', async () => {
    const place = await bucketPlace();
    await using(place, async (destination) => {
      await publish(destination, plan(), [{ id: 1 }]);
      await publish(destination, plan({ identity: 'b', origin: null, target: { name: '../b/*' } }), [
        { id: 1 },
      ]);
      await destination.record(report());
      expect(await keysOf(place.prefix)).toContain('_xano/leases/xano_data.json');
    });
    expect(await keysOf(place.prefix)).toEqual([
      '_xano/loads.parquet',
      '_xano/servers.parquet',
      'xano_data/%2E.%2Fb%2F%2A.parquet',
      'xano_data/shop.parquet',
    ]);
    // Somebody who copies them has a folder that xano reads.
    const folder = `${await place.download()}/`;
    expect((await queryFile(folder, 'SELECT id FROM shop')).rows).toEqual([{ id: '1' }]);
  });

  it('gives status, schema and rows, and appends to rows of which it had the footer alone', async () => {
    const place = await bucketPlace();
    const columns = [column('id', 'BIGINT', { description: 'the key' }), column('name', 'VARCHAR')];
    const target = { columns, description: 'what is sold' };
    await using(place, async (destination) => {
      await publish(destination, plan({ target }), many('a'));
      await destination.record(report());
    });
    const { to, options } = place;
    expect(await readStatus(to, options)).toMatchObject({
      file: `${to}/`,
      tables: [{ resource: 'shop', table: 'shop', rows: MANY, completeness: 'not_provable' }],
      loads: [{ load_id: 'load-1', status: 'loaded' }],
      staging: null,
    });
    expect(await readSchema(`${to}/`, options)).toMatchObject([
      { table: 'xano_data.shop', description: 'what is sold', primary_key: ['id'] },
    ]);
    const more = plan({ target, write_disposition: 'append', load_id: 'load-2' });
    await using(place.elsewhere(), (destination) => publish(destination, more, [{ id: MANY, name: 'b' }]));
    const sql = 'SELECT count(*)::INT AS n, sum(id)::INT AS total, max(name) AS last FROM shop';
    expect((await queryFile(to, sql, options)).rows).toEqual([
      { n: MANY + 1, total: (MANY * (MANY + 1)) / 2, last: 'b' },
    ]);
  });

  it('downloads for a query the tables that it spells, and no more than it may', async () => {
    const place = await bucketPlace();
    const other = plan({ identity: 'b', origin: null, target: { name: 'other' } });
    await using(place, async (destination) => {
      await publish(destination, plan(), many('a'));
      await publish(destination, other, [{ id: 1 }]);
    });
    const { to, options } = place;
    const limited = `${to}?query_mb=1`;
    // Half a megabyte each time.
    expect((await queryFile(limited, 'SELECT count(*)::INT AS n FROM Shop', options)).rows).toEqual([
      { n: MANY },
    ]);
    const hidden = "SELECT id FROM query_table('sh' || 'op') WHERE id = 3";
    expect((await rejectionOf(queryFile(to, hidden, options))).message).toBe(
      'Only a table whose name the SQL spells can be read.',
    );
    for (const sql of [`FROM read_text('/etc/hostname')`, `FROM '${to}/xano_data/shop.parquet'`])
      expect((await rejectionOf(queryFile(to, sql, options))).code).toBe('QUERY_FAILED');
    const wide = Array.from({ length: 60_000 }, (_, id) => ({ id, name: `${Math.sin(id)} ${Math.cos(id)}` }));
    await using(place, (destination) => publish(destination, plan({ load_id: 'load-2' }), wide));
    const refusal = await rejectionOf(queryFile(limited, 'SELECT count(*) FROM shop', options));
    expect([refusal.code, refusal.message]).toEqual([
      'USAGE',
      expect.stringMatching(/^The query would download 2 MB of .+ \(shop\); the limit is 1 MB\.$/),
    ]);
    expect((await queryFile(limited, 'SELECT id FROM other', options)).rows).toEqual([{ id: '1' }]);
  });

  it('stops a download with the query that needs it', async () => {
    const place = await bucketPlace();
    await using(place, (destination) => publish(destination, plan(), many('a')));
    const proxy = await startS3Proxy(s3.endpoint);
    vi.stubEnv('AWS_ENDPOINT_URL', proxy.endpoint);
    const stop = new AbortController();
    const asked: string[] = [];
    proxy.spoil((method, path) => {
      asked.push(`${method} ${path}`);
      if (asked.filter((one) => one.includes('/shop.parquet')).length < 2) return 'pass';
      // The first request for the table is for its footer, the second one for its rows.
      stop.abort();
      return new Promise(() => {});
    });
    const query = queryFile(place.to, 'FROM shop', { ...place.options, signal: stop.signal });
    expect((await rejectionOf(query)).code).toBe('INTERRUPTED');
    const before = asked.length;
    proxy.spoil(() => 'pass');
    expect((await readStatus(place.to, place.options)).tables).toHaveLength(1);
    expect(asked).toHaveLength(before);
  });

  it('is read without a warning where it holds many objects', async () => {
    const place = await bucketPlace();
    await using(place, (destination) => publish(destination, plan(), [{ id: 1 }]));
    for (let n = 0; n < 20; n++)
      await ask(`${place.prefix}/other/${n}.parquet`, { method: 'PUT', body: 'no Parquet file' });
    const warnings: Error[] = [];
    const note = (warning: Error): void => {
      warnings.push(warning);
    };
    process.on('warning', note);
    try {
      expect(await found(place)).toEqual([{ load: 'load-1', n: 1, state: 'load-1' }]);
      // Node tells of a warning in the next turn.
      await setImmediate();
    } finally {
      process.off('warning', note);
    }
    expect(warnings).toEqual([]);
  });

  it('leaves objects of somebody else as they are, and takes none of their names', async () => {
    const place = await bucketPlace();
    await place.makeForeign('xano_data', 'shop');
    for (const key of [
      'xano_data/notes.txt',
      'xano_data/late.parquet',
      'x/../y.parquet',
      '_xano/rejects/old.parquet',
    ])
      await ask(`${place.prefix}/${key}`, { method: 'PUT', body: 'mine' });
    const before = await keysOf(place.prefix);
    await using(place, async (destination) => {
      const refusal = await rejectionOf(publish(destination, plan(), [{ id: 1 }]));
      expect([refusal.code, refusal.message]).toEqual([
        'DATABASE_FAILED',
        'xano-connector did not create the table xano_data."shop" in the destination.',
      ]);
      const late = plan({ identity: 'l', origin: null, target: { name: 'late' } });
      expect((await rejectionOf(publish(destination, late, [{ id: 1 }]))).code).toBe('DATABASE_FAILED');
      await publish(destination, plan({ identity: 'o', origin: null, target: { name: 'other' } }), [
        { id: 1 },
      ]);
    });
    const after = await keysOf(place.prefix);
    expect(after.filter((key) => !before.includes(key))).toEqual([
      '_xano/loads.parquet',
      '_xano/servers.parquet',
      'xano_data/other.parquet',
    ]);
    expect(await (await ask(`${place.prefix}/xano_data/late.parquet`)).text()).toBe('mine');
    expect(await (await ask(`${place.prefix}/_xano/rejects/old.parquet`)).text()).toBe('mine');
  });

  it.each([
    ['there', [{ id: 1 }]],
    ['not there yet', []],
  ])('is not overwritten by a load that another one overtook: a table that is %s', async (_, rows) => {
    const place = await bucketPlace();
    if (rows.length > 0) await using(place, (destination) => publish(destination, plan(), rows));
    const winner = place.elsewhere();
    await using(place, async (destination) => {
      const writer = await destination.openTarget(plan({ load_id: 'load-2' }));
      await writer.write(records([{ id: 2 }]), null);
      await writer.staged();
      // As if this load had been stopped for minutes: the other one takes its lease over.
      await ask(`${place.prefix}/_xano/leases/xano_data.json`, { method: 'DELETE' });
      await using(winner, (other) => publish(other, plan({ load_id: 'load-3' }), [{ id: 3 }, { id: 4 }]));
      const refusal = await rejectionOf(writer.commit(publication('load-2')));
      expect([refusal.code, refusal.message, refusal.hint]).toEqual([
        'DATABASE_LOCKED',
        `Another load wrote ${place.to}/xano_data/shop.parquet while this one ran: it was not overwritten.`,
        'Run the same command again: it begins with what the other load wrote.',
      ]);
    });
    expect(await found(place)).toEqual([{ load: 'load-3', n: 2, state: 'load-3' }]);
    await publishStaged(place, 'load-4');
    expect(await found(place)).toEqual([{ load: 'load-4', n: 1, state: 'load-4' }]);
  });

  it('takes one load at a time into a dataset, names it to a second one, and takes others beside it', async () => {
    const place = await bucketPlace();
    const second = place.elsewhere();
    await using(place, async (destination) => {
      const writer = await destination.openTarget(plan());
      await using(second, async (other) => {
        const refusal = await rejectionOf(other.openTarget(plan()));
        expect([refusal.code, refusal.message]).toEqual([
          'DATABASE_LOCKED',
          expect.stringMatching(
            /^Another load into "xano_data" of s3:.+\/ is running: xano on .+, process \d+, seen \d s ago\.$/,
          ),
        ]);
        const elsewhere = plan({ identity: 'other', origin: null, target: { schema: 'other' } });
        await publish(other, elsewhere, [{ id: 9 }]);
      });
      await writer.write(records([{ id: 1 }]), null);
      await writer.staged();
      await writer.commit(publication());
      await destination.record(report());
    });
    const { tables, loads } = await readStatus(place.to, place.options);
    expect(tables.map(({ schema, rows }) => [schema, rows])).toEqual([
      ['other', 1],
      ['xano_data', 1],
    ]);
    expect(loads).toHaveLength(1);
    expect(takesManyLoads(place.to)).toBe(true);
    expect((await keysOf(place.prefix)).filter((key) => key.includes('leases'))).toEqual([]);
  });

  it.each([
    ['a killed process of this computer', 120_000, 999_999_999],
    ['another program', 0, 1],
  ])('takes the lease over that %s left', async (what, age, process) => {
    const place = await bucketPlace();
    const holder = {
      computer: what === 'another program' ? 'x' : THIS_COMPUTER,
      host: 'h',
      process,
      token: 't',
    };
    const key = `${place.prefix}/_xano/leases/xano_data.json`;
    await ask(key, { method: 'PUT', body: JSON.stringify(holder) });
    const attempt = using(place, (destination) => publish(destination, plan(), [{ id: 1 }]));
    // Of another computer it is only known that it was written a moment ago.
    if (age === 0) expect((await rejectionOf(attempt)).code).toBe('DATABASE_LOCKED');
    else expect(await attempt).toMatchObject({ rows_written: 1 });
  });

  it('sends a large table in parts, under the same condition', async () => {
    const place = await bucketPlace();
    const access = openAccess(parseBucket(place.to), async () => {});
    const objects = openObjects({ ...access, endpoint: { ...access.endpoint, parts_from: 1_000 } });
    const file = `${tempFolder()}/large`;
    writeFileSync(file, Buffer.alloc(33 * 1024 * 1024, 'abc'));
    const first = await objects.write('large', { file }, null);
    expect(first?.etag).toMatch(/-2"$/);
    expect(await objects.write('large', { file }, null)).toBeNull();
    expect(await objects.write('large', { file }, { etag: '"0"' })).toBeNull();
    const copy = `${tempFolder()}/copy`;
    expect(await objects.read({ key: 'large', etag: first!.etag }, copy)).toBe(true);
    expect(readFileSync(copy).equals(readFileSync(file))).toBe(true);
  });
});

describe('a bucket whose server has troubles', () => {
  async function behindProxy() {
    const place = await bucketPlace();
    await using(place, (destination) => publish(destination, plan(), [{ id: 1 }]));
    const proxy = await startS3Proxy(s3.endpoint);
    vi.stubEnv('AWS_ENDPOINT_URL', proxy.endpoint);
    return { place, proxy };
  }

  it.each([
    [403, (to: string) => `These keys may not do this in ${to}/.`],
    [
      503,
      (to: string) =>
        `The server of ${to}/ is overloaded or failing: it answered with status 503 again and again.`,
    ],
  ])(
    'that answers with status %i leaves the rows of before, and takes the next load',
    async (status, say) => {
      const { place, proxy } = await behindProxy();
      await using(place, async (destination) => {
        const writer = await destination.openTarget(plan({ load_id: 'load-2' }));
        await writer.write(records([{ id: 2 }]), null);
        await writer.staged();
        proxy.spoil((method) => (method === 'PUT' ? status : 'pass'));
        const refusal = await rejectionOf(writer.commit(publication('load-2')));
        expect([refusal.code, refusal.message]).toEqual(['DATABASE_FAILED', say(place.to)]);
        proxy.spoil(() => 'pass');
      });
      expect(await found(place)).toEqual([{ load: 'load-1', n: 1, state: 'load-1' }]);
      await publishStaged(place, 'load-3');
      expect(await found(place)).toEqual([{ load: 'load-3', n: 1, state: 'load-3' }]);
    },
  );

  it('that is overloaded for a moment is asked again, and takes the load', async () => {
    const { place, proxy } = await behindProxy();
    proxy.spoil((method) => (method === 'PUT' && proxy.refused() < 3 ? 503 : 'pass'));
    await using(place, (destination) => publish(destination, plan({ load_id: 'load-2' }), [{ id: 2 }]));
    expect(proxy.refused()).toBe(3);
    expect(await found(place)).toEqual([{ load: 'load-2', n: 1, state: 'load-2' }]);
  });

  it('is refused before anything is read where the keys may not write, or are wrong', async () => {
    const { place, proxy } = await behindProxy();
    proxy.spoil((method) => (method === 'PUT' ? 403 : 'pass'));
    expect((await using(place, (one) => rejectionOf(one.openTarget(plan())))).message).toBe(
      `These keys may not do this in ${place.to}/.`,
    );
    proxy.spoil(() => 'pass');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong-secret-key');
    const refusal = await using(place, (one) => rejectionOf(one.openTarget(plan())));
    expect([refusal.code, refusal.message, refusal.hint]).toEqual([
      'DATABASE_FAILED',
      `The server of ${place.to}/ refused these keys.`,
      'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_PROFILE.',
    ]);
    expect(`${refusal.message} ${String(refusal.cause)}`).not.toContain('wrong-secret-key');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', s3.secret_access_key);
    const missing = await openDestination('s3://none-of-that-name/x', place.options);
    expect((await rejectionOf(missing.openTarget(plan()))).message).toBe(
      'The bucket of s3://none-of-that-name/x/ does not exist.',
    );
    await missing.close();
  });
});

describe('loads into a bucket', () => {
  it('that are killed leave one whole load each time, and the next one ends right', async () => {
    const place = await bucketPlace();
    const { origin, setValue } = await serveLists();
    const file = listsFile({ origin, source: 's', tables: 2, rows: 1_000 });
    const proxy = await startS3Proxy(s3.endpoint);
    const load = () =>
      start(['load', '--endpoints', file, '--to', place.to], {
        ...BUCKET_ENV,
        AWS_ENDPOINT_URL: proxy.endpoint,
        XDG_STATE_HOME: place.staging_folder,
      });
    const rowsOf = (table: string): string =>
      `SELECT value, count(*)::INT AS n, bool_and(_xano_load_id = (SELECT load_id FROM _xano.resources WHERE resource = '${table}')) AS agrees FROM ${table} GROUP BY value`;
    expect((await load().ended).status).toBe(0);
    const last: Record<string, unknown> = { t0: '0', t1: '0' };
    for (const [value, moment] of KILLS.entries()) {
      setValue('s', value + 1);
      const loader = load();
      let requests = 0;
      proxy.spoil(() => {
        if (++requests === moment) loader.child.kill('SIGKILL');
        return 'pass';
      });
      await loader.ended;
      for (const table of ['t0', 't1']) {
        const rows = (await queryFile(place.to, rowsOf(table), place.options)).rows;
        expect(rows).toEqual([{ value: expect.any(String), n: 1_000, agrees: true }]);
        expect(Number(rows[0]?.['value'])).toBeGreaterThanOrEqual(Number(last[table]));
        last[table] = rows[0]?.['value'];
      }
    }
    proxy.spoil(() => 'pass');
    setValue('s', 100);
    // The first one publishes what a killed one has staged.
    for (const time of ['first', 'second']) expect([time, (await load().ended).status]).toEqual([time, 0]);
    for (const table of ['t0', 't1'])
      expect((await queryFile(place.to, rowsOf(table), place.options)).rows).toEqual([
        { value: '100', n: 1_000, agrees: true },
      ]);
    expect(await keysOf(place.prefix)).toEqual([
      '_xano/loads.parquet',
      '_xano/servers.parquet',
      'xano_data/t0.parquet',
      'xano_data/t1.parquet',
    ]);
  });
});
