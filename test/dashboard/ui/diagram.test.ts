/** The references and boxes of the diagram. */
import { describe, expect, it } from 'vitest';
import { boxesOf, LINE, pathOf, TITLE } from '../../../src/dashboard/ui/diagram/boxes.js';
import { linksOf } from '../../../src/dashboard/ui/diagram/links.js';
import { placeBoxes } from '../../../src/dashboard/ui/diagram/place-boxes.js';
import type { SchemaColumn, SchemaTable, TableReference } from '../../../src/index.js';

const column = (name: string, references: TableReference | null = null, type = 'BIGINT'): SchemaColumn => ({
  name,
  column: name,
  xano_type: null,
  type,
  nullable: null,
  description: '',
  values: null,
  references,
});
const table = (name: string, columns: readonly SchemaColumn[], parent?: string): SchemaTable => ({
  id: null,
  name,
  schema: 'shop',
  table: `shop.${name}`,
  description: '',
  primary_key: ['id'],
  columns,
  ...(parent === undefined ? {} : { parent }),
});
const to = (name: string): TableReference => ({ table_id: 1, name, table: `shop.${name}` });

const TABLES = [
  table('orders', [
    column('id'),
    column('note', null, 'VARCHAR'),
    column('user_id', to('users')),
    column('tags', to('tags'), 'BIGINT[]'),
    column('gone_id', { table_id: 9, name: null }),
    column('parent_id', to('orders')),
  ]),
  table('users', [column('id')]),
  table('tags', [column('id')]),
  table('orders_lines', [column('id')], 'shop.orders'),
  table(
    'alone',
    Array.from({ length: 500 }, (_, i) => column(`c${i}`)),
  ),
];

describe('the diagram', () => {
  it('knows every reference, also to tables that are not loaded', () => {
    expect(linksOf(TABLES)).toEqual([
      { from: 'shop.orders', column: 'user_id', to: 'shop.users', words: 'shop.users', kind: 'one' },
      { from: 'shop.orders', column: 'tags', to: 'shop.tags', words: 'shop.tags', kind: 'many' },
      { from: 'shop.orders', column: 'gone_id', to: null, words: 'table 9, not loaded', kind: 'one' },
      { from: 'shop.orders', column: 'parent_id', to: 'shop.orders', words: 'shop.orders', kind: 'one' },
      { from: 'shop.orders_lines', column: '', to: 'shop.orders', words: 'shop.orders', kind: 'lists' },
    ]);
  });

  it('shows keys first, then references, and counts what it leaves out', () => {
    const [orders, , , , alone] = boxesOf(TABLES, (text) => text.length * 7);
    expect(orders).toEqual({
      id: 'shop.orders',
      title: 'shop.orders',
      lines: [
        { name: 'id', type: 'bigint', role: 'key' },
        { name: 'user_id', type: 'bigint', role: 'reference' },
        { name: 'tags', type: 'bigint[]', role: 'reference' },
        { name: 'gone_id', type: 'bigint', role: 'reference' },
        { name: 'parent_id', type: 'bigint', role: 'reference' },
        { name: 'note', type: 'varchar', role: 'plain' },
      ],
      more: 0,
      width: 150,
      height: TITLE + 6 * LINE + 6,
    });
    expect([alone?.lines.length, alone?.more]).toEqual([8, 492]);
  });

  it('puts no box over another one, and every line into its boxes', () => {
    const links = linksOf(TABLES);
    const { boxes, width, height } = placeBoxes(
      boxesOf(TABLES, (text) => text.length * 7),
      links,
    );
    expect(boxes.map(({ id }) => id).toSorted()).toEqual(TABLES.map((one) => one.table).toSorted());
    for (const [i, one] of boxes.entries()) {
      expect([one.x >= 0, one.y >= 0, one.x + one.width <= width, one.y + one.height <= height]).toEqual([
        true,
        true,
        true,
        true,
      ]);
      for (const other of boxes.slice(i + 1))
        expect(
          one.x + one.width <= other.x ||
            other.x + other.width <= one.x ||
            one.y + one.height <= other.y ||
            other.y + other.height <= one.y,
          `${one.id} ${other.id}`,
        ).toBe(true);
    }
    const orders = boxes.find(({ id }) => id === 'shop.orders')!;
    const users = boxes.find(({ id }) => id === 'shop.users')!;
    const path = pathOf(links[0]!, orders, users);
    expect(path).toMatch(
      new RegExp(
        `^M${orders.x + orders.width} ${orders.y + TITLE + 1.5 * LINE}C.* ${users.x} ${users.y + TITLE + LINE / 2}$`,
      ),
    );
  });

  it('takes linear time for names, and places 200 tables without references', () => {
    const many = Array.from({ length: 200 }, (_, i) => table(`t${i}`, [column('id')]));
    const { boxes, width, height } = placeBoxes(
      boxesOf(many, (text) => text.length * 7),
      [],
    );
    expect(boxes.length).toBe(200);
    expect(width / height).toBeGreaterThan(0.8);
    expect(placeBoxes([], [])).toEqual({ boxes: [], width: 0, height: 32 });
  });
});
