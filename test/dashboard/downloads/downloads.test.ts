/** Downloads of the dashboard, over real HTTP: an authorized wish gives an address that works once. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LIFE_MS } from '../../../src/dashboard/downloads/tickets.js';
import { describePostgres, newDatabase } from '../../servers/postgres.js';
import { change, dashboardOf, deskWithShop, type Running } from '../dashboard-at.js';

const wish = (running: Running, body: object) =>
  running.ask('/api/downloads', { method: 'POST', body: JSON.stringify(body) });

/** The address of a file. */
async function addressOf(running: Running, body: object): Promise<string> {
  const { status, answer } = await wish(running, body);
  expect({ status, answer }).toEqual({
    status: 200,
    answer: { path: expect.stringMatching(/^\/downloads\/[\w-]{32}$/), name: expect.any(String) },
  });
  return (answer as { path: string }).path;
}

/** Gets a file as a link does: without the token. */
async function fileAt(
  { port }: Running,
  path: string,
): Promise<{ response: IncomingMessage; bytes: Buffer }> {
  const [response] = (await once(get({ host: '127.0.0.1', port, path }), 'response')) as [IncomingMessage];
  return { response, bytes: await buffer(response) };
}

const HARD = `SELECT * FROM (VALUES
  (1::BIGINT, '=1+1', 1.50::DECIMAL(9,2), '{"a":  1}'::JSON, [1, 2]),
  (9007199254740993, 'a,"b"\n', NULL, NULL, []),
  (NULL, '', 0.1, 'null', NULL)) AS t(id, "a,b", d, j, l)`;

describe('downloads of the dashboard', () => {
  it('give a table and a query as CSV, JSON and Parquet, exactly', async () => {
    const { desk, file } = await deskWithShop();
    const running = await dashboardOf(desk, file);
    const csv = await fileAt(running, await addressOf(running, { format: 'csv', sql: HARD }));
    expect(csv.response.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': "attachment; filename*=UTF-8''query.csv",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    expect(csv.bytes.toString()).toBe(
      [
        'id,"a,b",d,j,l',
        '1,=1+1,1.50,"{""a"":  1}","[1,2]"',
        '9007199254740993,"a,""b""\n",,,[]',
        ',"",0.10,null,',
        '',
      ].join('\r\n'),
    );
    const json = await fileAt(running, await addressOf(running, { format: 'json', sql: HARD }));
    expect(json.bytes.toString()).toBe(
      [
        '[',
        '  {"id":1,"a,b":"=1+1","d":1.50,"j":{"a":  1},"l":[1,2]},',
        '  {"id":9007199254740993,"a,b":"a,\\"b\\"\\n","d":null,"j":null,"l":[]},',
        '  {"id":null,"a,b":"","d":0.10,"j":null,"l":null}',
        ']',
        '',
      ].join('\n'),
    );
    const table = await fileAt(
      running,
      await addressOf(running, { format: 'parquet', table: 'xano_data.products' }),
    );
    expect(table.response.headers['content-disposition']).toBe(
      "attachment; filename*=UTF-8''xano_data.products.parquet",
    );
    const path = join(desk.folder, 'products.parquet');
    writeFileSync(path, table.bytes);
    const { stdout } = await desk.run(['query', '--to', file, '--csv', 'FROM products ORDER BY id']);
    const copied = desk.path('copy.duckdb');
    await change(copied, `CREATE TABLE products AS FROM read_parquet('${path}')`);
    const again = await desk.run(['query', '--to', copied, '--csv', 'FROM products ORDER BY id']);
    expect(again.stdout).toBe(stdout);
    const none = await addressOf(running, { format: 'json', sql: 'SELECT 1 AS a WHERE false' });
    expect((await fileAt(running, none)).bytes.toString()).toBe('[]\n');
  });

  it('work once, for 30 seconds, and nothing guesses them', async () => {
    const { desk, file } = await deskWithShop();
    const running = await dashboardOf(desk, file);
    const path = await addressOf(running, { format: 'csv', sql: 'SELECT 1 AS a' });
    expect((await running.send(path, { method: 'POST' })).status).toBe(401);
    expect((await running.send(path, { headers: { 'Sec-Fetch-Site': 'cross-site' } })).status).toBe(403);
    expect(await running.send(path)).toMatchObject({ status: 200, text: 'a\r\n1\r\n' });
    expect((await running.send(path)).status).toBe(401);
    expect((await running.ask(path)).status).toBe(400);
    const late = await addressOf(running, { format: 'csv', sql: 'SELECT 1 AS a' });
    desk.clock.advance(LIFE_MS);
    expect((await running.send(late)).status).toBe(401);
    // The oldest of many makes room.
    const first = await addressOf(running, { format: 'csv', sql: 'SELECT 1 AS a' });
    for (let i = 0; i < 20; i++) await addressOf(running, { format: 'csv', sql: 'SELECT 1 AS a' });
    expect((await running.send(first)).status).toBe(401);
  });

  it('refuse on the page what cannot begin, and SQL that reaches anything else', async () => {
    const { desk, file } = await deskWithShop();
    const running = await dashboardOf(desk, file);
    const refused = async (body: object) => {
      const { status, answer } = await wish(running, body);
      return { status, message: (answer as { error: { message: string } }).error.message };
    };
    expect(await refused({ format: 'csv', sql: 'SELECT nothing' })).toEqual({
      status: 400,
      message: expect.stringContaining('"nothing" was not found'),
    });
    expect(await refused({ format: 'csv', table: 'xano_data.none' })).toEqual({
      status: 400,
      message: `${file} has no table "xano_data.none".`,
    });
    expect(await refused({ format: 'xlsx', table: 'xano_data.products' })).toMatchObject({ status: 400 });
    const secret = join(desk.folder, 'secret.txt');
    writeFileSync(secret, 'secret');
    const target = join(tmpdir(), 'xano-test-never.parquet');
    for (const sql of [
      `SELECT * FROM read_text('${secret}')`,
      `COPY (SELECT 1) TO '${target}'`,
      `SELECT 1; COPY (SELECT 1) TO '${target}'`,
      `SELECT 1)) TO '${target}' (FORMAT parquet); --`,
      'SET enable_external_access = true',
      "ATTACH ':memory:' AS x",
    ])
      for (const format of ['csv', 'parquet'])
        expect(await refused({ format, sql }), sql).toMatchObject({ status: 400 });
  });

  it('end without an end where the query fails on the way', async () => {
    const { desk, file } = await deskWithShop();
    const running = await dashboardOf(desk, file);
    const failing =
      "SELECT CASE WHEN i = 2900000 THEN error('broken') ELSE i END AS a FROM range(3000000) t(i)";
    const path = await addressOf(running, { format: 'csv', sql: failing });
    await expect(fileAt(running, path)).rejects.toThrow();
    const parquet = await addressOf(running, { format: 'parquet', sql: failing });
    expect(await running.send(parquet)).toMatchObject({
      status: 400,
      text: expect.stringContaining('broken'),
    });
  });

  it('release the file when the browser no longer reads', async () => {
    const { desk, file } = await deskWithShop();
    const running = await dashboardOf(desk, file);
    const path = await addressOf(running, {
      format: 'csv',
      sql: "SELECT i, repeat('x', 1000) AS a FROM range(10000000) t(i)",
    });
    const request = get({ host: '127.0.0.1', port: running.port, path });
    onTestFinished(() => void request.destroy());
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response, 'data');
    response.on('error', () => {});
    response.destroy();
    const said = await desk.run([
      'load',
      'merchant',
      '--instance',
      'x1234-4567-8901',
      '--workspace',
      'Shop',
      '--to',
      file,
    ]);
    expect(said.status).toBe(0);
  });
});

