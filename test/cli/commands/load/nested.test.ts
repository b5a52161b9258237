/** `xano load --nested struct --flatten`, and what the other commands say of such a file. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defineTable, field } from '../../../../src/sandbox/data/define.js';
import { rowFromJson, rowsOf } from '../../../../src/sandbox/data/rows.js';
import { people } from '../../../fixtures/office.js';
import { atOffice } from '../../at-office.js';
import { type Desk, rowsOfFile } from '../../terminal.js';

/** Orders with an object, a list of objects, and JSON of two kinds. */
const orders = () =>
  defineTable(
    9,
    'orders',
    [
      field('id', 'int'),
      field('meta', 'json'),
      field('items', 'object', { style: 'list' }),
      field('any', 'json'),
    ],
    {
      live: rowsOf(
        [
          '{"id":1,"meta":{"colour":"red"},"items":[{"sku":"a","tags":["x","y"]},{"sku":"b","tags":[]}],"any":{"a":1}}',
          '{"id":2,"meta":{"colour":"blue","size":1.5},"items":[],"any":[1]}',
        ].map(rowFromJson),
      ),
    },
  );

const atShop = (): Promise<Desk> => atOffice({ tables: [people(), orders()] });
const TYPES = (columns: string): string =>
  `SELECT column_name, data_type FROM duckdb_columns() WHERE table_name IN ('orders', 'people') AND column_name IN (${columns}) ORDER BY ALL`;

describe('xano load --nested struct --flatten', () => {
  it('makes STRUCTs and tables, says what stays JSON, and lists child tables below their parent', async () => {
    const desk = await atShop();
    const to = desk.path('shop.duckdb');
    const { status, stdout, stderr } = await desk.run([
      'load',
      '--to',
      to,
      '--nested',
      'struct',
      '--flatten',
    ]);
    expect(status).toBe(0);
    expect(stdout.split('\n').map((line) => line.split('\t').filter((_, i) => i !== 2 && i !== 4))).toEqual([
      ['people', '3', 'proved', 'loaded'],
      ['orders', '2', 'proved', 'loaded'],
      ['orders__items', '2', '-', 'of orders'],
      ['orders__items__tags', '2', '-', 'of orders'],
      [''],
    ]);
    expect(stderr).toBe('orders: "any" stays JSON: it is sometimes an object and sometimes a list.\n');
    expect(await rowsOfFile(to, TYPES("'meta', 'items', 'any'"))).toEqual([
      ['any', 'JSON'],
      ['items', 'STRUCT(sku VARCHAR, tags VARCHAR[])[]'],
      ['meta', 'STRUCT(colour VARCHAR, size DOUBLE)'],
    ]);

    const terminal = { columns: 90, env: { NO_COLOR: '1' } };
    const shown = await desk.run(['status', '--to', to], terminal);
    expect(desk.tidy(shown.stdout)).toContain('shop.duckdb: 2 tables, 5 rows\n');
    expect(desk.tidy(shown.stdout)).toContain(
      [
        '  table                rows  change  loaded (UTC)           age  completeness',
        '  orders                  2       -  2026-03-01 12:00  1 minute  proved',
        '  orders__items           2                                      of orders',
        '  orders__items__tags     2                                      of orders',
        '  people                  3       -  2026-03-01 12:00  1 minute  proved',
      ].join('\n'),
    );
    const piped = await desk.run(['status', '--to', to]);
    expect(piped.stdout.split('\n').filter((line) => line.startsWith('child\t'))).toEqual([
      'child\txano_data.orders__items\t2\txano_data.orders',
      'child\txano_data.orders__items__tags\t2\txano_data.orders',
    ]);
    const schema = await desk.run(['schema', 'orders__items', '--to', to]);
    expect(schema.stdout).toBe(
      ['sku', '_dlt_parent_id', '_dlt_list_idx', '_dlt_id']
        .map(
          (name, i) =>
            `xano_data.orders__items\t${name}\t\t${i === 2 ? 'BIGINT' : 'VARCHAR'}\t${i === 3 ? 'primary' : ''}\t\n`,
        )
        .join(''),
    );
    const queried = await desk.run([
      'query',
      'SELECT orders.id, meta.colour, sku, value FROM orders JOIN orders__items i ON i._dlt_parent_id = orders._dlt_id LEFT JOIN orders__items__tags t ON t._dlt_parent_id = i._dlt_id ORDER BY ALL',
      '--to',
      to,
    ]);
    expect(queried.stdout).toBe('1\tred\ta\tx\n1\tred\ta\ty\n1\tred\tb\t\n');

    // Without it, everything is as it was sent again.
    expect((await desk.run(['load', '--to', to])).status).toBe(0);
    expect(await rowsOfFile(to, TYPES("'meta', 'items', '_dlt_id'"))).toEqual([
      ['items', 'JSON[]'],
      ['meta', 'JSON'],
    ]);
    const gone = await desk.run(['query', 'SELECT * FROM orders__items', '--to', to]);
    expect(gone.status).toBe(2);
  });

  it('may stand in a config file, for one list or all, and flags win over the file', async () => {
    const desk = await atShop();
    const file = desk.path('xano.yaml');
    const to = desk.path('x.duckdb');
    const base = `${desk.xano.instances[0]!.origin}/api:AbCdEfGh`;
    const write = (rest: string): void =>
      writeFileSync(
        file,
        `client: { base_url: '${base}', data_selector: items }\nresources:\n  - { name: people, columns: { name: JSON }${rest} }\n`,
      );
    const load = (...more: string[]) =>
      desk.run(['load', '--endpoints', file, '--to', to, '--json', ...more]);
    const leftBy = async (...more: string[]): Promise<unknown> => {
      const { stdout } = await load(...more);
      return JSON.parse(stdout).resources[0].left_as_json;
    };
    const left = [{ column: 'name', reason: 'its values are neither objects nor lists' }];
    write('');
    expect(await leftBy()).toBeUndefined();
    expect(await leftBy('--nested', 'struct')).toEqual(left);
    expect(await leftBy('--flatten')).toEqual(left);
    write(', nested: struct');
    expect(await leftBy()).toEqual(left);
    expect(await leftBy('--nested', 'json')).toBeUndefined();
    write(', nested: structs');
    const { status, stderr } = await load();
    expect(status).toBe(2);
    expect(stderr).toContain(
      'Line 3: resources[0].nested found "structs"; allowed are "json", "struct"; did you mean "struct"?',
    );
  });
});
