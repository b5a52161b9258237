import { describe, expect, it } from 'vitest';
import { defineTable, field } from '../../../src/sandbox/data/define.js';
import {
  deleteRow,
  insertRow,
  rowFromJson,
  rowOf,
  rowsIn,
  rowsOf,
  updateRow,
} from '../../../src/sandbox/data/rows.js';
import { startLocalXano } from '../../../src/sandbox/server.js';
import { localXano } from '../../fixtures/local-xano.js';
import { BIG_ID, officeOf, product, products } from '../../fixtures/office.js';
import { ask, askMeta, idsIn, localOffice } from '../asking.js';

const content = '/workspace/3/table/41/content';
const STORED = [String(BIG_ID), '7', '2', '10', '3'];

describe('browsing rows', () => {
  it('gives them in storage order, and ignores a sort', async () => {
    const xano = await localOffice();
    expect(idsIn(await askMeta(xano, content))).toEqual(STORED);
    expect(idsIn(await askMeta(xano, `${content}?sort=id&order=asc`))).toEqual(STORED);
  });

  it('gives them out of order for every table of the shop with two rows or more', async () => {
    const xano = await startLocalXano();
    try {
      for (const { id, rows } of xano.instances[0]!.data.workspaces[0]!.tables) {
        const served = idsIn(await askMeta(xano, `/workspace/1/table/${id}/content?per_page=10000`));
        expect(served).toHaveLength(rows.live?.stored.length ?? 0);
        const ascending = served.toSorted((a, b) =>
          /-.*-/.test(a) ? (a < b ? -1 : 1) : Number(a) - Number(b),
        );
        if (served.length > 1) expect(served).not.toEqual(ascending);
      }
    } finally {
      await xano.close();
    }
  });

  it('gives exact envelopes', async () => {
    const xano = await localOffice();
    const { items, ...second } = (await askMeta(xano, `${content}?page=2&per_page=2`)).body;
    expect(items).toHaveLength(2);
    expect(second).toEqual({
      itemsReceived: 2,
      curPage: 2,
      nextPage: 3,
      prevPage: 1,
      offset: 2,
      perPage: 2,
      itemsTotal: 5,
      pageTotal: 3,
    });
    const last = (await askMeta(xano, `${content}?page=3&per_page=2`)).body;
    expect(last).toMatchObject({ itemsReceived: 1, nextPage: null, perPage: 2 });
    const beyond = (await askMeta(xano, `${content}?page=4&per_page=2`)).body;
    expect(beyond).toMatchObject({ items: [], itemsReceived: 0, nextPage: null, prevPage: 3, itemsTotal: 5 });
  });

  it('ends with a null nextPage when the last page is full', async () => {
    const xano = await localOffice();
    const full = (await askMeta(xano, `${content}?per_page=5`)).body;
    expect(full).toMatchObject({ itemsReceived: 5, nextPage: null, pageTotal: 1 });
  });

  it('gives an empty page of an empty table', async () => {
    const empty = defineTable(41, 'empty', [field('id', 'int')], {});
    const xano = await localXano({ instances: [officeOf(empty)] });
    const body = (await askMeta(xano, content)).body;
    expect(body).toMatchObject({
      items: [],
      itemsReceived: 0,
      nextPage: null,
      perPage: 50,
      itemsTotal: 0,
      pageTotal: 0,
    });
  });
});

describe('the size of a page', () => {
  it('is refused beyond the maximum', async () => {
    const xano = await localOffice({ max_per_page: 3 });
    expect((await askMeta(xano, `${content}?per_page=3`)).status).toBe(200);
    for (const answered of [
      await askMeta(xano, `${content}?per_page=4`),
      await askMeta(xano, `${content}/search`, { method: 'POST', body: { per_page: 4 } }),
    ]) {
      expect(answered.status).toBe(400);
      expect(answered.body).toMatchObject({ code: 'ERROR_CODE_INPUT_ERROR', payload: { param: 'per_page' } });
    }
  });

  it('is 10,000 at most by default', async () => {
    const xano = await localOffice();
    expect((await askMeta(xano, `${content}?per_page=10000`)).status).toBe(200);
    expect((await askMeta(xano, `${content}?per_page=10001`)).status).toBe(400);
  });

  it('is clamped silently where the setting says so', async () => {
    const xano = await localOffice({ clamp_per_page: 2 });
    for (const answered of [
      await askMeta(xano, `${content}?per_page=50000`),
      await askMeta(xano, `${content}/search`, { method: 'POST', body: { per_page: 50_000 } }),
    ]) {
      expect(answered.body).toMatchObject({ itemsReceived: 2, perPage: 2, nextPage: 2, pageTotal: 3 });
    }
  });

  it.each(['0', '-1', 'x', '1.5', ''])('cannot be %j', async (size) => {
    const xano = await localOffice();
    expect((await askMeta(xano, `${content}?per_page=${size}`)).status).toBe(400);
    expect((await askMeta(xano, `${content}?page=${size}`)).status).toBe(400);
  });
});

