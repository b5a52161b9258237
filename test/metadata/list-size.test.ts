/** Listings of the Metadata API are read in the pages that an instance allows, however it says so. */

import { describe, expect, it, onTestFinished } from 'vitest';
import { readInstances, readTables, readWorkspaces } from '../../src/metadata/client.js';
import { discover } from '../../src/metadata/discover.js';
import { createHttp } from '../../src/rest/http/client.js';
import { limitIn } from '../../src/rest/paging/page-limit.js';
import {
  defineApiGroup,
  defineEndpoint,
  defineTable,
  defineWorkspace,
  field,
} from '../../src/sandbox/data/define.js';
import { interpretRefusal } from '../../src/xano/conventions.js';
import { fakeClock } from '../fixtures/clock.js';
import { clientWith, localXano } from '../fixtures/local-xano.js';
import { serve } from '../rest/http/serving.js';

const client = () => clientWith('token-1234567', fakeClock());

interface Asked {
  readonly path: string;
  readonly page: number;
  readonly per_page: number | null;
}

/** A server of listings that a test answers itself: JSON, or a status and JSON. */
async function listings(answer: (asked: Asked) => { readonly status?: number; readonly json: unknown }) {
  const asked: Asked[] = [];
  const { origin } = await serve(({ url }) => {
    const { pathname, searchParams } = new URL(url, 'http://x');
    const size = searchParams.get('per_page');
    const one = {
      path: pathname.replace('/api:meta', ''),
      page: Number(searchParams.get('page') ?? 1),
      per_page: size === null ? null : Number(size),
    };
    asked.push(one);
    const { status = 200, json } = answer(one);
    return { status, body: JSON.stringify(json) };
  });
  const api = { http: client(), base_url: `${origin}/api:meta`, token: { env: 'XANO_TOKEN' } };
  return { asked, api };
}

const tables = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: i + 1, name: `t${i + 1}`, schema: [], index: [] }));
const pageOf = (all: readonly unknown[], page: number, size: number) => ({
  curPage: page,
  nextPage: page * size < all.length ? page + 1 : null,
  prevPage: null,
  items: all.slice((page - 1) * size, page * size),
});
const idsOf = (list: readonly { readonly id: number }[]) => list.map(({ id }) => id);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe('a smaller page limit of listings', () => {
  it.each([
    [400, 'Input exceeds maximum value. Maximum: 50', 50, [100, 50, 50, 50]],
    [422, 'per_page must be between 1 and 60', 60, [100, 60, 60]],
    [413, 'Too many. At most 40 entries.', 40, [100, 40, 40, 40]],
    [400, 'per_page must be less than 76', 75, [100, 75, 75]],
    [400, 'Value must be 70 or less.', 70, [100, 70, 70]],
    [400, '', 50, [100, 50, 50, 50]],
    [422, 'Unprocessable', 30, [100, 50, 25, 25, 25, 25, 25]],
    [500, 'Out of memory', 25, [100, 100, 50, 50, 25, 25, 25, 25, 25]],
  ])('named by status %i and "%s" is respected', async (status, message, limit, sizes) => {
    const all = tables(120);
    const { asked, api } = await listings(({ page, per_page }) =>
      (per_page ?? 50) > limit
        ? { status, json: { code: 'ERROR', message } }
        : { json: pageOf(all, page, per_page ?? 50) },
    );
    expect(idsOf(await readTables(api, 1))).toEqual(upTo(120));
    expect(asked.map(({ per_page }) => per_page)).toEqual(sizes);
    // What was learned holds for the other listings of the instance.
    asked.length = 0;
    await readTables(api, 2);
    expect(new Set(asked.map(({ per_page }) => per_page))).toEqual(new Set([sizes.at(-1)]));
  });

  it.each([10, 7, 1])('of %i is found by halving where nothing names it', async (limit) => {
    const all = tables(23);
    const { api } = await listings(({ page, per_page }) =>
      (per_page ?? 50) > limit ? { status: 400, json: {} } : { json: pageOf(all, page, per_page ?? 50) },
    );
    expect(idsOf(await readTables(api, 1))).toEqual(upTo(23));
  });

  it.each([50, 10, 1])('that clamps silently to %i is followed by nextPage', async (limit) => {
    const all = tables(53);
    const { api } = await listings(({ page, per_page }) => ({
      json: pageOf(all, page, Math.min(per_page ?? 50, limit)),
    }));
    expect(idsOf(await readTables(api, 1))).toEqual(upTo(53));
  });

  it('that appears in the middle of a listing restarts it with smaller pages', async () => {
    const all = tables(250);
    const { api } = await listings(({ page, per_page }) =>
      page > 1 && (per_page ?? 50) > 50
        ? { status: 400, json: { message: 'Maximum: 50' } }
        : { json: pageOf(all, page, per_page ?? 50) },
    );
    expect(idsOf(await readTables(api, 1))).toEqual(upTo(250));
  });

  it('is not assumed where every size is refused, and the first refusal is reported', async () => {
    const { asked, api } = await listings(({ per_page }) => ({
      status: 400,
      json: { message: `No such branch (${per_page === 100 ? 'first' : 'later'})` },
    }));
    await expect(readTables(api, 1)).rejects.toMatchObject({
      code: 'XANO_FAILED',
      message: expect.stringContaining('No such branch (first)'),
    });
    expect(asked.length).toBeLessThan(9);
  });

  it('holds for workspaces, branches, data sources, tables, API groups and endpoints of one instance', async () => {
    const endpoints = upTo(12).map((id) =>
      defineEndpoint(id, 'GET', `list_${id}`, '', { kind: 'all', table: 't1' }),
    );
    const groups = upTo(11).map((id) =>
      defineApiGroup(id, `can${id}`, `Group ${id}`, true, id === 1 ? endpoints : []),
    );
    const workspace = defineWorkspace(
      3,
      'Main',
      '',
      upTo(13).map((id) => defineTable(id, `t${id}`, [field('id', 'int')], {})),
      groups,
    );
    const xano = await localXano({
      instances: [{ name: 'x-small', display: 'Small', rate_limit: false, workspaces: [workspace] }],
      max_list_per_page: 5,
    });
    onTestFinished(() => xano.close());
    const http = createHttp({
      user_agent: 'test',
      find_secret: () => ({ value: xano.token, source: 'the test', expires_at: null }),
      interpret: interpretRefusal,
    });
    const { instances, omitted } = await discover({
      http,
      token: { env: 'XANO_TOKEN' },
      account_origin: xano.account_origin,
      data_source: 'live',
    });
    const found = instances[0]?.workspaces[0];
    expect(omitted).toEqual([]);
    expect([found?.tables.length, found?.api_groups.length, found?.api_groups[0]?.endpoints?.length]).toEqual(
      [13, 11, 12],
    );
    // The first listing learns it, in one request.
    expect(xano.requests.filter(({ status }) => status === 400)).toHaveLength(1);
  });
});

