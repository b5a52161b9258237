/** Pages of histories: every spelling that Xano's documents have, exact numbers, and no secret. */
import { describe, expect, it } from 'vitest';
import { HISTORIES, type HistoryKind } from '../../src/xano/history/history-kinds.js';
import { readHistoryPage, writeHistoryPage } from '../../src/xano/history/history-page.js';

/** What is stored of a page, as text. */
function stored(kind: HistoryKind, page: string, payloads = false): string {
  const { rows, next } = readHistoryPage(Buffer.from(page), HISTORIES[kind], payloads);
  return Buffer.from(writeHistoryPage(rows, next)).toString();
}

/** The row of one item. */
const row = (kind: HistoryKind, item: string, payloads = false): unknown =>
  JSON.parse(stored(kind, `{"items":[${item}],"nextPage":null}`, payloads)).items[0];

/** What is stored of an input with payloads, as text. */
const input = (text: string): string =>
  /"input":(.*),"output"/.exec(stored('tasks', `{"items":[{"id":1,"input":${text}}]}`, true))![1]!;

const AT = Date.UTC(2023, 3, 12, 18, 34, 1);

describe('a page of a history', () => {
  it('is read as the specification spells requests', () => {
    const item = {
      ...{ id: 57238, created_at: '2023-04-12 18:34:01+0000', workspace_id: 40, branch: 'v1', api_id: 5 },
      ...{ query_id: 6, duration: 0.025, status: 200, verb: 'GET', input: { page: 1 }, unknown: 'dropped' },
      uri: 'https://x1.n7.xano.io/api:abc/orders?page=1',
      request_headers: ['Accept: */*', 'Authorization: *** REMOVED ***'],
      response_headers: ['Content-Type: application/json'],
    };
    const known = {
      ...{ id: 57238, created_at: AT, workspace_id: 40, branch: 'v1', api_id: 5, query_id: 6 },
      ...{ duration: 0.025, status: 200, verb: 'GET' },
    };
    expect([row('requests', JSON.stringify(item)), row('requests', JSON.stringify(item), true)]).toEqual([
      { ...known, uri: 'https://x1.n7.xano.io/api:abc/orders' },
      {
        ...known,
        uri: 'https://x1.n7.xano.io/api:abc/orders?page=1',
        input: { page: 1 },
        output: null,
        request_headers: ['Accept: */*'],
        response_headers: ['Content-Type: application/json'],
      },
    ]);
  });

  it('is read as the other document spells requests and runs', () => {
    const request =
      '{"id":1,"created_at":"2023-04-12T18:34:01Z","path":"orders","duration_ms":25,"branch_id":3}';
    const run =
      '{"id":2,"created_at":1681324441000,"resource_id":9,"status":"error","duration_ms":1500,"error":"no"}';
    const none = { workspace_id: null, api_id: null, query_id: null, status: null, verb: null };
    expect([row('requests', request), row('tasks', run), row('functions', run)]).toEqual([
      { ...none, id: 1, created_at: AT, branch: '3', duration: 0.025, uri: 'orders' },
      { id: 2, created_at: AT, task_id: 9, status: 'error', duration: 1.5, error: 'no' },
      { id: 2, created_at: AT, function_id: 9, status: 'error', duration: 1.5, error: 'no' },
    ]);
  });

  it('may be a bare list, names its next page, and is refused where it is neither', () => {
    const next = (page: string): unknown => readHistoryPage(Buffer.from(page), HISTORIES.tasks, false).next;
    expect([next('[{"id":1}]'), next('{"items":[],"nextPage":2}')]).toEqual([null, 2]);
    for (const page of ['<html>', '{"items":{}}', '"x"', '{"items":[{"id":null}]}', '{"items":[7]}'])
      expect(() => next(page)).toThrow('The history of tasks');
  });

  it('keeps numbers as they were sent, and texts', () => {
    const texts = [
      '{"n":9007199254740993,"x":1.10,"e":1E+2,"z":-0}',
      '"a \\"1.10\\" {b: 1}"',
      '[1,[2.50]]',
      '[1.0,"é\\u0000"]',
    ];
    expect(texts.map(input)).toEqual(texts);
    expect(input('[]')).toBe('{}');
    expect(input('"Hidden: this call carries policy details"')).toBe(
      '"Hidden: this call carries policy details"',
    );
  });

  it('has no secret, whatever it is called and wherever it is', () => {
    const names = [
      'token',
      'access_token',
      'authToken',
      'Refresh-Token',
      'password',
      'user_password',
      'PASSWD',
    ];
    const more = [
      'secret',
      'clientSecret',
      'api_key',
      'apiKey',
      'X-API-Key',
      'Authorization',
      'Set-Cookie',
      'cookie',
    ];
    for (const name of [...names, ...more, 'jwt', 'pwd', 'sid', 'otp', 'X-Amz-Signature', 'session_id']) {
      expect(input(JSON.stringify({ a: [{ [name]: 'S3CRET', b: 1 }] })), name).toBe('{"a":[{"b":1}]}');
      for (const text of [
        `${name}=S3CRET&b=1`,
        `say ${name}: S3CRET.`,
        `{"${name}":"S3CRET`,
        `x "${name}" : "S3 \\" CRET" y`,
      ])
        expect(input(JSON.stringify(text)), text).not.toContain('S3');
      const uri = `/a?${encodeURIComponent(name)}=S3CRET&b=1`;
      expect(row('requests', JSON.stringify({ id: 1, uri }), true)).toMatchObject({ uri: '/a?b=1' });
    }
    const jwe = 'eyJhbGciOiJBMjU2S1cifQ.Zm9v.YmFy..S3CRET';
    for (const text of [jwe, `x=${jwe}`, `a ${jwe} b`, 'Bearer S3CRETS3CRET', 'basic S3CRETS3CRET=='])
      expect(input(JSON.stringify(text)), text).not.toContain('S3CRET');
  });

  it('keeps what only looks similar', () => {
    const kept =
      '{"tokens_used":12,"passenger":"Ada","author":"Bob","key":"size","shipping":1,"note":"bearer of news: eyJ is short"}';
    expect(input(kept)).toBe(kept);
  });

  it('takes time in proportion to its length', () => {
    const length = 200_000;
    for (const part of ['eyJ', 'token=', '"token":"', '\\\\', '":', 'bearer ', '-1e', '=', '&a=']) {
      const text = JSON.stringify(part.repeat(length / part.length));
      expect(input(text).length).toBeGreaterThan(0);
    }
  });
});
