/**
 * What one list is, and whose table: lists that differ in anything a request carries, and tables of one list.
 */
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/rest/config/config-file.js';
import type { EndpointConfig } from '../../src/rest/config/endpoint-config.js';
import type { FindSecret } from '../../src/rest/config/secret-ref.js';
import { createHttp } from '../../src/rest/http/client.js';
import { sql } from '../destinations/duckdb.js';
import { fakeClock } from '../fixtures/clock.js';
import { clientOf, clientWith, localXano, searches } from '../fixtures/local-xano.js';
import { items, officeOf } from '../fixtures/office.js';
import { serve } from '../rest/http/serving.js';
import { configsOf, loadInto, query, temporaryFile } from './loading.js';

const KEYS: Readonly<Record<string, string>> = {
  KEY_A: 'key-of-a-12345',
  KEY_B: 'key-of-b-12345',
  USER: 'ann',
  PASS: 'secret-12345',
};

const secrets =
  (values: Readonly<Record<string, string>>): FindSecret =>
  (ref) => {
    const name = 'env' in ref ? ref.env : ref.profile;
    const value = values[name];
    return value === undefined ? undefined : { value, source: name, expires_at: null };
  };

/**
 * Files that are loaded one after the other into one target, from a server whose records say how they were
 * asked for.
 */
async function target() {
  const server = await serve(({ url, headers, body, method }) => ({
    body:
      method === 'POST' && url === '/login'
        ? { token: JSON.stringify(body).includes('ann') ? KEYS['KEY_A'] : KEYS['KEY_B'] }
        : [1, 2].map((id) => ({
            id,
            at: id,
            asked: [
              url,
              headers['authorization'] ?? '',
              headers['x-tenant'] ?? '',
              JSON.stringify(body ?? ''),
            ].join(' '),
          })),
  }));
  const file = temporaryFile();
  const load = async (resources: string, values = KEYS) => {
    const text = `client: { base_url: "${server.origin}", data_selector: '', pagination: single_page }\nresources:\n${resources}`;
    const { endpoints } = readConfig(text, 'x.yaml');
    const http = createHttp({ user_agent: 'test', find_secret: secrets(values), clock: fakeClock() });
    server.received.length = 0;
    return loadInto(endpoints, file, { http });
  };
  const tables = async () =>
    Object.fromEntries(
      (
        await query(
          file,
          "SELECT table_name, estimated_size::INT AS n FROM duckdb_tables() WHERE schema_name = 'xano_data' ORDER BY 1",
        )
      ).map(({ table_name, n }) => [table_name, n]),
    );
  const askedFor = async (table: string) =>
    (await query(file, `SELECT DISTINCT asked FROM xano_data."${table}"`)).map(({ asked }) => String(asked));
  const state = () => query(file, 'SELECT resource, target_table FROM _xano.resources ORDER BY 2');
  return { server, file, load, tables, askedFor, state };
}

const PAIRS: [string, string, string][] = [
  ['the query of the path', 'path: "l?s=a"', 'path: "l?s=b"'],
  ['a repeated parameter', 'path: "l?s[]=a&s[]=b"', 'path: "l?s[]=a&s[]=c"'],
  ['parameters', 'path: l, params: { s: a }', 'path: l, params: { s: b }'],
  ['headers', 'path: l, headers: { X-Tenant: a }', 'path: l, headers: { X-Tenant: b }'],
  ['the body', 'path: l, body: { s: a }', 'path: l, body: { s: b }'],
  ['the variable of a token', 'path: l, auth: "${KEY_A}"', 'path: l, auth: "${KEY_B}"'],
  ['credentials or none', 'path: l', 'path: l, auth: "${KEY_A}"'],
  [
    'the user of basic',
    'path: l, auth: { type: basic, username: "${USER}", password: "${PASS}" }',
    'path: l, auth: { type: basic, username: "${KEY_A}", password: "${PASS}" }',
  ],
  [
    'who logs in',
    'path: l, auth: { type: login, url: ORIGIN/login, body: { user: "${USER}" }, token_path: token }',
    'path: l, auth: { type: login, url: ORIGIN/login, body: { user: "${PASS}" }, token_path: token }',
  ],
];

