/**
 * Lists of API groups, each served in another of the known ways, loaded by what their OpenAPI document shows.
 */
import { expect, it } from 'vitest';
import { discover } from '../../../src/metadata/discover.js';
import { rowsIn } from '../../../src/sandbox/data/rows.js';
import type { LocalXano } from '../../../src/sandbox/server.js';
import { generateEndpoints } from '../../../src/xano/endpoints.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientOf, clientWith, localXano, tableOf } from '../../fixtures/local-xano.js';
import { loadInto, query, temporaryFile, values } from '../loading.js';

/** The config of one endpoint of the shop’s storefront. */
async function storefront(xano: LocalXano, name: string, openapi = true) {
  const http = clientOf(xano);
  const token = { env: 'XANO_TOKEN' };
  const instance = xano.instances[0]!.origin;
  const catalog = await discover({ http, token, instance, tables: false, openapi });
  const { endpoints } = generateEndpoints(catalog, { token, api_groups: true });
  xano.clearRequests();
  return endpoints.filter((endpoint) => endpoint.name === `Storefront/${name}`);
}

it.each([
  ['merchant', 'data beside page and pageSize, which its document does not show', 12, 'not_provable', null],
  ['products', 'the envelope with totals', 1000, 'proved', 1000],
  ['categories', 'a bare list', 8, 'not_provable', null],
  ['orders', 'the envelope under a key', 5000, 'proved', 5000],
  ['customers', 'pages that a JSON input asks for', 800, 'proved', 800],
] as const)(
  'a list of an API group loads completely: %s: %s',
  async (name, _, count, completeness, rows_expected) => {
    const xano = await localXano({});
    const file = temporaryFile();
    const configs = await storefront(xano, name);
    expect(configs).toHaveLength(1);
    const result = await loadInto(configs, file, { http: clientWith('unneeded', fakeClock()) });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      completeness,
      rows_expected,
      rows_written: count,
      values_rejected: 0,
    });
    const wanted = rowsIn(tableOf(xano, name), 'live').sorted.map(({ key }) => String(key));
    expect(wanted).toHaveLength(count);
    expect(await values(file, `SELECT id FROM xano_data."Storefront/${name}" ORDER BY id`)).toEqual(wanted);
    expect(new Set(xano.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
  },
);

it('undeclared columns have the exact types of their values', async () => {
  const xano = await localXano({});
  const file = temporaryFile();
  await loadInto(await storefront(xano, 'merchant'), file, { http: clientWith('t', fakeClock()) });
  const [row] = rowsIn(tableOf(xano, 'merchant'), 'live').sorted.map(({ json }) => JSON.parse(json));
  const [stored] = await query(
    file,
    'SELECT * EXCLUDE _xano_load_id FROM xano_data."Storefront/merchant" ORDER BY id LIMIT 1',
  );
  expect(stored).toEqual({
    ...row,
    id: String(row.id),
    created_at: String(row.created_at),
    settings: JSON.stringify(row.settings),
  });
});
