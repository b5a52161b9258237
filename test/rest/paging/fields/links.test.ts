import { describe, expect, it } from 'vitest';
import { bindEndpoint } from '../../../../src/rest/config/bind.js';
import type { EndpointConfig } from '../../../../src/rest/config/endpoint-config.js';
import { followLink } from '../../../../src/rest/paging/fields/links.js';
import { firstPage } from '../../../../src/rest/paging/paginators.js';
import { endpointOf, thrownBy } from '../../decode/reading.js';

const BASE = 'https://api.example.com';

function listOf(more: object): ReturnType<typeof endpointOf> {
  return endpointOf({
    name: 'c',
    base_url: BASE,
    path: '/c',
    method: 'GET',
    data_selector: '',
    pagination: { type: 'header_link' },
    auth: { type: 'none' },
    ...more,
  });
}

/** Where the page after the first one is, and what only the wire adds to it. */
function followed(config: ReturnType<typeof endpointOf>, link: string) {
  const { url, params, method, body } = followLink(config, firstPage(config), link);
  return { url: url.replace(BASE, ''), params, method, body };
}
const urlAfter = (config: ReturnType<typeof endpointOf>, link: string): string => followed(config, link).url;

const bound = <C extends EndpointConfig>(config: C, values: Record<string, string>) =>
  bindEndpoint(config, new Map(Object.entries(values)));
const childOf = (more: object) => listOf({ parent: { resource: 'posts', bind: { p: 'id' } }, ...more });

describe('a next link that says http', () => {
  it.each([
    ['without a port', 'http://api.example.com/c?page=2'],
    ['with the port of http', 'http://api.example.com:80/c?page=2'],
    ['with the port of https', 'http://api.example.com:443/c?page=2'],
    ['with another case', 'HTTP://API.example.com/c?page=2'],
  ])('is followed over https, where the list is: %s', (_, link) => {
    expect(followed(listOf({}), link).url).toBe('/c?page=2');
  });

  it.each([
    ['without a port', 'http://api.example.com/c?page=2'],
    ['with the same port', 'http://api.example.com:8443/c?page=2'],
  ])('is followed at the port of the list: %s', (_, link) => {
    const config = listOf({ base_url: 'https://api.example.com:8443' });
    expect(urlAfter(config, link)).toBe(`${':8443'}/c?page=2`);
  });

  it.each([
    ['to another host', 'http://example.com/c?page=2'],
    ['to another port', 'http://api.example.com:8080/c?page=2'],
    ['to a host that begins alike', 'http://api.example.com.evil.example/c?page=2'],
  ])('is not followed to another host: %s', (_, link) => {
    expect(thrownBy(() => followed(listOf({}), link)).code).toBe('RESPONSE_UNEXPECTED');
  });
});