describe.each(PAIRS)('lists that differ in %s', (_, one, other) => {
  const list = (origin: string, name: string, fields: string, more = '') =>
    `  - { name: ${name}, primary_key: id${more}, ${fields.replaceAll('ORIGIN', origin)} }\n`;

  it('are two tables, from one file and from two', async () => {
    for (const isOneFile of [true, false]) {
      const { server, load, tables, askedFor, state } = await target();
      const [a, b] = [list(server.origin, 'a', one), list(server.origin, 'b', other)];
      for (const file of isOneFile ? [a + b] : [a, b, a])
        for (const { status, error } of (await load(file)).report.resources)
          expect([status, error]).toEqual(['loaded', undefined]);
      expect(await tables()).toEqual({ a: 2, b: 2 });
      expect(await askedFor('a')).not.toEqual(await askedFor('b'));
      expect(await state()).toEqual([
        { resource: 'a', target_table: 'a' },
        { resource: 'b', target_table: 'b' },
      ]);
    }
  });

  it('never take each other’s table: the second is refused before it is read', async () => {
    const { server, load, tables, askedFor } = await target();
    const append = ', write_disposition: append';
    await load(list(server.origin, 'a', one, append));
    const before = await askedFor('a');
    for (const name of ['a', 'b, table_name: a', 'B, table_name: A']) {
      const { onlyTable } = await load(list(server.origin, name, other));
      expect(onlyTable).toMatchObject({
        status: 'failed',
        requests: 0,
        error: {
          code: 'DATABASE_FAILED',
          message: expect.stringMatching(
            /^The table xano_data\."[aA]" in the destination belongs to the resource "a" \(/,
          ),
        },
      });
      expect(JSON.stringify(onlyTable.error)).not.toMatch(/s=|12345|KEY_|tenant/i);
    }
    expect(server.received).toEqual([]);
    expect(await askedFor('a')).toEqual(before);
    await load(list(server.origin, 'a', one, append));
    expect(await tables()).toEqual({ a: 4 });
  });
});

const VALUES: [string, string][] = [
  ['parameters', 'params: { region: "${REGION}" }'],
  ['a parameter that has a default', 'params: { region: "${REGION:-none}" }'],
  ['a part of a parameter', 'params: { filter: "region eq ${REGION} and ${KEY_A}" }'],
  ['headers', 'headers: { X-Tenant: "${REGION}" }'],
  ['a header of the author', 'headers: { X-Author: "${REGION}" }'],
  ['the body', 'body: { where: [{ region: "${REGION}" }] }'],
  ['the query beside its path', 'path: "l?s=a", params: { region: "${REGION}" }'],
  ['what a variable that is there stands for', 'params: { region: "${IS_EU:+eu}" }'],
];

describe.each(VALUES)('a variable in %s', (_, fields) => {
  const list = `  - { name: a, primary_key: id, write_disposition: merge, incremental: { cursor_path: at, start_param: since }, ${fields.includes('path:') ? '' : 'path: l, '}${fields} }\n`;
  const eu = { ...KEYS, REGION: 'eu', IS_EU: '1' };

  it('makes another list where its value differs, and the same list where it is written out', async () => {
    const { file, server, load, tables } = await target();
    expect((await load(list, eu)).onlyTable).toMatchObject({ status: 'loaded', rows_total: 2 });
    const literal = await load(list.replace(/\$\{(REGION|IS_EU)[^}]*\}/, 'eu'), eu);
    expect(literal.onlyTable).toMatchObject({ status: 'loaded', rows_total: 2 });
    const { onlyTable } = await load(list, { ...KEYS, REGION: 'us', KEY_B: 'x' });
    expect(onlyTable).toMatchObject({
      status: 'failed',
      requests: 0,
      error: {
        code: 'DATABASE_FAILED',
        message: expect.stringMatching(
          /^The table xano_data\."a" in the destination belongs to the resource "a" \(/,
        ),
        hint: 'Give "a" another name, or load into another schema with --dataset; the table was not touched. To start over, drop the table first.',
      },
    });
    expect(server.received).toEqual([]);
    expect(await tables()).toEqual({ a: 2 });
    const kept = JSON.stringify([
      await query(file, 'FROM _xano.resources'),
      await query(file, 'FROM _xano.loads'),
    ]);
    expect(kept).not.toMatch(/"eu"|region|12345/i);
  });
});

describe('a secret in a variable', () => {
  it.each([
    ['in auth', 'auth: "${SHOP}"'],
    ['in auth and a parameter', 'auth: "${SHOP}", params: { s: "${SHOP}" }'],
    ['in a header that authorizes', 'headers: { Authorization: "Bearer ${SHOP}" }'],
    ['in a header of keys', 'headers: { x-api-key: "${SHOP}" }'],
    ['in a header of sessions', 'headers: { X-Session: "${SHOP}" }'],
    ['in a cookie', 'headers: { Cookie: "id=${SHOP}" }'],
    ['in a parameter of tokens', 'params: { access_token: "${SHOP}" }'],
    ['below a field of the body', 'body: { auth: { user: ["${SHOP}"] } }'],
    ['by the name of the variable', 'params: { s: "${SHOP_TOKEN}" }'],
    ['by a short name of the variable', 'params: { s: "${SHOP_PAT}" }'],
    ['by a short name of the field', 'params: { sig: "${SHOP}" }'],
  ])('may change: %s', async (_, fields) => {
    const { load, tables } = await target();
    const list = `  - { name: a, path: l, write_disposition: append, ${fields} }\n`;
    for (const value of ['first-12345', 'renewed-12345'])
      expect(
        (await load(list, { SHOP: value, SHOP_TOKEN: value, SHOP_PAT: value })).onlyTable.error,
      ).toBeUndefined();
    expect(await tables()).toEqual({ a: 4 });
  });
});

it('an unset variable is reported as such, and not as a table of another list', async () => {
  const { load } = await target();
  const list = '  - { name: a, path: l, write_disposition: append, params: { s: "${REGION}" } }\n';
  await load(list, { REGION: 'eu' });
  expect((await load(list, {})).onlyTable.error).toMatchObject({
    code: 'CONFIG_INVALID',
    message: 'The environment variable REGION is not set.',
  });
});

describe('one list', () => {
  const history = '  - { name: history, path: events, write_disposition: append }\n';
  const current = '  - { name: current, path: events }\n';

  it.each([
    ['one file', [history + current, current + history, history + current], { history: 6, current: 2 }],
    ['two files', [history, current, history, current, history], { history: 6, current: 2 }],
  ])('may fill two tables, each in its own way: %s', async (_, files, wanted) => {
    const { load, tables } = await target();
    for (const file of files) expect((await load(file)).report.status).toBe('loaded');
    expect(await tables()).toEqual(wanted);
  });

  it('has a watermark for each of its tables', async () => {
    const { server, load } = await target();
    const list = (name: string) =>
      `  - { name: ${name}, path: events, primary_key: id, write_disposition: merge, incremental: { cursor_path: at, start_param: since } }\n`;
    const asked = async (text: string) => {
      await load(text);
      return server.received.map(({ url }) => url);
    };
    expect(await asked(list('a'))).toEqual(['/events']);
    expect(await asked(list('b'))).toEqual(['/events']);
    expect(await asked(list('b') + list('a'))).toEqual(['/events?since=2', '/events?since=2']);
    expect(await asked(list('renamed'))).toEqual(['/events']);
  });

  it('is another table under another name, since a config has no id that survives a rename', async () => {
    const { load, tables } = await target();
    await load(history);
    await load(history.replace('name: history', 'name: log'));
    expect(await tables()).toEqual({ history: 2, log: 2 });
    const { onlyTable } = await load('  - { name: current, table_name: history, path: events }\n');
    expect(onlyTable.error).toMatchObject({
      code: 'DATABASE_FAILED',
      message: expect.stringMatching(
        /"history" \(\S+\/events\); "current" \(\S+\/events\) is another resource\.$/,
      ),
      hint: 'Give "current" another table_name, or load into another schema with --dataset; the table was not touched.',
    });
    expect(await tables()).toEqual({ history: 2, log: 2 });
  });

  it('stays the same with another token, and in a rearranged file', async () => {
    const { load, tables } = await target();
    const list =
      '  - { name: a, path: l, params: { s: a, t: b }, auth: "${KEY_A}", write_disposition: append }\n';
    await load(list);
    await load(list, { KEY_A: 'renewed-12345' });
    await load(
      '  - { auth: { type: bearer, token: { env: KEY_A } }, params: { t: b, s: a }, write_disposition: append, path: l, name: a }\n',
    );
    expect(await tables()).toEqual({ a: 6 });
  });

  it('takes the place of a table that somebody dropped, and of its state', async () => {
    const { file, load, tables, state } = await target();
    const list = (key: string) =>
      `  - { name: a, path: l, primary_key: id, auth: "\${${key}}", write_disposition: merge, incremental: { cursor_path: at, start_param: since } }\n`;
    await load(list('KEY_A'));
    expect((await load(list('KEY_B'))).onlyTable.error?.hint).toBe(
      'Give "a" another name, or load into another schema with --dataset; the table was not touched. To start over, drop the table first.',
    );
    await sql(file, 'DROP TABLE xano_data.a');
    expect((await load(list('KEY_B'))).onlyTable).toMatchObject({ status: 'loaded', rows_total: 2 });
    expect(await tables()).toEqual({ a: 2 });
    expect(await state()).toEqual([{ resource: 'a', target_table: 'a' }]);
  });

  it('leaves no secret in the file, not even one that the config spells out', async () => {
    const { file, load } = await target();
    await load(
      '  - { name: a, path: "l?key=hunter1", params: { pin: hunter2 }, headers: { x-key: hunter3 }, body: { p: hunter4 }, auth: "${KEY_A}", columns: { id: BIGINT }, excluded: [asked] }\n',
    );
    const kept = JSON.stringify([
      await query(file, 'FROM _xano.resources'),
      await query(file, 'FROM _xano.loads'),
      await query(file, 'FROM _xano.servers'),
    ]);
    expect(kept).not.toMatch(/hunter|12345|KEY_A/);
  });
});

describe('a table of Xano', () => {
  const tablesIn = async (file: string) =>
    (
      await query(file, "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'xano_data' ORDER BY 1")
    ).map(({ table_name }) => table_name);

  it('is the same, whoever logs in', async () => {
    const xano = await localXano({ instances: [officeOf(items([1, 2]))] });
    const file = temporaryFile();
    const [config] = await configsOf(xano, ['items']);
    const http = clientOf(xano);
    for (const token of [{ env: 'XANO_TOKEN' }, { profile: 'default' }, { profile: 'other' }]) {
      const { onlyTable } = await loadInto([{ ...config!, auth: { type: 'bearer', token } }], file, { http });
      expect(onlyTable).toMatchObject({ status: 'loaded', rows_total: 2, schema_changes: [] });
    }
    expect(await query(file, 'SELECT resource FROM _xano.resources')).toEqual([{ resource: 'items' }]);
  });

  it.each(['one file', 'two files'])(
    'becomes two where configs give it two tables, from %s',
    async (from) => {
      const xano = await localXano({ instances: [officeOf(items([1, 2]))] });
      const file = temporaryFile();
      const [config] = await configsOf(xano, ['items']);
      const http = clientOf(xano);
      const copies: EndpointConfig[] = [
        config!,
        { ...config!, table_name: 'history', write_disposition: 'append' },
        // Alone it would be the same table under a new name.
        ...(from === 'one file' ? [{ ...config!, name: 'copy' }] : []),
      ];
      for (let n = 0; n < 2; n++)
        for (const configs of from === 'one file' ? [copies] : copies.map((copy) => [copy]))
          expect((await loadInto(configs, file, { http })).report.status).toBe('loaded');
      expect(await tablesIn(file)).toEqual([...(from === 'one file' ? ['copy'] : []), 'history', 'items']);
      expect(await query(file, 'SELECT count(*)::INT AS n FROM xano_data.history')).toEqual([{ n: 4 }]);
      // The copy that is called as its source is goes on under the new name of that; the other one keeps its
      // own.
      const renamed = { ...config!, name: 'things' };
      const both = [renamed, { ...renamed, table_name: 'history', write_disposition: 'append' as const }];
      if (from === 'two files') {
        expect((await loadInto(both, file, { http })).report.status).toBe('loaded');
        expect(await tablesIn(file)).toEqual(['history', 'things']);
        expect(await query(file, 'SELECT count(*)::INT AS n FROM xano_data.history')).toEqual([{ n: 6 }]);
      }
    },
  );

  it('does not replace another one’s table where its target name was chosen', async () => {
    const xano = await localXano({ instances: [officeOf(items([1, 2]), items([3], 'others', 52))] });
    const file = temporaryFile();
    const configs = await configsOf(xano, ['items', 'others']);
    const http = clientOf(xano);
    await loadInto([{ ...configs[0]!, table_name: 't' }], file, { http });
    xano.clearRequests();
    const { onlyTable } = await loadInto([{ ...configs[1]!, table_name: 't' }], file, { http });
    expect(onlyTable).toMatchObject({ status: 'failed', requests: 0, error: { code: 'DATABASE_FAILED' } });
    expect(searches(xano.requests)).toEqual([]);
    const filtered = { ...configs[0]!, table_name: 't', body: { filter: 1 } };
    expect((await loadInto([filtered], file, { http })).onlyTable.error?.code).toBe('DATABASE_FAILED');
    expect(await tablesIn(file)).toEqual(['t']);
    expect(await query(file, 'SELECT id::INT AS id FROM xano_data.t ORDER BY 1')).toEqual([
      { id: 1 },
      { id: 2 },
    ]);
  });
});

it('the report calls a table by its actual name', async () => {
  const { file, server } = await target();
  const { endpoints } = readConfig(
    JSON.stringify({
      client: { base_url: server.origin, data_selector: '', pagination: 'single_page' },
      resources: ['n\0l', 'half \ud83d', 'it"s', ' '].map((name, at) => ({ name, path: `p${at}` })),
    }),
    'x.json',
  );
  const http = clientWith('t', fakeClock());
  await loadInto(endpoints.slice(0, 1), file, { http, dataset: 'Raw\0' });
  const { report } = await loadInto(endpoints, file, { http, dataset: 'RAW\0' });
  const there = await query(
    file,
    "SELECT schema_name || '.' || table_name AS name FROM duckdb_tables() WHERE schema_name <> '_xano' ORDER BY 1",
  );
  expect(report.resources.map(({ target: name }) => name).toSorted()).toEqual(there.map(({ name }) => name));
  expect(report.resources.map(({ status, target: name }) => [status, name])).toEqual([
    ['loaded', 'Raw\u2400.n\u2400l'],
    ['loaded', 'Raw\u2400.half \ufffd'],
    ['loaded', 'Raw\u2400.it"s'],
    ['loaded', 'Raw\u2400. '],
  ]);
});
