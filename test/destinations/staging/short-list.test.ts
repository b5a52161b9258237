/** A short list is published from the file that it came in: no table of staging has its rows meanwhile. */
import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Destination } from '../../../src/destinations/destination.js';
import { openDestination } from '../../../src/destinations/open.js';
import { using } from '../conformance/place.js';
import { sql } from '../duckdb.js';
import { column, ID_NAME, plan, publication, records, tempFolder } from '../writing.js';

/** A file with a table, so that a further one is not staged in its place. */
async function loadedFile(): Promise<string> {
  const file = join(tempFolder(), 'shop.duckdb');
  await sql(file, 'CREATE SCHEMA xano_data', 'CREATE TABLE xano_data.other AS SELECT 1 AS id');
  return file;
}

/** Runs work with the file as a destination. */
const withFile = <T>(file: string, work: (destination: Destination) => Promise<T>): Promise<T> =>
  using({ open: () => openDestination(file) }, work);

/** The tables of rows that a copy of the staging file has now. */
async function stagedTables(file: string): Promise<readonly unknown[]> {
  for (const end of ['', '.wal'])
    if (existsSync(`${file}.staging${end}`)) copyFileSync(`${file}.staging${end}`, `${file}.copy${end}`);
  return sql(`${file}.copy`, "SELECT estimated_size AS rows FROM duckdb_tables() WHERE table_name ^@ 'r_'");
}

const shop = (file: string): Promise<readonly unknown[]> =>
  sql(file, 'SELECT id, name FROM xano_data.shop ORDER BY rowid');

it('is counted and published without a table of its own', async () => {
  const file = await loadedFile();
  await withFile(file, async (destination) => {
    const writer = await destination.openTarget(plan());
    await writer.write(
      records([
        { id: 2, name: 'b' },
        { id: 1, name: null },
      ]),
      null,
    );
    expect(await writer.staged()).toEqual({ rows: 2, distinct_keys: 2, keyless_rows: 0 });
    expect(await writer.held({}, [])).toEqual({ rows: 2, lowest: '1', highest: '2' });
    expect(await stagedTables(file)).toEqual([]);
    expect(await writer.commit(publication())).toMatchObject({ rows_written: 2, rows_total: 2 });
    const folder = readdirSync(`${file}.staging.tmp`);
    expect(folder.filter((name) => name.endsWith('.parquet'))).toEqual([]);
  });
  expect(await shop(file)).toEqual([
    { id: '2', name: 'b' },
    { id: '1', name: null },
  ]);
});

it('has the last record of each key', async () => {
  const file = await loadedFile();
  await withFile(file, async (destination) => {
    const writer = await destination.openTarget(plan());
    await writer.write(
      records([
        { id: 1, name: 'old' },
        { id: 2, name: 'b' },
        { id: 1, name: 'new' },
      ]),
      null,
    );
    expect(await writer.staged()).toEqual({ rows: 3, distinct_keys: 2, keyless_rows: 0 });
    expect(await writer.commit(publication())).toMatchObject({ rows_written: 2, rows_total: 2 });
  });
  expect(await shop(file)).toEqual([
    { id: '2', name: 'b' },
    { id: '1', name: 'new' },
  ]);
});

it('becomes a table with the rows that come after it was looked at', async () => {
  const file = await loadedFile();
  await withFile(file, async (destination) => {
    const writer = await destination.openTarget(plan());
    await writer.write(records([{ id: 1, name: 'a' }]), 'after 1');
    expect(await writer.highest('id')).toEqual({ type: 'BIGINT', value: '1' });
    expect(await stagedTables(file)).toEqual([]);
    await writer.write(records([{ id: 2, name: 'b' }]), null);
    expect(await writer.staged()).toEqual({ rows: 2, distinct_keys: 2, keyless_rows: 0 });
    expect(await stagedTables(file)).toEqual([{ rows: '2' }]);
    await writer.commit(publication());
  });
  expect(await shop(file)).toEqual([
    { id: '1', name: 'a' },
    { id: '2', name: 'b' },
  ]);
});

it('becomes a table when rows of it are forgotten, or a column gets another type', async () => {
  const file = await loadedFile();
  await withFile(file, async (destination) => {
    const writer = await destination.openTarget(plan());
    await writer.write(
      records([
        { id: 1, name: 'a' },
        { id: 2, name: 'b' },
      ]),
      'after 2',
    );
    await writer.forget({ after: '1' });
    await writer.widen(column('more', 'BIGINT'));
    await writer.write(
      records([{ id: 3, name: 'c', more: 9 }], [], [...ID_NAME, column('more', 'BIGINT')]),
      null,
    );
    expect(await writer.staged()).toEqual({ rows: 2, distinct_keys: 2, keyless_rows: 0 });
    await writer.commit(publication());
  });
  expect(await sql(file, 'SELECT id, name, more FROM xano_data.shop ORDER BY id')).toEqual([
    { id: '1', name: 'a', more: null },
    { id: '3', name: 'c', more: '9' },
  ]);
});

it('is kept for the next load when its own one stops before it is published', async () => {
  const file = await loadedFile();
  await withFile(file, async (destination) => {
    const writer = await destination.openTarget(plan());
    await writer.write(records([{ id: 1, name: 'a' }]), 'after 1');
    await writer.staged();
    await writer.abort({ keep: true });
  });
  await withFile(file, async (destination) => {
    const writer = await destination.openTarget(plan({ load_id: 'load-2' }));
    expect(writer.checkpoint).toEqual({ rows: 1, resume: 'after 1', columns_added: [] });
    await writer.write(records([{ id: 2, name: 'b' }]), null);
    await writer.staged();
    await writer.commit(publication('load-2'));
  });
  expect(await shop(file)).toEqual([
    { id: '1', name: 'a' },
    { id: '2', name: 'b' },
  ]);
});

it('is gone when its own load gives it up', async () => {
  const file = await loadedFile();
  await withFile(file, async (destination) => {
    const writer = await destination.openTarget(plan());
    await writer.write(records([{ id: 1, name: 'a' }]), null);
    await writer.staged();
    await writer.abort({ keep: false });
    expect(readdirSync(`${file}.staging.tmp`).filter((name) => name.endsWith('.parquet'))).toEqual([]);
  });
  expect(existsSync(`${file}.staging`)).toBe(false);
});

it('is kept for the next load when it cannot be published', async () => {
  const file = await loadedFile();
  const write = async (destination: Destination, load_id: string, ids: readonly number[]) => {
    const writer = await destination.openTarget(plan({ load_id, allow_shrink: false }));
    await writer.write(records(ids.map((id) => ({ id, name: load_id }))), 'all');
    await writer.staged();
    return writer;
  };
  await withFile(file, async (destination) => {
    await (await write(destination, 'load-1', [1, 2, 3])).commit(publication());
    const writer = await write(destination, 'load-2', [1]);
    await expect(writer.commit(publication('load-2'))).rejects.toMatchObject({ code: 'SHRUNK' });
  });
  await withFile(file, async (destination) => {
    const writer = await destination.openTarget(plan({ load_id: 'load-3' }));
    expect(writer.checkpoint).toEqual({ rows: 1, resume: 'all', columns_added: [] });
    await writer.staged();
    await writer.commit(publication('load-3'));
  });
  expect(await shop(file)).toEqual([{ id: '1', name: 'load-2' }]);
});
