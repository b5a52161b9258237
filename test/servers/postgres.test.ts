import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from } from 'pg-copy-streams';
import { expect, it, onTestFinished } from 'vitest';
import { describePostgres, newDatabase, postgresUrl, rows } from './postgres.js';

describePostgres('a Postgres for tests', () => {
  it('gives each test an empty database of its own', async () => {
    const [one, other] = [await newDatabase(), await newDatabase()];
    await rows(one, 'CREATE TABLE t (a int)');
    const tables =
      "SELECT table_name FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')";
    expect(await rows(one, tables)).toEqual([{ table_name: 't' }]);
    expect(await rows(other, tables)).toEqual([]);
  });

  it('has dropped the databases of the test before', async () => {
    const databases = `SELECT datname FROM pg_database WHERE datname LIKE 'test_${process.pid}_%'`;
    expect(await rows(await postgresUrl(), databases)).toEqual([]);
  });

  it('shows values as the server writes them', async () => {
    const sql = `CREATE TABLE t AS SELECT 9007199254740993 AS n, 1.10::numeric AS x, '{"a":1.10,"a":2}'::json AS j,
      timestamptz '2024-01-02 03:04:05.000006+00' AS at, ARRAY['NULL', NULL] AS list, NULL AS nothing;
      SELECT * FROM t`;
    expect(await rows(await newDatabase(), sql)).toEqual([
      {
        n: '9007199254740993',
        x: '1.10',
        j: '{"a":1.10,"a":2}',
        at: '2024-01-02 03:04:05.000006+00',
        list: '{"NULL",NULL}',
        nothing: null,
      },
    ]);
    expect(await rows(await postgresUrl(), 'SELECT $1::int + 1 AS n', [41])).toEqual([{ n: '42' }]);
  });

  it('takes rows by COPY', async () => {
    const url = await newDatabase();
    await rows(url, 'CREATE TABLE t (id int, name text)');
    const client = new pg.Client(url);
    await client.connect();
    onTestFinished(() => client.end());
    await pipeline(['1\tone\n2\t\\N\n'], client.query(from('COPY t FROM STDIN')));
    expect(await rows(url, 'SELECT * FROM t ORDER BY id')).toEqual([
      { id: '1', name: 'one' },
      { id: '2', name: null },
    ]);
  });

  it('asks for the password', async () => {
    const url = new URL(await newDatabase());
    url.password = 'wrong';
    await expect(rows(url.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('sorts and folds the same on every computer', async () => {
    const sql =
      "SELECT string_agg(w, ' ' ORDER BY w) AS words, lower('ÄÉ') AS lower FROM unnest('{b,B,a,ä}'::text[]) w";
    expect(await rows(await postgresUrl(), sql)).toEqual([{ words: 'B a b ä', lower: 'äé' }]);
  });
});