describe('rows', () => {
  it('are served byte for byte: numbers, escapes, repeated names', async () => {
    const texts = [
      '{"id":9223372036854775807,"a":1.10,"b":-0,"c":1E+2}',
      '{"id":1,"a":"\\u00e9\\/\\ud83d\\ude80","a":"again","b":[ 1 , 2 ]}',
      '{"id":2,"a":"\\u0000","n":0.1000000000000000055511151231257827}',
    ];
    const table = defineTable(41, 'raw', [field('id', 'int')], { live: rowsOf(texts.map(rowFromJson)) });
    const xano = await localXano({ instances: [officeOf(table)] });
    expect((await askMeta(xano, content)).text).toContain(`"items":[${texts.join(',')}]`);
    expect((await askMeta(xano, `${content}/9223372036854775807`)).text).toBe(texts[0]);
    const searched = await askMeta(xano, `${content}/search`, {
      method: 'POST',
      body: '{"sort":{"id":"asc"}}',
    });
    expect(searched.text).toContain(`"items":[${texts[1]},${texts[2]},${texts[0]}]`);
  });

  it('lack internal columns, carry private ones and password hashes', async () => {
    const xano = await localOffice();
    for (const path of [content, `${content}/7`]) {
      const { text } = await askMeta(xano, path);
      expect(text).not.toContain('hidden');
      expect(text).not.toContain('"secret"');
      expect(text).toContain('"password":"salt.hash"');
      expect(text).toContain('"extra":{"n":1.10}');
    }
    const fields = (await askMeta(xano, '/workspace/3/table/41/schema')).body;
    expect(fields.map(({ name }: { name: string }) => name)).toContain('secret');
  });

  it('are found one by one, by integer and by UUID', async () => {
    const xano = await localOffice();
    expect(idsIn(await askMeta(xano, `${content}/${BIG_ID}`))).toEqual([String(BIG_ID)]);
    expect((await askMeta(xano, `${content}/9007199254740992`)).status).toBe(404);
    const uuid = 'cccccccc-0000-4000-8000-000000000000';
    expect((await askMeta(xano, `/workspace/3/table/43/content/${uuid}`)).body).toEqual({ id: uuid, n: 0 });
    expect((await askMeta(xano, '/workspace/3/table/43/content/1')).status).toBe(404);
    expect((await askMeta(xano, `${content}/2x`)).status).toBe(404);
  });

  it('differ by data source, which only a header names', async () => {
    const xano = await localOffice();
    const test = { headers: { 'X-Data-Source': 'test' } };
    expect(idsIn(await askMeta(xano, content, test))).toEqual(['99']);
    expect(idsIn(await askMeta(xano, content, { headers: { 'x-data-source': 'live' } }))).toEqual(STORED);
    expect(idsIn(await askMeta(xano, `${content}?x-data-source=test`))).toEqual(STORED);
    expect((await askMeta(xano, `${content}/99`, test)).status).toBe(200);
    expect((await askMeta(xano, `${content}/99`)).status).toBe(404);
    const searched = await askMeta(xano, `${content}/search`, { method: 'POST', body: {}, ...test });
    expect(idsIn(searched)).toEqual(['99']);
    const unknown = await askMeta(xano, content, { headers: { 'x-data-source': 'Live' } });
    expect(unknown).toMatchObject({ status: 400, body: { payload: { param: 'x-data-source' } } });
  });

  it('can change while they are served', async () => {
    const table = products();
    const xano = await localXano({ instances: [officeOf(table)] });
    const live = rowsIn(table, 'live');
    insertRow(live, product(4, '1', '1', 'new', true));
    deleteRow(live, 7n);
    updateRow(live, product(2, '999', '3', 'dearer', false));
    const browsed = await askMeta(xano, content);
    expect(idsIn(browsed)).toEqual([String(BIG_ID), '10', '3', '4', '2']);
    expect(browsed.body.itemsTotal).toBe(5);
    const sorted = await askMeta(xano, `${content}/search`, {
      method: 'POST',
      body: { sort: { price: 'desc' } },
    });
    expect(idsIn(sorted)[0]).toBe('2');
    deleteRow(live, 2n);
    const again = await askMeta(xano, `${content}/search`, {
      method: 'POST',
      body: { sort: { price: 'desc' } },
    });
    expect(idsIn(again)).not.toContain('2');
  });

  it('cannot be written down wrong', () => {
    expect(() => rowOf({ name: 'no id' })).toThrow(/needs an id/);
    expect(() => rowOf({ id: 1.5 })).toThrow(/integer or a UUID/);
    expect(() => rowOf({ id: null })).toThrow(/integer or a UUID/);
    expect(() => rowFromJson('{"id":1')).toThrow();
    expect(() => rowsOf([rowOf({ id: 1 }), rowOf({ id: 1 })])).toThrow(/Two rows/);
    expect(() => rowsOf([rowOf({ id: 1 }), rowOf({ id: 'a' })])).toThrow(/all integers or all UUIDs/);
    const rows = rowsOf([rowOf({ id: 1 })]);
    expect(() => insertRow(rows, rowOf({ id: 1 }))).toThrow(/already/);
    expect(() => deleteRow(rows, 2n)).toThrow(/does not exist/);
    expect(() => updateRow(rows, rowOf({ id: 2 }))).toThrow(/does not exist/);
  });
});

describe('a large table', () => {
  it('is read by id in little time', async () => {
    const rows = rowsOf(
      Array.from({ length: 200_000 }, (_, at) => rowFromJson(`{"id":${at * 2},"n":${at}}`)),
    );
    const table = defineTable(41, 'large', [field('id', 'int'), field('n', 'int')], { live: rows });
    const xano = await localXano({ instances: [officeOf(table)] });
    const started = performance.now();
    let last = -1;
    let count = 0;
    for (;;) {
      const { body } = await ask(xano, `${xano.instances[0]!.meta_api}${content}/search`, {
        method: 'POST',
        body: { per_page: 10_000, sort: { id: 'asc' }, search: [{ 'id|>': last }] },
      });
      count += body.items.length;
      expect(body.itemsTotal).toBe(200_000 - count + body.items.length);
      if (body.nextPage === null) break;
      last = body.items.at(-1).id;
    }
    expect(count).toBe(200_000);
    // Twenty pages; a server that read the whole table for each would need many seconds.
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});
