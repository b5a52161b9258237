/** docs/query.md: its SQL runs on the shop that it speaks of. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createHttp,
  discover,
  generateEndpoints,
  load,
  openDestination,
  startLocalXano,
} from '../src/index.js';
import { field } from '../src/sandbox/data/define.js';
import type { LocalTable } from '../src/sandbox/data/model.js';
import { insertRow, rowOf } from '../src/sandbox/data/rows.js';
import { sql } from './destinations/duckdb.js';

const text = readFileSync(resolve(import.meta.dirname, '..', 'docs', 'query.md'), 'utf8');
const blocks = [...text.matchAll(/```sql( merged)?\n([\s\S]*?)```/g)].map(
  ([, merged, block]) => [block!.trim(), merged === undefined ? 'shop.duckdb' : 'merged.duckdb'] as const,
);

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
      await load(endpoints, { destination, http });
      await destination.close();
    };
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

  it.each(blocks)('runs: %s', async (block, file) => {
    const rows = await sql(join(folder, file), ...block.split(/;\s*/).filter((one) => one !== ''));
    expect(rows).not.toEqual([]);
    if (block.includes("<> 'loaded'"))
      expect(rows).toMatchObject([{ resource: 'returns', code: 'SCOPE_MISSING' }]);
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