describe('a listing', () => {
  it('of instances is read page by page', async () => {
    const all = upTo(70).map((id) => ({
      name: `x${id}`,
      display: '',
      meta_api: `https://x${id}.example/api:meta`,
    }));
    const { api, asked } = await listings(({ page, per_page }) => ({
      json: pageOf(all, page, per_page ?? 50),
    }));
    expect(await readInstances(api)).toHaveLength(70);
    expect(asked[0]).toEqual({ path: '/instance', page: 1, per_page: null });
  });

  it.each([100, 50, 150, 200])(
    'that is a bare array of %i is complete, with or without pages',
    async (count) => {
      const all = upTo(count).map((id) => ({ id, name: `w${id}` }));
      const ignoring = await listings(() => ({ json: all }));
      expect(await readWorkspaces(ignoring.api)).toHaveLength(count);
      const paging = await listings(({ page, per_page }) => ({
        json: all.slice((page - 1) * (per_page ?? 50), page * (per_page ?? 50)),
      }));
      expect(await readWorkspaces(paging.api)).toHaveLength(count);
      const refusing = await listings(({ page }) => (page > 1 ? { status: 404, json: {} } : { json: all }));
      expect(await readWorkspaces(refusing.api)).toHaveLength(count);
    },
  );

  it.each([
    ['an envelope in an array', (page: unknown) => [page]],
    [
      'an envelope whose nextPage is a text',
      (page: { nextPage: number | null }) => ({
        ...page,
        nextPage: page.nextPage === null ? null : String(page.nextPage),
      }),
    ],
  ])('that is %s is read to its end', async (_, spelled) => {
    const all = tables(130);
    const { api } = await listings(({ page, per_page }) => ({
      json: spelled(pageOf(all, page, per_page ?? 50)),
    }));
    expect(idsOf(await readTables(api, 1))).toEqual(upTo(130));
  });

  it('that goes round in a circle ends in PAGINATION_LOOP', async () => {
    const all = tables(20);
    const { api, asked } = await listings(({ page }) => ({
      json: { curPage: page, nextPage: page + 1, items: all.slice(page % 2 === 0 ? 10 : 0).slice(0, 10) },
    }));
    await expect(readTables(api, 1)).rejects.toMatchObject({ code: 'PAGINATION_LOOP' });
    expect(asked).toHaveLength(3);
  });
});

describe('limitIn', () => {
  it.each([
    ['Input exceeds maximum value. Maximum: 50', 50],
    ['per_page (100) exceeds the limit of 50', 50],
    ['must be less than or equal to 20', 20],
    ['The limit must be between 1 and 30.', 30],
    ['per_page may not be greater than 25', 25],
    ['10 is the maximum', 10],
    ['must be < 51', 50],
    ['must be <= 50', 50],
    ['max 5', 5],
    ['limit is 1,000', undefined],
    ['Unknown branch 7', undefined],
    ['', undefined],
  ])('finds in "%s" %s', (words, limit) => {
    expect(limitIn(words, 100)).toBe(limit);
  });

  it('takes numbers with commas', () => {
    expect(limitIn('At most 1,000 rows', 10_000)).toBe(1000);
  });
});
