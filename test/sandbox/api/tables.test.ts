import { describe, expect, it } from 'vitest';
import { defineTable, field, nullable } from '../../../src/sandbox/data/define.js';
import { localXano } from '../../fixtures/local-xano.js';
import { officeOf, PRODUCT_FIELDS } from '../../fixtures/office.js';
import { askMeta, localOffice } from '../asking.js';

const TABLES = [
  defineTable(4, 'beta', [field('id', 'int')], {}, { created_at: '2026-01-03 00:00:00+0000' }),
  defineTable(9, 'Alpha', [field('id', 'int')], {}, { created_at: '2026-01-02 00:00:00+0000' }),
  defineTable(2, 'gamma', [field('id', 'int')], {}, { created_at: '2026-01-01 00:00:00+0000' }),
];

const list = '/workspace/3/table';
const names = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name);

async function threeTables(options: Parameters<typeof localXano>[0] = {}) {
  return localXano({ instances: [officeOf(...TABLES)], ...options });
}

describe('the list of tables', () => {
  it.each([
    ['', ['Alpha', 'beta', 'gamma']],
    ['?order=desc', ['gamma', 'beta', 'Alpha']],
    ['?sort=created_at', ['gamma', 'Alpha', 'beta']],
    ['?sort=created_at&order=desc', ['beta', 'Alpha', 'gamma']],
    ['?search=ALPH', ['Alpha']],
    ['?search=nothing', []],
  ])('gives, with %j, %j', async (query, expected) => {
    const xano = await threeTables();
    expect(names((await askMeta(xano, `${list}${query}`)).body.items)).toEqual(expected);
  });

  it('has pages whose nextPage is null on the last, even when that is full', async () => {
    const xano = await threeTables();
    const first = await askMeta(xano, `${list}?per_page=2`);
    expect(first.body).toMatchObject({ curPage: 1, nextPage: 2, prevPage: null });
    const last = await askMeta(xano, `${list}?per_page=2&page=2`);
    expect(last.body).toMatchObject({ curPage: 2, nextPage: null, prevPage: 1 });
    expect(names([...first.body.items, ...last.body.items])).toEqual(['Alpha', 'beta', 'gamma']);
    expect((await askMeta(xano, `${list}?per_page=3`)).body).toMatchObject({ nextPage: null });
    expect((await askMeta(xano, `${list}?page=9`)).body).toMatchObject({ items: [], nextPage: null });
  });

  it('holds fifty by default', async () => {
    const many = Array.from({ length: 51 }, (_, at) =>
      defineTable(at + 1, `t${at}`, [field('id', 'int')], {}),
    );
    const xano = await localXano({ instances: [officeOf(...many)] });
    const first = await askMeta(xano, list);
    expect(first.body.items).toHaveLength(50);
    expect(first.body.nextPage).toBe(2);
    expect((await askMeta(xano, `${list}?per_page=10000`)).body.items).toHaveLength(51);
  });

  it.each([
    'per_page=10001',
    'per_page=0',
    'per_page=-1',
    'per_page=all',
    'per_page=1.5',
    'page=0',
    'page=x',
    'sort=id',
    'order=up',
  ])('refuses %s', async (query) => {
    const xano = await threeTables();
    const { status, body } = await askMeta(xano, `${list}?${query}`);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'ERROR_CODE_INPUT_ERROR' });
    expect(body.payload).toEqual({ param: query.split('=')[0] });
  });

  it('has three historical shapes', async () => {
    const envelope = (await askMeta(await threeTables({ table_list: 'envelope' }), list)).body;
    const wrapped = (await askMeta(await threeTables({ table_list: 'array_of_envelopes' }), list)).body;
    const bare = (await askMeta(await threeTables({ table_list: 'array' }), `${list}?per_page=1`)).body;
    expect(Object.keys(envelope)).toEqual(['curPage', 'nextPage', 'prevPage', 'items']);
    expect(wrapped).toEqual([envelope]);
    expect(names(bare).toSorted()).toEqual(['Alpha', 'beta', 'gamma']);
  });

  it('leaves columns to /schema and /index on older servers', async () => {
    const xano = await localOffice({ embed_schema: false });
    const tables = [...(await askMeta(xano, list)).body.items, (await askMeta(xano, `${list}/41`)).body];
    for (const table of tables) {
      expect(Object.keys(table)).not.toContain('schema');
      expect(Object.keys(table)).not.toContain('index');
    }
    expect((await askMeta(xano, `${list}/41/schema`)).body).toEqual(PRODUCT_FIELDS);
    expect((await askMeta(xano, `${list}/41/index`)).body).toEqual([
      { type: 'primary', fields: [{ name: 'id' }], id: '1339908e' },
    ]);
  });

  it('embeds the contents of /schema and /index on current servers', async () => {
    const xano = await localOffice();
    const table = (await askMeta(xano, `${list}/41`)).body;
    expect(table.schema).toEqual((await askMeta(xano, `${list}/41/schema`)).body);
    expect(table.index).toEqual((await askMeta(xano, `${list}/41/index`)).body);
  });
});

describe('columns', () => {
  it('have exactly the keys that apply to them', async () => {
    const fields = [
      field('id', 'int'),
      nullable('e', 'enum', { values: ['x'] }),
      field('v', 'vector', { vector: { size: 5 } }),
    ];
    const xano = await localXano({ instances: [officeOf(defineTable(1, 't', fields, {}))] });
    const base = ['name', 'type', 'description', 'nullable', 'default', 'required', 'access', 'style'];
    const served = (await askMeta(xano, `${list}/1/schema`)).body;
    expect(served.map(Object.keys)).toEqual([base, [...base, 'values'], [...base, 'vector']]);
  });

  it('are found by a name that needs encoding', async () => {
    const fields = [field('id', 'int'), field('a/b? 🚀', 'text')];
    const xano = await localXano({ instances: [officeOf(defineTable(1, 't', fields, {}))] });
    const path = `${list}/1/schema/${encodeURIComponent('a/b? 🚀')}`;
    expect((await askMeta(xano, path)).body).toEqual(fields[1]);
  });
});
