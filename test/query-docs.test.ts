/** docs/query.md: its SQL runs on the shop that it speaks of. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { historyQueries } from '../src/dashboard/ui/pages/history-queries.js';
import {
  createHttp,
  discover,
  generateEndpoints,
  historyLists,
  load,
  openDestination,
  startLocalXano,
} from '../src/index.js';
import { field } from '../src/sandbox/data/define.js';
import type { LocalTable, LocalWorkspace } from '../src/sandbox/data/model.js';
import { insertRow, rowOf } from '../src/sandbox/data/rows.js';
import { sql } from './destinations/duckdb.js';

const text = readFileSync(resolve(import.meta.dirname, '..', 'docs', 'query.md'), 'utf8');
const blocks = [...text.matchAll(/```sql( merged)?\n([\s\S]*?)```/g)].map(
  ([, merged, block]) => [block!.trim(), merged === undefined ? 'shop.duckdb' : 'merged.duckdb'] as const,
);

/** Twelve calls of three users in an hour, every third one refused, and two runs of a task. */
const keptHistory = (now: number): NonNullable<LocalWorkspace['history']> => ({
  requests: Array.from({ length: 12 }, (_, i) => ({
    id: 1000 + i,
    at: now - (12 - i) * 60_000,
    fields: {
      verb: 'GET',
      uri: `https://x1.example/api:abc/orders/${i}/lines?page=2`,
      status: i % 3 === 0 ? 403 : 200,
      duration: 0.2 * (i + 1),
      input: { user_id: 1 + (i % 3), token: 'secret' },
    },
  })),
  tasks: [
    { id: 1, at: now - 120_000, fields: { resource_id: 4, status: 'success', duration_ms: 1500, error: '' } },
    {
      id: 2,
      at: now - 60_000,
      fields: { resource_id: 4, status: 'error', duration_ms: 500, error: 'no mail' },
    },
  ],
});

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xano-query-docs-'));
  const xano = await startLocalXano();
  try {
    const token = { env: 'XANO_TOKEN' };
    const http = createHttp({
      user_agent: 'test',
      find_secret: () => ({ value: xano.token, source: 'the test', expires_at: null }),
    });
    const instance = xano.instances[0]!.origin;
    const loadInto = async (file: string, write_disposition: 'replace' | 'merge'): Promise<void> => {
      const now = await discover({ http, token, instance, workspace: 'Shop', one_workspace: true });
      const { endpoints } = generateEndpoints(now, { token, write_disposition });
      const destination = await openDestination(join(folder, file));
      const [found] = now.instances;
      const of_shop = { instance: found!, workspace: found!.workspaces[0]! };
      const lists = historyLists(['requests', 'tasks'], of_shop, { token, payloads: true });
      await load([...endpoints, ...lists.map(({ endpoint }) => endpoint)], {
        destination,
        http,
        rolling: new Map(lists.map(({ endpoint, rolling }) => [endpoint.name, rolling])),
      });
      await destination.close();
    };
    Object.assign(xano.instances[0]!.data.workspaces[0]!, { history: keptHistory(Date.now()) });
    await loadInto('merged.duckdb', 'merge');
    await loadInto('shop.duckdb', 'replace');
    // A value that does not fit, a column that came, and a table that is refused: what the queries look for.
    const tables = xano.instances[0]!.data.workspaces[0]!.tables;
    const table = (name: string): LocalTable => tables.find((one) => one.name === name)!;
    insertRow(table('every_type').rows['live']!, rowOf({ id: 999, label: 'odd', int_value: 'seven' }));
    Object.assign(table('orders'), { schema: [...table('orders').schema, field('channel', 'text')] });
    xano.fail({
      path: `/table/${table('returns').id}/content`,
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 403 },
    });
    await loadInto('shop.duckdb', 'replace');
  } finally {
    await xano.close();
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the SQL of docs/query.md', () => {
  it('exists', () => expect(blocks.length).toBeGreaterThan(10));

  it('has the queries of the History page', () => {
    for (const { sql: asked } of historyQueries('xano_data.xano_request_history'))
      expect(blocks.map(([block]) => block)).toContain(`${asked};`);
  });

  it.each(blocks)('runs: %s', async (block, file) => {
    const rows = await sql(join(folder, file), ...block.split(/;\s*/).filter((one) => one !== ''));
    expect(rows).not.toEqual([]);
    if (block.includes("<> 'loaded'"))
      expect(rows).toMatchObject([{ resource: 'returns', code: 'SCOPE_MISSING' }]);
    if (block.includes('ms_95_percent'))
      expect(rows).toContainEqual({
        endpoint: 'GET /api:abc/orders/*/lines',
        ms_95_percent: '2290',
        requests: '12',
      });
    // Four that are planted; the one of `returns` may come after the history is read.
    if (block.includes('AS refused'))
      expect([4, 5]).toContain(
        (rows as { refused: string }[]).reduce((sum, { refused }) => sum + Number(refused), 0),
      );
    if (block.includes("'user_id'"))
      expect((rows as { id: string; calls: string }[]).map(({ id, calls }) => [id, calls])).toEqual([
        ['1', '4'],
        ['2', '4'],
        ['3', '4'],
      ]);
    if (block.includes('xano_task_history'))
      expect(rows).toEqual([{ task_id: '4', runs: '2', failed: '1', seconds: 1 }]);
    if (block.includes("'gaps'"))
      expect(rows).toMatchObject([
        { resource: 'xano_request_history', gaps: '[]' },
        { resource: 'xano_task_history', gaps: '[]' },
      ]);
    if (block.includes('every_type.id'))
      expect(rows).toMatchObject([{ column: 'int_value', raw: '"seven"' }]);
    if (block.includes('schema_changes'))
      expect(rows).toMatchObject([{ resource: 'orders', change: 'column_added', name: 'channel' }]);
    if (block.includes('rows_total'))
      expect(rows).toMatchObject([
        { rows: '5000', deleted: '0' },
        { rows: '5000', deleted: '0' },
      ]);
  });
});
