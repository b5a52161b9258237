/**
 * A staging file is a copy of what can be read again: where it cannot be used, it is set aside, and nothing
 * else suffers.
 */
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Destination } from '../../../src/destinations/destination.js';
import { openDestination } from '../../../src/destinations/open.js';
import { sql } from '../duckdb.js';
import { contentsOf, folderOf, loadedFile, put } from '../state/loaded.js';
import { ID_NAME, plan, publication, records } from '../writing.js';

const MANY = Array.from({ length: 5_000 }, (_, i) => ({ id: i, name: `name ${i} ${'x'.repeat(200)}` }));

/** A file with a published table, and rows of an unfinished load in its staging file. */
async function unfinished(): Promise<{ readonly file: string; readonly staging: string }> {
  const file = await loadedFile();
  const destination = await openDestination(file);
  const writer = await destination.openTarget(plan({ load_id: 'load-2' }));
  await writer.write(records(MANY), { after: '4999' });
  await writer.abort({ keep: true });
  await destination.close();
  return { file, staging: `${file}.staging` };
}

async function using<T>(file: string, work: (destination: Destination) => Promise<T>): Promise<T> {
  const destination = await openDestination(file, { now: () => Date.parse('2026-11-21T10:15:02Z') });
  try {
    return await work(destination);
  } finally {
    await destination.close();
  }
}

function overwrite(file: string, at: number, length = 5_000): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.alloc(length, 0x5a), 0, length, at);
  closeSync(descriptor);
}

const DAMAGE: readonly (readonly [string, (staging: string) => unknown])[] = [
  ['its header is overwritten', (staging) => overwrite(staging, 0)],
  ['its second header is overwritten', (staging) => overwrite(staging, 4096, 8192)],
  ['its first block is overwritten', (staging) => overwrite(staging, 12_388)],
  [
    'a block in its middle is overwritten',
    (staging) => overwrite(staging, Math.floor(statSync(staging).size / 2)),
  ],
  ['its end is overwritten', (staging) => overwrite(staging, statSync(staging).size - 6_000)],
  ['half of it is missing', (staging) => truncateSync(staging, Math.floor(statSync(staging).size / 2))],
  ['only the begin of a header is there', (staging) => truncateSync(staging, 100)],
  ['it is empty', (staging) => truncateSync(staging, 0)],
  ['it is a text', (staging) => writeFileSync(staging, 'a note of somebody\n')],
  ['it is a folder', (staging) => inItsPlace(staging, () => mkdirSync(staging))],
  [
    'it is a database of somebody else',
    (staging) => inItsPlace(staging, () => sql(staging, 'CREATE TABLE mine AS SELECT 1 AS a')),
  ],
  [
    'it is a database of somebody else that has a table called progress',
    (staging) => inItsPlace(staging, () => sql(staging, 'CREATE TABLE progress AS SELECT 50 AS percent')),
  ],
  [
    'progress is a view',
    (staging) =>
      sql(
        staging,
        'CREATE TABLE r_0123456789abcdef AS FROM progress',
        'DROP TABLE progress',
        'CREATE VIEW progress AS FROM r_0123456789abcdef',
      ),
  ],
  [
    'progress has other columns',
    (staging) => sql(staging, 'ALTER TABLE progress RENAME COLUMN resume TO place'),
  ],
  ['it has a view', (staging) => sql(staging, 'CREATE VIEW v AS SELECT 1 AS a')],
  ['its newer version is unknown', (staging) => overwriteVersion(staging)],
];

async function inItsPlace(staging: string, make: () => unknown): Promise<void> {
  rmSync(staging);
  await make();
}

/** DuckDB keeps the number of the storage version after the checksum and the magic bytes. */
function overwriteVersion(staging: string): void {
  const descriptor = openSync(staging, 'r+');
  writeSync(descriptor, Buffer.from([200]), 0, 1, 12);
  closeSync(descriptor);
}

