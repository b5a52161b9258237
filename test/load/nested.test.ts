/**
 * `nested` and `flatten` of a config, over pages that disagree, a load that is stopped, and loads after it.
 */
import { describe, expect, it } from 'vitest';
import { parseEndpoints } from '../../src/rest/config/parse-endpoints.js';
import { fakeClock } from '../fixtures/clock.js';
import { clientWith } from '../fixtures/local-xano.js';
import { serveJson } from '../rest/http/serving.js';
import { eventsOf, loadInto, query, temporaryFile } from './loading.js';

/** Orders of an API that nobody described: the second page has what the first has not. */
const ORDERS: readonly object[] = [
  { id: 1, meta: { colour: 'red' }, items: [{ sku: 'a', n: 1 }] },
  { id: 2, meta: { colour: 'blue' }, items: [] },
  { id: 3, meta: { colour: 'green', size: 1.5 }, items: [{ sku: 'b', n: 2, discounts: ['x'] }] },
  { id: 4, meta: null, items: [{ sku: 5, n: 9_007_199_254_740_991 }] },
];

async function shop(orders: readonly object[] = ORDERS, more: object = {}) {
  let broken = false;
  const rows = [...orders];
  const server = await serveJson(({ url }) => {
    const page = Number(new URL(url, 'http://x').searchParams.get('page'));
    if (broken && page === 2) return 'nothing of the kind';
    return { items: rows.slice((page - 1) * 2, page * 2) };
  });
  const endpoint = {
    name: 'orders',
    base_url: server.origin,
    path: 'orders',
    method: 'GET',
    data_selector: 'items',
    primary_key: ['id'],
    pagination: { type: 'page_number', page_size: 2 },
    auth: { type: 'none' },
    ...more,
  };
  return {
    configs: parseEndpoints({ version: 1, endpoints: [endpoint] }),
    rows,
    file: temporaryFile(),
    breakIt: (is: boolean) => {
      broken = is;
    },
  };
}

const http = () => clientWith('none', fakeClock());
const NESTED = { nested: 'struct', flatten: true } as const;
const TYPES =
  "SELECT column_name AS name, data_type AS type FROM duckdb_columns() WHERE table_name = 'orders' AND column_name IN ('meta', 'items')";
const left = { column: 'items[].sku', reason: 'it is sometimes a text and sometimes a number' };
const child_tables = [
  { table: 'orders__items', rows: 3 },
  { table: 'orders__items__discounts', rows: 1 },
];

describe('records without a schema', () => {
  it('become STRUCTs and tables over all pages; values that stay JSON are an event and in the report', async () => {
    const { configs, file } = await shop(ORDERS, NESTED);
    const result = await loadInto(configs, file, { http: http() });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      rows_total: 4,
      left_as_json: [left],
      child_tables,
    });
    expect(eventsOf(result, 'left_as_json')).toEqual([{ type: 'left_as_json', resource: 'orders', ...left }]);
    expect(await query(file, TYPES)).toEqual([
      { name: 'meta', type: 'STRUCT(colour VARCHAR, size DOUBLE)' },
      { name: 'items', type: 'STRUCT(sku JSON, n BIGINT, discounts VARCHAR[])[]' },
    ]);
    expect(
      await query(
        file,
        'SELECT id::INT AS id, meta.colour, meta__size AS size, sku::VARCHAR AS sku, n FROM orders LEFT JOIN orders__items ON _dlt_parent_id = orders._dlt_id ORDER BY ALL',
      ),
    ).toEqual([
      { id: 1, colour: 'red', size: null, sku: '"a"', n: '1' },
      { id: 2, colour: 'blue', size: null, sku: null, n: null },
      { id: 3, colour: 'green', size: 1.5, sku: '"b"', n: '2' },
      { id: 4, colour: null, size: null, sku: '5', n: '9007199254740991' },
    ]);
  });

  it('stay as they were sent by default, without an event', async () => {
    const { configs, file } = await shop();
    const result = await loadInto(configs, file, { http: http() });
    expect(await query(file, TYPES)).toEqual([
      { name: 'meta', type: 'JSON' },
      { name: 'items', type: 'JSON' },
    ]);
    expect(Object.keys(result.onlyTable)).not.toContain('left_as_json');
    expect(Object.keys(result.onlyTable)).not.toContain('child_tables');
  });

  it('follow the options of load() rather than their configs', async () => {
    const { configs, file } = await shop(ORDERS, NESTED);
    const result = await loadInto(configs, file, { http: http(), nested: 'json', flatten: false });
    expect(await query(file, TYPES)).toEqual([
      { name: 'meta', type: 'JSON' },
      { name: 'items', type: 'JSON' },
    ]);
    expect(result.onlyTable.child_tables).toBeUndefined();
  });

  it('become the same where the load was stopped in the middle, with other options before', async () => {
    const { configs, file, breakIt } = await shop();
    breakIt(true);
    const stopped = await loadInto(configs, file, { http: http() });
    expect(stopped.onlyTable).toMatchObject({ status: 'failed', rows_read: 2 });
    breakIt(false);
    const result = await loadInto(configs, file, { http: http(), ...NESTED });
    expect(result.onlyTable).toMatchObject({
      resumed: true,
      rows_total: 4,
      left_as_json: [left],
      child_tables,
    });
    expect((await query(file, TYPES))[1]).toEqual({
      name: 'items',
      type: 'STRUCT(sku JSON, n BIGINT, discounts VARCHAR[])[]',
    });
  });

  it('widen the type with the next load, which reports it as for any other column', async () => {
    const more = { ...NESTED, write_disposition: 'merge' };
    const { configs, file, rows } = await shop(ORDERS.slice(0, 2), more);
    const first = await loadInto(configs, file, { http: http() });
    expect(eventsOf(first, 'schema_changed')).toEqual([]);
    rows.push(ORDERS[2]!);
    const second = await loadInto(configs, file, { http: http() });
    const [meta] = eventsOf(second, 'schema_changed');
    expect(meta).toEqual({
      type: 'schema_changed',
      resource: 'orders',
      change: 'column_retyped',
      name: 'meta',
      from: 'STRUCT("colour" VARCHAR)',
      to: 'STRUCT("colour" VARCHAR, "size" DOUBLE)',
    });
    expect(await query(file, 'SELECT id::INT AS id, meta.size FROM orders ORDER BY id')).toEqual([
      { id: 1, size: null },
      { id: 2, size: null },
      { id: 3, size: 1.5 },
    ]);
    expect(second.onlyTable.child_tables).toEqual([
      { table: 'orders__items', rows: 2 },
      { table: 'orders__items__discounts', rows: 1 },
    ]);
  });
});
