import { describe, expect, it } from 'vitest';
import { deleteRow, insertRow, rowsIn } from '../../../src/sandbox/data/rows.js';
import { localXano } from '../../fixtures/local-xano.js';
import { BIG_ID, officeOf, product, products } from '../../fixtures/office.js';
import { askMeta, idsIn, localOffice, search } from '../asking.js';

const BIG = String(BIG_ID);
const byId = { sort: { id: 'asc' } };

// Prices: 2: 30.5, 3: 0.1, 7: 70, 10: 30.5, BIG: 3. Ratings: 2: 3, 3: 3, 7: null, 10: 4, BIG: 5.
const FOUND: readonly (readonly [search: unknown, ids: readonly string[]])[] = [
  [[], ['2', '3', '7', '10', BIG]],
  [{ id: 10 }, ['10']],
  [{ 'id|=': '2' }, ['2']],
  [[{ 'id|=': 2 }], ['2']],
  [{ 'price|>': 30.5 }, ['7']],
  [{ 'price|>=': 30.5 }, ['2', '7', '10']],
  [{ 'price|<': 3 }, ['3']],
  [{ 'price|<=': 3 }, ['3', BIG]],
  [{ 'price|!=': 30.5 }, ['3', '7', BIG]],
  [{ 'price|=': 0.1 }, ['3']],
  [{ 'price|>|': 30.5 }, ['7']],
  [{ 'id|in': [2, 3, 8] }, ['2', '3']],
  [{ 'id|in': ['2', 3] }, ['2', '3']],
  [{ 'id|not in': [2, 3] }, ['7', '10', BIG]],
  [{ 'name|=': 'Chair' }, ['10']],
  [{ name: '' }, ['3']],
  [{ sold: true }, ['7', '10']],
  [{ 'added|>': 1_767_225_600_007 }, ['10', BIG]],
  [{ 'made_on|>=': '2026-01-18' }, ['10', BIG]],
  [{ token: '00000000-0000-4000-8000-000000000007' }, ['7']],
  [{ 'token|>': '00000000-0000-4000-8000-000000000007' }, ['10', BIG]],
  [{ kind: 'b' }, []],
  // A null passes no test, not even "not".
  [{ 'rating|!=': 3 }, ['10', BIG]],
  [{ 'rating|<': 5 }, ['2', '3', '10']],
  [{ 'rating|not in': [3, 4] }, [BIG]],
  // Several conditions: all must hold.
  [[{ 'price|>': 1 }, { 'rating|=': 3 }], ['2']],
  [
    [{ 'id|>': 2 }, { 'id|<': 10 }],
    ['3', '7'],
  ],
  [
    [{ 'id|>=': 3 }, { 'id|<=': 10 }],
    ['3', '7', '10'],
  ],
  [[{ 'id|>': 10 }, { 'id|<': 3 }], []],
  // An or joins to all before it, from left to right.
  [
    [{ 'price|<': 1 }, { 'price|>|or': 50 }],
    ['3', '7'],
  ],
  [[{ 'id|=': 3 }, { 'id|=|or': 7 }, { sold: true }], ['7']],
  [
    [{ sold: true }, { 'id|=': 7 }, { 'id|=|or': 3 }],
    ['3', '7'],
  ],
  [
    [{ 'id|>': 2 }, { 'id|=|or': 2 }],
    ['2', '3', '7', '10', BIG],
  ],
  // There is nothing before the first.
  [[{ 'id|=|or': 3 }], ['3']],
  // Beyond 2^53, in text.
  [{ 'id|>': '9007199254740992' }, [BIG]],
  // An object with several keys counts for one of them only, wherever it stands.
  [{ 'id|>': 3, 'price|>': 30.5 }, ['7', '10', BIG]],
  [[{ 'id|>': 3, 'price|>': 30.5 }], ['7', '10', BIG]],
];

const REFUSED: readonly unknown[] = [
  {},
  [{}],
  null,
  'id=1',
  1,
  [1],
  [[{ id: 1 }]],
  { nope: 1 },
  { 'nope|>': 1 },
  { ID: 1 },
  { 'id|like': '1' },
  { 'id|~': 1 },
  { 'id|>|and': 1 },
  { 'id|>|or|': 1 },
  { 'id |>': 1 },
  { 'id|>': 'x' },
  { 'id|>': null },
  { 'id|>': 1.5 },
  { 'id|>': [1] },
  { 'id|in': 1 },
  { 'id|in': [] },
  { 'id|in': [1, null] },
  { rating: null },
  { name: 1 },
  { sold: 'true' },
  { made_on: '2026' },
  { token: '7' },
  { 'extra|=': {} },
  { 'extra.n': 1 },
  { tags: [] },
  { secret: 'hidden' },
  { password: 'salt.hash' },
];

