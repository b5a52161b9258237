/** How long rows of an unfinished load are worth going on with. */
import { copyFileSync, existsSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDestination } from '../../../src/destinations/open.js';
import { sql } from '../duckdb.js';
import { plan, publication, records, tempFolder } from '../writing.js';

/** A file beside which a row waits to be gone on with. */
async function interrupted(): Promise<string> {
  const file = join(tempFolder(), 'shop.duckdb');
  const destination = await openDestination(file);
  const writer = await destination.openTarget(plan());
  await writer.write(records([{ id: 1, name: 'a' }]), 'after 1');
  await writer.abort({ keep: true });
  await destination.close();
  return file;
}

/** What the next load finds to go on with. */
async function unfinished(file: string): Promise<unknown> {
  const destination = await openDestination(file);
  try {
    const writer = await destination.openTarget(plan({ load_id: 'load-2' }));
    await writer.abort({ keep: true });
    return writer.checkpoint;
  } finally {
    await destination.close();
  }
}

it.each([
  ['keeps rows for most of a day', 23, { rows: 1, resume: 'after 1', columns_added: [] }],
  ['forgets rows that were kept for more than a day', 25, null],
])('an unfinished load %s', async (_, hours, expected) => {
  const file = await interrupted();
  await sql(`${file}.staging`, `UPDATE progress SET saved_at = saved_at - INTERVAL ${hours} HOUR`);
  expect(await unfinished(file)).toEqual(expected);
});

it('a load recognises staged rows that were published before a kill', async () => {
  const file = await interrupted();
  // The state says which staging stands in the target.
  const other = await openDestination(file);
  const writer = await other.openTarget(plan({ load_id: 'load-2' }));
  await writer.staged();
  for (const end of ['', '.wal'])
    if (existsSync(`${file}.staging${end}`)) copyFileSync(`${file}.staging${end}`, `${file}.copy${end}`);
  await writer.commit(publication('load-2'));
  await other.close();
  expect(existsSync(`${file}.staging`)).toBe(false);
  for (const end of ['', '.wal'])
    if (existsSync(`${file}.copy${end}`)) renameSync(`${file}.copy${end}`, `${file}.staging${end}`);
  expect(await sql(`${file}.staging`, 'SELECT rows FROM progress')).toEqual([{ rows: '1' }]);
  expect(await unfinished(file)).toBeNull();
});

it('a load continues after rows of long values that a kill left in the log', async () => {
  const file = await interrupted();
  const staging = `${file}.staging`;
  const tables = await sql(staging, "SELECT table_name FROM duckdb_tables() WHERE table_name ^@ 'r_'");
  const { table_name } = tables[0] as { readonly table_name: string };
  await sql(
    staging,
    `SET GLOBAL checkpoint_threshold = '1GiB';
    PRAGMA disable_checkpoint_on_shutdown;
    BEGIN;
    INSERT INTO xano_data.${table_name} SELECT true, id, repeat('x', 1048576) FROM range(2, 152) r(id);
    UPDATE progress SET rows = 151;
    COMMIT`,
  );
  expect(statSync(`${staging}.wal`).size).toBeGreaterThan(150 * 1024 * 1024);

  const destination = await openDestination(file);
  const writer = await destination.openTarget(plan({ load_id: 'load-2' }));
  expect(writer.checkpoint).toMatchObject({ rows: 151, resume: 'after 1' });
  expect(await writer.staged()).toMatchObject({ rows: 151, distinct_keys: 151 });
  await writer.commit(publication('load-2'));
  await destination.close();
  expect(await sql(file, 'SELECT sum(length(name)) AS length FROM xano_data.shop')).toEqual([
    { length: String(150 * 1048576 + 1) },
  ]);
});