it.each(DAMAGE)(
  'a damaged staging file is set aside and reported, and its table read again, where %s',
  async (_, damage) => {
    const { file, staging } = await unfinished();
    await damage(staging);
    const damaged = contentsOf(folderOf(file))['x.duckdb.staging'];
    const moved_to = `${staging}.damaged-20261121T101502Z`;
    await using(file, async (destination) => {
      const { set_aside } = await destination.prepare();
      expect(set_aside).toEqual({
        file: staging,
        moved_to,
        reason: expect.stringMatching(/^[^\n]{5,300}[^.]$/),
      });
      expect(set_aside?.reason).not.toMatch(/x\.duckdb (is|was)|backup/);
      const writer = await destination.openTarget(plan({ load_id: 'load-2' }));
      expect(writer.checkpoint).toBeNull();
      await writer.write(records([{ id: 7, name: 'new' }]), null);
      await writer.staged();
      await writer.commit(publication('load-2', 1));
    });
    expect(await sql(file, 'SELECT id, name FROM xano_data.shop')).toEqual([{ id: '7', name: 'new' }]);
    // Whatever it was is still there.
    expect(contentsOf(folderOf(file))['x.duckdb.staging.damaged-20261121T101502Z']).toBe(damaged);
    expect(readdirSync(folderOf(file)).sort()).toEqual([
      'x.duckdb',
      'x.duckdb.staging.damaged-20261121T101502Z',
    ]);
  },
);

it('a staging file that is set aside in the same second gets its own name', async () => {
  const { file, staging } = await unfinished();
  for (const text of ['one', 'two']) {
    writeFileSync(staging, text);
    await using(file, (destination) => destination.prepare());
  }
  expect(readFileSync(`${staging}.damaged-20261121T101502Z`, 'utf8')).toBe('one');
  expect(readFileSync(`${staging}.damaged-20261121T101502Z-2`, 'utf8')).toBe('two');
});

it.each([
  ['of another load', (staging: string) => writeFileSync(`${staging}.wal`, Buffer.alloc(5_000, 0x5a))],
  ['that is empty', (staging: string) => writeFileSync(`${staging}.wal`, '')],
])('a staging file resumes where a log lies beside it %s', async (_, add) => {
  const { file, staging } = await unfinished();
  add(staging);
  await using(file, async (destination) => {
    expect(await destination.prepare()).toEqual({ set_aside: null });
    expect((await destination.openTarget(plan({ load_id: 'load-2' }))).checkpoint).toMatchObject({
      rows: 5_000,
    });
  });
});

it('a staging file is created where only its log exists', async () => {
  const file = await loadedFile();
  writeFileSync(`${file}.staging.wal`, Buffer.alloc(5_000, 0x5a));
  await put(file, { load_id: 'load-2' });
  expect(readdirSync(folderOf(file))).toEqual(['x.duckdb']);
});

describe('progress that lies', () => {
  const LIES: readonly (readonly [string, string])[] = [
    ['of its rows', 'UPDATE progress SET rows = rows + 1'],
    ['of less than no rows', 'UPDATE progress SET rows = -1'],
    ['of no rows at all', 'UPDATE progress SET rows = NULL'],
    [
      'of columns that are not there',
      `UPDATE progress SET columns_added = '[{"name":"more","type":"VARCHAR","list":false}]'`,
    ],
    [
      'of columns of types that do not exist',
      `UPDATE progress SET columns_added = '[{"name":"more","type":"X); --","list":false}]'`,
    ],
    ['of columns that are no list', `UPDATE progress SET columns_added = '5'`],
    ['in JSON nested very deep', `UPDATE progress SET resume = repeat('[', 500) || repeat(']', 500)`],
  ];
  it.each(LIES)('is not resumed from: %s', async (_, statement) => {
    const { file, staging } = await unfinished();
    await sql(staging, statement);
    await using(file, async (destination) => {
      const writer = await destination.openTarget(plan({ load_id: 'load-2' }));
      expect(writer.checkpoint).toBeNull();
      await writer.abort({ keep: false });
    });
    await put(file, { load_id: 'load-2' }, [{ id: 7, name: 'new' }]);
    expect(await sql(file, 'SELECT id, name FROM xano_data.shop')).toEqual([{ id: '7', name: 'new' }]);
  });

  it('is not resumed from where the columns have other types', async () => {
    const { file, staging } = await unfinished();
    const [table] = await sql(
      staging,
      "SELECT table_name AS t FROM duckdb_tables() WHERE schema_name = 'xano_data'",
    );
    const name = (table as { t: string }).t;
    await sql(staging, `ALTER TABLE xano_data.${name} ALTER id TYPE VARCHAR`);
    await using(file, async (destination) => {
      expect((await destination.openTarget(plan({ load_id: 'load-2' }))).checkpoint).toBeNull();
    });
  });
});

