/**
 * A refusal of one list is its own: others are skipped only where the very same credentials are known to be
 * refused.
 */
import { describe, expect, it } from 'vitest';
import { discover } from '../../src/metadata/discover.js';
import type { EndpointConfig } from '../../src/rest/config/endpoint-config.js';
import { createHttp } from '../../src/rest/http/client.js';
import { interpretRefusal } from '../../src/xano/conventions.js';
import { fakeClock, NOON } from '../fixtures/clock.js';
import { clientOf, clientWith, localXano } from '../fixtures/local-xano.js';
import { items, officeOf } from '../fixtures/office.js';
import { serve } from '../rest/http/serving.js';
import { configsOf, loadInto, temporaryFile } from './loading.js';

type Answer = { readonly status: number; readonly json: unknown };

/** A server of plain lists, and how often each path was asked for. */
async function lists(answer: (path: string, token: string) => Answer) {
  const asked: string[] = [];
  const { origin } = await serve(({ url, headers }) => {
    asked.push(url);
    const { status, json } = answer(url, headers.authorization ?? '');
    return { status, body: JSON.stringify(json) };
  });
  return { origin, asked };
}

const listAt = (base_url: string, path: string): EndpointConfig => ({
  name: path.replace(/^\//, ''),
  base_url,
  path,
  method: 'GET',
  params: {},
  headers: {},
  auth: { type: 'bearer', token: { env: 'KEY' } },
  data_selector: '',
  pagination: { type: 'single_page' },
  primary_key: [],
  write_disposition: 'replace',
  excluded: [],
  columns: undefined,
});

const THREE = [{ id: 1 }, { id: 2 }, { id: 3 }];
const outcome = (report: { resources: readonly { resource: string; status: string }[] }) =>
  Object.fromEntries(report.resources.map(({ resource, status }) => [resource, status]));

describe.each([1, 4])('a load of %i lists at a time', (concurrency) => {
  it.each([
    [401, { message: 'Unauthorized' }, 'TOKEN_REJECTED'],
    [401, { message: 'Token expired' }, 'TOKEN_EXPIRED'],
    [402, { message: 'Payment Required' }, 'XANO_FAILED'],
    [403, { message: 'Forbidden' }, 'SCOPE_MISSING'],
    [403, { message: 'Your token has expired' }, 'TOKEN_EXPIRED'],
    [407, { message: 'Proxy Authentication Required' }, 'XANO_FAILED'],
    [451, { message: 'Unavailable For Legal Reasons' }, 'XANO_FAILED'],
  ])('loads the others where a list at any place is refused with %i %j', async (status, json, code) => {
    const { origin, asked } = await lists((path) =>
      path === '/admin' ? { status, json } : { status: 200, json: THREE },
    );
    for (const order of [
      ['/admin', '/a', '/b'],
      ['/a', '/admin', '/b'],
      ['/a', '/b', '/admin'],
    ]) {
      asked.length = 0;
      const { report } = await loadInto(
        order.map((path) => listAt(origin, path)),
        temporaryFile(),
        { http: clientWith('key-1234567', fakeClock()), concurrency },
      );
      expect(outcome(report)).toEqual({ admin: 'failed', a: 'loaded', b: 'loaded' });
      expect(report.resources.find(({ resource }) => resource === 'admin')?.error?.code).toBe(code);
      expect(asked.filter((path) => path === '/admin')).toHaveLength(1);
    }
  });

  it.each([
    ['Invalid token', 401],
    ['Unauthorized', 401],
    ['Access Denied.', 403],
  ])('loads the others where Xano refuses a table with "%s"', async (message, status) => {
    const xano = await localXano({
      instances: [officeOf(items([1, 2], 'one', 51), items([3], 'two', 52), items([4], 'three', 53))],
    });
    const configs = await configsOf(xano, ['one', 'two', 'three']);
    xano.fail({
      path: '/table/51/',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status, body: { code: 'ERROR_CODE', message } },
    });
    const { report } = await loadInto(configs, temporaryFile(), {
      http: clientOf(xano),
      concurrency,
    });
    expect(outcome(report)).toEqual({ one: 'failed', two: 'loaded', three: 'loaded' });
  });

  it('ends all tables of a token that Xano revoked, after one more request', async () => {
    const tables = Array.from({ length: 40 }, (_, i) => items([1], `table_${i}`, 100 + i));
    const xano = await localXano({ instances: [officeOf(...tables)] });
    const configs = await configsOf(xano, []);
    const token = xano.issueToken();
    xano.revoke(token);
    const { report } = await loadInto(configs, temporaryFile(), {
      http: clientWith(token, fakeClock()),
      concurrency,
    });
    const failed = report.resources.filter(({ status }) => status === 'failed');
    expect(failed).toHaveLength(concurrency);
    const skipped = report.resources.filter(({ status }) => status === 'skipped');
    expect(skipped).toHaveLength(40 - concurrency);
    expect(skipped[0]?.error).toMatchObject({
      code: 'TOKEN_REJECTED',
      message: expect.stringMatching(
        /^Not requested, because the server refused the login that it shares with "table_\d"\.$/,
      ),
    });
    const checks = xano.requests.filter(({ path }) => path.endsWith('/auth/me')).length;
    expect(checks).toBeGreaterThan(0);
    expect(xano.requests).toHaveLength(concurrency + checks);
  });
});

