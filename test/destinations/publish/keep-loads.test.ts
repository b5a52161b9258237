/** Load records: the newest stay, so that years of loads do not grow a file. */
import { expect, it } from 'vitest';
import { openDestination, readStatus } from '../../../src/destinations/open.js';
import { sql } from '../duckdb.js';
import { loadedFile, put } from '../state/loaded.js';
import { plan, report } from '../writing.js';

const ids = async (file: string): Promise<unknown[]> =>
  (await sql(file, 'SELECT load_id FROM _xano.loads ORDER BY load_id')).map(
    (row) => (row as { load_id: string }).load_id,
  );
const at = (minute: number): string => `2026-01-02T04:${String(minute).padStart(2, '0')}:00.000Z`;

it('_xano.loads keeps the newest 1,000 loads, or as many as keep_loads says', async () => {
  const file = await loadedFile();
  await sql(
    file,
    `INSERT INTO _xano.loads SELECT 'old-' || lpad(i::VARCHAR, 4, '0'), TIMESTAMPTZ '2020-01-01' + to_hours(i::INT), NULL, 'loaded', 0, 0, '{}' FROM range(1500) r(i)`,
  );
  await put(file, { load_id: 'load-2' });
  expect(await ids(file)).toHaveLength(1_000);
  // The record of one that is kept is as it was.
  expect((await readStatus(file, { loads: 2_000 })).loads.at(-1)).toMatchObject({ load_id: 'old-0502' });
  const destination = await openDestination(file, { keep_loads: 3 });
  for (const minute of [1, 2, 3, 4])
    await destination.record(
      report(`load-${2 + minute}`, { started_at: at(minute), finished_at: at(minute) }),
    );
  await destination.close();
  expect(await ids(file)).toEqual(['load-4', 'load-5', 'load-6']);
});

it('_xano.loads keeps the record of the running load, also where the clock was set back', async () => {
  const file = await loadedFile();
  await sql(file, `UPDATE _xano.loads SET started_at = '2090-01-01'`);
  await put(file, { load_id: 'load-2' }, undefined, { keep_loads: 1 });
  expect(await ids(file)).toEqual(['load-2']);
});

it('the status shows what it knows of a table whose load record was dropped', async () => {
  const file = await loadedFile();
  await put(
    file,
    { identity: 'host/other', target: { name: 'other' }, origin: null, load_id: 'load-2' },
    undefined,
    {
      keep_loads: 1,
    },
  );
  expect(await ids(file)).toEqual(['load-2']);
  expect(
    (await readStatus(file)).tables.map((one) => [one.table, one.load_id, one.rows, one.rows_change]),
  ).toEqual([
    ['other', 'load-2', 1, null],
    ['shop', 'load-1', 1, null],
  ]);
});

it('a query finds the rows since a load whose record was dropped, by its id', async () => {
  const file = await loadedFile();
  const append = {
    write_disposition: 'append',
    identity: 'host/p',
    origin: null,
    target: { name: 'p' },
  } as const;
  const one = { keep_loads: 1 };
  await put(file, { ...append, load_id: '20260101T000000Z-aaaa' }, [{ id: 1, name: 'a' }], one);
  await put(file, { load_id: '20260102T000000Z-aaaa' }, undefined, one);
  await put(file, { ...append, load_id: '20260103T000000Z-aaaa' }, [{ id: 3, name: 'c' }], one);
  await put(file, { ...append, load_id: '20260104T000000Z-aaaa' }, [{ id: 4, name: 'd' }], one);
  expect(await ids(file)).toEqual(['20260104T000000Z-aaaa']);
  const destination = await openDestination(file);
  const found = await destination.readRows({
    identity: 'host/p',
    keys: ['id'],
    columns: [],
    newer_than: plan().identity,
  });
  const rows = [];
  for await (const row of found.rows()) rows.push(row);
  found.close();
  await destination.close();
  expect(rows).toEqual([['3'], ['4']]);
});

it.each([0, -1, 1.5, Number.NaN])('keep_loads refuses %d', async (keep_loads) => {
  await expect(openDestination('x.duckdb', { keep_loads })).rejects.toMatchObject({ code: 'USAGE' });
});
