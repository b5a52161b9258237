/** The API groups of the shop: one endpoint for each way that lists are known to be served. */
import { defineApiGroup, defineEndpoint, field } from './define.js';
import type { LocalApiGroup, LocalField } from './model.js';

const page = field('page', 'int', { required: false, default: '1' });
const perPage = field('per_page', 'int', { required: false, default: '20' });

function pages(
  table: string,
  options: { under?: string; totals?: boolean; paging?: 'page' | 'external' } = {},
) {
  return { kind: 'pages', table, totals: true, paging: 'page', per_page: 20, ...options } as const;
}

/** Storefront: open to everybody, its OpenAPI document public. */
export function storefront(): LocalApiGroup {
  const pageSize = field('pageSize', 'int', { required: false, default: '20' });
  const external = field('external', 'json', { required: false });
  const order: readonly LocalField[] = [
    field('customer_id', 'uuid'),
    field('product_id', 'int'),
    field('quantity', 'int', { required: false, default: '1' }),
  ];
  return defineApiGroup(31, 'Lh0JwImX', 'Storefront', true, [
    defineEndpoint(
      311,
      'GET',
      'merchant',
      'Merchants, page by page',
      { kind: 'data', table: 'merchant', page_size: 20 },
      { input: [page, pageSize] },
    ),
    defineEndpoint(312, 'GET', 'products', 'Query all products records', pages('products'), {
      input: [page, perPage],
    }),
    defineEndpoint(313, 'GET', 'categories', 'Query all categories records', {
      kind: 'all',
      table: 'categories',
    }),
    defineEndpoint(314, 'GET', 'orders', 'Orders, under a key', pages('orders', { under: 'orders' }), {
      input: [page, perPage],
    }),
    defineEndpoint(
      315,
      'GET',
      'customers',
      'Customers, by external paging',
      pages('customers', { paging: 'external' }),
      { input: [external] },
    ),
    defineEndpoint(
      316,
      'GET',
      'products/{product_id}',
      'Get products record',
      { kind: 'row', table: 'products', path_input: 'product_id' },
      { input: [field('product_id', 'int')] },
    ),
    defineEndpoint(317, 'POST', 'orders', 'Add orders record', { kind: 'accept' }, { input: order }),
  ]);
}

/** Accounts: Xano's login template and a list that asks for a login; its OpenAPI document is not public. */
export function accounts(usersTableId: number): LocalApiGroup {
  const auth = { id: usersTableId, name: 'users' };
  const credentials = [
    field('email', 'email', { required: false }),
    field('password', 'text', { required: false }),
  ];
  return defineApiGroup(32, 'Bbi3Wu6V', 'Accounts', false, [
    defineEndpoint(
      321,
      'POST',
      'auth/login',
      'Login and retrieve an authentication token',
      { kind: 'login', table: 'users' },
      { input: credentials },
    ),
    defineEndpoint(
      322,
      'GET',
      'auth/me',
      'Get the record belonging to the authentication token',
      { kind: 'me', table: 'users' },
      { auth },
    ),
    defineEndpoint(323, 'GET', 'users', 'Users, without totals', pages('users', { totals: false }), {
      auth,
      input: [page, perPage],
    }),
  ]);
}
