/**
 * A server that gives the token back, in whatever place and spelling: it goes into no address, event, report
 * or file.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseEndpoints } from '../../src/rest/config/parse-endpoints.js';
import { fakeClock } from '../fixtures/clock.js';
import { clientWith } from '../fixtures/local-xano.js';
import { type Received, type Reply, serve } from '../rest/http/serving.js';
import { type LoadResult, loadInto, temporaryFile } from './loading.js';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ4YW5vOm1ldGEiLCJ4IjoxfQ.c2lnbmF0dXJlLXNlY3JldA';
const BASE64 = Buffer.from(TOKEN).toString('base64');

interface Asked {
  readonly pagination: object;
  readonly answer: (n: number, request: Received) => Reply;
  readonly more?: object;
}

/** Loads a list of this server; gives what was asked, what was said, and the folder of the file. */
async function loaded({ pagination, answer, more = {} }: Asked) {
  const server = await serve((request, n) => answer(n, request));
  const auth = { type: 'bearer', token: { env: 'TOKEN' } };
  const list = { name: 'a', base_url: server.origin, path: 'a', method: 'GET', data_selector: 'items', auth };
  const file = temporaryFile();
  const result: LoadResult = await loadInto(
    parseEndpoints({ version: 1, endpoints: [{ ...list, pagination, ...more }] }),
    file,
    { http: clientWith(TOKEN, fakeClock()) },
  );
  const asked = server.received.map(({ url, body }) => url + JSON.stringify(body ?? null));
  return { result, asked, folder: dirname(file), said: JSON.stringify([result.report, result.events]) };
}

/** Twelve characters in a row of a token, in a text. */
function partIn(text: string, secret = TOKEN): string | undefined {
  for (let i = 0; i + 12 <= secret.length; i++)
    if (text.includes(secret.slice(i, i + 12))) return secret.slice(i, i + 12);
  return undefined;
}

const page = (n: number, next: unknown): Reply => ({
  body: { items: [{ id: n }], next: n > 0 ? null : next },
});
const cursor = { type: 'cursor', in: 'query', cursor_param: 'after', cursor_path: 'next' };

describe('a token that an answer gives as the next page', () => {
  it.each<[string, object, unknown]>([
    ['a cursor', cursor, TOKEN],
    ['a part of it as a cursor', cursor, TOKEN.slice(30, 45)],
    ['a cursor in base64', cursor, BASE64],
    ['a cursor with percent signs', cursor, encodeURIComponent(TOKEN).replaceAll('.', '%2E')],
    ['a cursor in the body', { ...cursor, in: 'body' }, TOKEN],
    ['a path of a link', { type: 'json_link', next_url_path: 'next' }, `/a/${TOKEN}/2`],
    [
      'a host of a link',
      { type: 'json_link', next_url_path: 'next' },
      `http://${TOKEN.slice(0, 40)}.example/`,
    ],
    ['a name of a parameter of a link', { type: 'json_link', next_url_path: 'next' }, `/a?${TOKEN}=2`],
    [
      'a part in a parameter of a link',
      { type: 'json_link', next_url_path: 'next' },
      `/a?page=2&p=x-${TOKEN.slice(25, 50)}`,
    ],
  ])('enters no address, report, event or file: %s', async (_, pagination, next) => {
    const in_body = 'in' in pagination && pagination.in === 'body';
    const { result, asked, folder, said } = await loaded({
      pagination,
      answer: (n) => page(n, next),
      ...(in_body ? { more: { method: 'POST' } } : {}),
    });
    expect(asked.flatMap((one) => [partIn(one), partIn(one, BASE64)])).toEqual(
      asked.flatMap(() => [undefined, undefined]),
    );
    expect([partIn(said), partIn(said, BASE64)]).toEqual([undefined, undefined]);
    for (const name of readdirSync(folder)) {
      const content = readFileSync(join(folder, name), 'latin1');
      expect([name, partIn(content), partIn(content, BASE64)]).toEqual([name, undefined, undefined]);
    }
    // A parameter that is the secret is left out of a link; everything else is refused.
    if (result.onlyTable.status !== 'loaded')
      expect(result.onlyTable.error?.code).toBe('RESPONSE_UNEXPECTED');
  });

  it('leaves a cursor alone that is another token with the same header', async () => {
    const other = 'eyJhbGciOiJIUzI1NiJ9.eyJpZCI6NSwiYSI6MX0.QUJDREVGR0g';
    const { result, asked } = await loaded({ pagination: cursor, answer: (n) => page(n, other) });
    expect(result.onlyTable).toMatchObject({ status: 'loaded', rows_written: 2 });
    expect(asked[1]).toContain(`after=${other}`);
  });
});

describe('a token in other places of an answer', () => {
  it.each<[string, Reply]>([
    ['a message', { status: 400, body: { message: `No, ${TOKEN}.` } }],
    ['a part in a message', { status: 400, body: { message: `No, ${TOKEN.slice(40, 60)}.` } }],
    ['a message in base64', { status: 400, body: { message: `No, ${BASE64}.` } }],
    ['the trace id', { status: 400, headers: { 'x-trace-id': TOKEN }, body: { message: 'No.' } }],
    ['the name of a column', { body: { items: [{ id: 1, [TOKEN]: 2 }], next: null } }],
    ['the place of the list', { body: { [TOKEN]: [{ id: 1 }] } }],
    ['text that is not JSON', { body: `<html>${TOKEN}</html>` }],
  ])('is never repeated: %s', async (_, reply) => {
    const { said } = await loaded({ pagination: cursor, answer: () => reply });
    expect([partIn(said), partIn(said, BASE64)]).toEqual([undefined, undefined]);
  });

  it('does not enter a path as the key of a parent', async () => {
    const { asked, said } = await loaded({
      pagination: { type: 'single_page' },
      answer: () => ({ body: { items: [{ id: TOKEN }] } }),
    });
    expect(asked).toHaveLength(1);
    expect(partIn(said)).toBeUndefined();
    const server = await serve(() => ({ body: { items: [{ id: `x${TOKEN.slice(21, 60)}` }] } }));
    const auth = { type: 'bearer', token: { env: 'TOKEN' } };
    const common = { base_url: server.origin, method: 'GET', data_selector: 'items', auth };
    const result = await loadInto(
      parseEndpoints({
        version: 1,
        endpoints: [
          { ...common, name: 'a', path: 'a', pagination: { type: 'single_page' } },
          {
            ...common,
            name: 'b',
            path: 'a/{id}/b',
            pagination: { type: 'single_page' },
            parent: { resource: 'a', bind: { id: 'id' } },
          },
        ],
      }),
      temporaryFile(),
      { http: clientWith(TOKEN, fakeClock()) },
    );
    expect(server.received.map(({ url }) => url)).toEqual(['/a']);
    expect(result.report.resources.map(({ status, error }) => [status, error?.code])).toEqual([
      ['loaded', undefined],
      ['failed', 'RESPONSE_UNEXPECTED'],
    ]);
    expect(partIn(JSON.stringify([result.report, result.events]))).toBeUndefined();
  });
});
