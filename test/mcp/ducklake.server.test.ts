/** The MCP server over a DuckLake, with the extensions of the set-up. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { startAssistant } from './assistant.js';

it('the MCP server of a DuckLake loads, and answers as that of a file does', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'xano-lake-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { call } = await startAssistant({
    to: `ducklake:${join(folder, 'office.ducklake')}`,
    is_loaded: false,
    flags: ['--allow-load'],
    env: { XANO_EXTENSION_DIR: inject('extension_folder') },
  });
  expect((await call('xano_status')).answer).toMatchObject({ error: { code: 'DATABASE_FAILED' } });
  expect((await call('xano_load', { dry_run: false })).answer).toMatchObject({
    report: { status: 'loaded' },
  });
  expect((await call('xano_status')).answer).toMatchObject({
    verdict: 'ok',
    last_load: { tables_loaded: 4 },
  });
  expect((await call('xano_schema', { tables: ['people'], detail: 'profile' })).answer).toMatchObject({
    tables: [
      { table: 'people', columns: [{ profile: { nulls: 0, distinct: 3, min: 1, max: 3 } }, {}, {}, {}] },
    ],
  });
  expect((await call('xano_query', { sql: 'SELECT count(*) FROM people' })).answer).toMatchObject({
    rows: [[3]],
    as_of: [{ table: 'people', completeness: 'proved' }],
  });
  expect((await call('xano_history')).answer).toMatchObject({ loads: [{ status: 'loaded' }] });
  for (const sql of ['DELETE FROM people', "FROM read_text('/etc/passwd')", 'FROM ducklake_snapshots()'])
    expect([sql, await call('xano_query', { sql })]).toMatchObject([sql, { is_error: true }]);
});
