import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CAPABILITIES } from '../../../src/destinations/capabilities.js';
import { openDestination, queryFile, readSchema, readStatus } from '../../../src/destinations/open.js';
import { tablePath } from '../../../src/destinations/targets/parquet-folder/list-tables.js';
import { rejectionOf } from '../../rest/decode/reading.js';
import { destinationConformance } from '../conformance/conformance.js';
import { type FoundTable, type Place, publish, using } from '../conformance/place.js';
import { sql } from '../duckdb.js';
import { sqlText, tableInFiles } from '../parquet-rows.js';
import { column, plan, publication, records, report, tempFolder } from '../writing.js';

/** The files that have a table's rows, as any reader of Parquet finds them. */
function filesOf(folder: string, schema: string, table: string): string[] {
  if (schema !== '_xano') return [tablePath(folder, schema, table)].filter((file) => existsSync(file));
  const state = join(folder, '_xano');
  if (table !== 'rejects') return [join(state, `${table}.parquet`)].filter((file) => existsSync(file));
  const rejects = join(state, 'rejects');
  return existsSync(rejects) ? readdirSync(rejects).map((file) => join(rejects, file)) : [];
}

async function findTable(folder: string, schema: string, table: string): Promise<FoundTable | undefined> {
  const files = filesOf(folder, schema, table);
  if (files.length === 0 && schema === '_xano' && existsSync(join(folder, '_xano')))
    return { comment: null, columns: [], rows: [] };
  if (files.length === 0) return undefined;
  return tableInFiles(files, table);
}

interface FolderPlace extends Place {
  readonly to: string;
  readonly folder: string;
}

async function parquetPlace(): Promise<FolderPlace> {
  const folder = join(tempFolder(), 'out');
  const to = `${folder}/`;
  return {
    to,
    folder,
    open: () => openDestination(to, { now: () => 0, sleep: async () => {} }),
    table: (schema, table) => findTable(folder, schema, table),
    tables: () => readSchema(to),
    makeForeign: async (schema, table) => {
      mkdirSync(join(folder, schema), { recursive: true });
      await sql(':memory:', `COPY (SELECT 'mine' AS mine) TO ${sqlText(tablePath(folder, schema, table))}`);
    },
  };
}

destinationConformance('a Parquet folder', parquetPlace, CAPABILITIES.parquet);

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();

