/** A token becomes a catalog: all that may be seen, and why the rest may not. */

import { describe, expect, it } from 'vitest';
import type { XanoError } from '../../src/errors.js';
import { readMe } from '../../src/metadata/client.js';
import { discover } from '../../src/metadata/discover.js';
import type { DiscoverOptions } from '../../src/metadata/options.js';
import { isOrigin } from '../../src/metadata/select.js';
import type { TokenOptions } from '../../src/sandbox/api/tokens.js';
import {
  defineApiGroup,
  defineEndpoint,
  defineTable,
  defineWorkspace,
  field,
  nullable,
} from '../../src/sandbox/data/define.js';
import type { LocalInstance, LocalTable } from '../../src/sandbox/data/model.js';
import { rowFromJson, rowsOf } from '../../src/sandbox/data/rows.js';
import type { LocalXano, LocalXanoOptions } from '../../src/sandbox/server.js';
import { fakeClock, NOON } from '../fixtures/clock.js';
import { clientWith, localXano } from '../fixtures/local-xano.js';
import { type Received, serve } from '../rest/http/serving.js';

const asks = (token: string) => clientWith(token, fakeClock());
const ref = { token: { env: 'XANO_TOKEN' } } as const;

type Options = Partial<DiscoverOptions> & { readonly as?: string };

/** Discovers through the Account API of a local Xano. */
const discoverAt = (xano: LocalXano, { as, ...options }: Options = {}) =>
  discover({ http: asks(as ?? xano.token), ...ref, account_origin: xano.account_origin, ...options });

/** What a discovery is refused with. */
async function refusal(
  discovering: Promise<unknown>,
): Promise<{ code: string; message: string; hint: string }> {
  const thrown = await discovering.then(
    () => expect.fail('it was not refused'),
    (error: XanoError) => error,
  );
  return { code: thrown.code, message: thrown.message, hint: thrown.hint };
}

const people = (): LocalTable =>
  defineTable(
    7,
    'people',
    [
      field('id', 'int'),
      nullable('boss_id', 'int', { tableref_id: 7, description: 'Whom to ask' }),
      field('kind', 'enum', { values: ['a', 'b'] }),
    ],
    { live: rowsOf(['{"id":1}', '{"id":2}'].map(rowFromJson)), test: rowsOf([rowFromJson('{"id":1}')]) },
    { description: 'Who is who', auth: true },
  );
const empty = (): LocalTable =>
  defineTable(9, 'Empty', [field('id', 'uuid')], {}, { created_at: '2026-02-01 00:00:00+0000' });

const small = (...workspaces: LocalInstance['workspaces']): LocalInstance => ({
  name: 'x-small',
  display: 'Small',
  rate_limit: false,
  workspaces:
    workspaces.length > 0
      ? workspaces
      : [
          defineWorkspace(
            3,
            'Main',
            'The one',
            [people(), empty()],
            [
              defineApiGroup(31, 'Lh0JwImX', 'Public', true, [
                defineEndpoint(311, 'GET', 'people', 'All people', { kind: 'all', table: 'people' }),
                defineEndpoint(
                  312,
                  'GET',
                  'people/{id}',
                  '',
                  { kind: 'row', table: 'people', path_input: 'id' },
                  { input: [field('id', 'int')], auth: { id: 7, name: 'people' } },
                ),
              ]),
            ],
          ),
        ],
});
const other: LocalInstance = {
  name: 'x-other',
  display: 'Other',
  rate_limit: false,
  workspaces: [defineWorkspace(5, 'Lab', '', [])],
};

