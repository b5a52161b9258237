/** Tables that are published at about the same time go into the file together; how they are stored does not depend on their company. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Destination, TargetWriter } from '../../src/destinations/destination.js';
import { openDestination } from '../../src/destinations/open.js';
import { rejectionOf } from '../rest/reading.js';
import { sql } from './duckdb.js';
import { column, plan, publication, records, tempFolder } from './writing.js';

const newFile = (): string => join(tempFolder(), 'shop.duckdb');
const rowsOf = (count: number): object[] =>
  Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    name: `everybody has a name of their own, this one is ${(i * 7919) % 100_003}`,
    status: ['new', 'paid', 'sent'][i % 3],
    meta: { n: i, note: `about ${i * 31}` },
  }));
const COLUMNS = [
  column('id', 'BIGINT'),
  column('name', 'VARCHAR'),
  column('status', 'VARCHAR'),
  column('meta', 'JSON'),
];

const named = (name: string, more: Parameters<typeof plan>[0] = {}) =>
  plan({
    resource: name,
    identity: `host/${name}`,
    origin: { workspace: 1, table: name },
    ...more,
    target: { name, columns: COLUMNS, ...more.target },
  });

async function stage(writer: TargetWriter, rows: readonly object[]): Promise<void> {
  await writer.write(records(rows), null);
  await writer.staged();
}

async function using<T>(file: string, work: (destination: Destination) => Promise<T>): Promise<T> {
  const destination = await openDestination(file);
  try {
    return await work(destination);
  } finally {
    await destination.close();
  }
}

/** How the values of a column are compressed. */
const compressionOf = async (file: string, of: string): Promise<unknown[]> =>
  sql(
    file,
    `SELECT column_name AS name, string_agg(DISTINCT compression) AS compression FROM pragma_storage_info('xano_data.${of}') WHERE segment_type <> 'VALIDITY' GROUP BY ALL ORDER BY min(column_id)`,
  );

const WELL = [
  { name: 'id', compression: 'BitPacking' },
  { name: 'name', compression: 'FSST' },
  { name: 'status', compression: 'Dictionary' },
  { name: 'meta', compression: 'FSST' },
];

describe('a table is compressed', () => {
  it('where it is read alone, and becomes the target as it is', async () => {
    const file = newFile();
    await using(file, async (destination) => {
      const writer = await destination.openTarget(named('a'));
      await stage(writer, rowsOf(5_000));
      await writer.commit(publication());
    });
    expect((await compressionOf(file, 'a')).slice(0, 4)).toEqual(WELL);
  });

  it('where others are read beside it', async () => {
    const file = newFile();
    await using(file, async (destination) => {
      const writers = [await destination.openTarget(named('a')), await destination.openTarget(named('b'))];
      for (const writer of writers) await stage(writer, rowsOf(5_000));
      await Promise.all(writers.map((writer) => writer.commit(publication())));
    });
    for (const name of ['a', 'b']) expect((await compressionOf(file, name)).slice(0, 4)).toEqual(WELL);
  });

  it('where it was read beside others, by a load that did not finish, and the rest of it alone', async () => {
    const file = newFile();
    await using(file, async (destination) => {
      const writers = [await destination.openTarget(named('a')), await destination.openTarget(named('b'))];
      for (const writer of writers) await stage(writer, rowsOf(5_000));
      await writers[0]!.abort({ keep: true });
      await writers[1]!.abort({ keep: false });
    });
    await using(file, async (destination) => {
      const writer = await destination.openTarget(named('a'));
      expect(writer.unfinished).toEqual({ rows: 5_000, resume: null, columns_added: [] });
      await writer.staged();
      await writer.commit(publication());
    });
    expect((await compressionOf(file, 'a')).slice(0, 4)).toEqual(WELL);
    expect(await sql(file, 'SELECT count(*) AS n, sum(id) AS ids FROM xano_data.a')).toEqual([
      { n: '5000', ids: '12502500' },
    ]);
  });

  it('whatever comes after rows whose texts all differ', async () => {
    const file = newFile();
    const more = rowsOf(5_060)
      .slice(5_000)
      .map((row) => ({ ...row, name: 'x'.repeat(300_000), meta: null }));
    await using(file, async (destination) => {
      const writer = await destination.openTarget(named('a'));
      await writer.write(records(rowsOf(5_000)), null);
      for (let i = 0; i < 60; i += 20) await writer.write(records(more.slice(i, i + 20)), null);
      await writer.staged();
      await writer.commit(publication());
    });
    const counts =
      'SELECT count(*) AS n, count(meta) AS metas, count(DISTINCT name) AS names, count(*) FILTER (length(name) = 300000) AS long FROM xano_data.a';
    expect(await sql(file, counts)).toEqual([{ n: '5060', metas: '5000', names: '5001', long: '60' }]);
  });
});

