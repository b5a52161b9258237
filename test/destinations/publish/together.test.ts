/**
 * Tables that are published at about the same time go into the file together; how they are stored does not
 * depend on their company.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Destination, TargetWriter } from '../../../src/destinations/destination.js';
import { openDestination } from '../../../src/destinations/open.js';
import { rejectionOf } from '../../rest/decode/reading.js';
import { using } from '../conformance/place.js';
import { sql } from '../duckdb.js';
import { column, plan, publication, records, tempFolder } from '../writing.js';

/** A program of its own: how many tables a file has. */
const COUNT_TABLES = `import { DuckDBInstance } from '@duckdb/node-api';
const instance = await DuckDBInstance.create(process.argv.at(-1), { access_mode: 'READ_ONLY' });
const reader = await (await instance.connect()).runAndReadAll('SELECT count(*)::INT FROM _xano.resources');
process.stdout.write(String(reader.getRows()[0][0]));`;
const newFile = (): string => join(tempFolder(), 'shop.duckdb');
const rowsOf = (count: number): object[] =>
  Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    name: `everybody has a name of their own, this one is ${(i * 7919) % 100_003}`,
    status: ['new', 'paid', 'sent'][i % 3],
    meta: { n: i, note: `about ${i * 31}` },
  }));
const ID = column('id', 'BIGINT');
const COLUMNS = [ID, column('name', 'VARCHAR'), column('status', 'VARCHAR'), column('meta', 'JSON')];

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

const withFile = <T>(file: string, work: (destination: Destination) => Promise<T>): Promise<T> =>
  using({ open: () => openDestination(file) }, work);

/** How the values of a column are compressed. */
const compressionOf = async (file: string, of: string): Promise<unknown[]> =>
  sql(
    file,
    `SELECT column_name AS name, string_agg(DISTINCT compression) AS compression FROM pragma_storage_info('xano_data.${of}') WHERE segment_type <> 'VALIDITY' AND column_name IN ('id', 'status') GROUP BY ALL ORDER BY min(column_id)`,
  );

const WELL = [
  { name: 'id', compression: 'BitPacking' },
  { name: 'status', compression: 'Dictionary' },
];