const plain = { description: '', nullable: false, required: true, access: 'public', style: 'single' };
const peopleEntry = {
  id: 7,
  guid: people().guid,
  name: 'people',
  description: 'Who is who',
  auth: true,
  updated_at: '2026-01-11T21:14:24.000Z',
  columns: [
    { name: 'id', type: 'int', ...plain },
    {
      name: 'boss_id',
      type: 'int',
      ...plain,
      description: 'Whom to ask',
      nullable: true,
      required: false,
      tableref_id: 7,
    },
    { name: 'kind', type: 'enum', ...plain, values: ['a', 'b'] },
  ],
  indexes: [{ type: 'primary', fields: ['id'] }],
};
const emptyEntry = {
  id: 9,
  guid: empty().guid,
  name: 'Empty',
  description: '',
  auth: false,
  updated_at: '2026-01-11T21:14:24.000Z',
  columns: [{ name: 'id', type: 'uuid', ...plain }],
  indexes: [{ type: 'primary', fields: ['id'] }],
};
const group = (origin: string) => ({
  id: 31,
  name: 'Public',
  description: '',
  canonical: 'Lh0JwImX',
  branch: 'v1',
  base_url: `${origin}/api:Lh0JwImX`,
  endpoints: expect.arrayContaining([
    { id: 311, verb: 'GET', path: 'people', description: 'All people', auth: false, inputs: [] },
    {
      id: 312,
      verb: 'GET',
      path: 'people/{id}',
      description: '',
      auth: true,
      inputs: [{ name: 'id', type: 'int', ...plain }],
    },
  ]) as unknown,
});
/** The whole catalog of {@link small}, but for what a test changes. */
const catalogOf = (origin: string, tables: readonly unknown[] = [peopleEntry, emptyEntry]) => ({
  instances: [
    {
      name: 'x-small',
      display: 'Small',
      origin,
      meta_api: `${origin}/api:meta`,
      workspaces: [
        { id: 3, name: 'Main', description: 'The one', branch: 'v1', tables, api_groups: [group(origin)] },
      ],
    },
  ],
  omitted: [] as unknown[],
});

describe('a whole catalog', () => {
  it.each([
    ['today’s server', {}],
    ['the specification’s array of envelopes', { table_list: 'array_of_envelopes' }],
    ['the bare array of 2023', { table_list: 'array' }],
    ['a server that does not embed schemas', { embed_schema: false }],
    [
      'an old one: a bare array without schemas',
      { embed_schema: false, table_list: 'array', strict_lists: true },
    ],
  ] satisfies readonly (readonly [string, LocalXanoOptions])[])('is the same from %s', async (_, options) => {
    const xano = await localXano({ instances: [small()], ...options });
    const catalog = await discoverAt(xano);
    expect(catalog).toEqual(catalogOf(xano.instances[0]!.origin));
    expect(catalog.instances[0]!.workspaces[0]!.api_groups[0]!.endpoints).toHaveLength(2);
  });

  it('is read with GET alone, without the token in any address, and asks for nothing twice', async () => {
    const xano = await localXano({ instances: [small(), other], embed_schema: false });
    await discoverAt(xano, { counts: true, openapi: true });
    expect(new Set(xano.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
    expect(xano.requests.filter(({ authorized }) => !authorized)).toEqual([]);
    const addresses = xano.requests.map(
      ({ origin, path, query }) => `${origin}${path}?${new URLSearchParams(query)}`,
    );
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(addresses.filter((address) => address.includes(xano.token) || /token|eyJ/i.test(address))).toEqual(
      [],
    );
    expect(xano.requests.map(({ instance, path }) => `${instance} ${path}`).toSorted()).toEqual([
      'account /api:meta/instance',
      'x-other /api:meta/workspace',
      'x-other /api:meta/workspace/5/apigroup',
      'x-other /api:meta/workspace/5/table',
      'x-small /api:meta/workspace',
      'x-small /api:meta/workspace/3/apigroup',
      'x-small /api:meta/workspace/3/apigroup/31/api',
      'x-small /api:meta/workspace/3/apigroup/31/openapi',
      'x-small /api:meta/workspace/3/table',
      ...[7, 9].flatMap((id) =>
        ['content', 'index', 'schema'].map((part) => `x-small /api:meta/workspace/3/table/${id}/${part}`),
      ),
    ]);
  });

  it('has the counts of the data source, the OpenAPI documents, or neither tables nor groups, as asked', async () => {
    const xano = await localXano({ instances: [small()] });
    const { origin } = xano.instances[0]!;
    const live = await discoverAt(xano, { counts: true, api_groups: false });
    expect(live.instances[0]!.workspaces[0]).toMatchObject({
      tables: [
        { ...peopleEntry, rows: 2 },
        { ...emptyEntry, rows: 0 },
      ],
      api_groups: [],
    });
    const test = await discoverAt(xano, { counts: true, data_source: 'test' });
    expect(test.instances[0]!.workspaces[0]!.tables.map(({ rows }) => rows)).toEqual([1, 0]);
    const documented = await discoverAt(xano, { tables: false, openapi: true });
    const workspace = documented.instances[0]!.workspaces[0]!;
    expect(workspace.tables).toEqual([]);
    expect(Object.keys((workspace.api_groups[0]!.openapi as { paths: object }).paths)).toEqual([
      '/people',
      '/people/{id}',
    ]);
    expect(workspace.api_groups[0]!.openapi).toMatchObject({ servers: [{ url: `${origin}/api:Lh0JwImX` }] });
  });
});

describe('lists of several pages', () => {
  const tables = (count: number) =>
    Array.from({ length: count }, (_, at) => defineTable(at + 1, `t${at + 1}`, [field('id', 'int')], {}));
  it.each([
    [100, 1],
    [101, 2],
    [200, 2],
    [250, 3],
  ])('of %i tables take %i requests, and none after a full last page', async (count, pages) => {
    const xano = await localXano({ instances: [small(defineWorkspace(3, 'Main', '', tables(count)))] });
    const catalog = await discoverAt(xano, { api_groups: false });
    expect(catalog.instances[0]!.workspaces[0]!.tables.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: count }, (_, at) => at + 1),
    );
    const asked = xano.requests.filter(({ path }) => path.endsWith('/table')).map(({ query }) => query);
    expect(asked).toEqual(
      Array.from({ length: pages }, (_, at) => ({
        sort: 'created_at',
        order: 'asc',
        page: String(at + 1),
        per_page: '100',
      })),
    );
  });

  it.each([
    ['names the same page again', (body: string) => body.replace(/"nextPage":\w+/, '"nextPage":1'), 2],
    [
      'gives the same page for every number',
      (body: string) => body.replace(/"curPage":\d+,"nextPage":\w+/, '"curPage":1,"nextPage":2'),
      3,
    ],
  ])('with a nextPage that %s end in PAGINATION_LOOP', async (_, rewrite, most) => {
    const xano = await localXano({ instances: [small(defineWorkspace(3, 'Main', '', tables(120)))] });
    xano.fail({
      path: '/workspace/3/table',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'rewrite', rewrite },
    });
    const catalog = await discoverAt(xano, { api_groups: false });
    expect(catalog.omitted).toEqual([
      {
        instance: 'x-small',
        workspace: 'Main',
        what: 'tables',
        code: 'PAGINATION_LOOP',
        reason: expect.stringMatching(/^The list of tables /),
      },
    ]);
    expect(xano.requests.filter(({ path }) => path.endsWith('/table')).length).toBeLessThanOrEqual(most);
  });
});