describePostgres('downloads of a Postgres database', () => {
  it('are CSV, JSON and Parquet, and reach nothing that SQL of a query does not reach', async () => {
    const { desk } = await deskWithShop();
    const to = await newDatabase();
    await desk.run(['load', 'merchant', '--instance', 'x1234-4567-8901', '--workspace', 'Shop', '--to', to]);
    const running = await dashboardOf(desk, to);
    const path = await addressOf(running, { format: 'csv', sql: 'SELECT count(*) AS n FROM merchant' });
    expect((await running.send(path)).text).toBe('n\r\n12\r\n');
    const sql =
      "SELECT id, id, 'x' AS t, 1.5::real AS f, NULL::int AS n, 1e20::numeric AS d, ARRAY[1, NULL]::bigint[] AS l, name FROM merchant ORDER BY id LIMIT 2 -- all\n;";
    const { bytes } = await fileAt(running, await addressOf(running, { format: 'parquet', sql }));
    const file = join(desk.folder, 'some.parquet');
    writeFileSync(file, bytes);
    const copied = desk.path('copy.duckdb');
    await change(copied, `CREATE TABLE t AS FROM read_parquet('${file}')`);
    const again = await desk.run(['query', '--to', copied, '--csv', 'DESCRIBE t']);
    expect(again.stdout.split('\r\n').map((line) => line.split(',').slice(0, 2).join(' '))).toEqual([
      'column_name column_type',
      'id BIGINT',
      'id:1 BIGINT',
      't VARCHAR',
      'f FLOAT',
      'n BIGINT',
      'd VARCHAR',
      'l BIGINT[]',
      'name VARCHAR',
      '',
    ]);
    for (const bad of [
      "SELECT 1) q) TO '/tmp/xano-test-never' --",
      "SELECT 1) AS q(c0)) TO PROGRAM 'true' --",
      'SELECT 1; DELETE FROM merchant',
      'WITH gone AS (DELETE FROM merchant RETURNING id) SELECT id FROM gone',
    ])
      expect(await wish(running, { format: 'parquet', sql: bad }), bad).toMatchObject({ status: 400 });
  });
});
