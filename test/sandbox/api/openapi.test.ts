import { describe, expect, it } from 'vitest';
import { shopInstances } from '../../../src/sandbox/data/shop.js';
import { localXano } from '../../fixtures/local-xano.js';
import { ask, askMeta } from '../asking.js';

const shop = () => localXano({ instances: shopInstances() });
const group = '/workspace/1/apigroup';

describe('a group’s OpenAPI document', () => {
  it('is written as Xano writes it', async () => {
    const xano = await shop();
    const document = (await askMeta(xano, `${group}/31/openapi`)).body;
    expect(document.openapi).toBe('3.0.0');
    expect(document.servers).toEqual([{ url: `${xano.instances[0]!.origin}/api:Lh0JwImX` }]);
    expect(document.components).toEqual({
      securitySchemes: { bearerAuth: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: {},
    });
    expect(Object.keys(document.paths)).toEqual([
      '/merchant',
      '/products',
      '/categories',
      '/orders',
      '/customers',
      '/products/{product_id}',
    ]);
    expect(Object.keys(document.paths['/orders'])).toEqual(['get', 'post']);
    const products = document.paths['/products'].get;
    expect(products.operationId).toBe('storefront/products|GET');
    expect(products.tags).toEqual(['products']);
    expect(products.security).toEqual([]);
    expect(products.description).toContain('<b>Authentication:</b> not required');
    expect(products.parameters[1]).toEqual({
      name: 'per_page',
      in: 'query',
      description: '',
      required: false,
      // Text, though the type is integer: so Xano's documents have it.
      schema: { type: 'integer', format: 'int64', description: '', default: '20' },
    });
    expect(Object.keys(products.responses)).toEqual(['200', '400', '401', '403', '404', '429', '500']);
    expect(products.responses[404]).not.toHaveProperty('content');
    expect(JSON.stringify(document)).not.toMatch(/"x-|\$ref/);
  });

  it('describes rows inline: envelopes, keys, lists, and nothing where the author made the answer', async () => {
    const xano = await shop();
    const { paths } = (await askMeta(xano, `${group}/31/openapi`)).body;
    const schemaOf = (path: string) => paths[path].get.responses[200].content['application/json'].schema;
    const envelope = schemaOf('/products').properties;
    expect(Object.keys(envelope)).toEqual([
      'itemsReceived',
      'curPage',
      'nextPage',
      'prevPage',
      'offset',
      'perPage',
      'itemsTotal',
      'pageTotal',
      'items',
    ]);
    expect(envelope.nextPage).toMatchObject({ type: 'integer', nullable: true });
    expect(envelope.items.items.properties).toMatchObject({
      id: { type: 'integer', format: 'int64' },
      created_at: { type: 'number', format: 'timestamptz', default: 'now' },
      price: { type: 'number' },
      description: { type: 'string', nullable: true },
      tags: { type: 'array', items: { type: 'string' } },
      attributes: { type: 'object', properties: { color: { type: 'string' } } },
    });
    expect(Object.keys(schemaOf('/orders').properties)).toEqual(['orders']);
    expect(schemaOf('/orders').properties.orders.properties).toHaveProperty('items');
    expect(schemaOf('/categories').type).toBe('array');
    expect(schemaOf('/merchant')).toEqual({ type: 'object', properties: {} });
    expect(schemaOf('/products/{product_id}').properties).toHaveProperty('sku');
    expect(paths['/products/{product_id}'].get.parameters[0]).toMatchObject({ in: 'path', required: true });
    const contents = paths['/orders'].post.requestBody.content;
    expect(Object.keys(contents)).toEqual(['application/json', 'multipart/form-data']);
    expect(contents['application/json'].schema.required).toEqual(['customer_id', 'product_id']);
  });

  it('marks endpoints that require a login, and hides hidden columns', async () => {
    const xano = await shop();
    const { paths } = (await askMeta(xano, `${group}/32/openapi`)).body;
    expect(paths['/users'].get.security).toEqual([{ bearerAuth: [] }]);
    expect(paths['/users'].get.description).toContain('<b>Authentication:</b> required');
    expect(paths['/auth/login'].post.security).toEqual([]);
    const users = paths['/users'].get.responses[200].content['application/json'].schema.properties;
    expect(users).not.toHaveProperty('itemsTotal');
    expect(Object.keys(users.items.items.properties)).not.toContain('password');
    expect(Object.keys(users.items.items.properties)).not.toContain('reset_secret');
  });

  it('exists for one endpoint, and for the workspace with canonicals in its paths', async () => {
    const xano = await shop();
    const one = (await askMeta(xano, `${group}/31/api/312/openapi`)).body;
    expect(Object.keys(one.paths)).toEqual(['/products']);
    const all = (await askMeta(xano, '/workspace/1/openapi')).body;
    expect(all.servers).toEqual([{ url: xano.instances[0]!.origin }]);
    expect(Object.keys(all.paths)).toHaveLength(9);
    expect(Object.keys(all.paths)).toContain('/api:Bbi3Wu6V/users');
  });

  it('is public only where the author publishes it', async () => {
    const xano = await shop();
    const { origin } = xano.instances[0]!;
    const shown = await ask(xano, `${origin}/apispec:Lh0JwImX?type=json`, { token: null });
    expect(shown.body).toEqual((await askMeta(xano, `${group}/31/openapi`)).body);
    expect((await ask(xano, `${origin}/apispec:Bbi3Wu6V?type=json`)).status).toBe(404);
    expect((await askMeta(xano, `${group}/32/openapi`)).status).toBe(200);
  });

  it('agrees with what the endpoints serve', async () => {
    const xano = await shop();
    const { paths } = (await askMeta(xano, `${group}/31/openapi`)).body;
    const described = paths['/products'].get.responses[200].content['application/json'].schema;
    const { body } = await ask(xano, `${xano.instances[0]!.origin}/api:Lh0JwImX/products`);
    expect(Object.keys(described.properties).toSorted()).toEqual(Object.keys(body).toSorted());
    expect(Object.keys(described.properties.items.items.properties)).toEqual(Object.keys(body.items[0]));
  });
});
