/** Variables in requests: put in only when a request is sent, and never from what a server says. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ResolvedEndpoint } from '../../../../src/rest/config/endpoint-config.js';
import { variablesIn, withoutVariables } from '../../../../src/rest/config/template.js';
import { fillVariables } from '../../../../src/rest/http/auth/fill-variables.js';
import { createHttp } from '../../../../src/rest/http/client.js';
import type { PageRequest } from '../../../../src/rest/http/request.js';
import type { Page } from '../../../../src/rest/paging/page.js';
import { readPages } from '../../../../src/rest/paging/read-pages.js';
import { thrownBy } from '../../decode/reading.js';

const VALUES: Readonly<Record<string, string>> = { KEY: 'k3y of us', OTHER: 'not for you', EMPTY: '' };
const find_secret = (ref: { readonly env: string } | { readonly profile: string }) => {
  const value = 'env' in ref ? VALUES[ref.env] : undefined;
  return value === undefined ? undefined : { value, source: 'the test', expires_at: null };
};

const request = (parts: Partial<PageRequest>): PageRequest => ({
  method: 'GET',
  url: 'https://x.xano.io/a',
  params: {},
  headers: {},
  ...parts,
});

describe('variables in a request', () => {
  it('are put into headers, parameters and the body, however deep', () => {
    const given = request({
      params: { a: '${KEY}', b: 'x${EMPTY}y', c: '$$5 $6 $${KEY} $${not one}' },
      headers: { 'x-key': 'Key ${KEY}' },
      body: { deep: [{ er: '${KEY}${OTHER}' }], n: 5, none: null },
    });
    expect(fillVariables(given, find_secret)).toEqual({
      request: {
        ...given,
        params: { a: 'k3y of us', b: 'xy', c: '$5 $6 ${KEY} ${not one}' },
        headers: { 'x-key': 'Key k3y of us' },
        body: { deep: [{ er: 'k3y of usnot for you' }], n: 5, none: null },
      },
      secrets: ['k3y of us', '', 'k3y of us', 'k3y of us', 'not for you'],
    });
    expect(variablesIn(given.body)).toEqual(['KEY', 'OTHER']);
  });

  it.each([
    ['${NONE:-eu}', 'eu'],
    ['${NONE-eu}', 'eu'],
    ['${EMPTY:-eu}', 'eu'],
    ['${EMPTY-eu}', ''],
    ['${NONE:-}', ''],
    ['${NONE:-a $$5, b}', 'a $$5, b'],
    ['${NONE:+x}', ''],
    ['${EMPTY:+x}', ''],
    ['${EMPTY+x}', 'x'],
    ['${KEY:+x}', 'x'],
    ['a${NONE:-1}b${EMPTY:-2}c', 'a1b2c'],
  ])('may have a default, which is not a secret: %s becomes %j', (written, sent) => {
    const { request: filled, secrets } = fillVariables(request({ params: { a: written } }), find_secret);
    expect([filled.params['a'], secrets.filter((secret) => secret !== '')]).toEqual([sent, []]);
  });

  it.each(['${KEY:-eu}', '${KEY-eu}', '${KEY:?say}', '${KEY?say}'])('have secret values: %s', (written) => {
    const { request: filled, secrets } = fillVariables(request({ params: { a: written } }), find_secret);
    expect([filled.params['a'], secrets]).toEqual(['k3y of us', ['k3y of us']]);
  });

  it('that are not set fail with the config’s message', () => {
    for (const written of ['${NONE:?ask Ann}', '${NONE?ask Ann}', '${EMPTY:?ask Ann}'])
      expect(thrownBy(() => fillVariables(request({ params: { a: written } }), find_secret))).toMatchObject({
        code: 'CONFIG_INVALID',
        message: `The environment variable ${written.slice(2).split(/:?\?/)[0]} is not set: ask Ann.`,
      });
  });

  it.each(['${KEY:=x}', '${KEY', '${not one}', '${KEY:-${OTHER}}'])(
    'of another form are never sent: %s',
    (written) => {
      expect(thrownBy(() => fillVariables(request({ body: { a: [written] } }), find_secret)).code).toBe(
        'CONFIG_INVALID',
      );
    },
  );

  it.each(['$', '$$', '${KEY}', '$${KEY}', '$$${KEY}', 'a$b$'])(
    'in an answer are not replaced: %j',
    (text) => {
      const given = request({ params: { a: withoutVariables(text) } });
      expect(fillVariables(given, find_secret)).toEqual({
        request: { ...given, params: { a: text } },
        secrets: [],
      });
    },
  );

  it('that are empty are reported where a header needs them', () => {
    const given = request({ headers: { 'x-key': '${EMPTY}' } });
    const { code, message } = thrownBy(() => fillVariables(given, find_secret));
    expect([code, message]).toEqual(['TOKEN_MISSING', 'The value from the test is empty.']);
  });

  it('that are not set are named', () => {
    const { code, message, hint } = thrownBy(() =>
      fillVariables(request({ params: { a: '${NONE}' } }), find_secret),
    );
    expect([code, message, hint]).toEqual([
      'CONFIG_INVALID',
      'The environment variable NONE is not set.',
      'Set NONE, or write $$ for a dollar sign.',
    ]);
  });
});

describe('a list with variables in its request', () => {
  const list = async (
    answer: (request: IncomingMessage) => { readonly status?: number; readonly body: object },
    pagination: ResolvedEndpoint['pagination'],
  ) => {
    const asked: string[] = [];
    const server = createServer((received, response) => {
      asked.push(`${received.url} ${received.headers['x-key']}`);
      const { status = 200, body } = answer(received);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const config: ResolvedEndpoint = {
      name: 'things',
      base_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      path: '/things',
      method: 'GET',
      params: { key: '${KEY}' },
      headers: { 'x-key': '${KEY}' },
      data_selector: 'items',
      primary_key: [],
      write_disposition: 'replace',
      excluded: [],
      pagination,
      auth: { type: 'none' },
    };
    const http = createHttp({ user_agent: 't', find_secret, attempts: 1 });
    const read = async (): Promise<Page[]> => {
      const pages: Page[] = [];
      for await (const page of readPages(config, { http, sender: {}, columns: [] })) pages.push(page);
      return pages;
    };
    return { asked, read };
  };
  const isFirst = ({ url }: IncomingMessage): boolean => !/[?&](cursor|page)=/.test(url ?? '');

  it('is requested with their values, and its pages hold their names', async () => {
    const next = '${OTHER}';
    const { asked, read } = await list(
      (received) => ({ body: isFirst(received) ? { items: [{ a: 1 }], next } : { items: [{ a: 2 }] } }),
      { type: 'cursor', in: 'query', cursor_param: 'cursor', cursor_path: 'next' },
    );
    const pages = await read();
    // What the server gives as a cursor comes back to it as it is: it cannot ask for our variables.
    expect(asked).toEqual([
      '/things?key=k3y+of+us k3y of us',
      '/things?key=k3y+of+us&cursor=%24%7BOTHER%7D k3y of us',
    ]);
    expect(JSON.stringify(pages.map((page) => [page.request, page.next]))).not.toMatch(/k3y|not for/);
  });

  it('follows links that repeat them, and keeps the names', async () => {
    const { asked, read } = await list(
      (received) => ({
        body: isFirst(received)
          ? { items: [{ a: 1 }], next: `${received.url}&page=2` }
          : { items: [{ a: 2 }], next: null },
      }),
      { type: 'json_link', next_url_path: 'next' },
    );
    const pages = await read();
    expect(asked).toEqual(['/things?key=k3y+of+us k3y of us', '/things?page=2&key=k3y+of+us k3y of us']);
    expect(JSON.stringify(pages.map((page) => [page.request, page.next]))).not.toMatch(/k3y/);
  });

  it('shows no value where the server refuses it and repeats it', async () => {
    const { read } = await list(
      () => ({ status: 400, body: { message: 'bad key k3y of us, or k3y+of+us' } }),
      { type: 'single_page' },
    );
    const error = await read().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'XANO_FAILED' });
    expect(JSON.stringify([error, String(error)])).not.toContain('k3y');
    expect(String(error)).toContain('bad key …, or …');
  });
});
