/** `xano load --workspaces`: one report, one limit an instance, a failure of its own; and its shards. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { LocalXanoOptions } from '../../../../src/index.js';
import { office, officeWorkspace } from '../../../fixtures/office.js';
import { type Desk, expectError, openDesk, rowsOfFile } from '../../terminal.js';

/** A desk with two workspaces of one instance, and a list of them. */
async function deskWith(list: string, options: LocalXanoOptions = {}): Promise<Desk> {
  const acme = { ...officeWorkspace(), id: 1, name: 'Acme' };
  const beta = { ...officeWorkspace(), id: 2, name: 'Beta & Co' };
  const desk = await openDesk({ ...options, instances: [office([acme, beta])] });
  writeFileSync(desk.path('clients.yaml'), list);
  return desk;
}

it('loads each workspace into its dataset; a failure is its own, and the worst status counts', async () => {
  const desk = await deskWith(`- { workspace: Acme, token: '\${ACME_TOKEN}' }
- { workspace: Beta & Co, exclude_tables: [rooms], history: [requests] }
- { workspace: Gone, token: '\${GONE_TOKEN}' }
`);
  const to = desk.path('all.duckdb');
  const env = { ACME_TOKEN: desk.xano.token };
  const list = ['--workspaces', desk.path('clients.yaml'), '--to', to];
  const log = desk.path('load.jsonl');
  const said = await desk.run(['load', ...list, '--log-file', log], { env });
  expect([said.status, said.stdout]).toEqual([
    4,
    'acme\t2\t2\t3\tproved\t0.000\tloaded\nbeta_co\t2\t2\t5\tproved\t0.000\tloaded\ngone\t0\t0\t0\t-\t0.000\tfailed TOKEN_MISSING\n',
  ]);
  expect(said.stderr).toContain('gone: Error: ');
  expect(said.stderr).toContain('"gone" needs GONE_TOKEN, which is not set.');
  expect(
    await rowsOfFile(to, 'SELECT (SELECT count(*) FROM acme.people), (SELECT count(*) FROM beta_co.people)'),
  ).toEqual([['3', '3']]);
  const lines = readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; workspace?: string });
  expect(
    lines
      .filter(({ type }) => ['load_finished', 'error'].includes(type))
      .map(({ type, workspace }) => [type, workspace]),
  ).toEqual([
    ['load_finished', 'acme'],
    ['load_finished', 'beta_co'],
    ['error', 'gone'],
  ]);
  expect(lines.filter(({ workspace }) => workspace === undefined)).toEqual([]);
  const plan = await desk.run(['load', ...list, '--dry-run', '--json'], { env });
  const { workspaces } = JSON.parse(plan.stdout) as {
    workspaces: { workspace: string; status: string; tables: number; rows: number }[];
  };
  expect([plan.status, workspaces.map((one) => [one.workspace, one.status, one.tables, one.rows])]).toEqual([
    4,
    [
      ['acme', 'planned', 2, 3],
      ['beta_co', 'planned', 2, 3],
      ['gone', 'failed', 0, 0],
    ],
  ]);
});

it('says every mistake of a list of workspaces at once, with its line, and never a token', async () => {
  const literal = 'eyJhbGciOiJSUzI1NiJ9.a-token-in-a-file';
  const desk = await deskWith(`- { workspace: Acme, token: ${literal} }
- { workspace: acme, tabels: [people] }
- profile: default
  token_file: token.txt
- workspace: B
  instance: https://evil.example
- { workspace: C, write_disposition: merges }
`);
  const file = desk.path('clients.yaml');
  expectError(
    await desk.run(['load', '--workspaces', file]),
    2,
    'CONFIG_INVALID',
    `${file} is not valid.
  Line 1: [0].token holds a text that may be a token; allowed is a variable of the environment, such as \${ACME_TOKEN}.
  Line 2: [1].tabels is not a known field; allowed are profile, instance, workspace, data_source, dataset, tables, exclude_tables, write_disposition, incremental, history, token, token_file, token_command; did you mean "tables"?
  Line 2: [1].workspace found "acme", whose dataset "acme" is also that of [0]: give each its own dataset.
  Line 3: [2].workspace is missing; allowed is the name or id of a workspace, or give a dataset.
  Line 4: [2].token_file excludes profile: keep one of the two.
  Line 6: [3].instance found "https://evil.example", which is not an address of Xano; allowed is the name of an instance, or a profile that has the address.
  Line 7: [4].write_disposition found "merges"; allowed are "replace", "append", "merge"; did you mean "merge"?`,
    'Correct the fields that are named, then run again; docs/scale.md explains them.',
  );
});

it('stops all workspaces at Ctrl-C, and names those that did not start', async () => {
  const desk = await deskWith('- { workspace: Acme }\n- { workspace: Beta & Co }\n');
  const stop = new AbortController();
  stop.abort();
  const said = await desk.run(
    ['load', '--workspaces', desk.path('clients.yaml'), '--to', desk.path('all.duckdb')],
    { signal: stop.signal },
  );
  expect([said.status, said.stdout]).toEqual([
    130,
    'acme\t0\t0\t0\t-\t-\tnot started\nbeta_co\t0\t0\t0\t-\t-\tnot started\n',
  ]);
});

it('refuses options that need a list, and several loads at a time into one file', async () => {
  const desk = await deskWith('- { workspace: Acme }\n');
  const file = desk.path('clients.yaml');
  expectError(
    await desk.run(['load', '--shard', '0/2']),
    2,
    'USAGE',
    '--shard needs --workspaces.',
    'Name a list of workspaces: --workspaces clients.yaml.',
  );
  expectError(
    await desk.run(['load', '--workspaces', file, '--parallel', '2', '--to', 'all.duckdb']),
    2,
    'USAGE',
    '--parallel 2: all.duckdb takes one load at a time.',
    'Omit --parallel, or name a Postgres database, an Iceberg catalog, a bucket, or a DuckLake with its catalog in Postgres with --to.',
  );
  expectError(
    await desk.run(['load', '--workspaces', file], { env: { JOB_COMPLETION_INDEX: '0' } }),
    2,
    'USAGE',
    'JOB_COMPLETION_INDEX is set, but no variable says how many shards there are: XANO_SHARDS, CLOUD_RUN_TASK_COUNT.',
    'Set both, or give --shard, such as --shard 0/3.',
  );
});

it('keeps one limit of requests for all workspaces of an instance', async () => {
  const desk = await deskWith('- { workspace: Acme }\n- { workspace: Beta & Co }\n', {
    rate_limit: { requests: 3, per_ms: 20_000 },
  });
  const said = await desk.run([
    'load',
    ...['--workspaces', desk.path('clients.yaml'), '--to', desk.path('all.duckdb')],
  ]);
  expect(said.status).toBe(0);
  const refused = desk.xano.requests.filter(({ status }) => status === 429);
  // The first workspace learns the limit; the second one never meets it.
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.filter(({ path }) => path.includes('/workspace/2'))).toEqual([]);
});
