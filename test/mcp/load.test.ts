/** `xano_load`: a plan unless told, a load with progress, and a clean stop. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDestination, queryFile } from '../../src/index.js';
import { plan } from '../destinations/writing.js';
import { items, people, rooms } from '../fixtures/office.js';
import { startAssistant } from './assistant.js';

const TABLE = {
  load_id: '<load id>',
  status: 'loaded',
  completeness: 'proved',
  values_rejected: 0,
  schema_changes: [],
};

it('is offered where the start allows it, and says that it writes', async () => {
  const { client } = await startAssistant({ is_loaded: false, flags: ['--allow-load'] });
  const { tools } = await client.listTools();
  const load = tools.find(({ name }) => name === 'xano_load');
  expect([tools.length, load?.annotations]).toEqual([
    6,
    {
      title: 'Load from Xano',
      readOnlyHint: false,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: true,
    },
  ]);
  expect(Object.keys(load?.inputSchema.properties ?? {})).toEqual(['tables', 'incremental', 'dry_run']);
});

it('plans unless it is told to load, and writes nothing then', async () => {
  const { call, files } = await startAssistant({
    is_loaded: false,
    flags: ['--allow-load'],
    tables: [people(), rooms()],
  });
  expect((await call('xano_load')).answer).toEqual({
    dry_run: true,
    plan: [
      { table: 'people', rows: 3, requests: 1 },
      { table: 'rooms', rows: 0, requests: 1 },
    ],
    requests: 2,
    next_step: 'Nothing was written. Ask the person, then call again with dry_run false.',
  });
  expect(files().filter((name) => name.startsWith('office'))).toEqual([]);
});

it('loads, tells how far it is, and reports each table', async () => {
  const { client, call, file } = await startAssistant({
    is_loaded: false,
    flags: ['--allow-load'],
    tables: [people(), rooms()],
  });
  const told: { progress: number; total?: number | undefined; message?: string | undefined }[] = [];
  await client.callTool(
    { name: 'xano_load', arguments: { tables: ['rooms'], dry_run: false } },
    { onprogress: (progress) => told.push(progress) },
  );
  expect(told.at(-1)).toEqual({ progress: 1, total: 1, message: 'rooms: 0 rows loaded' });
  expect((await call('xano_load', { dry_run: false })).answer).toEqual({
    dry_run: false,
    report: {
      load_id: '<load id>',
      status: 'loaded',
      started_at: '<time>',
      finished_at: '<time>',
      requests: 2,
      tables: [
        { ...TABLE, table: 'people', rows_read: 3, rows_written: 3, rows_total: 3, rows_expected: 3 },
        { ...TABLE, table: 'rooms', rows_read: 0, rows_written: 0, rows_total: 0, rows_expected: 0 },
      ],
      gone: [],
    },
    next_step: 'All tables are loaded; xano_status shows them.',
  });
  expect((await queryFile(file, 'SELECT id, name FROM people ORDER BY id')).rows).toEqual([
    { id: '1', name: 'Ada' },
    { id: '2', name: 'Grace' },
    { id: '3', name: 'Edsger' },
  ]);
});

describe.each(['modern', 'legacy'] as const)('a client of the %s protocol that can ask a person', (era) => {
  it('asks before a load, and loads nothing if the person declines', async () => {
    const asked: string[] = [];
    const replies = ['decline', 'cancel', 'accept'] as const;
    const { call, file } = await startAssistant({
      era,
      is_loaded: false,
      flags: ['--allow-load'],
      tables: [people(), rooms()],
      reply: (question) =>
        replies[asked.push(question.replace(/into .*office/, 'into office')) - 1] ?? 'decline',
    });
    expect((await call('xano_load')).answer).toMatchObject({ dry_run: true, requests: 2 });
    expect(asked).toEqual([]);
    for (const reply of ['decline', 'cancel'])
      expect([reply, (await call('xano_load', { dry_run: false })).answer]).toEqual([
        reply,
        {
          error: {
            code: 'INTERRUPTED',
            message: 'The person declined.',
            hint: 'Nothing was done. Ask the person what to do instead.',
          },
        },
      ]);
    expect(existsSync(file)).toBe(false);
    expect((await call('xano_load', { tables: ['rooms'], dry_run: false })).answer).toMatchObject({
      report: { status: 'loaded', tables: [{ table: 'rooms' }] },
    });
    expect(asked).toEqual([
      'Load 2 tables from Xano into office.duckdb, about 2 requests?',
      'Load 2 tables from Xano into office.duckdb, about 2 requests?',
      'Load 1 table from Xano into office.duckdb, about 1 request?',
    ]);
  });
});

it('loads the tables that the start names, and no other', async () => {
  const { call, file } = await startAssistant({
    is_loaded: false,
    flags: ['--allow-load', '--tables', 'rooms'],
  });
  expect((await call('xano_load', { tables: ['people'], dry_run: false })).answer).toEqual({
    error: {
      code: 'USAGE',
      message: 'This server may not load the table "people".',
      hint: 'Ask the person who started the server to name it with --tables.',
    },
  });
  expect(existsSync(file)).toBe(false);
  expect((await call('xano_load', { dry_run: false })).answer).toMatchObject({
    report: { status: 'loaded', tables: [{ table: 'rooms' }] },
  });
  expect((await queryFile(file, 'SHOW TABLES')).rows).toEqual([{ name: 'rooms' }]);
});

it('stops cleanly when the client cancels it, and the next load continues there', async () => {
  const ids = Array.from({ length: 40_000 }, (_, i) => i + 1);
  const { client, xano, run, file } = await startAssistant({
    is_loaded: false,
    flags: ['--allow-load'],
    tables: [items(ids)],
  });
  const cancel = new AbortController();
  let searches = 0;
  xano.fail({
    path: '/table/51/content/search',
    times: Number.POSITIVE_INFINITY,
    answer: {
      kind: 'rewrite',
      rewrite: (body) => {
        searches++;
        if (searches === 4) cancel.abort();
        return body;
      },
    },
  });
  await expect(
    client.callTool({ name: 'xano_load', arguments: { dry_run: false } }, { signal: cancel.signal }),
  ).rejects.toThrow();
  // The server ends when its load has.
  await client.close();
  expect({ target: existsSync(file), staging: existsSync(`${file}.staging`) }).toEqual({
    target: false,
    staging: true,
  });
  const { stderr } = await run(['load', '--to', file]);
  expect(stderr).toMatch(/^items: continuing after [\d,]+ rows of an earlier load\.$/m);
  expect((await queryFile(file, 'SELECT count(DISTINCT id) AS ids FROM items')).rows).toEqual([
    { ids: '40000' },
  ]);
});

it('a login error asks for a person, and for no token', async () => {
  const { call, xano } = await startAssistant({ is_loaded: false, flags: ['--allow-load'] });
  xano.fail({ path: '/workspace', times: 100, answer: { kind: 'status', status: 401 } });
  expect((await call('xano_load')).answer).toMatchObject({
    error: { hint: 'Ask the person to run `xano auth login` in a terminal. Do not ask for the token here.' },
  });
});

it('a load that runs elsewhere is an answer to act on', async () => {
  const { call, file } = await startAssistant({ tables: [people()], flags: ['--allow-load'] });
  const destination = await openDestination(file);
  const writer = await destination.openTarget(plan({ load_id: '20260101T000000Z-0000' }));
  try {
    expect((await call('xano_status')).answer).toMatchObject({ verdict: 'ok', staging: 'load_running' });
    const { is_error, answer } = await call('xano_load', { dry_run: false });
    expect(is_error).toBe(true);
    expect(answer).toMatchObject({ error: { code: 'DATABASE_LOCKED', hint: expect.stringMatching(/\.$/) } });
    expect((await call('xano_query', { sql: 'SELECT count(*) FROM people' })).answer).toMatchObject({
      rows: [[3]],
    });
  } finally {
    await writer.abort({ keep: false });
    await destination.close();
  }
});

it('loads what the project of its start wants of each table, and knows its greatest age', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'xano-mcp-project-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(
    join(folder, 'xano.yaml'),
    'project: { max_age: 1s, exclude_tables: [r*], tables: { people: { mask: { name: redact } }, "*": {} } }\n',
  );
  const { call, file } = await startAssistant({
    is_loaded: false,
    flags: ['--allow-load', '--project', folder],
    tables: [people(), rooms()],
  });
  const { answer } = await call('xano_load', { dry_run: false });
  expect((answer as { report: { tables: readonly { table: string }[] } }).report.tables).toEqual([
    expect.objectContaining({ table: 'people', rows_written: 3 }),
  ]);
  expect((await queryFile(file, 'SELECT DISTINCT name FROM people')).rows).toEqual([{ name: '[redacted]' }]);
  await expect.poll(async () => (await call('xano_status')).answer).toMatchObject({ stale: ['people'] });
});
