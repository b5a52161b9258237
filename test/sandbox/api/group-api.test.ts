import { describe, expect, it } from 'vitest';
import { shopInstances } from '../../../src/sandbox/data/shop.js';
import { SHOP_PASSWORD } from '../../../src/sandbox/data/shop-rows.js';
import type { LocalXano, LocalXanoOptions } from '../../../src/sandbox/server.js';
import { localXano } from '../../fixtures/local-xano.js';
import { type Asked, ask } from '../asking.js';

const shop = (options: LocalXanoOptions = {}) => localXano({ instances: shopInstances(), ...options });

function storefront(xano: LocalXano, path: string, asked: Asked = {}) {
  return ask(xano, `${xano.instances[0]!.origin}/api:Lh0JwImX/${path}`, { token: null, ...asked });
}

function accounts(xano: LocalXano, path: string, asked: Asked = {}) {
  return ask(xano, `${xano.instances[0]!.origin}/api:Bbi3Wu6V/${path}`, { token: null, ...asked });
}

function logIn(xano: LocalXano, password = SHOP_PASSWORD, headers = {}) {
  const body = { email: 'ada@example.com', password };
  return accounts(xano, 'auth/login', { method: 'POST', body, headers });
}

describe('the endpoints of the storefront', () => {
  it('serve merchants by page and pageSize, under data', async () => {
    const xano = await shop();
    const first = (await storefront(xano, 'merchant?page=1&pageSize=5')).body;
    expect(Object.keys(first)).toEqual(['data', 'currentPage', 'totalPages', 'total']);
    expect(first).toMatchObject({ currentPage: 1, totalPages: 3, total: 12 });
    expect(first.data).toHaveLength(5);
    const last = (await storefront(xano, 'merchant?page=3&pageSize=5')).body;
    expect(last.data).toHaveLength(2);
    expect((await storefront(xano, 'merchant?page=4&pageSize=5')).body.data).toEqual([]);
    // Parameters that are not the author's change nothing.
    expect((await storefront(xano, 'merchant?per_page=5')).body.data).toHaveLength(12);
  });

  it('serve products by page and per_page, with totals', async () => {
    const xano = await shop();
    const { items, ...rest } = (await storefront(xano, 'products?page=2&per_page=400')).body;
    expect(items).toHaveLength(400);
    expect(rest).toEqual({
      itemsReceived: 400,
      curPage: 2,
      nextPage: 3,
      prevPage: 1,
      offset: 400,
      perPage: 400,
      itemsTotal: 1000,
      pageTotal: 3,
    });
    expect((await storefront(xano, 'products')).body.items).toHaveLength(20);
    expect((await storefront(xano, 'products?per_page=50000')).body.items).toHaveLength(1000);
    expect((await storefront(xano, 'products?page=x')).status).toBe(400);
  });

  it('serve categories as a bare array, whatever page is requested', async () => {
    const xano = await shop();
    expect((await storefront(xano, 'categories?page=2&per_page=1')).body).toHaveLength(8);
  });

  it('serve orders with the envelope under a key', async () => {
    const xano = await shop();
    const { body } = await storefront(xano, 'orders?per_page=3');
    expect(Object.keys(body)).toEqual(['orders']);
    expect(body.orders).toMatchObject({ itemsReceived: 3, itemsTotal: 5000, nextPage: 2 });
  });

  it('serve customers by one JSON input, and by nothing else', async () => {
    const xano = await shop();
    const external = encodeURIComponent('{"page":2,"per_page":3}');
    expect((await storefront(xano, `customers?external=${external}`)).body).toMatchObject({
      curPage: 2,
      perPage: 3,
    });
    expect((await storefront(xano, 'customers?page=2&per_page=3')).body).toMatchObject({
      curPage: 1,
      perPage: 20,
    });
  });

  it('serve one product by its path', async () => {
    const xano = await shop();
    expect((await storefront(xano, 'products/2')).body).toMatchObject({ id: 2, sku: 'SKU-00002' });
    for (const id of ['999999', 'x']) expect((await storefront(xano, `products/${id}`)).status).toBe(404);
  });

  it('take an order by POST only, and require its inputs', async () => {
    const xano = await shop();
    const body = { customer_id: 'x', product_id: 1 };
    expect((await storefront(xano, 'orders', { method: 'POST', body })).status).toBe(200);
    expect(await storefront(xano, 'orders', { method: 'POST', body: { customer_id: 'x' } })).toMatchObject({
      status: 400,
      body: { message: 'Missing param: product_id', payload: { param: 'product_id' } },
    });
    for (const method of ['POST', 'PUT', 'DELETE']) {
      expect((await storefront(xano, 'products', { method })).status).toBe(404);
    }
  });

  it('read the data source that a header or the query names', async () => {
    const xano = await shop();
    const named = await storefront(xano, 'products', { headers: { 'x-data-source': 'test' } });
    expect(named.body.itemsTotal).toBe(20);
    expect((await storefront(xano, 'products?x-data-source=test')).body.itemsTotal).toBe(20);
    expect((await storefront(xano, 'products?x-data-source=nope')).status).toBe(400);
  });

  it('answer under the live branch’s label', async () => {
    const xano = await shop();
    const { origin } = xano.instances[0]!;
    expect((await ask(xano, `${origin}/api:Lh0JwImX:v1/categories`)).body).toHaveLength(8);
  });
});