describe('a discovery without some permission', () => {
  const omission = (what: string, path: string, rest: object = {}) => ({
    instance: 'x-small',
    workspace: 'Main',
    what,
    code: 'SCOPE_MISSING',
    reason: `The token may not do this (GET /api:meta/workspace/3/${path}).`,
    ...rest,
  });

  it('shows tables without columns and indexes, and says so', async () => {
    const xano = await localXano({ instances: [small()] });
    const { origin } = xano.instances[0]!;
    const as = xano.issueToken({ scopes: ['workspace:content'] });
    expect(await discoverAt(xano, { as })).toEqual({
      ...catalogOf(origin, [
        { ...peopleEntry, columns: null, indexes: null },
        { ...emptyEntry, columns: null, indexes: null },
      ]),
      omitted: [
        omission('columns of "Empty"', 'table/9/schema'),
        omission('columns of "people"', 'table/7/schema'),
        omission('indexes of "Empty"', 'table/9/index'),
        omission('indexes of "people"', 'table/7/index'),
      ],
    });
  });

  it('shows the API groups without the tables', async () => {
    const xano = await localXano({ instances: [small()], strict_lists: true });
    const as = xano.issueToken({ scopes: ['workspace:api'] });
    expect(await discoverAt(xano, { as })).toEqual({
      ...catalogOf(xano.instances[0]!.origin, []),
      omitted: [omission('tables', 'table')],
    });
  });

  it('shows the tables without API groups, documents and counts', async () => {
    const xano = await localXano({ instances: [small()] });
    const as = xano.issueToken({ scopes: ['workspace:database'] });
    expect(await discoverAt(xano, { as, openapi: true, counts: true })).toEqual({
      ...catalogOf(xano.instances[0]!.origin),
      omitted: [
        omission('OpenAPI document of "Public"', 'apigroup/31/openapi'),
        omission('row count of "Empty"', 'table/9/content'),
        omission('row count of "people"', 'table/7/content'),
      ],
    });
  });

  it('shows the rest where an instance is down or needs another token', async () => {
    const xano = await localXano({ instances: [small(), other] });
    xano.fail({
      instance: 'x-other',
      times: 6,
      answer: { kind: 'status', status: 503, body: '<html>' },
    });
    const { origin } = xano.instances[1]!;
    expect(await discoverAt(xano)).toEqual({
      ...catalogOf(xano.instances[0]!.origin),
      omitted: [
        {
          instance: 'x-other',
          workspace: null,
          what: 'workspaces',
          code: 'XANO_FAILED',
          reason: `${new URL(origin).host} answered with status 503 (GET /api:meta/workspace).`,
        },
      ],
    });
    const as = xano.issueToken({ instance: 'x-small' });
    const [omitted] = (await discoverAt(xano, { as })).omitted;
    expect(omitted).toMatchObject({ instance: 'x-other', code: 'TOKEN_REJECTED' });
  });

  it('throws the failure where every instance is down', async () => {
    const xano = await localXano({ instances: [small()] });
    xano.fail({
      instance: 'x-small',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 503 },
    });
    await expect(discoverAt(xano)).rejects.toMatchObject({ code: 'XANO_FAILED' });
  });
});

