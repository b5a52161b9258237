import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type EndpointConfig, parseEndpoints, shopInstances } from '../../../src/index.js';
import { OFFICE } from '../../fixtures/office.js';
import { atOffice } from '../at-office.js';
import { type Desk, expectError, openDesk, rowsOfFile } from '../terminal.js';

/** A file of configs as `xano endpoints` writes it, changed. */
async function fileWith(desk: Desk, change: (config: Record<string, unknown>) => unknown): Promise<string> {
  const { stdout } = await desk.run(['endpoints', 'people']);
  const { version, endpoints } = JSON.parse(stdout);
  const file = desk.path('endpoints.json');
  writeFileSync(file, JSON.stringify({ version, endpoints: endpoints.map(change) }));
  desk.xano.clearRequests();
  return file;
}

describe('xano endpoints', () => {
  it('prints a config for every table, and only that', async () => {
    const desk = await atOffice();
    const { status, stdout, stderr } = await desk.run(['endpoints']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const people: EndpointConfig = {
      name: 'people',
      description: 'Who works here',
      base_url: `${desk.xano.instances[0]!.origin}/api:meta`,
      path: '/workspace/3/table/7/content/search',
      method: 'POST',
      params: {},
      headers: { 'x-data-source': 'live' },
      body: {},
      data_selector: 'items',
      primary_key: ['id'],
      write_disposition: 'replace',
      columns: [
        { name: 'id', type: 'BIGINT', list: false },
        { name: 'name', type: 'VARCHAR', list: false, description: 'As on the door' },
        { name: 'born', type: 'DATE', list: false },
        { name: 'boss_id', type: 'BIGINT', list: false, references_table_id: 7 },
      ],
      excluded: [],
      pagination: {
        type: 'keyset',
        key: 'id',
        order: 'asc',
        page_param: 'page',
        page_size_param: 'per_page',
        page_size: 1000,
        max_page_size: 10_000,
        sort_param: 'sort',
        filter_param: 'search',
        after: 'id|>',
        before: 'id|<',
        next_page_path: 'nextPage',
        total_path: 'itemsTotal',
      },
      fallback: {
        method: 'GET',
        path: '/workspace/3/table/7/content',
        pagination: {
          type: 'page_number',
          in: 'query',
          page_param: 'page',
          base_page: 1,
          page_size_param: 'per_page',
          page_size: 1000,
          next_page_path: 'nextPage',
          total_path: 'itemsTotal',
        },
      },
      auth: { type: 'bearer', token: { env: 'XANO_TOKEN' } },
      origin: {
        instance: OFFICE,
        workspace_id: 3,
        workspace: 'Office',
        data_source: 'live',
        table_id: 7,
        table_guid: desk.xano.instances[0]!.data.workspaces[0]!.tables[0]!.guid,
      },
    };
    const content = JSON.parse(stdout);
    expect(content.endpoints[0]).toEqual(people);
    expect(parseEndpoints(content).map(({ name }) => name)).toEqual(['people', 'rooms']);
  });

  it('prints configs of named tables, with another page size and data source', async () => {
    const desk = await atOffice();
    const argv = ['endpoints', 'rooms', '--page-size', '20', '--data-source', 'test'];
    const endpoints = parseEndpoints(JSON.parse((await desk.run(argv)).stdout));
    expect(endpoints.map(({ name, headers, pagination }) => ({ name, headers, pagination }))).toMatchObject([
      { name: 'rooms', headers: { 'x-data-source': 'test' }, pagination: { page_size: 20 } },
    ]);
  });

  it('adds the lists of API groups with --api-groups, and names the endpoints without a config', async () => {
    const desk = await atOffice();
    const { status, stdout, stderr } = await desk.run(['endpoints', '--api-groups']);
    expect(status).toBe(0);
    expect(stderr).toBe(
      'No config for POST Door/ring: POST may write.\nLow confidence in Door/people: The document shows a list under "items" that names further pages, but no input that selects one: xano detects it from the first answers. See `xano check Door/people`.\n',
    );
    const endpoints = parseEndpoints(JSON.parse(stdout));
    expect(endpoints.map(({ name }) => name)).toEqual(['people', 'rooms', 'Door/people']);
    const named = await desk.run(['endpoints', 'Door/people']);
    expect(JSON.parse(named.stdout).endpoints).toEqual([endpoints[2]]);
    expect(endpoints[2]?.auth).toEqual({ type: 'none' });
  });

  it('writes a file with --output that xano load reads', async () => {
    const desk = await atOffice();
    const file = desk.path('endpoints.json');
    expect(await desk.run(['endpoints', '--output', file])).toEqual({
      status: 0,
      stdout: '',
      stderr: `Wrote 2 endpoint configs to ${file}.\n`,
    });
    const printed = await desk.run(['endpoints']);
    expect(readFileSync(file, 'utf8')).toBe(printed.stdout);

    desk.xano.clearRequests();
    const to = desk.path('office.duckdb');
    const loaded = await desk.run(['load', '--endpoints', file, '--to', to]);
    expect(loaded.status).toBe(0);
    // Nothing is discovered: the file says it all.
    expect(desk.xano.requests.map(({ path }) => path).toSorted()).toEqual([
      '/api:meta/workspace/3/table/7/content/search',
      '/api:meta/workspace/3/table/8/content/search',
    ]);
    expect(await rowsOfFile(to, 'SELECT name FROM xano_data.people ORDER BY id')).toEqual([
      ['Ada'],
      ['Grace'],
      ['Edsger'],
    ]);
  });

  it('fails with USAGE where --output cannot be written', async () => {
    const desk = await atOffice();
    const file = desk.path('no/endpoints.json');
    const said = await desk.run(['endpoints', '--output', file]);
    const hint = 'Create the folder, or name another file with --output.';
    expectError(said, 2, 'USAGE', `The folder of ${file} does not exist.`, hint);
  });
});

describe('xano load --endpoints', () => {
  const load = (desk: Desk, file: string, ...rest: string[]) =>
    desk.run(['load', '--endpoints', file, '--to', desk.path('x.duckdb'), ...rest]);

  it.each([
    [
      '{',
      "is not JSON. Line 1: Expected property name or '}' in JSON at position 1.",
      'Correct it, name it .yaml if it is YAML, or generate it again with `xano endpoints --output FILE`.',
    ],
    [
      '',
      'is not JSON. Unexpected end of JSON input.',
      'Correct it, name it .yaml if it is YAML, or generate it again with `xano endpoints --output FILE`.',
    ],
  ])('refuses a file with %j as CONFIG_INVALID', async (content, message, hint) => {
    const desk = await atOffice();
    const file = desk.path('endpoints.json');
    writeFileSync(file, content);
    const said = await load(desk, file);
    expect({ status: said.status, stdout: said.stdout }).toEqual({ status: 2, stdout: '' });
    // Later versions of Node say the position in other words, too.
    const [first = '', ...rest] = said.stderr.split('\n');
    expect(first.replace(/ \(line.*\)/, '')).toBe(`Error: ${file} ${message}`);
    expect(rest).toEqual([`  ${hint}`, '  Code: CONFIG_INVALID', '']);
    expect(desk.files()).toEqual(['endpoints.json']);
    expect(desk.xano.requests).toEqual([]);
  });

  it('fails with CONFIG_INVALID for a file that does not exist', async () => {
    const desk = await atOffice();
    const file = desk.path('none.json');
    const message = `There is no file ${file}.`;
    expectError(
      await load(desk, file),
      2,
      'CONFIG_INVALID',
      message,
      'Write one with `xano endpoints --output FILE`.',
    );
  });

  it.each([
    [
      'endpoints[0].pagination.page_size',
      (config: object) => ({
        ...config,
        pagination: { ...(config as EndpointConfig).pagination, page_size: 0 },
      }),
      'Too small: expected number to be >=1',
    ],
    [
      'endpoints[0].base_url',
      (config: object) => ({ ...config, base_url: 'http://example.com/api:meta' }),
      'must be https (plain http is only allowed for this computer)',
    ],
    [
      'endpoints[0].method',
      (config: object) => ({ ...config, method: 'DELETE' }),
      'Invalid option: expected one of "GET"|"POST"',
    ],
    [
      'endpoints[0].auth.token',
      (config: object) => ({ ...config, auth: { type: 'bearer', token: 'secret' } }),
      'Invalid input',
    ],
    ['endpoints[0]', (config: object) => ({ ...config, page_siez: 7 }), 'Unrecognized key: "page_siez"'],
  ])('names the file with the mistake and %s', async (at, change, why) => {
    const desk = await atOffice();
    const file = await fileWith(desk, change);
    const message = `${file}: The endpoint config is not valid: ${at}: ${why}.`;
    const hint = 'Correct the named field, then run again.';
    expectError(await load(desk, file), 2, 'CONFIG_INVALID', message, hint);
    // Without a token, too: the mistake comes first.
    const said = await desk.run(['load', '--endpoints', file], { env: { XANO_TOKEN: undefined } });
    expectError(said, 2, 'CONFIG_INVALID', message, hint);
    expect(desk.xano.requests).toEqual([]);
    expect(desk.files()).toEqual(['endpoints.json']);
  });

  it('fails with USAGE and the nearest name for a name that the file lacks', async () => {
    const desk = await atOffice();
    const file = desk.path('endpoints.json');
    await desk.run(['endpoints', '--output', file]);
    const near = `${file} has no endpoint "peopel"; did you mean "people"?`;
    expectError(await load(desk, file, 'peopel'), 2, 'USAGE', near, 'Name one of: people, rooms.');
    const far = `${file} has no endpoint "completely else".`;
    expectError(await load(desk, file, 'completely else'), 2, 'USAGE', far, 'Name one of: people, rooms.');
    expect(desk.files()).toEqual(['endpoints.json']);
  });

  it.each([
    ['--instance <name|url>', OFFICE],
    ['--workspace <name|id>', 'Office'],
    ['--data-source <label>', 'test'],
    ['--page-size <n>', '10'],
  ])('refuses %s with USAGE, since it would have no effect', async (option, value) => {
    const desk = await atOffice();
    const file = await fileWith(desk, (config) => config);
    const hint = 'Give it to `xano endpoints`, which writes that file, or edit the file.';
    expectError(
      await load(desk, file, option.split(' ')[0]!, value),
      2,
      'USAGE',
      `Option '--endpoints <file>' cannot be used with option '${option}'.`,
      hint,
    );
    expect(desk.xano.requests).toEqual([]);
  });

  it('uses the profile that the file names', async () => {
    const desk = await atOffice();
    await desk.run(['auth', 'login', '--token-stdin', '--profile', 'work'], {
      stdin: desk.xano.issueToken(),
    });
    const file = desk.path('endpoints.json');
    await desk.run(['endpoints', '--profile', 'work', '--output', file]);
    expect(JSON.parse(readFileSync(file, 'utf8')).endpoints[0].auth.token).toEqual({ profile: 'work' });
    const to = desk.path('x.duckdb');
    const argv = ['load', '--endpoints', file, '--to', to];
    const { status } = await desk.run(argv, { env: { XANO_TOKEN: undefined } });
    expect(status).toBe(0);
  });

  it('uses the stored login where the file means XANO_TOKEN', async () => {
    const desk = await atOffice();
    const file = await fileWith(desk, (config) => config);
    const argv = ['load', '--endpoints', file, '--to', desk.path('x.duckdb')];
    const env = { XANO_TOKEN: undefined };
    expectError(
      await desk.run(argv, { env }),
      4,
      'TOKEN_MISSING',
      'No token found.',
      'Set XANO_TOKEN, or run `xano auth login`.',
    );
    await desk.run(['auth', 'login', '--token-stdin'], { stdin: desk.xano.token });
    expect((await desk.run(argv, { env })).status).toBe(0);
  });

  it('needs and sends no Xano token for a public list', async () => {
    const desk = await atOffice();
    const file = desk.path('endpoints.json');
    const { stdout } = await desk.run(['endpoints', 'Door/people']);
    const { endpoints } = JSON.parse(stdout);
    const open = { version: 1, endpoints: [{ ...endpoints[0], auth: { type: 'none' } }] };
    writeFileSync(file, JSON.stringify(open));
    desk.xano.clearRequests();
    const to = desk.path('x.duckdb');
    const said = await desk.run(['load', '--endpoints', file, '--to', to], {
      env: { XANO_TOKEN: undefined },
    });
    expect(said.stdout).toBe('Door/people\t3\t3000\tproved\t0.000\tloaded\n');
    expect(said.status).toBe(0);
    expect(desk.xano.requests.map(({ path, headers }) => [path, headers['authorization']])).toEqual(
      desk.xano.requests.map(() => ['/api:AbCdEfGh/people', undefined]),
    );
    expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM xano_data."Door/people"')).toEqual([[3]]);
  });

  it('detects what the file leaves open, and reports what it detected, as --dry-run does', async () => {
    const desk = await atOffice();
    const file = desk.path('endpoints.json');
    const { stdout } = await desk.run(['endpoints', 'Door/people']);
    const { data_selector: _, ...endpoint } = JSON.parse(stdout).endpoints[0];
    const open = { ...endpoint, name: 'people', pagination: { type: 'auto' }, auth: { type: 'none' } };
    writeFileSync(file, JSON.stringify({ version: 1, endpoints: [open] }));
    const found =
      'people: detected records in "items", pagination page_number: "items" is a list, of 3 records; its name is typical of a list of records; "nextPage", "curPage", "pageTotal" count pages; "page" 2 is beyond the end.\n';
    const planned = await load(desk, file, '--dry-run', '--json');
    expect([planned.status, planned.stderr]).toEqual([0, found]);
    expect(JSON.parse(planned.stdout).resources).toEqual([
      {
        resource: 'people',
        target: 'xano_data.people',
        rows: 3,
        pages: 1,
        requests: 1,
        first_request: expect.objectContaining({ method: 'GET', params: { page: '1', per_page: '100' } }),
      },
    ]);
    expect(desk.files()).toEqual(['endpoints.json']);
    const to = desk.path('x.duckdb');
    const loaded = await load(desk, file, '--to', to);
    expect([loaded.status, loaded.stdout]).toEqual([0, 'people\t3\t3000\tproved\t0.000\tloaded\n']);
    expect(loaded.stderr.startsWith(found)).toBe(true);
    expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM xano_data.people')).toEqual([[3]]);
  });

  it('logs in as the file says', async () => {
    const desk = await atOffice();
    const file = desk.path('endpoints.json');
    const { stdout } = await desk.run(['endpoints', 'Door/people']);
    const [endpoint] = JSON.parse(stdout).endpoints;
    const auth = {
      type: 'login',
      url: `${endpoint.base_url}/auth/login`,
      body: { email: { env: 'SHOP_EMAIL' }, password: { env: 'SHOP_PASSWORD' } },
      token_path: 'authToken',
    };
    writeFileSync(file, JSON.stringify({ version: 1, endpoints: [{ ...endpoint, auth }] }));
    const argv = ['load', '--endpoints', file];
    const missing = await desk.run(argv, { env: { XANO_TOKEN: undefined, SHOP_EMAIL: 'ann@x.io' } });
    expect(missing.status).toBe(4);
    expect(missing.stderr).toContain(
      'No password in the environment variable SHOP_PASSWORD. Set SHOP_PASSWORD.',
    );
    const env = { XANO_TOKEN: undefined, SHOP_EMAIL: 'ann@x.io', SHOP_PASSWORD: 'wr0ng.S3CR3T' };
    const refused = await desk.run([...argv, '--debug'], { env });
    expect(refused.status).toBe(4);
    expect(refused.stderr).toContain(
      `No token from ${auth.url}, which answered with status 404: Unable to locate request. Check its URL, and what is in SHOP_EMAIL and SHOP_PASSWORD.`,
    );
    expect(refused.stdout + refused.stderr).not.toContain('S3CR3T');
    expect(desk.files()).toEqual(['endpoints.json']);
  });

  it('names the variable that it expects the login of an API group in', async () => {
    const desk = await openDesk({ instances: shopInstances() });
    const file = desk.path('endpoints.json');
    await desk.run(['endpoints', 'Accounts/users', '--workspace', 'Shop', '--output', file]);
    const { status, stdout, stderr } = await load(desk, file);
    expect({ status, stdout }).toEqual({
      status: 4,
      stdout: 'Accounts/users\t-\t-\t-\t0.000\tfailed TOKEN_MISSING\n',
    });
    expect(stderr).toContain('No token in the environment variable XANO_API_TOKEN.');
    expect(
      stderr.endsWith(
        'Error: 1 of 1 table not loaded: no token was given.\n  Set XANO_API_TOKEN.\n  Code: TOKEN_MISSING\n',
      ),
    ).toBe(true);
    expect(desk.files()).toEqual(['endpoints.json']);
  });
});
