import { describe, expect, it } from 'vitest';
import type { PageRequest } from '../../../../src/rest/http/request.js';
import { rejectionOf } from '../../decode/reading.js';
import { client, everything, get, TOKEN } from '../sending.js';
import { type Received, type Reply, serve } from '../serving.js';

const to = (location: string, status = 301): Reply => ({ status, headers: { location }, body: '' });

/** Serves `ok` at a path and redirects everything else. */
async function redirecting(path: string, redirect: (request: Received) => Reply) {
  return serve((request) => (request.url.split('?')[0] === path ? { body: 'ok' } : redirect(request)));
}

describe('a redirect within the origin', () => {
  it.each<[string, number, string, string]>([
    ['to the slash at the end', 301, '/items/', '/items/?page=2&q=a'],
    ['to the slash, with its query', 308, '/items/?page=2&q=a', '/items/?page=2&q=a'],
    ['to another path', 302, '/v2/items', '/v2/items?page=2&q=a'],
    ['that is relative', 307, 'v2', '/v2?page=2&q=a'],
    ['with a query of its own', 303, '/v2?lang=en', '/v2?lang=en&page=2&q=a'],
  ])('is followed by a GET, with its parameters: %s', async (_, status, location, url) => {
    const server = await redirecting(url.split('?')[0]!, () => to(location, status));
    const { send, traffic } = client();
    expect(await send(get(`${server.origin}/items?page=2`, { params: { q: 'a' } }))).toBe('ok');
    expect(server.received.map((one) => one.url)).toEqual(['/items?page=2&q=a', url]);
    expect(server.received[1]!.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect(traffic.requests).toBe(2);
  });

  it('is followed by a POST where method and body stay, status 307 and 308', async () => {
    const server = await redirecting('/items/', () => to('/items/', 308));
    const post: Partial<PageRequest> = { method: 'POST', body: { page: 1 } };
    expect(await client().send(get(`${server.origin}/items`, post))).toBe('ok');
    expect(server.received.map(({ method, body }) => [method, body])).toEqual([
      ['POST', { page: 1 }],
      ['POST', { page: 1 }],
    ]);
    const other = await redirecting('/items/', () => to('/items/', 302));
    const error = await rejectionOf(client().send(get(`${other.origin}/items`, post)));
    expect([error.code, error.message]).toEqual([
      'RESPONSE_UNEXPECTED',
      `${other.origin} redirects /items to ${other.origin}/items/ (status 302), where a POST would become a GET.`,
    ]);
  });

  it('to the page of a login is named, and not followed', async () => {
    const server = await redirecting('/users/sign_in', () => to('/users/sign_in?next=%2Fitems', 302));
    const error = await rejectionOf(client().send(get(`${server.origin}/items`)));
    expect([error.message, server.received.length]).toEqual([
      `${server.origin} redirects /items to ${server.origin}/users/sign_in (status 302), which looks like a login page.`,
      1,
    ]);
    expect(error.hint).toContain('auth');
  });

  it.each<[string, (request: Received) => Reply, number]>([
    ['to itself', ({ url }) => to(url), 1],
    ['in a circle', ({ url }) => to(url === '/items' ? '/b' : '/items'), 2],
    ['further and further', ({ url }) => to(`${url}a`), 6],
  ])('that never ends fails at once: %s', async (_, redirect, requests) => {
    const server = await redirecting('/never', redirect);
    const error = await rejectionOf(client().send(get(`${server.origin}/items`)));
    expect([
      error.code,
      error.message.endsWith(': the redirects form a loop.'),
      server.received.length,
    ]).toEqual(['RESPONSE_UNEXPECTED', true, requests]);
  });
});

describe('a redirect that is not followed', () => {
  it('never shows the token that it repeats, nor any query', async () => {
    const server = await redirecting('/never', () =>
      to(`https://me:${TOKEN}@example.com/${TOKEN}/x?key=${TOKEN}`),
    );
    const error = await rejectionOf(client().send(get(`${server.origin}/items`)));
    expect(error.message).toBe(
      `${server.origin} redirects /items to https://example.com/…/x (status 301): credentials are never sent to another origin.`,
    );
    expect(everything(error)).not.toContain('S3CR3T');
  });

  it('that names no address is reported as such', async () => {
    const server = await serve(() => ({ status: 302, body: '' }));
    expect((await rejectionOf(client().send(get(`${server.origin}/x`)))).message).toBe(
      `${server.origin} answers with a redirect (status 302) that has no target.`,
    );
  });
});
