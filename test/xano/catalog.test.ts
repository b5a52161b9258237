/** Finding what a person means, and what Xano's refusals mean. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.js';
import { nearestName } from '../../src/names.js';
import { findNamed } from '../../src/xano/catalog.js';
import { groupBaseUrl, interpretRefusal } from '../../src/xano/conventions.js';

describe('findNamed', () => {
  const all = [
    { id: 1, name: 'Orders' },
    { id: 2, name: 'orders' },
    { id: 3, name: '1' },
    { id: 4, name: 'Users' },
    { id: 5, name: 'Twin' },
    { id: 6, name: 'Twin' },
  ];
  it.each([
    ['orders', [2]],
    ['Orders', [1]],
    ['ORDERS', [1, 2]],
    ['1', [3]],
    ['2', [2]],
    ['users', [4]],
    ['Twin', [5, 6]],
    ['02', []],
    ['', []],
    ['order', []],
  ])('prefers exact names, then the id, then names in another case: %j is %j', (name, ids) => {
    expect(findNamed(all, name).map(({ id }) => id)).toEqual(ids);
  });
});

describe('nearestName', () => {
  const names = ['customers', 'orders', 'Order items', 'x1234-4567-8901'];
  it.each([
    ['order', 'orders'],
    ['ORDERS', 'orders'],
    ['custmoers', 'customers'],
    ['cust', 'customers'],
    ['orderitems', 'Order items'],
    ['x1234-4567-8902', 'x1234-4567-8901'],
    ['invoices', undefined],
    ['zzz', undefined],
  ])('finds the nearest: %j is nearest to %j', (name, nearest) => {
    expect(nearestName(names, name)).toBe(nearest);
  });

  it('finds nothing among no names', () => {
    expect(nearestName([], 'a')).toBeUndefined();
  });
});

it('an API group’s address contains its canonical', () => {
  expect(groupBaseUrl('https://x1.n7.xano.io', 'Lh0JwImX')).toBe('https://x1.n7.xano.io/api:Lh0JwImX');
  expect(groupBaseUrl('https://x1.n7.xano.io', 'Lh0JwImX', 'v 2')).toBe(
    'https://x1.n7.xano.io/api:Lh0JwImX:v%202',
  );
});

describe('interpretRefusal', () => {
  const free =
    'Whoa there! Your plan only supports 10 requests per 20 seconds. Upgrade options and additional information is available at: https://xano.gitbook.io/xano/instances/api-rate-limit';
  it.each([
    [
      429,
      { code: 'ERROR_CODE_TOO_MANY_REQUESTS', message: free },
      { limit: { requests: 10, per_ms: 20_000 }, wait_ms: 21_000 },
    ],
    [
      429,
      { message: 'only 1 request per 1 second' },
      { limit: { requests: 1, per_ms: 1_000 }, wait_ms: 2_000 },
    ],
    [429, { message: 'slow down' }, {}],
    [429, undefined, {}],
    [401, { code: 'ERROR_CODE_UNAUTHORIZED', message: 'This token is expired.' }, { code: 'TOKEN_EXPIRED' }],
    [403, { code: 'ERROR_CODE_ACCESS_DENIED', message: 'This token is expired.' }, { code: 'TOKEN_EXPIRED' }],
    [401, { code: 'ERROR_CODE_UNAUTHORIZED', message: 'Invalid token' }, {}],
    [403, { code: 'ERROR_CODE_ACCESS_DENIED', message: '' }, {}],
    [500, { code: 'ERROR_CODE_ACCESS_DENIED', message: '' }, { code: 'SCOPE_MISSING' }],
    [500, { code: 'ERROR_FATAL', message: 'Access Denied.' }, { code: 'SCOPE_MISSING' }],
    [500, { code: 'ERROR_FATAL', message: 'Connection lost' }, {}],
    [500, { code: 'ERROR_FATAL', message: 'The session has expired' }, {}],
    [404, { code: 'ERROR_CODE_NOT_FOUND', message: '' }, {}],
    [400, { code: 'ERROR_CODE_INPUT_ERROR', message: { text: 'odd' } }, {}],
    [502, undefined, {}],
  ] satisfies readonly (readonly [number, JsonObject | undefined, object])[])(
    'reads a refusal: %i %j means %j',
    (status, body, meaning) => {
      expect(interpretRefusal({ status, body })).toEqual(meaning);
    },
  );
});
