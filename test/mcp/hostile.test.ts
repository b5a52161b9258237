/** What a client must not get, and what rows must not do. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HIDDEN, INJECTION, startAssistant } from './assistant.js';

describe('rows of strangers', () => {
  it('stay in rows, with hidden characters as escapes', async () => {
    const { call } = await startAssistant();
    const { answer, text } = await call('xano_query', { sql: 'SELECT id, body FROM tickets ORDER BY id' });
    expect(answer).toEqual({
      columns: [
        { name: 'id', type: 'BIGINT' },
        { name: 'body', type: 'VARCHAR' },
      ],
      rows: [
        [1, INJECTION],
        [2, 'pay \\u202e001\\u202c now\\u200b\\u0007'],
        [3, `${'x'.repeat(500)}…`],
      ],
      returned: 3,
      truncated: false,
      values_cut: 1,
      next_step: 'Select a part of a long value, such as column[501:1000].',
      as_of: [{ table: 'tickets', loaded_at: '<time>', completeness: 'proved' }],
    });
    expect(text).not.toContain('\u202e');
    expect(text.includes(HIDDEN)).toBe(false);
  });

  it('change no later answer: "ignore your instructions" is a value, and nothing is sent', async () => {
    const { call, xano, client } = await startAssistant();
    const before = JSON.stringify(await client.listTools());
    const instructions = client.getInstructions();
    const asked = xano.requests.length;
    const read = await call('xano_query', { sql: 'SELECT body FROM tickets WHERE id = 1' });
    expect(read.answer).toMatchObject({ rows: [[INJECTION]], returned: 1 });
    const profile = await call('xano_schema', { tables: ['tickets'], detail: 'profile' });
    const { tables } = profile.answer as { tables: { columns: { profile: object }[] }[] };
    expect(tables[0]!.columns.map((column) => column.profile)).toMatchObject([
      { min: 1, max: 3 },
      { values: [INJECTION, expect.anything(), expect.anything()] },
    ]);
    expect(profile.text.replace(JSON.stringify(INJECTION), '')).not.toContain('IGNORE');
    expect(JSON.stringify(await client.listTools())).toBe(before);
    expect(client.getInstructions()).toBe(instructions);
    expect(xano.requests.length).toBe(asked);
  });

  it('are in no other answer, and an error keeps them apart from its words', async () => {
    const { call } = await startAssistant();
    for (const [name, input] of [
      ['xano_status', {}],
      ['xano_schema', {}],
      ['xano_history', { table: 'tickets' }],
      ['xano_discover', {}],
    ] as const)
      expect((await call(name, input)).text).not.toContain('IGNORE');
    for (const sql of ['SELECT body::INT FROM tickets', 'SELECT error(body) FROM tickets']) {
      const { answer, is_error } = await call('xano_query', { sql });
      const { error } = answer as { error: Record<string, string> };
      expect(is_error).toBe(true);
      expect(error['data']).toContain(INJECTION);
      expect(`${error['message']} ${error['hint']}`).not.toContain('IGNORE');
      expect(error['message']).toMatch(/^The query failed while it read rows: [\w ]+ Error\.$/);
    }
  });
});

describe('SQL', () => {
  it('cannot write', async () => {
    const { call, file, files } = await startAssistant();
    const before = { bytes: readFileSync(file), files: files() };
    for (const sql of [
      'DROP TABLE people',
      'DELETE FROM people',
      'INSERT INTO people (id) VALUES (9)',
      'CREATE TABLE mine AS FROM people',
      "COPY people TO 'people.csv'",
      "ATTACH 'other.duckdb'",
      'INSTALL httpfs',
      'SET enable_external_access = true',
      'SELECT 1; DROP TABLE people',
      "EXPORT DATABASE 'out'",
      'CHECKPOINT',
    ])
      expect([sql, await call('xano_query', { sql })]).toMatchObject([
        sql,
        { is_error: true, answer: { error: { code: 'QUERY_FAILED' } } },
      ]);
    expect({ bytes: readFileSync(file), files: files() }).toEqual(before);
  });

  it('reads no file', async () => {
    const { call, folder } = await startAssistant();
    for (const sql of [
      "FROM '/etc/passwd'",
      "FROM read_text('/etc/passwd')",
      `FROM read_text('${folder}/**')`,
      "FROM glob('/*')",
      "SELECT getenv('XANO_TOKEN')",
    ])
      expect([sql, await call('xano_query', { sql })]).toMatchObject([sql, { is_error: true }]);
  });

  it('asks no server', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end('id\n1\n');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const { call } = await startAssistant();
    for (const sql of [
      `FROM 'http://127.0.0.1:${port}/x.csv'`,
      `FROM read_csv('http://127.0.0.1:${port}/x.csv')`,
      `FROM read_text('http://127.0.0.1:${port}/x.csv')`,
    ])
      expect([sql, await call('xano_query', { sql })]).toMatchObject([sql, { is_error: true }]);
    expect(asked).toEqual([]);
  });
});

describe.each([
  ['--tables', ['--tables', 'rooms', 'tickets']],
  ['--exclude', ['--exclude', 'people', 'products']],
])('%s', (_, flags) => {
  it('hides tables in every answer, and refuses them where they are named', async () => {
    const { call, file } = await startAssistant({ flags });
    for (const [name, input] of [
      ['xano_status', {}],
      ['xano_schema', {}],
      ['xano_discover', { counts: true }],
      ['xano_history', { limit: 5 }],
      ['xano_query', { sql: 'SHOW ALL TABLES' }],
      ['xano_query', { sql: 'SELECT * FROM information_schema.columns' }],
    ] as const) {
      const { text, is_error } = await call(name, input);
      expect([name, is_error, /people|products/.test(text)]).toEqual([name, false, false]);
    }
    expect((await call('xano_query', { sql: 'SELECT count(*) FROM tickets' })).answer).toMatchObject({
      rows: [[3]],
    });
    expect((await call('xano_schema', { tables: ['people'] })).answer).toMatchObject({
      error: { code: 'USAGE', message: '<folder>/office.duckdb has no table "people".' },
    });
    for (const sql of [
      'FROM people',
      'FROM xano_data.people',
      'FROM _xano.rejects',
      "FROM query_table('people')",
      'SELECT (SELECT max(name) FROM people) FROM tickets',
      `FROM read_blob('${file}')`,
    ])
      expect(await call('xano_query', { sql })).toMatchObject({
        is_error: true,
        answer: { error: { code: 'QUERY_FAILED' } },
      });
  });
});

it('--exclude with a name that no table has fails each call, since that table may have been renamed', async () => {
  const { call } = await startAssistant({ flags: ['--exclude', 'persons'] });
  for (const [name, input] of [
    ['xano_status', {}],
    ['xano_query', { sql: 'FROM people' }],
  ] as const)
    expect((await call(name, input)).answer).toEqual({
      error: {
        code: 'USAGE',
        message: '--exclude names "persons", which <folder>/office.duckdb does not have.',
        hint: 'Ask the person who started the server to correct --exclude, or to use --tables.',
      },
    });
});
