/** The sources.yml of `xano export dbt`, read by the real dbt beside the loaded shop. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { openPeer, VENV } from './peer.js';

const PROJECT = `name: shop
version: '1.0'
profile: xano
`;
const PROFILES = `xano:
  target: copy
  outputs:
    copy: { type: duckdb, path: shop.duckdb, schema: analytics, threads: 1 }
`;

interface Node {
  readonly resource_type: string;
  readonly column_name: string | null;
  readonly test_metadata?: { readonly name: string };
}

it('dbt parses sources.yml without a warning, finds every table, and its tests pass', async () => {
  const { desk } = await openPeer();
  const to = desk.path('shop.duckdb');
  expect((await desk.run(['load', '--to', to, '--quiet'])).status).toBe(0);
  const models = desk.path('models');
  expect(await desk.run(['export', 'dbt', '--to', to, '--out', models, '--max-age', '24h'])).toEqual({
    status: 0,
    stdout: `wrote\t${join(models, 'sources.yml')}\n`,
    stderr: '',
  });
  writeFileSync(desk.path('dbt_project.yml'), PROJECT);
  writeFileSync(desk.path('profiles.yml'), PROFILES);
  const dbt = (...args: readonly string[]): Promise<unknown> =>
    promisify(execFile)(join(VENV, 'bin', 'dbt'), ['--warn-error', '--no-use-colors', ...args], {
      cwd: desk.folder,
      env: {
        HOME: desk.path('home'),
        DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
        DBT_PROFILES_DIR: desk.folder,
      },
    });
  await dbt('parse');
  const manifest = JSON.parse(readFileSync(desk.path('target/manifest.json'), 'utf8')) as {
    readonly sources: Readonly<Record<string, { readonly identifier: string }>>;
    readonly nodes: Readonly<Record<string, Node>>;
  };
  expect(Object.values(manifest.sources).map(({ identifier }) => identifier)).toEqual([
    'categories',
    'customers',
    'every_type',
    'merchant',
    'new stuff 🚀',
    'orders',
    'products',
    'returns',
    'users',
  ]);
  const tests = Object.values(manifest.nodes).map(({ test_metadata }) => test_metadata?.name);
  expect(tests.filter((name) => name === 'unique')).toHaveLength(9);
  expect(tests.filter((name) => name === 'not_null')).toHaveLength(9);
  expect(tests.filter((name) => name === 'relationships').length).toBeGreaterThan(3);
  // Rows of the shop refer to rows that are gone: these tests only warn.
  await dbt('test', '--select', 'test_name:unique', 'test_name:not_null');
});
