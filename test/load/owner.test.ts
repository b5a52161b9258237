/** A table that is somebody else's is not even read for. */
import { expect, it } from 'vitest';
import { sql } from '../destinations/duckdb.js';
import { clientOf, localXano, searches } from '../fixtures/local-xano.js';
import { changed, items, officeOf } from '../fixtures/office.js';
import { configsOf, loadInto, query } from './loading.js';
import { openOffice } from './open-office.js';

it.each(['items', 'ITEMS'])(
  'a load refuses a table %s that no load made before it requests any row',
  async (name) => {
    const { xano, file, load } = await openOffice({ rows: [changed(1, 9)] });
    await sql(file, 'CREATE SCHEMA xano_data', `CREATE TABLE xano_data.${name} AS SELECT 'mine' AS mine`);
    const result = await load();
    expect(result.onlyTable).toMatchObject({
      status: 'failed',
      requests: 0,
      error: {
        code: 'DATABASE_FAILED',
        message: 'xano-connector did not create the table xano_data."items" in the destination.',
      },
    });
    expect(searches(xano.requests)).toEqual([]);
    expect(await query(file, `FROM xano_data.${name}`)).toEqual([{ mine: 'mine' }]);
  },
);

it('a load refuses a table of another workspace before it requests any row', async () => {
  const { file, load } = await openOffice({ rows: [changed(1, 9)] });
  await load();
  const [instance] = [officeOf(items([7]))];
  const other = await localXano({ instances: [{ ...instance!, name: 'x-other' }] });
  const result = await loadInto(await configsOf(other, ['items']), file, {
    http: clientOf(other),
  });
  expect(result.onlyTable).toMatchObject({
    status: 'failed',
    requests: 0,
    error: {
      code: 'DATABASE_FAILED',
      message: expect.stringMatching(
        /^The table xano_data\."items" in the destination belongs to the resource "items" \(127\.0\.0\.1:\d+\/\S+\); "items" \(127\.0\.0\.1:\d+\/\S+\) reads another list\.$/,
      ),
    },
  });
  expect(searches(other.requests)).toEqual([]);
  expect(await query(file, 'SELECT id, name FROM xano_data.items')).toEqual([{ id: '1', name: 'item 1' }]);
});

it('another dataset has its own tables with their own state', async () => {
  const { xano, file } = await openOffice({ rows: [changed(1, 9)] });
  const configs = await configsOf(xano, ['items'], 3);
  const http = clientOf(xano);
  const into = async (dataset: string) => {
    const result = await loadInto(configs, file, { http, dataset });
    expect(result.onlyTable).toMatchObject({
      status: 'loaded',
      target: `${dataset}.items`,
      schema_changes: [],
    });
  };
  await into('one');
  await into('two');
  for (const dataset of ['one', 'two'])
    expect(await query(file, `SELECT id, name FROM ${dataset}.items`)).toEqual([{ id: '1', name: 'item 1' }]);
  await into('one');
  expect(await query(file, 'SELECT target_schema, target_table FROM _xano.resources ORDER BY 1')).toEqual([
    { target_schema: 'one', target_table: 'items' },
    { target_schema: 'two', target_table: 'items' },
  ]);
});