describe('a Parquet folder', () => {
  it('has one file for each table, and its state beside them, after a load', async () => {
    const place = await parquetPlace();
    await using(place, async (destination) => {
      await publish(destination, plan(), [{ id: 1 }]);
      await publish(destination, plan({ identity: 'b', origin: null, target: { name: '../b/*' } }), [
        { id: 1 },
      ]);
      await destination.record(report());
    });
    expect(filesIn(place.folder)).toEqual([
      '_xano/loads.parquet',
      '_xano/servers.parquet',
      'xano_data/%2E.%2Fb%2F%2A.parquet',
      'xano_data/shop.parquet',
    ]);
  });

  it('is not made by a load without tables', async () => {
    const place = await parquetPlace();
    await using(place, async (destination) => {
      const writer = await destination.openTarget(plan());
      await writer.abort({ keep: false });
      await destination.record(report());
    });
    expect(existsSync(place.folder)).toBe(false);
  });

  it.each([
    [plan({ nested: 'struct' }), 'stores nested values as JSON; "shop" asks for STRUCT columns'],
    [
      plan({ flatten: { reserved: [] } }),
      'stores nested values as JSON; "shop" asks for tables of its lists',
    ],
  ])('refuses an impossible plan before anything is read: %#', async (of, said) => {
    const place = await parquetPlace();
    const error = await using(place, (destination) => rejectionOf(destination.openTarget(of)));
    expect([error.code, error.message]).toEqual(['CONFIG_INVALID', `The folder ${place.to} ${said}.`]);
    expect(existsSync(place.folder)).toBe(false);
  });

  it('refuses a second load while one runs', async () => {
    const place = await parquetPlace();
    await using(place, async (first) => {
      const writer = await first.openTarget(plan());
      const error = await using(place, (second) => rejectionOf(second.openTarget(plan())));
      expect([error.code, error.message]).toEqual([
        'DATABASE_LOCKED',
        'Another load into this folder is running in this program.',
      ]);
      await writer.write(records([{ id: 1 }]), null);
      await writer.staged();
      await writer.commit(publication());
    });
    expect((await place.table('xano_data', 'shop'))?.rows).toEqual([['1', null, 'load-1']]);
  });

  it('gives its status, its schema and query results', async () => {
    const place = await parquetPlace();
    const columns = [column('id', 'BIGINT', { description: 'the key' }), column('name', 'VARCHAR')];
    const reject = { row_key: '1', column: 'name', raw: '5', reason: 'r' };
    await using(place, async (destination) => {
      const of = plan({ target: { columns, description: 'what is sold' } });
      const writer = await destination.openTarget(of);
      await writer.write(records([{ id: 1, name: 'a' }], [reject]), null);
      await writer.staged();
      await writer.commit(publication('load-1', 1));
      await destination.record(report());
    });
    const status = await readStatus(place.to);
    expect(status).toMatchObject({
      file: place.to,
      tables: [{ resource: 'shop', table: 'shop', rows: 1, completeness: 'proved', values_rejected: 1 }],
      loads: [{ load_id: 'load-1', status: 'loaded' }],
      staging: null,
    });
    expect(await readSchema(`parquet:${place.folder}`)).toMatchObject([
      { table: 'xano_data.shop', description: 'what is sold', primary_key: ['id'] },
    ]);
    expect(await queryFile(place.to, 'SELECT id, name FROM shop')).toEqual({
      columns: ['id', 'name'],
      rows: [{ id: '1', name: 'a' }],
    });
    expect((await queryFile(place.to, 'SELECT raw FROM _xano.rejects')).rows).toEqual([{ raw: '5' }]);
  });

  it.each([
    ['reads nothing but the folder', (place: FolderPlace) => `FROM read_text('${place.folder}.txt')`],
    ['writes nothing', (place: FolderPlace) => `COPY (SELECT 1) TO '${place.folder}/x.parquet'`],
    ['changes no setting', () => 'SET enable_external_access = true'],
  ])('is queried by a DuckDB that %s', async (_, statement) => {
    const place = await parquetPlace();
    await using(place, (destination) => publish(destination, plan(), [{ id: 1 }]));
    writeFileSync(`${place.folder}.txt`, 'secret');
    const before = filesIn(place.folder);
    expect((await rejectionOf(queryFile(place.to, statement(place)))).code).toBe('QUERY_FAILED');
    expect(filesIn(place.folder)).toEqual(before);
  });

  it('keeps the staged rows of a load that stops, and shows them in its status', async () => {
    const place = await parquetPlace();
    await using(place, async (destination) => {
      await publish(destination, plan(), [{ id: 1 }]);
      const writer = await destination.openTarget(plan({ load_id: 'load-2' }));
      await writer.write(records([{ id: 2 }]), { after: '2' });
      await writer.abort({ keep: true });
    });
    expect(readdirSync(place.folder).toSorted()).toEqual(['.staging', '_xano', 'xano_data']);
    expect((await readStatus(place.to)).staging).toMatchObject({ state: 'unfinished', tables: 1, rows: 1 });
  });

  it('treats a copy of a table under another name as another program’s file', async () => {
    const place = await parquetPlace();
    await using(place, (destination) => publish(destination, plan(), [{ id: 1 }]));
    const shop = tablePath(place.folder, 'xano_data', 'shop');
    writeFileSync(tablePath(place.folder, 'xano_data', 'mine'), readFileSync(shop));
    expect((await readStatus(place.to)).tables.map(({ table }) => table)).toEqual(['shop']);
    const mine = plan({ identity: 'b', origin: null, target: { name: 'mine' } });
    const error = await using(place, (destination) => rejectionOf(publish(destination, mine, [{ id: 2 }])));
    expect(error.code).toBe('DATABASE_FAILED');
    expect(readFileSync(tablePath(place.folder, 'xano_data', 'mine'))).toEqual(readFileSync(shop));
  });

  it('follows no link to a table outside of it', async () => {
    const place = await parquetPlace();
    await using(place, (destination) => publish(destination, plan(), [{ id: 1 }]));
    const shop = tablePath(place.folder, 'xano_data', 'shop');
    renameSync(shop, `${place.folder}.parquet`);
    symlinkSync(`${place.folder}.parquet`, shop);
    expect((await readStatus(place.to)).tables).toEqual([]);
  });

  it.each([
    ['no JSON', 'not json'],
    ['of another kind', '{"version":1,"identity":5}'],
    ['a path for a staging id', undefined],
  ])('treats a file whose footer is %s as another program’s', async (_, footer) => {
    const place = await parquetPlace();
    await using(place, (destination) => publish(destination, plan(), [{ id: 1 }]));
    const shop = tablePath(place.folder, 'xano_data', 'shop');
    const [row] = (await sql(
      ':memory:',
      `SELECT decode(value) AS value FROM parquet_kv_metadata(${sqlText(shop)}) WHERE key = 'xano'::BLOB`,
    )) as { value: string }[];
    const changed = footer ?? JSON.stringify({ ...JSON.parse(row!.value), staging_id: '../../x' });
    await sql(
      ':memory:',
      `COPY (SELECT 1 AS id) TO ${sqlText(shop)} (KV_METADATA {xano: ${sqlText(changed)}})`,
    );
    expect((await readStatus(place.to)).tables).toEqual([]);
    const error = await using(place, (destination) => rejectionOf(publish(destination, plan(), [{ id: 2 }])));
    expect(error.message).toMatch(
      /^xano-connector did not create the table xano_data\."shop" in the destination\.$/,
    );
  });

  it('refuses a footer of a newer version', async () => {
    const place = await parquetPlace();
    await using(place, (destination) => publish(destination, plan(), [{ id: 1 }]));
    const shop = tablePath(place.folder, 'xano_data', 'shop');
    const [row] = (await sql(
      ':memory:',
      `SELECT decode(value) AS value FROM parquet_kv_metadata(${sqlText(shop)}) WHERE key = 'xano'::BLOB`,
    )) as { value: string }[];
    const newer = JSON.stringify({ ...JSON.parse(row!.value), version: 99 });
    await sql(
      ':memory:',
      `COPY (SELECT 1 AS id) TO ${sqlText(shop)} (KV_METADATA {xano: ${sqlText(newer)}})`,
    );
    expect((await rejectionOf(readStatus(place.to))).message).toMatch(/newer xano-connector/);
  });
});

describe('a path that cannot hold a Parquet folder', () => {
  it.each([
    ['a file', (path: string) => writeFileSync(path, 'x'), /out is a file, not a folder\.$/],
    ['in no folder', () => {}, /^The folder .*none does not exist\.$/],
  ])('is refused before anything is read: %s', async (what, make, message) => {
    const path = join(tempFolder(), what === 'a file' ? 'out' : 'none/out');
    make(path);
    const destination = await openDestination(`${path}/`);
    const error = await rejectionOf(destination.openTarget(plan()));
    await destination.close();
    expect(error.code).toBe('DATABASE_FAILED');
    expect(error.message).toMatch(message);
  });

  it.each([
    ['there is none', false, /^The folder .*out\/ does not exist\.$/],
    ['nothing was loaded into it', true, /^The folder .*out\/ holds no load\.$/],
  ])('has no status where %s', async (_, isThere, message) => {
    const path = join(tempFolder(), 'out');
    if (isThere) mkdirSync(path);
    const error = await rejectionOf(readStatus(`${path}/`));
    expect(error.code).toBe('DATABASE_FAILED');
    expect(error.message).toMatch(message);
  });
});
