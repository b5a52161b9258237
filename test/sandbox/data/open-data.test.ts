import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LocalWorkspace } from '../../../src/sandbox/data/model.js';
import { loadOpenData, OPEN_DATA } from '../../../src/sandbox/data/open-data.js';
import { shopInstances } from '../../../src/sandbox/data/shop.js';
import { localXano } from '../../fixtures/local-xano.js';
import { keys, officeOf, products } from '../../fixtures/office.js';
import { askMeta, localOffice } from '../asking.js';

const folder = join(createRequire(import.meta.url).resolve('vega-datasets'), '../../data');

/** The records of a JSON file of the package. */
async function recordsOf(file: string): Promise<readonly { readonly [key: string]: unknown }[]> {
  const value = JSON.parse(await readFile(join(folder, file), 'utf8'));
  return Array.isArray(value) ? value : value.features;
}

describe('open data', () => {
  let workspace: LocalWorkspace;
  beforeAll(async () => {
    const loaded = await loadOpenData();
    if (loaded === undefined) throw new Error('vega-datasets is a development dependency of this project');
    workspace = loaded;
  });

  const tableNamed = (name: string) => workspace.tables.find((table) => table.name === name)!;

  it('is workspace 2, beside the workspace of the shop', async () => {
    const xano = await localXano({ instances: shopInstances(workspace) });
    const list = (await askMeta(xano, '/workspace')).body;
    expect(list.map(({ id, name }: { id: number; name: string }) => [id, name])).toEqual([
      [1, 'Shop'],
      [2, 'Open data'],
    ]);
    const tables = (await askMeta(xano, '/workspace/2/table')).body.items;
    expect(tables.map(({ name }: { name: string }) => name)).toEqual(
      OPEN_DATA.map(({ table }) => table).toSorted(),
    );
  });

  it.each(OPEN_DATA.filter(({ file }) => file.endsWith('.json')))(
    'serves $table exactly as $file has it',
    async ({ table, file }) => {
      const served = tableNamed(table);
      const xano = await localOffice({
        instances: [{ ...officeOf(products(), keys()), workspaces: [workspace] }],
      });
      const rows: unknown[] = [];
      let page: number | null = 1;
      while (page !== null) {
        const path = `/workspace/2/table/${served.id}/content/search`;
        const { body } = await askMeta(xano, path, {
          method: 'POST',
          body: { per_page: 10_000, sort: { id: 'asc' }, page },
        });
        rows.push(...body.items);
        page = body.nextPage;
      }
      const records = await recordsOf(file);
      const columns = served.schema.map(({ name }) => name);
      const expected = records.map(({ id: original_id, ...record }, at) => ({
        ...Object.fromEntries(columns.map((column) => [column, null])),
        ...record,
        ...(original_id === undefined ? {} : { original_id }),
        id: at + 1,
      }));
      expect(rows).toEqual(expected);
    },
  );

  it('keeps the spelling of numbers', async () => {
    const first = tableNamed('seattle weather').rows.live!.sorted[0]!;
    expect(first.json).toBe(
      '{"id":1,"date":"2012-01-01","precipitation":0.0,"temp_max":12.8,"temp_min":5.0,"wind":4.7,"weather":"drizzle"}',
    );
    const text = await readFile(join(folder, 'airports.csv'), 'utf8');
    expect(tableNamed('airports').rows.live!.stored).toHaveLength(text.trimEnd().split('\n').length - 1);
  });

  it('derives columns from all values', () => {
    const types = (name: string) =>
      Object.fromEntries(tableNamed(name).schema.map((field) => [field.name, field.type]));
    expect(types('movies')).toMatchObject({
      Title: 'json',
      'US Gross': 'int',
      'IMDB Rating': 'decimal',
      'Major Genre': 'text',
    });
    expect(types('cars')).toMatchObject({ Year: 'date', Horsepower: 'int' });
    expect(types('earthquakes')).toEqual({
      id: 'int',
      type: 'text',
      properties: 'json',
      geometry: 'json',
      original_id: 'text',
    });
    const nullable = tableNamed('countries')
      .schema.filter((field) => field.nullable)
      .map(({ name }) => name);
    expect(nullable).toContain('p_fertility');
    expect(nullable).not.toContain('country');
  });
});