it('a load believes the expiry in a Metadata token, and loads the tables of another token', async () => {
  const xano = await localXano({
    instances: [officeOf(items([1], 'one', 51), items([2], 'two', 52), items([3], 'three', 53))],
    now: () => NOON,
  });
  const configs = await configsOf(xano, ['one', 'two', 'three']);
  const expired = xano.issueToken({ expires_at: NOON - 1 });
  const { report } = await loadInto(
    configs.map((config, i) =>
      i < 2 ? config : { ...config, auth: { type: 'bearer', token: { env: 'OTHER' } } as const },
    ),
    temporaryFile(),
    { http: clientWithTokens({ XANO_TOKEN: expired, OTHER: xano.token }) },
  );
  expect(outcome(report)).toEqual({ one: 'failed', two: 'skipped', three: 'loaded' });
  expect(xano.requests.filter(({ path }) => path.endsWith('/auth/me'))).toEqual([]);
  expect(xano.requests.filter(({ path }) => path.includes('/table/52/'))).toEqual([]);
});

it('a load tries a token at another instance that one instance does not know', async () => {
  const [here, there] = await Promise.all([
    localXano({ instances: [officeOf(items([1], 'one', 51), items([2], 'two', 52))] }),
    localXano({ instances: [officeOf(items([3], 'three', 53))] }),
  ]);
  const configs = [
    ...(await configsOf(here, ['one', 'two'])),
    ...(await configsOf(there, ['three'])).map((config) => ({ ...config, table_name: 'three' })),
  ];
  const { report } = await loadInto(configs, temporaryFile(), { http: clientOf(there) });
  expect(outcome(report)).toEqual({ one: 'failed', two: 'skipped', three: 'loaded' });
});

it('a load keeps the rows of a list that is refused in the middle, and loads the others', async () => {
  const xano = await localXano({
    instances: [officeOf(items([1, 2, 3, 4, 5, 6, 7], 'one', 51), items([1], 'two', 52))],
  });
  const configs = await configsOf(xano, ['one', 'two'], 3);
  xano.fail({ path: '/table/51/', skip: 2, answer: { kind: 'status', status: 403 } });
  const file = temporaryFile();
  const http = clientOf(xano);
  const first = await loadInto(configs, file, { http });
  expect(outcome(first.report)).toEqual({ one: 'failed', two: 'loaded' });
  expect(first.onlyTable).toMatchObject({ rows_kept: 3, error: { code: 'SCOPE_MISSING' } });
  const second = await loadInto(configs, file, { http });
  expect(second.onlyTable).toMatchObject({
    status: 'loaded',
    resumed: true,
    completeness: 'proved',
    rows_read: 7,
  });
});

it('a discovery omits a listing refused with 401, unless the token itself is rejected', async () => {
  const xano = await localXano({ instances: [officeOf(items([1], 'one', 51))] });
  const options = { token: { env: 'XANO_TOKEN' }, instance: xano.instances[0]!.origin };
  const body = { message: 'Invalid token' };
  xano.fail({ path: '/apigroup', answer: { kind: 'status', status: 401, body } });
  const { instances, omitted } = await discover({ ...options, http: clientOf(xano) });
  expect(instances[0]?.workspaces[0]?.tables.map(({ name }) => name)).toEqual(['one']);
  expect(omitted.map(({ what, code }) => [what, code])).toEqual([['API groups', 'TOKEN_REJECTED']]);

  const token = xano.issueToken();
  const rewrite = (text: string): string => {
    xano.revoke(token);
    return text;
  };
  xano.fail({ path: '/workspace', answer: { kind: 'rewrite', rewrite } });
  await expect(discover({ ...options, http: clientWith(token, fakeClock()) })).rejects.toMatchObject({
    code: 'TOKEN_REJECTED',
  });
});

/** A client that finds each token under its name. */
function clientWithTokens(tokens: Readonly<Record<string, string>>) {
  const now = fakeClock();
  return createHttp({
    user_agent: 'test',
    find_secret: (ref) => {
      const value = 'env' in ref ? tokens[ref.env] : undefined;
      return value === undefined ? undefined : { value, source: 'the test', expires_at: null };
    },
    clock: now,
    interpret: interpretRefusal,
  });
}
