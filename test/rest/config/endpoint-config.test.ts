import { describe, expect, it } from 'vitest';
import type { EndpointConfig } from '../../../src/rest/config/endpoint-config.js';
import { parseEndpoints } from '../../../src/rest/config/parse-endpoints.js';
import { isSafeUrl } from '../../../src/rest/config/safe-url.js';
import { thrownBy } from '../decode/reading.js';

const WHOLE = {
  name: 'shop',
  base_url: 'https://x.xano.io/api:1',
  path: '/shop',
  method: 'GET',
  data_selector: 'items',
  pagination: { type: 'single_page' },
  auth: { type: 'none' },
};

const file = (...endpoints: unknown[]) => ({ version: 1, endpoints });
const refusal = (content: unknown) => {
  const { code, message } = thrownBy(() => parseEndpoints(content));
  return { code, message };
};

describe('an endpoints file', () => {
  it('is read, with its omitted fields filled in', () => {
    const filled: EndpointConfig = {
      name: 'shop',
      base_url: 'https://x.xano.io/api:1',
      path: '/shop',
      method: 'GET',
      params: {},
      headers: {},
      data_selector: 'items',
      primary_key: [],
      write_disposition: 'replace',
      excluded: [],
      pagination: { type: 'single_page' },
      auth: { type: 'none' },
    };
    expect(parseEndpoints(file(WHOLE))).toEqual([filled]);
    expect(parseEndpoints(file({ ...WHOLE, columns: [{ name: 'a', type: 'JSON' }] }))).toEqual([
      { ...filled, columns: [{ name: 'a', type: 'JSON', list: false }] },
    ]);
    const oauth = {
      type: 'oauth2_client_credentials',
      token_url: 'https://x.xano.io/token',
      client_id: { env: 'ID' },
      client_secret: { env: 'SECRET' },
    };
    expect(parseEndpoints(file({ ...WHOLE, auth: oauth }))).toEqual([
      { ...filled, auth: { ...oauth, params: {}, credentials_in: 'form' } },
    ]);
    expect(parseEndpoints(file())).toEqual([]);
  });

  it.each([
    ['endpoints[1].base_url', { base_url: 'http://x.xano.io' }],
    ['endpoints[1].base_url', { base_url: 'ftp://x.xano.io' }],
    ['endpoints[1].base_url', { base_url: 'x.xano.io' }],
    ['endpoints[1].method', { method: 'DELETE' }],
    ['endpoints[1].name', { name: '' }],
    ['endpoints[1].params.a', { params: { a: 1 } }],
    ['endpoints[1].columns[0].type', { columns: [{ name: 'a', type: 'INT' }] }],
    [
      'endpoints[1].pagination.page_size',
      {
        pagination: {
          type: 'page_number',
          in: 'query',
          page_param: 'p',
          base_page: 1,
          page_size_param: 's',
          page_size: 0,
        },
      },
    ],
    ['endpoints[1].base_url', { base_url: 'https://ann:the secret itself@x.xano.io' }],
    ['endpoints[1].auth', { auth: { type: 'bearer', token: 'the secret itself' } }],
    [
      'endpoints[1].auth.key',
      { auth: { type: 'api_key', name: 'k', in: 'query', key: 'the secret itself' } },
    ],
    ['endpoints[1].auth.name', { auth: { type: 'api_key', name: 'a b', in: 'header', key: { env: 'K' } } }],
    ['endpoints[1].auth.name', { auth: { type: 'custom_header', name: 'a:b', value: { env: 'K' } } }],
    [
      'endpoints[1].auth.body.password',
      {
        auth: {
          type: 'login',
          url: 'https://x.xano.io/login',
          body: { email: { env: 'E' }, password: 'the secret itself' },
          token_path: 'authToken',
        },
      },
    ],
    [
      'endpoints[1].auth.url',
      { auth: { type: 'login', url: 'http://x.xano.io/login', body: {}, token_path: 'authToken' } },
    ],
    [
      'endpoints[1].auth.token_url',
      {
        auth: {
          type: 'oauth2_client_credentials',
          token_url: 'http://x.xano.io/token',
          client_id: { env: 'I' },
          client_secret: { env: 'S' },
        },
      },
    ],
    ['endpoints[1].auth', { auth: { type: 'magic' } }],
    ['endpoints[1]', { data_slector: 'x' }],
  ])('is refused with the path of the mistake: %s', (path, wrong) => {
    const { code, message } = refusal(file(WHOLE, { ...WHOLE, ...wrong }));
    expect(code).toBe('CONFIG_INVALID');
    expect(message.slice(0, `The endpoint config is not valid: ${path}`.length)).toBe(
      `The endpoint config is not valid: ${path}`,
    );
    expect(message).not.toContain('the secret itself');
  });

  it.each([null, 5, 'text', [], {}, { version: 2, endpoints: [] }, { version: 1 }])(
    'is refused when it is something else: %j',
    (content) => {
      expect(refusal(content).code).toBe('CONFIG_INVALID');
    },
  );
});

describe('the check of an address that receives a token', () => {
  it.each([
    ['https://x.xano.io', true],
    ['https://10.0.0.1:8443/x', true],
    ['http://localhost:3000', true],
    ['http://127.0.0.1', true],
    ['http://127.1', true],
    ['http://[::1]:80/', true],
    ['http://x.xano.io', false],
    ['http://localhost.evil.com', false],
    ['http://127.0.0.1.evil.com', false],
    ['http://evil.com/?http://localhost', false],
    ['http://localhost@evil.com', false],
    ['http://192.168.0.1', false],
    ['http://[::2]', false],
    ['http://0.0.0.0', false],
    ['ftp://localhost', false],
    ['file:///etc/passwd', false],
    ['localhost', false],
    ['', false],
  ])('decides as expected: %s: %s', (url, safe) => {
    expect(isSafeUrl(url)).toBe(safe);
  });
});
