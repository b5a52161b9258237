/** DuckDB as all tables of a load share it: one statement at a time, and no more memory than is needed. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Engine, startEngine } from '../../../src/destinations/engine/engine.js';
import { databaseFailure } from '../../../src/destinations/engine/failures.js';
import type { Session } from '../../../src/destinations/engine/session.js';
import { queryFile } from '../../../src/destinations/open.js';
import { tempFolder } from '../writing.js';

async function engineIn(folder: string, files: readonly string[] = []): Promise<Engine> {
  const engine = await startEngine({
    spill_folder: join(folder, 'spill'),
    files,
    sleep: async () => {},
    lock_wait_ms: 0,
  });
  onTestFinished(() => engine.close());
  return engine;
}

/** What an engine may use: megabytes, threads, and ways to compress that are left out. */
async function limits(session: Session) {
  const [row] = await session.rows(
    "SELECT current_setting('memory_limit') AS memory, current_setting('threads')::INT AS threads, current_setting('disabled_compression_methods') AS excluded",
  );
  return {
    memory: row?.['memory'],
    threads: row?.['threads'],
    excluded: String(row?.['excluded']).toLowerCase().split(',').sort(),
  };
}

/** A list of so many texts of 64 KB each: held in memory whole, and never on the disk. */
const listOf = (texts: number): string =>
  `SELECT len(list(repeat(chr(65 + i::INT % 26), 65536))) AS n FROM range(${texts}) r(i)`;

