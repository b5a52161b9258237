/** What was loaded is read back through one door, whatever kind of target it is in. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDestination, openStore } from '../../../src/destinations/open.js';
import { duckdbFile } from '../../../src/destinations/targets/duckdb-file.js';
import { rejectionOf } from '../../rest/decode/reading.js';
import { publish, using } from '../conformance/place.js';
import { plan, report, tempFolder } from '../writing.js';

describe.each([
  ['a DuckDB file', 'x.duckdb'],
  ['a Parquet folder', 'out/'],
])('the store of %s', (_, name) => {
  it('gives status, schema, past loads and rows', async () => {
    const to = `${tempFolder()}/${name}`;
    await using({ open: () => openDestination(to) }, async (destination) => {
      await publish(destination, plan(), [{ id: 1, name: 'a' }]);
      await destination.record(report());
      await destination.record(
        report('load-2', { status: 'failed', started_at: '2026-01-03T00:00:00.000Z' }),
      );
    });
    const store = await openStore(to);
    expect(store.label).toBe(to);
    expect((await store.status({ now: () => 0 })).tables).toMatchObject([{ table: 'shop', rows: 1 }]);
    expect(await store.schema()).toMatchObject([{ table: 'xano_data.shop', primary_key: ['id'] }]);
    expect((await store.history()).map(({ load_id }) => load_id)).toEqual(['load-2', 'load-1']);
    expect(await store.history({ status: 'loaded' })).toMatchObject([
      { load_id: 'load-1', duration_ms: 55_000 },
    ]);
    expect(await store.history({ loads: 1, offset: 1 })).toMatchObject([{ load_id: 'load-1' }]);
    const columns = await store.query('FROM shop', async (query) => query.columns.map((one) => one.name));
    expect(columns).toEqual(['id', 'name', '_xano_load_id']);
    await store.close();
  });
});

it.each(['md:shop', 'mysql://host/db'])('openStore refuses %s', async (name) => {
  const error = await rejectionOf(openStore(name));
  expect([error.code, error.message]).toEqual([
    'USAGE',
    `"${name.split(':')[0]}:" is not a destination that xano-connector can write to.`,
  ]);
});

it('a destination is opened by its name or by an object', async () => {
  const place = duckdbFile(join(tempFolder(), 'x.duckdb'));
  await using({ open: () => openDestination(place) }, async (destination) => {
    expect(destination.label).toBe(place.label);
    expect(await publish(destination, plan(), [{ id: 1 }])).toMatchObject({ rows_total: 1 });
  });
});
