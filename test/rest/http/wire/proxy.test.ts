import { describe, expect, it } from 'vitest';
import { createProxies, type Environment } from '../../../../src/rest/http/wire/proxy.js';
import { rejectionOf, thrownBy } from '../../decode/reading.js';
import { client, everything, get } from '../sending.js';
import { serve } from '../serving.js';
import { serveProxy, serveSilence, serveTls } from '../tls.js';

const placeFor = (env: Environment, url: string): string | undefined =>
  createProxies(env)(new URL(url))?.address;
const URL_OF_ALL = 'https://api.example.com/x';

describe('the proxy for an address', () => {
  it.each<[string, Environment, string | undefined]>([
    ['of HTTPS_PROXY', { HTTPS_PROXY: 'http://proxy.corp:3128' }, 'proxy.corp:3128'],
    ['of https_proxy, which comes first', { https_proxy: 'http://a:1', HTTPS_PROXY: 'http://b:2' }, 'a:1'],
    ['of ALL_PROXY', { ALL_PROXY: 'http://proxy.corp:3128/' }, 'proxy.corp:3128'],
    ['without a scheme', { HTTPS_PROXY: 'proxy.corp:3128' }, 'proxy.corp:3128'],
    ['without a port', { HTTPS_PROXY: 'https://proxy.corp' }, 'proxy.corp:443'],
    ['with a password', { HTTPS_PROXY: 'http://me:S3CR3T@proxy.corp:3128' }, 'proxy.corp:3128'],
    ['that is an empty text', { https_proxy: '', HTTPS_PROXY: ' ' }, undefined],
    ['of plain http alone', { HTTP_PROXY: 'http://proxy.corp:3128' }, undefined],
    ['of nothing', {}, undefined],
  ])('is found: %s', (_, env, place) => {
    expect(placeFor(env, URL_OF_ALL)).toBe(place);
  });

  it('is never used for plain http, which is for this computer alone', () => {
    const env = { HTTP_PROXY: 'http://p:1', HTTPS_PROXY: 'http://p:1', ALL_PROXY: 'http://p:1' };
    expect(placeFor(env, 'http://127.0.0.1:8080/x')).toBeUndefined();
  });

  it.each([
    ['*'],
    ['api.example.com'],
    ['example.com'],
    ['.example.com'],
    ['*.example.com'],
    ['other.net, API.EXAMPLE.COM'],
    ['other.net api.example.com:443'],
    ['localhost,.com'],
  ])('is left out by NO_PROXY %s', (no_proxy) => {
    expect(placeFor({ HTTPS_PROXY: 'http://p:1', NO_PROXY: no_proxy }, URL_OF_ALL)).toBeUndefined();
    expect(placeFor({ https_proxy: 'http://p:1', no_proxy }, URL_OF_ALL)).toBeUndefined();
  });

  it.each([['ample.com'], ['other.example.com'], ['api.example.com:8443'], ['10.0.0.0/8'], [' , ']])(
    'is kept by NO_PROXY %s',
    (no_proxy) => {
      expect(placeFor({ HTTPS_PROXY: 'http://p:1', no_proxy }, URL_OF_ALL)).toBe('p:1');
    },
  );

  it.each([
    ['10.1.2.3', 'https://10.1.2.3/', undefined],
    ['10.0.0.0/8', 'https://10.1.2.3/', undefined],
    ['10.0.0.0/16', 'https://10.1.2.3/', 'p:1'],
    ['::1', 'https://[::1]:8443/', undefined],
    ['[::1]:8443', 'https://[::1]:8443/', undefined],
    ['[::1]:8443', 'https://[::1]/', 'p:1'],
    ['fd00::/8', 'https://[fd00::1]/', undefined],
    ['0.0.1', 'https://127.0.0.1/', 'p:1'],
  ])('is found by IP addresses: NO_PROXY %s, %s', (no_proxy, url, place) => {
    expect(placeFor({ HTTPS_PROXY: 'http://p:1', no_proxy }, url)).toBe(place);
  });

  it.each([
    [
      'a SOCKS proxy',
      'socks5://me:S3CR3T@p:1',
      'HTTPS_PROXY names a proxy of the kind "socks5", which is not supported: only http and https are.',
    ],
    ['no address', 'http://me:S3CR3T@:1', 'HTTPS_PROXY is not the address of a proxy.'],
  ])('that cannot be used is CONFIG_INVALID: %s', (_, value, message) => {
    const error = thrownBy(() => placeFor({ HTTPS_PROXY: value }, URL_OF_ALL));
    expect([error.code, error.message]).toEqual(['CONFIG_INVALID', message]);
    expect(everything(error)).not.toContain('S3CR3T');
  });
});