describe('the endpoints of accounts', () => {
  it('log in for an opaque token, which opens protected endpoints', async () => {
    const xano = await shop();
    const { status, body } = await logIn(xano);
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['authToken']);
    const segments = body.authToken.split('.');
    expect(segments).toHaveLength(5);
    expect(JSON.parse(Buffer.from(segments[0], 'base64url').toString())).toMatchObject({ alg: 'A256KW' });
    const me = await accounts(xano, 'auth/me', { token: body.authToken });
    expect(me.body).toMatchObject({ id: 1, email: 'ada@example.com' });
    expect(me.body).not.toHaveProperty('password');
    expect(me.body).not.toHaveProperty('reset_secret');
  });

  it('serve users without totals', async () => {
    const xano = await shop();
    const token = (await logIn(xano)).body.authToken;
    const { body } = await accounts(xano, 'users?per_page=500', { token });
    expect(Object.keys(body).toSorted()).toEqual([
      'curPage',
      'items',
      'itemsReceived',
      'nextPage',
      'offset',
      'perPage',
      'prevPage',
    ]);
    expect(body).toMatchObject({ itemsReceived: 500, nextPage: null });
    expect(JSON.stringify(body)).not.toMatch(/password|reset_secret/);
  });

  it('refuse wrong passwords, Metadata tokens, and no token', async () => {
    const xano = await shop();
    expect(await logIn(xano, 'wrong')).toMatchObject({
      status: 403,
      body: { code: 'ERROR_CODE_ACCESS_DENIED' },
    });
    const metadata = await accounts(xano, 'users', { token: xano.token });
    expect(metadata).toMatchObject({ status: 401, body: { message: 'Invalid token' } });
    expect(await accounts(xano, 'users')).toMatchObject({
      status: 401,
      body: { message: 'Unauthorized - Authentication Required' },
    });
  });

  it('give tokens that the Metadata API refuses', async () => {
    const xano = await shop();
    const token = (await logIn(xano)).body.authToken;
    const answered = await ask(xano, `${xano.instances[0]!.meta_api}/workspace`, { token });
    expect(answered).toMatchObject({ status: 401, body: { message: 'Invalid token' } });
  });

  it('end a login after a day', async () => {
    let now = 0;
    const xano = await shop({ now: () => now });
    const token = (await logIn(xano)).body.authToken;
    now = 86_399_999;
    expect((await accounts(xano, 'auth/me', { token })).status).toBe(200);
    now += 1;
    expect(await accounts(xano, 'auth/me', { token })).toMatchObject({
      status: 401,
      body: { message: 'This token is expired.' },
    });
  });

  it('keep a login to its data source', async () => {
    const xano = await shop();
    const test = { 'x-data-source': 'test' };
    const token = (await logIn(xano, SHOP_PASSWORD, test)).body.authToken;
    expect((await accounts(xano, 'auth/me', { token, headers: test })).status).toBe(200);
    expect(await accounts(xano, 'auth/me', { token })).toMatchObject({
      status: 401,
      body: { message: 'This token belongs to a different datasource.' },
    });
  });
});
