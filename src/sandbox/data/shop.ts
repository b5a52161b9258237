/** The default data of the sandbox: a shop, and a second, small instance. */
import { defineTable, defineWorkspace, field, nullable, standardFields, uniqueIndex } from './define.js';
import { everyTypeTable } from './every-type.js';
import type { LocalField, LocalInstance, LocalTable, LocalWorkspace } from './model.js';
import { rowFromJson, rowOf, rowsOf } from './rows.js';
import { accounts, storefront } from './shop-groups.js';
import {
  categoryRows,
  customerRows,
  merchantRows,
  ORDER_STATUSES,
  orderRows,
  productRows,
  USER_ROLES,
  userRows,
} from './shop-rows.js';

// Table ids have gaps, as real ones do.
const MERCHANT = 11;
const CATEGORIES = 12;
const USERS = 14;
const PRODUCTS = 15;
const CUSTOMERS = 18;
const ORDERS = 19;
const RETURNS = 21;
const EVERY_TYPE = 22;
const AWKWARD = 25;

const MERCHANT_FIELDS: readonly LocalField[] = [
  ...standardFields(),
  field('name', 'text', { description: 'As on the shop’s door' }),
  field('city', 'text', { required: false }),
  field('rating', 'decimal', { required: false, default: '0' }),
  field('active', 'bool', { required: false, default: 'true' }),
  nullable('settings', 'json'),
];

const CATEGORY_FIELDS: readonly LocalField[] = [
  ...standardFields(),
  field('name', 'text'),
  nullable('parent_id', 'int', { tableref_id: CATEGORIES }),
];

const USER_FIELDS: readonly LocalField[] = [
  ...standardFields(),
  field('name', 'text'),
  field('email', 'email'),
  field('password', 'password', { access: 'private' }),
  field('role', 'enum', { values: USER_ROLES, default: 'staff' }),
  field('merchant_id', 'int', { tableref_id: MERCHANT }),
  nullable('last_login', 'timestamp'),
  field('reset_secret', 'text', { access: 'internal', required: false }),
];

const PRODUCT_FIELDS: readonly LocalField[] = [
  ...standardFields(),
  field('updated_at', 'timestamp', { default: 'now', required: false }),
  field('name', 'text'),
  field('sku', 'text'),
  field('price', 'decimal'),
  field('stock', 'int', { required: false, default: '0' }),
  field('category_id', 'int', { tableref_id: CATEGORIES }),
  field('merchant_id', 'int', { tableref_id: MERCHANT }),
  field('tags', 'text', { style: 'list', required: false }),
  field('attributes', 'object', {
    required: false,
    children: [field('color', 'text', { required: false }), field('weight_g', 'int', { required: false })],
  }),
  nullable('description', 'text', { format: 'markdown' }),
  field('discontinued', 'bool', { required: false }),
];

const CUSTOMER_FIELDS: readonly LocalField[] = [
  ...standardFields('uuid'),
  field('name', 'text'),
  field('email', 'email'),
  nullable('birthday', 'date'),
  field('newsletter', 'bool', { required: false }),
  field('address', 'object', { required: false, children: [field('street', 'text'), field('city', 'text')] }),
  nullable('location', 'geo_point'),
];

const ORDER_FIELDS: readonly LocalField[] = [
  ...standardFields(),
  field('customer_id', 'uuid', { tableref_id: CUSTOMERS }),
  field('product_id', 'int', { tableref_id: PRODUCTS }),
  field('quantity', 'int', { default: '1' }),
  field('total', 'decimal'),
  field('status', 'enum', { values: ORDER_STATUSES, default: 'pending' }),
  nullable('shipped_at', 'timestamp'),
  field('gift_note', 'text', { required: false }),
  field('discounts', 'decimal', { style: 'list', required: false }),
];

const RETURN_FIELDS: readonly LocalField[] = [
  ...standardFields(),
  field('order_id', 'int', { tableref_id: ORDERS }),
  nullable('reason', 'text'),
  nullable('refund', 'decimal'),
];

