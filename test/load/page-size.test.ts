/** How large pages may be is learned once for each server. */
import { expect, it } from 'vitest';
import type { FaultAnswer } from '../../src/local/faults.js';
import { sql } from '../destinations/duckdb.js';
import { changingTables } from './changing.js';
import { eventsOf, query, searches } from './loading.js';
import { items } from './things.js';

const MANY = Array.from({ length: 300 }, (_, at) => at + 1);
const tables = () => [items(MANY, 'first', 51), items(MANY, 'second', 52)];
const sizes = (requests: Parameters<typeof searches>[0]) =>
  (searches(requests) as { per_page: number }[]).map(({ per_page }) => per_page).filter((size) => size > 1);
const hostOf = (origin: string) => new URL(origin).host;

it.each([
  ['refused', { max_per_page: 150 }, [400, 200, 100, 100, 100], 100],
  ['clamped', { clamp_per_page: 120 }, [400, 400, 120], 120],
])(
  'a limit that is %s is asked about once: not for the next table, nor by the next load',
  async (_, server, first, size) => {
    const { xano, file, load } = await changingTables(tables(), { server, page_size: 400 });
    const ran = await load();
    const second = Array.from({ length: Math.ceil(300 / size) }, () => size);
    expect(sizes(xano.requests)).toEqual([...first, ...second]);
    expect(eventsOf(ran, 'page_size_limited')).toEqual([
      { type: 'page_size_limited', resource: 'first', page_size: size },
    ]);
    expect(ran.report.resources.map(({ completeness, rows_total }) => [completeness, rows_total])).toEqual([
      ['proved', 300],
      ['proved', 300],
    ]);
    const host = hostOf(xano.instances[0]!.origin);
    expect(await query(file, 'SELECT host, page_size FROM _xano.servers')).toEqual([
      { host, page_size: String(size) },
    ]);
    const again = await load();
    expect(sizes(xano.requests)).toEqual([...second, ...second]);
    expect(eventsOf(again, 'page_size_limited')).toEqual([]);
  },
);

it('a limit is tried again after seven days, and may be gone then', async () => {
  const server = { max_per_page: 10_000 };
  const { xano, file, load } = await changingTables(tables(), { server, page_size: 400 });
  await load();
  const host = hostOf(xano.instances[0]!.origin);
  const learned = async (days: number) => {
    await sql(file, 'DELETE FROM _xano.servers');
    await sql(file, `INSERT INTO _xano.servers VALUES ('${host}', 100, now() - INTERVAL ${days} DAY)`);
  };
  await learned(6);
  await load();
  expect(sizes(xano.requests)).toEqual([100, 100, 100, 100, 100, 100]);
  // Being used does not make it younger.
  expect(await query(file, 'SELECT learned_at < now() - INTERVAL 5 DAY AS old FROM _xano.servers')).toEqual([
    { old: true },
  ]);
  await learned(8);
  await load();
  expect(sizes(xano.requests)).toEqual([400, 400]);
});

it('nothing is learned of sizes where a table is refused in any size', async () => {
  const { xano, file, load } = await changingTables(tables(), { page_size: 400 });
  const answer: FaultAnswer = { kind: 'status', status: 400 };
  xano.fail({ path: '/table/51/content/search', times: Number.POSITIVE_INFINITY, answer });
  const ran = await load();
  expect(ran.report.resources.map(({ status, read_by }) => [status, read_by])).toEqual([
    ['loaded', 'page_number'],
    ['loaded', 'keyset'],
  ]);
  expect(eventsOf(ran, 'page_size_limited')).toEqual([]);
  const second = xano.requests.filter(({ path }) => path.endsWith('/table/52/content/search'));
  expect(sizes(second)).toEqual([400]);
  expect(await query(file, 'FROM _xano.servers')).toEqual([]);
});

it('a short page at the end, or one in the middle, is no limit', async () => {
  const { xano, file, load } = await changingTables(tables(), { page_size: 70 });
  const rewrite = (body: string) => {
    const page = JSON.parse(body) as { items: unknown[] };
    return JSON.stringify({ ...page, items: page.items.slice(0, 60) });
  };
  xano.fail({ path: '/table/51/content/search', skip: 2, answer: { kind: 'rewrite', rewrite } });
  const ran = await load();
  expect(ran.report.resources.map(({ completeness }) => completeness)).toEqual(['proved', 'proved']);
  expect(eventsOf(ran, 'page_size_limited')).toEqual([]);
  expect(await query(file, 'FROM _xano.servers')).toEqual([]);
});