describe('a rejected token', () => {
  it.each([
    [
      'expired',
      { expires_at: NOON - 1 },
      'TOKEN_EXPIRED',
      'The token has expired: This token is expired (GET /api:meta/instance).',
    ],
    [
      'expired, though nobody can see it',
      { expires_at: NOON - 1, opaque: true },
      'TOKEN_EXPIRED',
      'The token has expired: This token is expired (GET /api:meta/instance).',
    ],
  ] satisfies readonly (readonly [string, TokenOptions, string, string])[])(
    'fails with its own error: %s',
    async (_, options, code, message) => {
      const xano = await localXano({ instances: [small()], now: () => NOON });
      expect(await refusal(discoverAt(xano, { as: xano.issueToken(options) }))).toMatchObject({
        code,
        message,
      });
      expect(xano.requests).toHaveLength(1);
    },
  );

  it('that was revoked or never issued is TOKEN_REJECTED', async () => {
    const xano = await localXano({ instances: [small()] });
    const revoked = xano.issueToken();
    xano.revoke(revoked);
    for (const as of [revoked, 'made-up'])
      expect(await refusal(discoverAt(xano, { as }))).toMatchObject({
        code: 'TOKEN_REJECTED',
        message: 'Xano does not accept the token: Invalid token (GET /api:meta/instance).',
      });
  });

  it('that expires in the middle fails the discovery, since half a catalog would look complete', async () => {
    const xano = await localXano({ instances: [small()], embed_schema: false });
    xano.fail({
      path: '/schema',
      answer: {
        kind: 'status',
        status: 401,
        body: { code: 'ERROR_CODE_UNAUTHORIZED', message: 'This token is expired.' },
      },
    });
    expect(await refusal(discoverAt(xano))).toMatchObject({ code: 'TOKEN_EXPIRED' });
  });
});

