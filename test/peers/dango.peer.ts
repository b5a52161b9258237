import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseEndpoints } from '../../src/index.js';
import { storedNames } from '../../src/table/column.js';
import { openPeer, quote, valuesOf } from './peer.js';

describe('the sources.yml for Dango', () => {
  it('loads the same rows as we do through Dango’s own reader and function, except for the differences in its comments', async () => {
    const { desk, python } = await openPeer();
    const sources = desk.path('sources.yml');
    const endpoints = desk.path('endpoints.json');
    const ours = desk.path('ours.duckdb');
    const theirs = desk.path('theirs.duckdb');
    // Dates stay texts there, and an object is told from a text only by its first value: tables with every
    // type are dlt's test.
    const named = ['merchant', 'categories', 'orders', 'Storefront/merchant', '--page-size', '300'];
    await desk.run(['endpoints', ...named, '--format', 'dango', '--output', sources]);
    await desk.run(['endpoints', ...named, '--output', endpoints]);
    await python(join(import.meta.dirname, 'dango_sources.py'), sources, theirs);
    expect((await desk.run(['load', '--endpoints', endpoints, '--to', ours])).status).toBe(0);

    const configs = parseEndpoints(JSON.parse((await desk.run(['endpoints', ...named])).stdout));
    for (const { name, columns, origin } of configs) {
      const group = origin?.['api_group'] === undefined ? 'shop' : 'storefront';
      const compared = columns ?? [
        { name: 'id', type: 'JSON' as const, list: false },
        { name: 'name', type: 'JSON' as const, list: false },
        { name: 'rating', type: 'JSON' as const, list: false },
      ];
      const our_names = storedNames(compared);
      const table = {
        ours: `xano_data.${quote(name)}`,
        theirs: `raw_xano_${group}.${quote(name.replace('/', '_').toLowerCase())}`,
        columns: compared.map((column, nth) => ({
          ...column,
          our_name: our_names[nth]!,
          their_name: our_names[nth]!,
        })),
      };
      const values = await valuesOf(table, ours, theirs, 'milliseconds');
      expect(values.theirs, name).toEqual(values.ours);
    }
  });
});
