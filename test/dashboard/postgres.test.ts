/**
 * The dashboard of a Postgres database: the same answers as of a file, and a sentence where Postgres cannot.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openDesk, SHOP } from '../cli/terminal.js';
import { describePostgres, newDatabase } from '../servers/postgres.js';
import { dashboardOf } from './dashboard-at.js';

describePostgres('the dashboard of a Postgres database', () => {
  it('shows its status, schema, loads, rows and queries', async () => {
    const desk = await openDesk();
    const to = await newDatabase();
    const loaded = await desk.run(['load', 'merchant', 'categories', ...SHOP, '--to', to]);
    expect(loaded).toMatchObject({ status: 0 });
    const { ask, query, send } = await dashboardOf(desk, to);
    const status = JSON.parse((await desk.run(['status', '--to', to, '--json'])).stdout) as {
      loads: { load_id: string }[];
    };
    expect(await ask('/api/status')).toEqual({ status: 200, answer: status });
    const schema = await desk.run(['schema', '--to', to, '--json']);
    expect(await ask('/api/schema')).toEqual({ status: 200, answer: JSON.parse(schema.stdout) });
    const { password } = new URL(to);
    expect(password.length).toBeGreaterThan(8);
    const html = desk.path('status.html');
    expect((await desk.run(['status', '--to', to, '--html', html])).status).toBe(0);
    for (const text of [
      readFileSync(html, 'utf8'),
      (await send('/')).text,
      JSON.stringify(await ask('/api/schema')),
    ])
      expect(text).not.toContain(password);
    expect(await ask(`/api/reports/${status.loads[0]!.load_id}`)).toMatchObject({
      status: 200,
      answer: {
        status: 'loaded',
        resources: [
          { resource: 'merchant', rows_expected: 12, rows_total: 12, completeness: 'proved' },
          { resource: 'categories', rows_expected: 8, rows_total: 8, completeness: 'proved' },
        ],
      },
    });
    const rows = await ask('/api/tables/xano_data.merchant/rows?limit=2&offset=1');
    expect(rows).toMatchObject({ status: 200, answer: { stopped_at: null } });
    expect((rows.answer as { rows: [string][] }).rows.map(([id]) => id)).toEqual(
      (
        (await query('SELECT id FROM merchant ORDER BY id LIMIT 2 OFFSET 1')).answer as { rows: [string][] }
      ).rows.map(([id]) => id),
    );
    expect(await ask('/api/tables/xano_data.merchant/rejects')).toMatchObject({
      status: 200,
      answer: { rows: [] },
    });
    expect(await query('DELETE FROM merchant')).toMatchObject({
      status: 400,
      answer: { error: { code: 'QUERY_FAILED' } },
    });
  });

  it('says that a profile needs DuckDB', async () => {
    const desk = await openDesk();
    const to = await newDatabase();
    await desk.run(['load', 'merchant', ...SHOP, '--to', to]);
    const { ask } = await dashboardOf(desk, to);
    expect(await ask('/api/tables/xano_data.merchant/profile')).toEqual({
      status: 400,
      answer: {
        error: {
          code: 'USAGE',
          message: 'A profile needs SUMMARIZE, which Postgres does not have.',
          hint: 'Ask for single values on the page Query: SELECT min(id), max(id) FROM …',
          details: [],
        },
      },
    });
  });
});