describe('the choice of an instance', () => {
  const names = async (xano: LocalXano, instance: string) =>
    (await discoverAt(xano, { instance })).instances.map(({ name }) => name);

  it('finds it by name, display name or host, in any case', async () => {
    const xano = await localXano({ instances: [small(), other] });
    for (const instance of ['x-other', 'OTHER', new URL(xano.instances[1]!.origin).host])
      expect(await names(xano, instance)).toEqual(['x-other']);
  });

  it('asks it directly, without the Account API, where its origin is given', async () => {
    const xano = await localXano({ instances: [small(), other] });
    const { origin } = xano.instances[0]!;
    const catalog = await discoverAt(xano, { instance: `${origin}/`, account_origin: 'https://app.invalid' });
    const [instance] = catalogOf(origin).instances;
    expect(catalog).toEqual({
      instances: [{ ...instance, name: new URL(origin).host, display: '' }],
      omitted: [],
    });
    expect(xano.requests.filter(({ instance: asked }) => asked !== 'x-small')).toEqual([]);
  });

  it('fails with USAGE, the nearest name and all names where it does not exist', async () => {
    const xano = await localXano({ instances: [small(), other] });
    expect(await refusal(discoverAt(xano, { instance: 'x-smal' }))).toEqual({
      code: 'USAGE',
      message: 'This token sees no instance "x-smal"; did you mean "x-small"?',
      hint: 'This token sees: x-small (Small), x-other (Other).',
    });
    expect(await refusal(discoverAt(xano, { instance: 'completely different' }))).toMatchObject({
      message: 'This token sees no instance "completely different".',
    });
  });

  it('fails with USAGE and the names where several match', async () => {
    const xano = await localXano({ instances: [small(), { ...other, display: 'small' }] });
    expect(await refusal(discoverAt(xano, { instance: 'Small' }))).toEqual({
      code: 'USAGE',
      message: 'Several instances are called "Small".',
      hint: 'Give the name in front: x-small (Small), x-other (small).',
    });
  });

  it('fails with USAGE where none exists', async () => {
    const xano = await localXano({ instances: [] });
    expect(await refusal(discoverAt(xano))).toMatchObject({
      code: 'USAGE',
      message: 'This token sees no instance.',
    });
  });

  it.each(['http://x1.n7.xano.io', 'https://'])('sends no request to %s', async (instance) => {
    expect(await refusal(discover({ http: asks('t'), ...ref, instance }))).toMatchObject({
      code: 'USAGE',
    });
  });

  it('tells addresses from names', () => {
    expect(['https://x', 'HTTP://x', 'x1.n7.xano.io', 'https', 'x-small'].map(isOrigin)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('the choice of a workspace', () => {
  const workspaces = () =>
    small(
      defineWorkspace(3, 'Main', '', []),
      defineWorkspace(4, 'Side', '', []),
      defineWorkspace(8, 'Side', '', []),
      defineWorkspace(12, '3', '', []),
    );
  const ids = async (xano: LocalXano, options: Options) =>
    (await discoverAt(xano, options)).instances.flatMap((one) => one.workspaces.map(({ id }) => id));

  it('finds it by exact name, then by id, then by name in another case', async () => {
    const xano = await localXano({ instances: [workspaces()] });
    expect(await ids(xano, { workspace: 'Main' })).toEqual([3]);
    expect(await ids(xano, { workspace: 'mAIN' })).toEqual([3]);
    expect(await ids(xano, { workspace: '8' })).toEqual([8]);
    expect(await ids(xano, { workspace: '3' })).toEqual([12]);
    expect(await ids(xano, {})).toEqual([3, 4, 8, 12]);
  });

  it('fails with USAGE and the ids where two have the same name', async () => {
    const xano = await localXano({ instances: [workspaces()] });
    expect(await refusal(discoverAt(xano, { workspace: 'Side' }))).toEqual({
      code: 'USAGE',
      message: 'Several workspaces are called "Side".',
      hint: 'Give the id with --workspace: Side (4), Side (8).',
    });
  });

  it('fails with USAGE, the nearest name and all names where it does not exist', async () => {
    const xano = await localXano({ instances: [small(), other] });
    expect(await refusal(discoverAt(xano, { workspace: 'Mian' }))).toEqual({
      code: 'USAGE',
      message: 'This token sees no workspace "Mian"; did you mean "Main"?',
      hint: 'This token sees: x-small / Main (3), x-other / Lab (5).',
    });
  });

  it('fails with USAGE and the list where one is required and several match', async () => {
    const one_workspace = true;
    const several = await localXano({ instances: [workspaces()] });
    expect(await refusal(discoverAt(several, { one_workspace }))).toEqual({
      code: 'USAGE',
      message: 'Several workspaces match: Main (3), Side (4), Side (8), 3 (12).',
      hint: 'Name one with --workspace (its name or id).',
    });
    const two = await localXano({ instances: [small(), other] });
    expect(await refusal(discoverAt(two, { one_workspace }))).toEqual({
      code: 'USAGE',
      message: 'Several workspaces match: x-small / Main (3), x-other / Lab (5).',
      hint: 'Name them with --instance and --workspace.',
    });
    expect(await ids(two, { one_workspace, workspace: 'Lab' })).toEqual([5]);
    expect(await ids(two, { one_workspace, instance: 'x-small' })).toEqual([3]);
    const none = await localXano({ instances: [{ ...other, workspaces: [] }] });
    expect(await refusal(discoverAt(none, { one_workspace }))).toMatchObject({
      code: 'USAGE',
      message: 'This token sees no workspace.',
    });
  });
});

describe('a discovery of servers that differ from Xano', () => {
  async function answering(answer: (url: string, headers: Received['headers']) => unknown) {
    const asked: string[] = [];
    const { origin } = await serve(({ method, url, headers }) => {
      asked.push(`${method} ${url}`);
      return { body: JSON.stringify(answer(url, headers)) };
    });
    return { origin, asked };
  }

  it('uses meta_api as it is given: another origin, another path, a slash at its end', async () => {
    const meta = await answering((url, { authorization }) => {
      if (authorization !== 'Bearer secret') return { message: 'no token' };
      if (url.startsWith('/custom/api:meta/workspace?')) return [{ id: '2', name: 'W' }];
      if (url.startsWith('/custom/api:meta/workspace/2/table?'))
        return { tables: [{ id: 1, name: 'T', schema: [], index: [] }] };
      return [];
    });
    const account = await answering(() => ({
      instances: [
        {
          name: 'x1',
          display: null,
          xano_domain: 'x1.n7.xano.io',
          meta_api: `${meta.origin}/custom/api:meta/`,
        },
      ],
    }));
    const catalog = await discover({ http: asks('secret'), ...ref, account_origin: account.origin });
    expect(catalog).toEqual({
      instances: [
        {
          name: 'x1',
          display: '',
          origin: meta.origin,
          meta_api: `${meta.origin}/custom/api:meta`,
          workspaces: [
            {
              id: 2,
              name: 'W',
              description: '',
              branch: null,
              tables: [
                {
                  id: 1,
                  guid: null,
                  name: 'T',
                  description: '',
                  auth: false,
                  updated_at: null,
                  columns: [],
                  indexes: [],
                },
              ],
              api_groups: [],
            },
          ],
        },
      ],
      omitted: [],
    });
    expect(account.asked).toEqual(['GET /api:meta/instance']);
    expect(meta.asked.every((asked) => asked.startsWith('GET /custom/api:meta/'))).toBe(true);
  });

  it('lists a table once that moved to a later page while the list was read', async () => {
    const { origin } = await answering((url) => {
      if (url.includes('/workspace?')) return [{ id: 2, name: 'W' }];
      const table = (id: number) => ({ id, name: `t${id}`, schema: [], index: [] });
      if (url.includes('/table?'))
        return url.includes('page=1&')
          ? { items: [table(1), table(2)], nextPage: 2 }
          : { items: [table(2), table(3)], nextPage: null };
      return [];
    });
    const catalog = await discover({ http: asks('t'), ...ref, instance: origin });
    expect(catalog.instances[0]!.workspaces[0]!.tables.map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  it('fails with RESPONSE_UNEXPECTED for an instance without a usable address', async () => {
    const { origin } = await answering(() => [{ name: 'x1', display: '', meta_api: 'x1.n7.xano.io' }]);
    expect(await refusal(discover({ http: asks('t'), ...ref, account_origin: origin }))).toMatchObject({
      code: 'RESPONSE_UNEXPECTED',
      message: 'Xano returned instance "x1" without an address (meta_api).',
    });
  });

  it('names a web page in place of JSON', async () => {
    const xano = await localXano({ instances: [small()] });
    xano.fail({
      path: '/workspace',
      times: Number.POSITIVE_INFINITY,
      answer: { kind: 'status', status: 200, body: '<html>' },
    });
    expect(await refusal(discoverAt(xano))).toMatchObject({
      code: 'RESPONSE_UNEXPECTED',
      message: 'Xano returned a web page (HTML); expected JSON.',
    });
  });
});

it('readMe reads the user of a token from the Account API and from an instance', async () => {
  const xano = await localXano({ instances: [small()] });
  const ask = (base_url: string) => readMe({ http: asks(xano.token), ...ref, base_url });
  const ada = { id: 1, name: 'Ada Lovelace', email: 'ada@example.com' };
  expect(await ask(`${xano.account_origin}/api:meta`)).toEqual({ ...ada, extras: [] });
  expect(await ask(xano.instances[0]!.meta_api)).toEqual({
    ...ada,
    extras: { instance: { id: 1, name: 'x-small', display: 'Small' } },
  });
});