it('a staging file that is damaged while it is read is named in the error, and set aside by the next load', async () => {
  const { file, staging } = await unfinished();
  const target = contentsOf(folderOf(file))['x.duckdb'];
  await using(file, async (destination) => {
    const writer = await destination.openTarget(plan({ load_id: 'load-2' }));
    expect(writer.checkpoint).toMatchObject({ rows: 5_000 });
    for (let at = 12_388; at < statSync(staging).size - 300_000; at += 262_144) overwrite(staging, at);
    const failure = await writer
      .staged()
      .then(() => writer.commit(publication('load-2', 5_000)))
      .catch((thrown: unknown) => thrown);
    // DuckDB may have every block in memory still.
    if (failure instanceof Error)
      expect(failure).toMatchObject({
        code: 'DATABASE_FAILED',
        message: `The staging file ${staging} was damaged while its rows were read.`,
      });
    await writer.abort({ keep: true }).catch(() => {});
  });
  expect(target).toBeDefined();
  await put(file, { load_id: 'load-3' }, [{ id: 7, name: 'new' }]);
  expect(await sql(file, 'SELECT id FROM xano_data.shop')).toEqual([{ id: '7' }]);
});

it('a staging file is not set aside where another load holds it', async () => {
  const { file } = await unfinished();
  const first = await openDestination(file);
  await first.prepare();
  const second = await openDestination(file, { lock_wait_ms: 0 });
  await expect(second.prepare()).rejects.toMatchObject({ code: 'DATABASE_LOCKED' });
  await second.close();
  await first.close();
  expect(readdirSync(folderOf(file)).sort()).toEqual(['x.duckdb', 'x.duckdb.staging']);
});

it('a staging file with every column type is verified and resumed', async () => {
  const file = await loadedFile();
  const types = ['BIGINT', 'DOUBLE', 'VARCHAR', 'BOOLEAN', 'TIMESTAMPTZ', 'DATE', 'UUID', 'JSON'] as const;
  const columns = [
    ...ID_NAME,
    ...types.flatMap((type) => [
      { name: `one ${type}`, type, list: false },
      { name: `list ${type}`, type, list: true },
    ]),
    { name: 'vector', type: 'FLOAT' as const, list: true, size: 3 },
  ];
  const wanted = plan({ identity: 'host/types', origin: null, target: { name: 'types', columns } });
  await using(file, async (destination) => {
    const writer = await destination.openTarget(wanted);
    await writer.write(records([{ id: 1, name: 'a' }], [], columns), 'after 1');
    await writer.abort({ keep: true });
  });
  await using(file, async (destination) => {
    expect(await destination.prepare()).toEqual({ set_aside: null });
    expect((await destination.openTarget(wanted)).checkpoint).toMatchObject({ rows: 1 });
  });
});

it('a load leaves another program’s file in the temporary folder, and the folder', async () => {
  const file = await loadedFile();
  const folder = `${file}.staging.tmp`;
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  for (const name of ['notes.txt', 'r_0-0.parquet', 'duckdb_temp_storage-0.tmp'])
    writeFileSync(join(folder, name), 'x');
  await put(file, { load_id: 'load-2' });
  expect(readdirSync(folder)).toEqual(['notes.txt']);
});