// Xano's documentation names a table "new stuff" and another with an emoji; columns come from imports as they
// are.
const AWKWARD_FIELDS: readonly LocalField[] = [
  field('id', 'int'),
  field('first name', 'text'),
  field('say "hi"', 'text'),
  field("it's", 'bool'),
  field('select', 'int'),
  field('group', 'text'),
  field('Total', 'decimal'),
  field('total', 'decimal'),
  field('a.b', 'json'),
  nullable('Größe 📏', 'text'),
];

function awkwardTable(): LocalTable {
  const row = (id: number, first: string) =>
    rowOf({
      id,
      'first name': first,
      'say "hi"': '"hi"',
      "it's": id % 2 === 0,
      select: id,
      group: 'by',
      Total: id + 0.5,
      total: -id,
      'a.b': { a: { b: id } },
      'Größe 📏': id === 7 ? null : 'XL',
    });
  const rows = rowsOf([row(7, "Robert'); DROP TABLE"), row(2, 'Ada'), row(3, ' spaced ')]);
  return defineTable(AWKWARD, 'new stuff 🚀', AWKWARD_FIELDS, { live: rows });
}

/** The workspace "Shop", newly filled. */
function shopWorkspace(): LocalWorkspace {
  const customers = customerRows();
  const tables = [
    defineTable(
      MERCHANT,
      'merchant',
      MERCHANT_FIELDS,
      { live: merchantRows(), test: merchantRows(3) },
      { tag: ['core'] },
    ),
    defineTable(CATEGORIES, 'categories', CATEGORY_FIELDS, { live: categoryRows() }),
    defineTable(USERS, 'users', USER_FIELDS, { live: userRows(), test: userRows(5) }, { auth: true }),
    defineTable(
      PRODUCTS,
      'products',
      PRODUCT_FIELDS,
      { live: productRows(), test: productRows(20) },
      {
        description: 'Everything that is or was for sale',
        index: [{ type: 'primary', fields: [{ name: 'id' }], id: '1339908e' }, uniqueIndex('sku')],
      },
    ),
    defineTable(CUSTOMERS, 'customers', CUSTOMER_FIELDS, { live: customers }),
    defineTable(
      ORDERS,
      'orders',
      ORDER_FIELDS,
      { live: orderRows(customers) },
      { updated_at: '2026-02-03 08:00:00+0000' },
    ),
    defineTable(RETURNS, 'returns', RETURN_FIELDS, {}, { created_at: '2026-01-31 12:30:00+0000' }),
    everyTypeTable(EVERY_TYPE),
    awkwardTable(),
  ];
  return defineWorkspace(1, 'Shop', 'A made-up shop', tables, [storefront(), accounts(USERS)]);
}

function labWorkspace(): LocalWorkspace {
  const sensors = rowsOf([
    rowOf({ id: 3, created_at: 1_767_225_600_000, name: 'Roof' }),
    rowOf({ id: 1, created_at: 1_767_225_600_000, name: 'Cellar' }),
  ]);
  const readings = rowsOf([
    rowFromJson('{"id":9007199254740993,"sensor_id":1,"celsius":-3.50}'),
    rowFromJson('{"id":4,"sensor_id":3,"celsius":21}'),
  ]);
  const readingFields = [
    field('id', 'int'),
    field('sensor_id', 'int', { tableref_id: 5 }),
    field('celsius', 'decimal'),
  ];
  return defineWorkspace(4, 'Lab', '', [
    defineTable(5, 'sensors', [...standardFields(), field('name', 'text')], { live: sensors }),
    defineTable(6, 'readings', readingFields, { live: readings }),
  ]);
}

/**
 * The shop's instance, with a further workspace where one is given, and a second instance with two small
 * tables.
 */
export function shopInstances(further?: LocalWorkspace): readonly LocalInstance[] {
  const workspaces = further === undefined ? [shopWorkspace()] : [shopWorkspace(), further];
  return [
    { name: 'x1234-4567-8901', display: 'Shop', rate_limit: false, workspaces },
    { name: 'x2-lab', display: 'Laboratory', rate_limit: false, workspaces: [labWorkspace()] },
  ];
}