describe('a table is published', () => {
  it('in place and compressed where it is read alone', async () => {
    const file = newFile();
    await withFile(file, async (destination) => {
      const writer = await destination.openTarget(named('a'));
      await stage(writer, rowsOf(5_000));
      await writer.commit(publication());
    });
    expect(await compressionOf(file, 'a')).toEqual(WELL);
  });

  it('never in the place of a file that somebody makes there meanwhile', async () => {
    const file = newFile();
    await withFile(file, async (destination) => {
      const writer = await destination.openTarget(named('a'));
      await stage(writer, rowsOf(5));
      const late = Object.defineProperty({ ...publication() }, 'completeness', {
        get: () => {
          writeFileSync(file, 'mine');
          return 'proved';
        },
      });
      await writer.commit(late).catch(() => {});
    });
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it('compressed where others are read beside it', async () => {
    const file = newFile();
    await withFile(file, async (destination) => {
      const writers = [await destination.openTarget(named('a')), await destination.openTarget(named('b'))];
      for (const writer of writers) await stage(writer, rowsOf(5_000));
      await Promise.all(writers.map((writer) => writer.commit(publication())));
    });
    for (const name of ['a', 'b']) expect(await compressionOf(file, name)).toEqual(WELL);
  });

  it('with its own state where another one of the same transaction takes its name', async () => {
    const file = newFile();
    const second = plan({ identity: 'host/2', origin: { workspace_id: 1, table_id: 2 } });
    await withFile(file, async (destination) => {
      // The first one that is published is so alone; those that wait for it go together.
      const plans = [named('a'), plan(), second];
      const writers: TargetWriter[] = [];
      for (const one of plans) writers.push(await destination.openTarget(one));
      for (const [at, writer] of writers.entries()) await stage(writer, [{ id: at, name: `row ${at}` }]);
      await Promise.all(writers.map((writer) => writer.commit(publication())));
    });
    expect(
      await sql(file, 'SELECT identity, target_table, rows FROM _xano.resources ORDER BY target_table'),
    ).toEqual([
      { identity: 'host/a', target_table: 'a', rows: '1' },
      { identity: 'host/2', target_table: 'shop', rows: '1' },
      { identity: plan().identity, target_table: 'shop_1', rows: '1' },
    ]);
    expect(await sql(file, 'SELECT name FROM xano_data.shop_1')).toEqual([{ name: 'row 1' }]);
  });

  it('compressed where an unfinished load read it beside others, and the rest was read alone', async () => {
    const file = newFile();
    await withFile(file, async (destination) => {
      const writers = [await destination.openTarget(named('a')), await destination.openTarget(named('b'))];
      for (const writer of writers) await stage(writer, rowsOf(5_000));
      await writers[0]!.abort({ keep: true });
      await writers[1]!.abort({ keep: false });
    });
    await withFile(file, async (destination) => {
      const writer = await destination.openTarget(named('a'));
      expect(writer.checkpoint).toEqual({ rows: 5_000, resume: null, columns_added: [] });
      await writer.staged();
      await writer.commit(publication());
    });
    expect(await compressionOf(file, 'a')).toEqual(WELL);
    expect(await sql(file, 'SELECT count(*) AS n, sum(id) AS ids FROM xano_data.a')).toEqual([
      { n: '5000', ids: '12502500' },
    ]);
  });
});

it('a column of a table that is read beside others takes other types, whatever its type was', async () => {
  const file = newFile();
  const from = [
    ['n', column('v', 'BIGINT'), 7],
    ['d', column('v', 'DOUBLE'), 1.5],
    ['t', column('v', 'VARCHAR'), 'text'],
    ['b', column('v', 'BOOLEAN'), true],
    ['day', column('v', 'DATE'), '2026-01-02'],
    ['u', column('v', 'UUID'), '00000000-0000-4000-8000-000000000001'],
    ['l', column('v', 'VARCHAR', { list: true }), ['x', 'y']],
    ['f', column('v', 'FLOAT', { list: true, size: 2 }), [1, 2]],
  ] as const;
  await withFile(file, async (destination) => {
    const writers = await Promise.all(
      from.map(([name, v]) => destination.openTarget(named(name, { target: { columns: [ID, v] } }))),
    );
    for (const [i, writer] of writers.entries()) {
      const [, v, value] = from[i]!;
      await writer.write(records([{ id: 1, v: value }], [], [ID, v]), null);
      await writer.widen(column('v', 'JSON'));
      await writer.write(records([`{"id":2,"v":{"a":1}}`], [], [ID, column('v', 'JSON')]), null);
      await writer.staged();
    }
    await Promise.all(writers.map((writer) => writer.commit(publication())));
  });
  const tables = from.map(([name]) => `SELECT '${name}' AS name, id, v FROM xano_data.${name}`);
  expect(
    await sql(
      file,
      `SELECT name, list(v ORDER BY id) AS v FROM (${tables.join(' UNION ALL ')}) GROUP BY name ORDER BY name`,
    ),
  ).toEqual(
    from
      .map(([name, { type }, value]) => ({
        name,
        v: [type === 'FLOAT' ? '[1.0,2.0]' : JSON.stringify(value), '{"a":1}'],
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  );
});

describe('tables that are published at the same time', () => {
  it('all arrive with their state, and one that fails does not stop the others', async () => {
    const file = newFile();
    await sql(file, 'CREATE SCHEMA xano_data', "CREATE TABLE xano_data.taken AS SELECT 'mine' AS whose");
    const names = Array.from({ length: 12 }, (_, i) => `t${i}`);
    await withFile(file, async (destination) => {
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

  it('are known at once under their published names', async () => {
    const file = newFile();
    const watermark = { column: 'id', type: 'BIGINT', value: '5' };
    const found = { rows: 5, watermark };
    const merge = (name: string) => named(name, { write_disposition: 'merge' });
    const beforeOf = async (destination: Destination) => {
      const writers = await Promise.all(['a', 'b'].map((name) => destination.openTarget(merge(name))));
      for (const writer of writers) await writer.abort({ keep: false });
      return writers.map(({ previous }) => previous);
    };
    const { befores, remembered } = await withFile(file, async (destination) => {
      const writers = await Promise.all(['a', 'b'].map((name) => destination.openTarget(merge(name))));
      for (const writer of writers) await stage(writer, rowsOf(5));
      await Promise.all(writers.map((writer) => writer.commit({ ...publication(), watermark })));
      return { befores: await beforeOf(destination), remembered: await destination.recall() };
    });
    expect(befores).toEqual([found, found]);
    await withFile(file, async (destination) => {
      expect(await beforeOf(destination)).toEqual([found, found]);
      expect([...(await destination.recall())].sort((a, b) => (a.identity < b.identity ? -1 : 1))).toEqual(
        [...remembered].sort((a, b) => (a.identity < b.identity ? -1 : 1)),
      );
    });
  });

  it('may swap names, and are known by their new names to the next load', async () => {
    const file = newFile();
    const table = (table_id: number, name: string) =>
      named(name, { identity: `host/${table_id}`, origin: { workspace: 1, table_id } });
    const load = (destination: Destination, name: Record<1 | 2, string>, rows: number) =>
      Promise.all(
        ([1, 2] as const).map(async (id) => {
          const writer = await destination.openTarget(table(id, name[id]));
          const { previous: before } = writer;
          await stage(writer, rowsOf(rows * id));
          await writer.commit(publication());
          return before?.rows ?? null;
        }),
      );
    await withFile(file, async (destination) => {
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

  it('release the file every second, so that another program may read in between', async () => {
    const file = newFile();
    const names = Array.from({ length: 6 }, (_, i) => `t${i}`);
    let clock = 0;
    const read: string[] = [];
    const destination = await openDestination(file, {
      // Each table takes a while.
      now: () => (clock += 300),
      sleep: async (ms) => {
        const { status, stdout } = spawnSync(
          process.execPath,
          ['--input-type=module', '-e', COUNT_TABLES, file],
          { encoding: 'utf8', cwd: import.meta.dirname },
        );
        read.push(`after ${ms} ms: ${status} ${stdout}`);
      },
    });
    try {
      const writers = await Promise.all(names.map((name) => destination.openTarget(named(name))));
      for (const writer of writers) await stage(writer, rowsOf(2));
      await Promise.all(writers.map((writer) => writer.commit(publication())));
    } finally {
      await destination.close();
    }
    expect(read.length).toBeGreaterThan(0);
    for (const line of read) expect(line).toMatch(/^after 100 ms: 0 [1-5]$/);
  });
});