describe('a content search', () => {
  it.each(FOUND)('%j finds %j', async (condition, ids) => {
    const xano = await localOffice();
    const body = { ...byId, search: condition };
    const answered = await search(xano, JSON.stringify(body));
    expect(answered.status).toBe(200);
    expect(idsIn(answered)).toEqual(ids);
    expect(answered.body).toMatchObject({
      itemsTotal: ids.length,
      itemsReceived: ids.length,
      nextPage: null,
    });
  });

  it.each(REFUSED.map((condition) => [condition]))('refuses %j', async (condition) => {
    const xano = await localOffice();
    const { status, body } = await search(xano, JSON.stringify({ search: condition }));
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'ERROR_CODE_INPUT_ERROR', payload: { param: 'search' } });
  });

  it('takes integers beyond 2^53 as they are spelled', async () => {
    const xano = await localOffice();
    const from = (id: string) => search(xano, `{"sort":{"id":"asc"},"search":[{"id|>":${id}}]}`);
    expect(idsIn(await from('9007199254740992'))).toEqual([BIG]);
    expect(idsIn(await from(BIG))).toEqual([]);
  });

  it('finds all rows in storage order without conditions, with an empty body or none', async () => {
    const xano = await localOffice();
    for (const body of ['', '{}', '{"page":1}']) {
      expect(idsIn(await search(xano, body))).toEqual([BIG, '7', '2', '10', '3']);
    }
  });

  it.each(['[]', '"x"', 'null', '{', '{"per_page":"x"}', '{"page":0}', '{"per_page":null}'])(
    'refuses the body %s',
    async (body) => {
      const xano = await localOffice();
      expect((await search(xano, body)).status).toBe(400);
    },
  );

  it('gives totals and pages under the filter', async () => {
    const xano = await localOffice();
    const body = { page: 2, per_page: 1, ...byId, search: { 'price|>=': 30.5 } };
    const answered = await search(xano, body);
    expect(idsIn(answered)).toEqual(['7']);
    expect(answered.body).toMatchObject({
      itemsTotal: 3,
      pageTotal: 3,
      offset: 1,
      perPage: 1,
      nextPage: 3,
      prevPage: 1,
    });
  });

  it('does not exist on older servers, nor by GET on any', async () => {
    const older = await localOffice({ search: false });
    expect(await search(older, {})).toMatchObject({
      status: 404,
      body: { code: 'ERROR_CODE_NOT_FOUND', message: '', payload: '' },
    });
    expect((await search(await localOffice(), undefined, { method: 'GET' })).status).toBe(404);
  });

  it('does not compare UUIDs where the setting says so, but finds them', async () => {
    const xano = await localOffice({ uuid_comparison: false });
    const token = '00000000-0000-4000-8000-000000000007';
    for (const operator of ['>', '<', '>=', '<=']) {
      expect((await search(xano, { search: [{ [`token|${operator}`]: token }] })).status).toBe(400);
    }
    expect(idsIn(await search(xano, { search: [{ token }] }))).toEqual(['7']);
  });
});

describe('the sort of a search', () => {
  it.each([
    [{ id: 'asc' }, ['2', '3', '7', '10', BIG]],
    [{ id: 'desc' }, [BIG, '10', '7', '3', '2']],
    [{ price: 'asc' }, ['3', BIG, '2', '10', '7']],
    [
      [{ price: 'asc' }, { id: 'desc' }],
      ['3', BIG, '10', '2', '7'],
    ],
    [
      [{ rating: 'asc' }, { id: 'asc' }],
      ['2', '3', '10', BIG, '7'],
    ],
    [
      [{ rating: 'desc' }, { id: 'asc' }],
      ['7', BIG, '10', '2', '3'],
    ],
    // One key only, as with conditions.
    [{ sold: 'desc', id: 'asc' }, ['7', '10', BIG, '2', '3']],
    [[], [BIG, '7', '2', '10', '3']],
  ])('%j gives %j', async (sort, ids) => {
    const xano = await localOffice();
    expect(idsIn(await search(xano, JSON.stringify({ sort })))).toEqual(ids);
  });

  it.each([
    [{}],
    [{ nope: 'asc' }],
    [{ id: 'up' }],
    [{ id: 1 }],
    ['id'],
    [['id']],
    [{ extra: 'asc' }],
    [null],
  ])('refuses %j', async (sort) => {
    const xano = await localOffice();
    const { status, body } = await search(xano, JSON.stringify({ sort }));
    expect({ status, param: body.payload?.param }).toEqual({ status: 400, param: 'sort' });
  });
});

describe('reading by keyset', () => {
  it('gives each row of the table once, whatever is inserted and deleted meanwhile', async () => {
    const table = products();
    const xano = await localXano({ instances: [officeOf(table)] });
    const live = rowsIn(table, 'live');
    const read: string[] = [];
    for (let last = '0', pages = 0; ; pages += 1) {
      const answered = await search(xano, `{"per_page":2,"sort":{"id":"asc"},"search":[{"id|>":${last}}]}`);
      read.push(...idsIn(answered));
      if (pages === 0) {
        deleteRow(live, 2n);
        insertRow(live, product(1, '1', '1', 'before the cursor', true));
        insertRow(live, product(8, '1', '1', 'after the cursor', true));
      }
      if (answered.body.nextPage === null) break;
      last = read.at(-1)!;
    }
    expect(read).toEqual(['2', '3', '7', '8', '10', BIG]);
  });

  it('is stable under change, where page numbers skip and repeat', async () => {
    const table = products();
    const xano = await localXano({ instances: [officeOf(table)] });
    const page = (number: number) => search(xano, { page: number, per_page: 2, ...byId });
    const first = idsIn(await page(1));
    deleteRow(rowsIn(table, 'live'), 2n);
    expect([...first, ...idsIn(await page(2))]).toEqual(['2', '3', '10', BIG]);
  });

  it('works on UUIDs, in the order of their digits', async () => {
    const xano = await localOffice();
    const read: string[] = [];
    for (let last: string | undefined; ; last = read.at(-1)) {
      const condition = last === undefined ? {} : { search: [{ 'id|>': last }] };
      const answered = await askMeta(xano, '/workspace/3/table/43/content/search', {
        method: 'POST',
        body: { per_page: 2, ...byId, ...condition },
      });
      read.push(...idsIn(answered));
      if (answered.body.nextPage === null) break;
    }
    expect(read.map((id) => id[0])).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});
