/** Names of files in a Parquet folder, and what happens to files when tables move or loads are killed. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lastLoadMs, openDestination, queryFile, readStatus } from '../../../src/destinations/open.js';
import {
  fileNameOf,
  folderNameOf,
  nameOfFile,
} from '../../../src/destinations/targets/parquet-folder/file-names.js';
import { publish, using } from '../conformance/place.js';
import { plan, report, tempFolder } from '../writing.js';

describe('the name of a file for a table', () => {
  it.each([
    ['orders', 'orders'],
    ['Order items_2-b.c', 'Order items_2-b.c'],
    ['..', '%2E%2E'],
    ['../../etc/passwd', '%2E.%2F..%2Fetc%2Fpasswd'],
    ['a\\b', 'a%5Cb'],
    ['a\0b', 'a%00b'],
    ['*?[x]%41', '%2A%3F%5Bx%5D%2541'],
    ['É', '%C3%89'],
    ['🙂', '%F0%9F%99%82'],
    ['con', '%63on'],
    ['LPT1.txt', '%4CPT1.txt'],
    [' x.', '%20x%2E'],
    ['', '%'],
  ])('encodes the name: %j is %s', (name, file) => {
    expect([fileNameOf(name), nameOfFile(file)]).toEqual([file, name]);
  });

  it('fits a file system, and differs where long names differ', () => {
    const [one, two] = [fileNameOf(`${'é'.repeat(500)}1`), fileNameOf(`${'é'.repeat(500)}2`)];
    expect([one.length, two.length]).toEqual([168, 168]);
    expect(one).not.toBe(two);
  });

  it('never collides with the folder of the state', () => {
    expect([folderNameOf('_xano'), folderNameOf('_XANO'), folderNameOf('x')]).toEqual([
      '%5Fxano',
      '%5FXANO',
      'x',
    ]);
  });
});

interface Folder {
  readonly to: string;
  readonly folder: string;
  readonly open: () => ReturnType<typeof openDestination>;
  readonly tables: () => string[];
}

function aFolder(): Folder {
  const folder = join(tempFolder(), 'out');
  const to = `${folder}/`;
  const data = join(folder, 'xano_data');
  return { to, folder, open: () => openDestination(to), tables: () => readdirSync(data).toSorted() };
}

const second = plan({ identity: 'host/2', origin: { workspace_id: 1, table_id: 2 } });

describe('files of a Parquet folder', () => {
  it('follow a table whose name another table of the workspace takes', async () => {
    const place = aFolder();
    await using(place, async (destination) => {
      await publish(destination, plan(), [{ id: 1, name: 'first' }]);
      const { changes } = await publish(destination, second, [{ id: 2, name: 'second' }]);
      expect(changes).toEqual([{ change: 'table_moved_aside', name: 'shop', from: 'shop', to: 'shop_1' }]);
    });
    expect(place.tables()).toEqual(['shop.parquet', 'shop_1.parquet']);
    const { tables } = await readStatus(place.to);
    expect(tables.map(({ table, origin }) => [table, origin?.['table_id']])).toEqual([
      ['shop', 2],
      ['shop_1', 1],
    ]);
    expect((await queryFile(place.to, 'SELECT name FROM shop_1')).rows).toEqual([{ name: 'first' }]);
  });

  it('are told apart by the next load where a kill left the old file of a renamed table', async () => {
    const place = aFolder();
    await using(place, (destination) => publish(destination, plan(), [{ id: 1 }]));
    const shop = join(place.folder, 'xano_data', 'shop.parquet');
    const old = readFileSync(shop);
    const renamed = { ...plan(), target: { ...plan().target, name: 'store' } };
    const later = report('load-2', { finished_at: '2026-01-03T00:00:00.000Z' });
    await using(place, async (destination) => {
      const writer = await destination.openTarget(renamed);
      await writer.staged();
      await writer.commit({
        completeness: 'proved',
        rows_expected: 0,
        watermark: null,
        complete_ranges: [{}],
        report: later,
      });
    });
    expect(existsSync(shop)).toBe(false);
    writeFileSync(shop, old);
    expect((await readStatus(place.to)).tables.map(({ table }) => table)).toEqual(['store']);
  });

  it('show a reader the old rows or the new ones while a table is replaced', async () => {
    const place = aFolder();
    const rows = (name: string) => Array.from({ length: 20_000 }, (_, id) => ({ id, name }));
    await using(place, async (destination) => {
      await publish(destination, plan(), rows('0'));
      let is_done = false;
      const seen = new Set<string>();
      const reading = (async () => {
        while (!is_done) {
          const sql =
            'SELECT count(*)::INT AS n, count(DISTINCT name)::INT AS names, min(name) AS name FROM shop';
          const [row] = (await queryFile(place.to, sql)).rows;
          expect(row).toMatchObject({ n: 20_000, names: 1 });
          seen.add(String(row?.['name']));
        }
      })();
      for (const name of ['1', '2', '3']) await publish(destination, plan(), rows(name));
      is_done = true;
      await reading;
      expect(seen.size).toBeGreaterThan(1);
    });
  });

  it('of a killed load are removed by the next load', async () => {
    const place = aFolder();
    await using(place, (destination) => publish(destination, plan(), [{ id: 1 }]));
    const left = join(place.folder, '.staging.tmp');
    mkdirSync(left);
    for (const file of ['target.duckdb', 'target.duckdb.wal', 'r_0-0.parquet'])
      writeFileSync(join(left, file), 'x');
    await using(place, (destination) => publish(destination, plan(), [{ id: 2 }]));
    expect(readdirSync(place.folder).toSorted()).toEqual(['_xano', 'xano_data']);
    expect((await queryFile(place.to, 'SELECT id FROM shop')).rows).toEqual([{ id: '2' }]);
  });

  it('give the duration of the last load', async () => {
    const place = aFolder();
    expect(await lastLoadMs(place.to)).toBeUndefined();
    await using(place, async (destination) => {
      await publish(destination, plan(), [{ id: 1 }]);
      await destination.record(report());
    });
    expect(await lastLoadMs(place.to)).toBe(55_000);
  });
});