describe('a next link that lacks parameters of its list', () => {
  it.each<[string, object, string, string]>([
    ['a filter', { params: { status: 'open' } }, '/c?page=2', '/c?page=2&status=open'],
    ['a relative link', { params: { status: 'open' } }, '?page=2', '/c?page=2&status=open'],
    ['a slash at the end', { params: { a: '1' } }, '/c/?page=2', '/c/?page=2&a=1'],
    ['one in the path', { path: '/c?status=open&x=%26' }, '/c?page=2', '/c?page=2&status=open&x=%26'],
    ['one that is said twice', { path: '/c?tag=a&tag=b' }, '/c?page=2', '/c?page=2&tag=a&tag=b'],
    ['one of two', { path: '/c?tag=a&tag=b' }, '/c?page=2&tag=b', '/c?page=2&tag=b&tag=a'],
    ['the size of pages', { params: { per_page: '50' } }, '/c?page=2', '/c?page=2&per_page=50'],
    ['a start date', { params: { since: '2026-01-01' } }, '/c?cursor=x', '/c?cursor=x&since=2026-01-01'],
    [
      'a date by a name of places',
      { params: { after: '2026-01-01' } },
      '/c?page=2',
      '/c?page=2&after=2026-01-01',
    ],
    [
      'times by names of places',
      { params: { from: '1700000000', to: '1800000000' } },
      '/c?page=2',
      '/c?page=2&from=1700000000&to=1800000000',
    ],
    ['a time as a start', { params: { start: '1700000000' } }, '/c?offset=2', '/c?offset=2&start=1700000000'],
    [
      'a time in milliseconds',
      { params: { before: '1700000000000' } },
      '/c?cursor=x',
      '/c?cursor=x&before=1700000000000',
    ],
    [
      'texts by names of places',
      { params: { from: 'abc', position: 'forward' } },
      '/c?page=2',
      '/c?page=2&from=abc&position=forward',
    ],
    ['a token', { params: { token: 'xyz' } }, '/c?page=2', '/c?page=2&token=xyz'],
    ['a token beside a cursor', { params: { token: 'xyz' } }, '/c?cursor=x', '/c?cursor=x&token=xyz'],
    [
      'a small number that may be a condition',
      { params: { from: '10', to: '20' } },
      '/c?offset=20',
      '/c?offset=20&from=10&to=20',
    ],
    ['a start that no page counts', { params: { start: '20' } }, '/c?page=2', '/c?page=2&start=20'],
    ['an id to begin after', { params: { after: '5' } }, '/c?page=2', '/c?page=2&after=5'],
    ['several values, one of which is none', { path: '/c?p=1&p=red' }, '/c?page=2', '/c?page=2&p=1&p=red'],
    ['a place where the link has none', { params: { page: '1' } }, '/c?state=x', '/c?state=x&page=1'],
    [
      'one beside a condition that the link repeats',
      { params: { from: '0', before: '17' } },
      '/c?before=17&s=x',
      '/c?before=17&s=x&from=0',
    ],
    ['a dollar sign', { params: { $expand: 'a', q: '5$$' } }, '/c?page=2', '/c?page=2&%24expand=a&q=5%24'],
  ])('gets them: %s', (_, more, link, wanted) => {
    expect(urlAfter(listOf(more), link)).toBe(wanted);
  });

  it.each<[string, object, string]>([
    ['where a page begins', { params: { page: '1' } }, '/c?cursor=x'],
    ['where a page begins, in brackets', { params: { 'page[number]': '1' } }, '/c?page%5Bcursor%5D=x'],
    ['an offset', { params: { offset: '0', $skip: '0' } }, '/c?token=x'],
    ['a page by another name', { params: { p: '3' } }, '/c?page_number=4'],
    ['an offset by another name', { params: { start: '200' } }, '/c?skip=300'],
    ['an offset where pages are counted', { params: { startAt: '0' } }, '/c?page=2'],
    ['one of names that may be conditions', { params: { from: '0', position: '1' } }, '/c?offset=20'],
    ['a first cursor', { params: { cursor: '*', after: '' } }, '/c?token=x'],
    [
      'a place that the link says otherwise',
      { params: { cursor: 'abc', from: '1700000000' } },
      '/c?cursor=x&from=1700000500',
    ],
    ['a value that the link says otherwise', { params: { per_page: '500' } }, '/c?page=2&per_page=100'],
    ['those of another path', { params: { status: 'open' } }, '/cursors/abc'],
    [
      'those that a cursor holds, at a server that refuses both',
      { params: { status: 'any' } },
      '/c?page_info=x',
    ],
  ])('does not get %s', (_, more, link) => {
    expect(urlAfter(listOf(more), link)).toBe(link);
  });

  it('gets variables by their names alone', () => {
    const config = listOf({ params: { key: '${KEY}', status: 'open' } });
    expect(followed(config, '/c?page=2&key=S3CR3T')).toMatchObject({
      url: '/c?page=2&status=open',
      params: { key: '${KEY}' },
    });
  });

  it('keeps the body of a POST', () => {
    const body = { filter: { status: 'open' } };
    expect(followed(listOf({ method: 'POST', body }), '/c?page=2')).toMatchObject({ method: 'POST', body });
  });

  it('is a loop where it repeats the request in another order', () => {
    const config = listOf({ params: { a: '1', page: '2' } });
    expect(thrownBy(() => followed(config, '/c?page=2&a=1')).code).toBe('PAGINATION_LOOP');
  });
});

describe('a next link in the list of one parent', () => {
  it.each<[string, object, string, string]>([
    ['in params', { params: { post_id: '{p}' } }, '/c?page=2', '/c?page=2&post_id=7'],
    ['in the path', { path: '/c?post_id={p}' }, '/c?page=2', '/c?page=2&post_id=7'],
    ['on another path', { params: { post_id: '{p}' } }, '/v2/c?page=2', '/v2/c?page=2&post_id=7'],
    ['within a filter', { params: { filter: 'post eq {p}' } }, '/c?page=2', '/c?page=2&filter=post+eq+7'],
    ['by a name of places', { params: { token: '{p}' } }, '/c?page=2', '/c?page=2&token=7'],
    ['that it says already', { params: { post_id: '{p}' } }, '/c?post_id=7&page=2', '/c?post_id=7&page=2'],
  ])('keeps what binds the parent: %s', (_, more, link, wanted) => {
    expect(urlAfter(bound(childOf(more), { p: '7' }), link)).toBe(wanted);
  });

  it.each<[string, object, string]>([
    ['in params', { params: { post_id: '{p}' } }, '/c?page=2&post_id=8'],
    ['in the query of the path', { path: '/c?post_id={p}' }, '/c?page=2&post_id=8'],
    ['beside its own', { params: { post_id: '{p}' } }, '/c?post_id=7&post_id=8&page=2'],
    ['in the path', { path: '/posts/{p}/c' }, '/posts/8/c?page=2'],
  ])('is not followed to another parent: %s', (_, more, link) => {
    const error = thrownBy(() => followed(bound(childOf(more), { p: '7' }), link));
    expect([
      error.code,
      error.message.startsWith('The next page of "c" belongs to another parent: '),
    ]).toEqual(['RESPONSE_UNEXPECTED', true]);
  });

  it('may name the parent by an id where the request had a name', () => {
    const config = bound(childOf({ path: '/repos/{p}/c' }), { p: '"shop"' });
    expect(urlAfter(config, '/repositories/1300192/c?page=2')).toBe('/repositories/1300192/c?page=2');
    expect(urlAfter(config, '/repos/1300192/c?page=2')).toBe('/repos/1300192/c?page=2');
  });
});