describe('tables that are published at the same time', () => {
  it('are all there, each with its state, and one that may not be written keeps nobody from it', async () => {
    const file = newFile();
    await sql(file, 'CREATE SCHEMA xano_data', "CREATE TABLE xano_data.taken AS SELECT 'mine' AS whose");
    const names = Array.from({ length: 12 }, (_, i) => `t${i}`);
    await using(file, async (destination) => {
      // Its place is taken while it is read: only when it is published is that seen.
      const late = await destination.openTarget(named('late'));
      const writers = await Promise.all(names.map((name) => destination.openTarget(named(name))));
      await sql(file, "CREATE TABLE xano_data.late AS SELECT 'mine, too' AS whose");
      for (const [i, writer] of writers.entries()) await stage(writer, rowsOf(i + 1));
      await stage(late, rowsOf(3));
      const [refused, ...published] = await Promise.all([
        rejectionOf(late.commit(publication())),
        ...writers.map((writer, i) => writer.commit(publication('load-1', i + 1))),
      ]);
      expect(refused).toMatchObject({ code: 'DATABASE_FAILED' });
      expect(published.map(({ rows_written, rows_total }) => [rows_written, rows_total])).toEqual(
        names.map((_, i) => [i + 1, i + 1]),
      );
      await late.abort({ keep: false });
    });
    const counts = names.map((name) => `SELECT '${name}' AS name, count(*) AS n FROM xano_data.${name}`);
    expect(await sql(file, `FROM (${counts.join(' UNION ALL ')}) ORDER BY n`)).toEqual(
      names.map((name, i) => ({ name, n: String(i + 1) })),
    );
    expect(await sql(file, 'SELECT resource, rows FROM _xano.resources ORDER BY rows')).toEqual(
      names.map((resource, i) => ({ resource, rows: String(i + 1) })),
    );
    expect(await sql(file, 'FROM xano_data.taken UNION ALL FROM xano_data.late')).toEqual([
      { whose: 'mine' },
      { whose: 'mine, too' },
    ]);
  });

  it('may take each other’s names, and are known by their new ones to the next load', async () => {
    const file = newFile();
    const table = (table_id: number, name: string) =>
      named(name, { identity: `host/${table_id}`, origin: { workspace: 1, table_id } });
    const load = (destination: Destination, name: Record<1 | 2, string>, rows: number) =>
      Promise.all(
        ([1, 2] as const).map(async (id) => {
          const writer = await destination.openTarget(table(id, name[id]));
          const { before } = writer;
          await stage(writer, rowsOf(rows * id));
          await writer.commit(publication());
          return before?.rows ?? null;
        }),
      );
    await using(file, async (destination) => {
      expect(await load(destination, { 1: 'a', 2: 'b' }, 10)).toEqual([null, null]);
      expect(await load(destination, { 1: 'b', 2: 'a' }, 20)).toEqual([10, 20]);
      expect(await load(destination, { 1: 'b', 2: 'a' }, 30)).toEqual([20, 40]);
    });
    expect(
      await sql(
        file,
        'SELECT (SELECT count(*) FROM xano_data.a) AS a, (SELECT count(*) FROM xano_data.b) AS b, list(target_table ORDER BY identity) AS names FROM _xano.resources',
      ),
    ).toEqual([{ a: '60', b: '30', names: ['b', 'a'] }]);
  });
});