const API = 'https://api.example.invalid/v1';

describe('a request through a proxy', () => {
  it.each([
    [407, 1, 'Put user name and password into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT.'],
    [403, 1, 'Check HTTPS_PROXY, or add api.example.invalid to NO_PROXY.'],
    [502, 3, 'Check HTTPS_PROXY, or add api.example.invalid to NO_PROXY.'],
  ])('fails with the proxy’s name where the proxy refuses with status %i', async (status, times, hint) => {
    const proxy = await serveProxy({ status });
    const place = `127.0.0.1:${proxy.port}`;
    const { send } = client({ env: { HTTPS_PROXY: `http://me:S3CR3T%21@${place}` } });
    const error = await rejectionOf(send(get(API)));
    expect({ code: error.code, message: error.message, hint: error.hint, request: error.request }).toEqual({
      code: 'XANO_UNREACHABLE',
      message: `No answer from https://api.example.invalid: the proxy ${place} (HTTPS_PROXY) refused the connection with status ${status}.`,
      hint,
      request: { method: 'GET', url: API, proxy: place },
    });
    expect(proxy.asked).toEqual(Array.from({ length: times }, () => 'CONNECT api.example.invalid:443'));
    // The password goes to the proxy and nowhere else, the token not even there.
    expect(proxy.authorizations[0]).toBe(`Basic ${Buffer.from('me:S3CR3T!').toString('base64')}`);
    expect(everything(error)).not.toContain('S3CR3T');
    expect(everything(error)).not.toContain(Buffer.from('me:S3CR3T!').toString('base64'));
  });

  it('fails with the proxy’s name where it is unreachable', async () => {
    const { send } = client({ env: { https_proxy: 'http://127.0.0.1:9' } });
    const error = await rejectionOf(send(get(API)));
    expect([error.message, error.hint]).toEqual([
      'No answer from https://api.example.invalid: the proxy 127.0.0.1:9 (https_proxy) cannot be reached: nothing is listening there.',
      'Check https_proxy, or add api.example.invalid to NO_PROXY.',
    ]);
  });

  it.each<[string, ((socket: { end: () => void }) => void) | undefined, string]>([
    ['never answers', undefined, 'it did not answer in time'],
    ['hangs up', (socket) => socket.end(), 'Proxy connection ended before receiving CONNECT response'],
  ])('fails with the proxy’s name where it %s', async (_, say, why) => {
    const port = await serveSilence(say);
    const { send } = client({ silence_ms: 200, env: { ALL_PROXY: `127.0.0.1:${port}` } });
    expect((await rejectionOf(send(get(API)))).message).toBe(
      `No answer from https://api.example.invalid: the proxy 127.0.0.1:${port} (ALL_PROXY) cannot be reached: ${why}.`,
    );
  });

  it('fails with both names where the server is not trusted, and with the variable that helps', async () => {
    const { port } = await serveTls(() => ({}));
    const proxy = await serveProxy({ to: port });
    const { send } = client({ env: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` } });
    const error = await rejectionOf(send(get(API)));
    expect([error.code, error.message]).toEqual([
      'XANO_UNREACHABLE',
      `No answer from https://api.example.invalid through the proxy 127.0.0.1:${proxy.port} (HTTPS_PROXY): its certificate is not trusted.`,
    ]);
    expect(error.hint).toContain('NODE_EXTRA_CA_CERTS');
    expect(proxy.asked).toHaveLength(1);
  });

  it('goes directly to this computer over plain http', async () => {
    const server = await serve([{ body: 'ok' }]);
    const place = 'http://127.0.0.1:9';
    const { send } = client({ env: { HTTP_PROXY: place, HTTPS_PROXY: place, ALL_PROXY: place } });
    expect(await send(get(server.origin))).toBe('ok');
  });
});

describe('a certificate that is not trusted', () => {
  it('is reported with the variable that helps', async () => {
    const { port } = await serveTls(() => ({}));
    const error = await rejectionOf(client().send(get(`https://localhost:${port}/x`)));
    expect([error.code, error.message]).toEqual([
      'XANO_UNREACHABLE',
      `No answer from https://localhost:${port}: its certificate is not trusted.`,
    ]);
    expect(error.hint).toContain('NODE_EXTRA_CA_CERTS');
  });
});