describe('an engine', () => {
  it('lets two sessions be used at once, each in a transaction of its own', async () => {
    const engine = await engineIn(tempFolder());
    const [one, two] = [await engine.session(), await engine.session()];
    await one.run('CREATE TABLE a (n INTEGER)');
    await one.run('CREATE TABLE b (n INTEGER)');
    const fill = async (session: Session, table: string, end: string) => {
      await session.run('BEGIN');
      for (let n = 0; n < 50; n++) await session.insert(`INSERT INTO ${table} VALUES (${n})`);
      if (end === 'ROLLBACK') await session.rollback();
      else await session.run(end);
    };
    await Promise.all([fill(one, 'a', 'COMMIT'), fill(two, 'b', 'ROLLBACK')]);
    expect(
      await one.rows('SELECT (SELECT count(*)::INT FROM a) AS a, (SELECT count(*)::INT FROM b) AS b'),
    ).toEqual([{ a: 50, b: 0 }]);
    await Promise.all([one.rollback(), two.rollback()]);
  });

  it('runs the other sessions after a statement that fails', async () => {
    const engine = await engineIn(tempFolder());
    const [one, two] = [await engine.session(), await engine.session()];
    const outcomes = await Promise.allSettled([
      one.run('SELECT no_such_column'),
      two.rows('SELECT 1 AS n'),
      one.insert('INSERT INTO nowhere VALUES (1)'),
      engine.exclusive(async () => {
        throw new Error('enough');
      }),
      two.rows('SELECT 2 AS n'),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
  });

  it('uses little memory while rows come in, and its whole limit afterwards', async () => {
    const engine = await engineIn(tempFolder());
    const session = await engine.session();
    const before = await limits(session);
    await session.run('CREATE TABLE t (x VARCHAR)');
    await session.insert("INSERT INTO t SELECT repeat('x', 1000) FROM range(100000)");
    expect(await limits(session)).toEqual(before);
    await expect(session.insert('INSERT INTO nowhere VALUES (1)')).rejects.toThrow('nowhere');
    expect(await limits(session)).toEqual(before);
  });
});

describe('exclusive work', () => {
  it('runs alone, and may use sessions', async () => {
    const engine = await engineIn(tempFolder());
    const [one, two] = [await engine.session(), await engine.session()];
    const order: string[] = [];
    const work = engine.exclusive(async () => {
      order.push('begins');
      for (let i = 0; i < 5; i++) await one.rows('SELECT 1');
      await (await engine.session()).run('SELECT 2');
      order.push('ends');
      return 'done';
    });
    const other = two.rows('SELECT 3').then(() => order.push('other'));
    expect(await work).toBe('done');
    await other;
    expect(order).toEqual(['begins', 'ends', 'other']);
  });

  it('runs again with more memory where it had too little, and restores the limits', async () => {
    const engine = await engineIn(tempFolder());
    const session = await engine.session();
    const before = await limits(session);
    const seen: unknown[] = [];
    const found = await engine.exclusive(async () => {
      const { memory, threads } = await limits(session);
      seen.push([memory, threads]);
      return session.rows(listOf(5000));
    });
    expect(found).toEqual([{ n: '5000' }]);
    // Each thread holds rows of its own: all memory is for one.
    expect(seen).toEqual([
      ['213.6 MiB', availableParallelism()],
      ['976.5 MiB', 1],
    ]);
    expect(await limits(session)).toEqual(before);
  });

  it('fails where all memory is too little, and restores the limits', async () => {
    const engine = await engineIn(tempFolder());
    const session = await engine.session();
    const before = await limits(session);
    let runs = 0;
    const work = engine.exclusive(() => {
      runs++;
      return session.rows(listOf(20_000));
    });
    await expect(work).rejects.toThrow(/Out of Memory/);
    expect(runs).toBe(2);
    expect(await limits(session)).toEqual(before);
    expect(await session.rows(listOf(100))).toEqual([{ n: '100' }]);
  });

  it('names its limit in one sentence where all memory is too little', async () => {
    const engine = await engineIn(tempFolder());
    const session = await engine.session();
    const thrown: unknown = await session.rows(listOf(20_000)).catch((error: unknown) => error);
    expect(databaseFailure(thrown, 'shop.duckdb')).toMatchObject({
      code: 'DATABASE_FAILED',
      message: 'DuckDB needs more memory for shop.duckdb than its limit of 976.5 MiB: the file is unchanged.',
      hint: expect.stringContaining('excluded'),
    });
  });

  it('reserves more for a table of thousands of columns, and writes it to the disk with less', async () => {
    const folder = tempFolder();
    const file = join(folder, 'wide.duckdb');
    const engine = await engineIn(folder, [file]);
    const [session, other] = [await engine.session(), await engine.session()];
    await session.expectWidth(1_000);
    expect(await limits(session)).toMatchObject({ memory: '976.5 MiB' });
    await session.expectWidth(5_000);
    await other.expectWidth(2_000);
    expect(await limits(other)).toMatchObject({ memory: '1.5 GiB', threads: 1 });
    const seen: unknown[] = [];
    const found = await engine.exclusive(async () => {
      const { memory, threads } = await limits(session);
      seen.push([memory, threads]);
      return session.rows(listOf(5_000));
    });
    expect(found).toEqual([{ n: '5000' }]);
    expect(seen).toEqual([
      ['244.1 MiB', 1],
      ['488.2 MiB', 1],
      ['732.4 MiB', 1],
    ]);
    await engine.attach(file, 'wide');
    await session.run('BEGIN; CREATE TABLE wide.main.a AS SELECT 1 AS n');
    await session.commit('INSERT INTO wide.main.a VALUES (2)');
    await engine.detach('wide');
    expect(await limits(session)).toMatchObject({ memory: '1.5 GiB', threads: 1 });
    expect((await queryFile(file, 'SELECT n FROM main.a ORDER BY n')).rows).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('gets less while all threads copy rows', async () => {
    const engine = await engineIn(tempFolder());
    const [session, other] = [await engine.session(), await engine.session()];
    const before = await limits(session);
    const seen = await engine.exclusive(async () => {
      await session.copy("CREATE TABLE few AS SELECT 1 AS n, current_setting('memory_limit') AS at_first");
      return limits(session);
    });
    expect(seen).toMatchObject({ memory: '122.0 MiB', threads: availableParallelism() });
    expect(await limits(session)).toEqual(before);
    await other.copy('CREATE TABLE more AS SELECT 2 AS n');
    expect(await limits(session)).toEqual(before);
    await expect(
      engine.exclusive(() => session.copy('CREATE TABLE none AS SELECT * FROM nowhere')),
    ).rejects.toThrow('nowhere');
    expect(await limits(session)).toEqual(before);
    // What it is given before a second thread begins, or there is none.
    expect(await session.rows('SELECT few.n AS few, at_first, more.n AS more FROM few, more')).toEqual([
      { few: 1, at_first: '213.6 MiB', more: 2 },
    ]);
  });

  it('copies with all memory where the lower limit is too little', async () => {
    const engine = await engineIn(tempFolder());
    const session = await engine.session();
    let runs = 0;
    await engine.exclusive(() => {
      runs++;
      return session.copy(`CREATE TABLE long AS ${listOf(5000)}`);
    });
    expect(runs).toBe(2);
    expect(await session.rows('SELECT n FROM long')).toEqual([{ n: '5000' }]);
  });

  it('does not run again for any other reason', async () => {
    const engine = await engineIn(tempFolder());
    const session = await engine.session();
    const before = await limits(session);
    let runs = 0;
    const work = engine.exclusive(() => {
      runs++;
      return session.run('SELECT no_such_column');
    });
    await expect(work).rejects.toThrow('no_such_column');
    expect(runs).toBe(1);
    expect(await limits(session)).toEqual(before);
  });
});
