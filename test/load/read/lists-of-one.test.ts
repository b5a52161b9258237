/**
 * Several lists in one answer: each is a resource of its own, also where the others come later, go, or change
 * places.
 */
import { expect, it } from 'vitest';
import { readConfig } from '../../../src/rest/config/config-file.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientWith } from '../../fixtures/local-xano.js';
import { serve } from '../../rest/http/serving.js';
import { loadInto, query, temporaryFile } from '../loading.js';

it('lists of one answer become separate tables, whichever lists stand beside them', async () => {
  const users = [{ id: 1, name: 'Ann' }];
  const orders = [{ id: 1, total: 5 }];
  const { origin } = await serve(() => ({ body: { users, orders } }));
  const file = temporaryFile();
  const list = (name: string) =>
    `{ name: ${name}, path: all, data_selector: ${name}, primary_key: id, write_disposition: merge }`;
  const load = async (...names: string[]) => {
    const text = `client: { base_url: ${origin}, pagination: single_page }\nresources: [${names.map(list).join(', ')}]`;
    const { report } = await loadInto(readConfig(text, 'x.yaml').endpoints, file, {
      http: clientWith('t', fakeClock()),
    });
    return report.resources.map(({ resource, status, rows_total, schema_changes }) => [
      resource,
      status,
      rows_total,
      schema_changes.length,
    ]);
  };
  expect(await load('users')).toEqual([['users', 'loaded', 1, 0]]);
  users.push({ id: 2, name: 'Ben' });
  expect(await load('users', 'orders')).toEqual([
    ['users', 'loaded', 2, 0],
    ['orders', 'loaded', 1, 0],
  ]);
  expect(await load('orders', 'users')).toEqual([
    ['orders', 'loaded', 1, 0],
    ['users', 'loaded', 2, 0],
  ]);
  expect(await load('orders')).toEqual([['orders', 'loaded', 1, 0]]);
  expect(await query(file, 'SELECT name FROM xano_data.users ORDER BY id')).toEqual([
    { name: 'Ann' },
    { name: 'Ben' },
  ]);
  expect(await query(file, 'SELECT id, total FROM xano_data.orders')).toEqual([{ id: '1', total: '5' }]);
  expect(await query(file, 'SELECT resource FROM _xano.resources ORDER BY 1')).toEqual([
    { resource: 'orders' },
    { resource: 'users' },
  ]);
});
