/** The dashboard's server, over real HTTP: it answers with the objects that the command line prints. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Desk, HOUR_MS, rowsOfFile, SHOP } from '../cli/terminal.js';
import { dashboardOf, deskWithShop } from './dashboard-at.js';

const ROOT = resolve(import.meta.dirname, '../..');
/** Holds a file until it is killed. */
const HOLDER = `
  import { DuckDBInstance } from '@duckdb/node-api';
  const instance = await DuckDBInstance.create(process.argv[1]);
  const connection = await instance.connect();
  await connection.run('SELECT 1');
  console.log('ready');
  setInterval(() => void [instance, connection], 1000);`;

/** Runs the built program in a process of its own, as somebody in a terminal does. */
async function runProgram(
  { xano, folder, settings }: Desk,
  argv: readonly string[],
): Promise<{ status: number; said: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...argv], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      XANO_CONFIG_DIR: settings,
      XANO_TOKEN: xano.token,
      XANO_ACCOUNT_ORIGIN: xano.account_origin,
    },
  });
  const [said, [status]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return { status: Number(status), said };
}

const json = (text: string): unknown => JSON.parse(text);

describe('the server of the dashboard', () => {
  it('answers with the very objects that the command line prints', async () => {
    const { desk, file } = await deskWithShop();
    desk.clock.advance(2 * HOUR_MS);
    const { ask } = await dashboardOf(desk, file, { max_age_ms: HOUR_MS });
    const status = await desk.run(['status', '--to', file, '--json', '--max-age', '1h', '--loads', '3']);
    expect(await ask('/api/status?loads=3')).toEqual({ status: 200, answer: json(status.stdout) });
    const schema = await desk.run(['schema', '--to', file, '--json']);
    expect(await ask('/api/schema')).toEqual({ status: 200, answer: json(schema.stdout) });
    const { loads } = json(status.stdout) as { loads: unknown };
    expect(await ask('/api/loads')).toEqual({ status: 200, answer: { loads } });
  });

  it('answers with the numbers of the load report that SQL on _xano gives', async () => {
    const { desk, file } = await deskWithShop();
    const { ask } = await dashboardOf(desk, file);
    const [[id, stored_text]] = (await rowsOfFile(
      file,
      'SELECT load_id, report::VARCHAR FROM _xano.loads',
    )) as [[string, string]];
    const stored = json(stored_text) as Record<string, unknown> & { resources: Record<string, unknown>[] };
    const { load_id, started_at, finished_at, status, requests, bytes } = stored;
    const resources = stored.resources.map((resource) => {
      // These are not shown.
      const { columns_added: _a, columns_excluded: _b, ...shown } = resource;
      return shown;
    });
    const report = { load_id, started_at, finished_at, status, requests, bytes, resources };
    expect(
      resources.map(({ resource, rows_expected, rows_total, completeness }) => [
        resource,
        rows_expected,
        rows_total,
        completeness,
      ]),
    ).toEqual([
      ['merchant', 12, 12, 'proved'],
      ['categories', 8, 8, 'proved'],
      ['products', 1000, 1000, 'proved'],
      ['every_type', 19, 19, 'proved'],
    ]);
    expect(await ask(`/api/reports/${id}`)).toEqual({ status: 200, answer: report });
    expect(await ask('/api/reports')).toEqual({ status: 200, answer: { reports: [report] } });
    expect(await ask('/api/reports/none')).toEqual({
      status: 400,
      answer: {
        error: {
          code: 'USAGE',
          message: `${file} has no load "none".`,
          hint: 'Choose a load on the page Loads.',
          details: [],
        },
      },
    });
  });

  it('asks Xano what the token may do only when somebody wants to know, and never sends the token', async () => {
    const { desk, file } = await deskWithShop();
    const { ask, send } = await dashboardOf(desk, file);
    desk.xano.clearRequests();
    await ask('/api/status');
    expect(desk.xano.requests).toEqual([]);
    const said = await desk.run(['auth', 'status', '--json']);
    const { scopes, commands } = json(said.stdout) as { scopes: unknown; commands: unknown };
    const answered = await ask('/api/access', { method: 'POST' });
    expect(answered).toEqual({
      status: 200,
      answer: {
        source: 'XANO_TOKEN',
        instance: null,
        workspace: null,
        accepted: true,
        not_checked: null,
        scopes,
        commands,
      },
    });
    expect(JSON.stringify(answered)).not.toContain(desk.xano.token);
    expect((await send('/api/access', { method: 'POST' })).status).toBe(401);
    desk.clock.advance(400 * 24 * HOUR_MS);
    expect(await ask('/api/access', { method: 'POST' })).toEqual({
      status: 200,
      answer: {
        source: 'XANO_TOKEN',
        instance: null,
        workspace: null,
        accepted: null,
        not_checked: 'It has expired.',
        scopes: [],
        commands: [],
      },
    });
  });

  it('answers with rows in pages, in the order of the key, as texts', async () => {
    const { desk, file } = await deskWithShop();
    const { ask } = await dashboardOf(desk, file);
    const { answer } = await ask('/api/tables/xano_data.categories/rows?limit=3&offset=2');
    const rows = await rowsOfFile(
      file,
      'SELECT COLUMNS(*)::VARCHAR FROM (FROM categories ORDER BY id LIMIT 3 OFFSET 2)',
    );
    expect(rows.length).toBe(3);
    expect(answer).toMatchObject({ rows, cut: [], stopped_at: null });
    const paged: unknown[] = [];
    for (let offset = 0; offset < 1_000; offset += 400) {
      const part = await ask(`/api/tables/xano_data.products/rows?limit=400&offset=${offset}`);
      paged.push(...(part.answer as { rows: [string][] }).rows.map(([id]) => id));
    }
    expect(paged).toEqual((await rowsOfFile(file, 'SELECT id::VARCHAR FROM products ORDER BY id')).flat());
  });

  it('answers with the profile of a table, and with its rejects', async () => {
    const { desk, file } = await deskWithShop();
    const { ask } = await dashboardOf(desk, file);
    const { answer } = await ask('/api/tables/xano_data.merchant/profile');
    const [[least, most]] = (await rowsOfFile(
      file,
      'SELECT min(id)::VARCHAR, max(id)::VARCHAR FROM merchant',
    )) as [[string, string]];
    const { columns, rows } = answer as { columns: { name: string }[]; rows: (string | null)[][] };
    expect(columns.map(({ name }) => name).slice(0, 4)).toEqual(['column_name', 'column_type', 'min', 'max']);
    expect(rows[0]!.slice(0, 4)).toEqual(['id', 'BIGINT', least, most]);
    const rejects = await ask('/api/tables/xano_data.every_type/rejects');
    expect(rejects).toMatchObject({
      status: 200,
      answer: {
        columns: ['row_key', 'column', 'raw', 'reason', 'load_id'].map((name) => ({ name, type: 'VARCHAR' })),
        rows: [],
      },
    });
  });

  it('keeps values exact, and cuts long ones', async () => {
    const { desk, file } = await deskWithShop();
    const { query } = await dashboardOf(desk, file);
    const hostile = '<img src=x onerror=alert(1)>';
    const { answer } = await query(
      `SELECT 9223372036854775807 AS big, '${hostile}' AS html, NULL AS nothing, '{"a": 1.50}'::JSON AS j, repeat('é', 3000) AS long`,
    );
    expect(answer).toEqual({
      columns: [
        { name: 'big', type: 'BIGINT' },
        { name: 'html', type: 'VARCHAR' },
        { name: 'nothing', type: 'INTEGER' },
        { name: 'j', type: 'JSON' },
        { name: 'long', type: 'VARCHAR' },
      ],
      rows: [['9223372036854775807', hostile, null, '{"a": 1.50}', 'é'.repeat(2000)]],
      cut: [{ row: 0, column: 4, characters: 3000 }],
      stopped_at: null,
      duration_ms: expect.any(Number),
    });
    const many = (await query('SELECT range FROM range(5000)')).answer;
    expect(many).toMatchObject({ stopped_at: 'rows' });
    expect((many as { rows: unknown[] }).rows.length).toBe(1_000);
    const large = (await query("SELECT repeat('x', 2000) FROM range(900), range(9)")).answer;
    expect(large).toMatchObject({ stopped_at: 'rows' });
    const wide = (
      await query(`SELECT ${Array.from({ length: 9 }, () => "repeat('x', 2000)").join(', ')} FROM range(900)`)
    ).answer;
    expect(wide).toMatchObject({ stopped_at: 'bytes' });
  });

  it('answers a mistake with a sentence and a hint', async () => {
    const { desk, file } = await deskWithShop();
    const { ask, query } = await dashboardOf(desk, file);
    const errorOf = ({ status, answer }: { status: number; answer: unknown }) => [
      status,
      (answer as { error: { message: string } }).error.message,
    ];
    expect(errorOf(await query('SELEC 1'))).toEqual([400, expect.stringMatching(/syntax error/)]);
    expect(errorOf(await ask('/api/tables/no.such/rows'))).toEqual([400, `${file} has no table "no.such".`]);
    expect(errorOf(await ask('/api/tables/xano_data.merchant/rows?limit=1001'))).toEqual([
      400,
      'limit is "1001"; it takes a whole number from 0 to 1000.',
    ]);
    expect(errorOf(await ask('/api/tables/xano_data.merchant/rows?offset=-1'))).toEqual([
      400,
      'offset is "-1"; it takes a whole number from 0 to 9007199254740991.',
    ]);
    expect(errorOf(await ask('/api/nothing'))).toEqual([404, 'The dashboard has nothing at /api/nothing.']);
    expect(errorOf(await ask('/api/query', { method: 'POST', body: '{' }))).toEqual([
      400,
      'The request holds no SQL.',
    ]);
    expect(errorOf(await ask('/api/query', { method: 'POST', body: '{"sql": 1}' }))).toEqual([
      400,
      'The request holds no SQL.',
    ]);
  });

  it('answers with a sentence where no file is, and with the status once it is loaded', async () => {
    const { desk } = await deskWithShop();
    const later = desk.path('later.duckdb');
    const { ask } = await dashboardOf(desk, later);
    const status = await desk.run(['status', '--to', later]);
    const [, message] = /^Error: (.*)$/m.exec(status.stderr)!;
    expect(await ask('/api/status')).toMatchObject({
      status: 404,
      answer: { error: { code: 'DATABASE_FAILED', message } },
    });
    await desk.run(['load', 'merchant', ...SHOP, '--to', later]);
    expect(await ask('/api/status')).toMatchObject({
      status: 200,
      answer: { tables: [{ table: 'merchant', rows: 12, completeness: 'proved' }] },
    });
  });

  it('says in a sentence that another program holds the file, and which', async () => {
    const { desk, file } = await deskWithShop();
    const { ask } = await dashboardOf(desk, file);
    const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, file], { cwd: ROOT });
    onTestFinished(() => {
      holder.kill('SIGKILL');
    });
    await once(holder.stdout, 'data');
    for (const path of ['/api/status', '/api/schema', '/api/tables/xano_data.merchant/rows'])
      expect(await ask(path)).toMatchObject({
        status: 503,
        answer: {
          error: {
            code: 'DATABASE_LOCKED',
            message: expect.stringMatching(
              new RegExp(`^Another program has .*\\(process ${holder.pid}\\)\\.$`),
            ),
          },
        },
      });
    const ended = once(holder, 'close');
    holder.kill();
    await ended;
    expect(await ask('/api/status')).toMatchObject({ status: 200 });
  });

  it('neither keeps a load from publishing nor fails because of one', async () => {
    const { desk, file } = await deskWithShop({ now: Date.now });
    const { ask } = await dashboardOf(desk, file, { is_patient: true });
    let isLoading = true;
    const asked: unknown[] = [];
    const watching = (async () => {
      while (isLoading) asked.push(await ask('/api/status'));
    })();
    for (let i = 0; i < 3; i++)
      expect(await runProgram(desk, ['load', 'merchant', 'categories', ...SHOP, '--to', file])).toMatchObject(
        {
          status: 0,
        },
      );
    isLoading = false;
    await watching;
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((answered) => (answered as { status: number }).status !== 200)).toEqual([]);
    expect(await ask('/api/loads')).toMatchObject({
      answer: { loads: Array.from({ length: 4 }, () => ({ status: 'loaded' })) },
    });
  });
});
