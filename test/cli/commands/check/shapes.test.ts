/**
 * From OpenAPI documents to rows: an API group with lists in every known way becomes a file, the file is
 * checked, and all of them load.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type EndpointConfig, parseEndpoints } from '../../../../src/index.js';
import { shapesInstance } from '../../../../src/sandbox/data/shapes.js';
import { serve } from '../../../rest/http/serving.js';
import { type Desk, expectError, openDesk, rowsOfFile } from '../../terminal.js';

/** The configs of the group, in a file. */
async function atCinema(
  ...names: string[]
): Promise<{ desk: Desk; file: string; env: { XANO_API_TOKEN: string } }> {
  const desk = await openDesk({ instances: [shapesInstance()] });
  const file = desk.path('endpoints.json');
  await desk.run(['endpoints', ...names, ...(names.length === 0 ? ['--api-groups'] : []), '--output', file]);
  const login = await fetch(`${desk.xano.instances[0]!.origin}/api:ShApEs01/auth/login`, {
    method: 'POST',
    body: JSON.stringify({ email: 'ada@example.com', password: 'open sesame' }),
  });
  const { authToken } = (await login.json()) as { authToken: string };
  desk.xano.clearRequests();
  return { desk, file, env: { XANO_API_TOKEN: authToken } };
}

const configsIn = (file: string): EndpointConfig[] => parseEndpoints(JSON.parse(readFileSync(file, 'utf8')));

describe('the lists of an API group', () => {
  it('become configs, each with its confidence; the others are excluded with a reason', async () => {
    const desk = await openDesk({ instances: [shapesInstance()] });
    const { stdout, stderr } = await desk.run(['endpoints', '--api-groups']);
    expect(stderr.split('\n').slice(0, 4)).toEqual([
      'No config for GET Shapes/me: its answer is one record (id, name, email), not a list.',
      'No config for GET Shapes/films/{film_id}: its path needs a value.',
      'No config for GET Shapes/search: it needs q.',
      'No config for POST Shapes/auth/login: POST may write.',
    ]);
    const found = parseEndpoints(JSON.parse(stdout)).flatMap((config) =>
      config.origin?.['canonical'] === undefined
        ? []
        : [
            [
              config.path,
              config.data_selector ?? null,
              config.pagination.type,
              config.columns?.length ?? null,
              config.auth.type,
              config.confidence,
            ],
          ],
    );
    expect(found).toEqual([
      ['/bare', '', 'single_page', 2, 'none', 'high'],
      ['/totals', 'items', 'page_number', 9, 'none', 'high'],
      ['/no_totals', 'items', 'page_number', 9, 'none', 'high'],
      ['/under_key', 'films.items', 'page_number', 9, 'none', 'high'],
      ['/nested', 'result.films.items', 'page_number', 9, 'none', 'high'],
      ['/data', 'data', 'page_number', null, 'none', 'low'],
      ['/external', 'items', 'page_number', 9, 'none', 'medium'],
      ['/own_key', 'found', 'single_page', 9, 'none', 'medium'],
      ['/empty', 'items', 'page_number', 2, 'none', 'high'],
      ['/bare_ignored', '', 'auto', 9, 'none', 'medium'],
      ['/stuck', 'items', 'page_number', 9, 'none', 'high'],
      ['/unlinked', 'items', 'auto', 9, 'none', 'low'],
      ['/gone', null, 'auto', null, 'none', 'low'],
      ['/with_login', 'items', 'page_number', 2, 'bearer', 'high'],
    ]);
  });

  it('of another branch have its name in their address, and answer there', async () => {
    const { desk } = await atCinema();
    const file = desk.path('next.json');
    await desk.run(['endpoints', 'Shapes/bare', '--branch', 'next', '--output', file]);
    expect(configsIn(file).map(({ base_url }) => desk.tidy(base_url))).toEqual([
      '<x-shapes>/api:ShApEs01:next',
    ]);
    const to = desk.path('next.duckdb');
    expect((await desk.run(['load', '--endpoints', file, '--to', to])).status).toBe(0);
    // On the live branch it is a list of three cinemas.
    expect(await rowsOfFile(to, 'SELECT count(*)::INT FROM xano_data."Shapes/bare"')).toEqual([[250]]);
  });

  it('of a branch that does not exist, or of an empty name, are USAGE', async () => {
    const desk = await openDesk({ instances: [shapesInstance()] });
    const first = async (...argv: string[]) => {
      const { status, stderr } = await desk.run(['endpoints', ...argv]);
      return [status, stderr.split('\n')[0]];
    };
    expect(await first('--branch', 'next')).toEqual([
      2,
      'Error: --branch needs --api-groups: tables have no branches.',
    ]);
    expect(await first('--api-groups', '--branch', 'nxt')).toEqual([
      2,
      expect.stringMatching(/^Error: The API groups of branch "nxt" cannot be listed: .* status 404/),
    ]);
  });

  it('that are named but excluded are USAGE with the reason', async () => {
    const desk = await openDesk({ instances: [shapesInstance()] });
    expectError(
      await desk.run(['endpoints', 'Shapes/me']),
      2,
      'USAGE',
      'GET Shapes/me gets no config: its answer is one record (id, name, email), not a list.',
      'If it returns a list, write its config by hand.',
    );
  });

  it('load with every row as it is, and no token goes where it does not belong', async () => {
    const { desk, file, env } = await atCinema();
    const to = desk.path('cinema.duckdb');
    const { status, stdout } = await desk.run(['load', '--endpoints', file, '--to', to], { env });
    expect(status).toBe(7);
    const outcome = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(outcome.map(([name, rows, , completeness, , end]) => [name, rows, completeness, end])).toEqual([
      ['films', '250', 'proved', 'loaded'],
      ['cinemas', '3', 'proved', 'loaded'],
      ['shows', '0', 'proved', 'loaded'],
      ['visitors', '1', 'proved', 'loaded'],
      ['Shapes/bare', '3', 'not_provable', 'loaded'],
      ['Shapes/totals', '250', 'proved', 'loaded'],
      ['Shapes/no_totals', '250', 'not_provable', 'loaded'],
      ['Shapes/under_key', '250', 'proved', 'loaded'],
      ['Shapes/nested', '250', 'proved', 'loaded'],
      ['Shapes/data', '250', 'not_provable', 'loaded'],
      ['Shapes/external', '250', 'proved', 'loaded'],
      ['Shapes/own_key', '250', 'not_provable', 'loaded'],
      ['Shapes/empty', '0', 'proved', 'loaded'],
      ['Shapes/bare_ignored', '250', 'not_provable', 'loaded'],
      // They never bring more than their first page, and say that there is more.
      ['Shapes/stuck', '-', '-', 'failed PAGINATION_LOOP'],
      ['Shapes/unlinked', '-', '-', 'failed PAGINATION_LOOP'],
      ['Shapes/gone', '-', '-', 'failed XANO_FAILED'],
      ['Shapes/with_login', '3', 'proved', 'loaded'],
    ]);
    const rows = (table: string, what = '* EXCLUDE _xano_load_id') =>
      rowsOfFile(to, `SELECT ${what} FROM xano_data."${table}" ORDER BY id`);
    const films = await rows('films');
    expect(films).toHaveLength(250);
    expect(films[9]).toEqual([
      '10',
      expect.anything(),
      'Film 10',
      expect.anything(),
      2.5,
      true,
      '00000000-0000-4000-8000-000000000010',
      ['drama'],
      '{"director":"D10"}',
    ]);
    for (const name of ['totals', 'no_totals', 'under_key', 'nested', 'external', 'own_key', 'bare_ignored'])
      expect(await rows(`Shapes/${name}`), name).toEqual(films);
    for (const name of ['bare', 'with_login'])
      expect(await rows(`Shapes/${name}`)).toEqual(await rows('cinemas'));
    // Nobody promised its types: numbers stay numbers, and moments are as they were sent.
    const loose = 'id, title, shown_on::VARCHAR, rating, seen, code::VARCHAR, crew::VARCHAR';
    expect(await rows('Shapes/data', `${loose}, created_at`)).toEqual(
      await rows('films', `${loose}, epoch_ms(created_at)`),
    );

    // What they were is not kept there, but a Metadata token is refused by the group, and an authToken by the
    // Metadata API.
    const sent = desk.xano.requests.map(({ path, headers }) => {
      const where = path.startsWith('/api:meta') ? '/api:meta' : path;
      return `${where} ${'authorization' in headers ? 'with' : 'without'} a token`;
    });
    const open = configsIn(file).filter(({ auth }) => auth.type === 'none');
    expect(new Set(sent)).toEqual(
      new Set([
        '/api:meta with a token',
        '/api:ShApEs01/with_login with a token',
        ...open.map(({ path }) => `/api:ShApEs01${path} without a token`),
      ]),
    );
  });

  it('receive the authToken alone, and tables receive the Metadata token alone', async () => {
    const { desk, file, env } = await atCinema('cinemas', 'Shapes/with_login');
    const server = await serve(() => ({
      body: { items: [{ id: 1, name: 'Roxy' }], itemsTotal: 1, nextPage: null },
    }));
    const elsewhere = configsIn(file).map((config) => ({ ...config, base_url: server.origin }));
    writeFileSync(file, JSON.stringify({ version: 1, endpoints: elsewhere }));
    const asked = async (command: readonly string[]) => {
      server.received.length = 0;
      expect((await desk.run([...command, '--endpoints', file], { env })).status).toBe(0);
      return new Set(
        server.received.map(({ url, headers }) => `${url.split('?')[0]} ${headers.authorization}`),
      );
    };
    const right = new Set([
      `/workspace/1/table/2/content/search Bearer ${desk.xano.token}`,
      `/with_login Bearer ${env.XANO_API_TOKEN}`,
    ]);
    expect(await asked(['check'])).toEqual(right);
    expect(await asked(['load', '--to', desk.path('x.duckdb')])).toEqual(right);
  });
});

describe('xano check', () => {
  it('reports every resource with --json in few requests, and exits with 7', async () => {
    const { desk, file, env } = await atCinema();
    const { status, stdout } = await desk.run(['check', '--endpoints', file, '--json'], { env });
    expect(status).toBe(7);
    const { resources, written } = JSON.parse(stdout);
    expect(written).toEqual([]);
    const film = {
      id: 1,
      created_at: 1767225601000,
      title: 'Film 1',
      shown_on: '2026-01-31',
      rating: 0.25,
      seen: false,
      code: '00000000-0000-4000-8000-000000000001',
      genres: [],
      crew: null,
    };
    const [films] = resources;
    expect(films).toEqual({
      resource: 'films',
      status: 'ok',
      http_status: 200,
      requests: 2,
      records: 5,
      total: 250,
      data_selector: 'items',
      pagination: expect.objectContaining({ type: 'keyset', page_size: 1000 }),
      primary_key: ['id'],
      sample: film,
      findings: [],
      correction: null,
      error: null,
    });
    expect(
      resources.map((check: typeof films) => [
        check.resource,
        check.status,
        check.http_status,
        check.requests,
        check.records,
        check.total,
        check.data_selector,
        check.pagination?.type ?? null,
        check.error?.code ?? Object.keys(check.correction ?? {}).join(),
      ]),
    ).toEqual([
      ['films', 'ok', 200, 2, 5, 250, 'items', 'keyset', ''],
      ['cinemas', 'ok', 200, 1, 3, 3, 'items', 'keyset', ''],
      ['shows', 'ok', 200, 1, 0, 0, 'items', 'keyset', ''],
      ['visitors', 'ok', 200, 1, 1, 1, 'items', 'keyset', ''],
      ['Shapes/bare', 'ok', 200, 1, 3, null, '', 'single_page', ''],
      ['Shapes/totals', 'ok', 200, 2, 5, 250, 'items', 'page_number', ''],
      ['Shapes/no_totals', 'ok', 200, 2, 5, null, 'items', 'page_number', ''],
      ['Shapes/under_key', 'ok', 200, 2, 5, 250, 'films.items', 'page_number', ''],
      ['Shapes/nested', 'ok', 200, 2, 5, 250, 'result.films.items', 'page_number', ''],
      ['Shapes/data', 'ok', 200, 2, 5, 250, 'data', 'page_number', 'pagination'],
      ['Shapes/external', 'ok', 200, 2, 5, 250, 'items', 'page_number', ''],
      ['Shapes/own_key', 'ok', 200, 1, 250, null, 'found', 'single_page', ''],
      ['Shapes/empty', 'ok', 200, 1, 0, 0, 'items', 'page_number', ''],
      ['Shapes/bare_ignored', 'ok', 200, expect.any(Number), 250, null, '', 'single_page', 'pagination'],
      ['Shapes/stuck', 'differs', 200, expect.any(Number), 5, null, 'items', null, ''],
      ['Shapes/unlinked', 'differs', 200, expect.any(Number), 20, null, 'items', null, ''],
      ['Shapes/gone', 'failed', 404, 1, null, null, null, null, 'XANO_FAILED'],
      ['Shapes/with_login', 'ok', 200, 1, 3, 3, 'items', 'page_number', ''],
    ]);
    expect(stdout).not.toContain('hash');
    expect(desk.files()).toEqual(['endpoints.json']);
  });

  it('checks tables without a file, and API groups where they are requested', async () => {
    const desk = await openDesk({ instances: [shapesInstance()] });
    const tables = await desk.run(['check']);
    expect([tables.status, tables.stdout.split('\n').map((line) => line.split('\t')[0])]).toEqual([
      0,
      ['films', 'cinemas', 'shows', 'visitors', ''],
    ]);
    expect(tables.stderr).toBe(
      'shows: the list has no records now, so nothing can be tested.\n4 resources checked: a load can read all of them.\n',
    );
    const named = await desk.run(['check', 'cinemas', 'Shapes/bare'], {
      columns: 120,
      env: { NO_COLOR: '1' },
    });
    expect([named.status, named.stdout]).toEqual([
      0,
      [
        '  resource     status  http  records  of  list              pages by     key',
        '  cinemas      ok       200        3   3  items             keyset       id',
        '  Shapes/bare  ok       200        3   -  the whole answer  single_page  id',
        '  cinemas: {"id": 1, "name": "Roxy"}',
        '  Shapes/bare: {"id": 1, "name": "Roxy"}',
        '',
      ].join('\n'),
    ]);
  });

  it('exits with the status of the failure where nothing works', async () => {
    const { desk, file } = await atCinema('Shapes/with_login');
    expectError(
      await desk.run(['check', '--endpoints', file]),
      4,
      'TOKEN_MISSING',
      'No token in the environment variable XANO_API_TOKEN.',
      'Set XANO_API_TOKEN.',
    );
    const gone = await atCinema('Shapes/gone');
    expect((await gone.desk.run(['check', '--endpoints', gone.file])).status).toBe(5);
  });

  it.each([
    [['--write'], '--write needs --endpoints.'],
    [
      ['--endpoints', 'x.json', '--api-groups'],
      "Option '--endpoints <file>' cannot be used with option '--api-groups'.",
    ],
    [
      ['--endpoints', 'x.json', '--workspace', '1'],
      "Option '--endpoints <file>' cannot be used with option '--workspace <name|id>'.",
    ],
  ])('refuses %j with USAGE', async (argv, message) => {
    const desk = await openDesk({ instances: [shapesInstance()] });
    const said = await desk.run(['check', ...argv]);
    expect([said.status, said.stderr.split('\n')[0]]).toEqual([2, `Error: ${message}`]);
    expect(desk.xano.requests).toEqual([]);
  });

  it('shows nothing that could move a cursor, and no password', async () => {
    const { desk, file } = await atCinema('Shapes/bare');
    const body = { 'found\u001b[2J': [{ id: 1, name: '\u009b31m\u202e', password: 'hunter2' }] };
    const server = await serve(() => ({ body }));
    const [config] = configsIn(file);
    const odd = { ...config, name: 'o\u001b[31mdd', base_url: server.origin };
    writeFileSync(file, JSON.stringify({ version: 1, endpoints: [odd] }));
    for (const options of [{}, { columns: 200, env: { NO_COLOR: '1' } }]) {
      const { status, stdout, stderr } = await desk.run(['check', '--endpoints', file], options);
      expect(status).toBe(7);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]|hunter2/);
      expect(stdout).toMatch(/\{"id": ?1, ?"name": ?"\\u009b31m\\u202e"\}/);
      expect(stderr).toContain('lists found: "found\\u001b[2J"');
    }
  });

  /** A file whose one config names a list that is not there, laid out as nobody else would. */
  async function atWrong() {
    const cinema = await atCinema('Shapes/bare');
    const [config] = configsIn(cinema.file);
    const text = `{"version": 1,\n\n\t"endpoints": [ {\n\t\t"name": "cinemas", "base_url": ${JSON.stringify(config!.base_url)},\n\t\t"path":"\\/bare", "method": "GET",\n\t\t"data_selector": "items",\n\t\t"params": {"big": "1e3"}, "pagination": { "type": "single_page" }, "auth": { "type": "none" }\n\t}  ]\n}\r\n`;
    writeFileSync(cinema.file, text);
    const right = text
      .replace('"data_selector": "items"', '"data_selector": ""')
      .replace('{ "type": "none" }\n', '{ "type": "none" },\n\t\t"primary_key": [\n\t\t\t"id"\n\t\t]\n');
    return { ...cinema, text, right };
  }
  const seen = (file: string) =>
    [
      'Warning: cinemas: The answer has no list at "items"; lists found: the whole answer.',
      'cinemas: detected records at the root of the answer, pagination single_page: the answer itself is the list, of 3 records.',
      'cinemas: "id" identifies its records.',
      'cinemas: the answer does not count its records, so completeness is not provable.',
      'cinemas: expected {"data_selector": "", "primary_key": ["id"]}.',
      `Run again with --write to save the correction in ${file}.`,
      '1 of 1 resource would not load as configured.',
      '',
    ].join('\n');

  it('asks nothing and writes nothing without a terminal', async () => {
    const { desk, file, text } = await atWrong();
    const said = await desk.run(['check', '--endpoints', file]);
    expect([said.status, said.stdout]).toEqual([
      7,
      'cinemas\tdiffers\t200\t3\t-\tthe whole answer\tsingle_page\tid\t{"id":1,"name":"Roxy"}\n',
    ]);
    expect(said.stderr).toContain(seen(file).split('\n').slice(-4).join('\n'));
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('corrects the file with --write, and leaves every other character as it was', async () => {
    const { desk, file, right } = await atWrong();
    const said = await desk.run(['check', '--endpoints', file, '--write']);
    expect([said.status, readFileSync(file, 'utf8')]).toEqual([0, right]);
    expect(said.stderr).toContain(`Corrected in ${file}: cinemas.\n`);
    const to = desk.path('x.duckdb');
    expect((await desk.run(['load', '--endpoints', file, '--to', to])).status).toBe(0);
    expect(await rowsOfFile(to, 'SELECT id, name FROM xano_data.cinemas ORDER BY id')).toEqual([
      ['1', 'Roxy'],
      ['2', 'Odeon'],
      ['3', 'Astor'],
    ]);
    const again = await desk.run(['check', '--endpoints', file]);
    expect([again.status, readFileSync(file, 'utf8')]).toEqual([0, right]);
  });

  it.each([
    ['y', true],
    ['n', false],
  ])('offers the correction on a terminal, and obeys %s', async (typed, isWanted) => {
    const { desk, file, text, right } = await atWrong();
    const said = await desk.run(['check', '--endpoints', file], { typed, columns: 100 });
    expect(said.stderr).toContain('Save the correction in ');
    expect([said.status, readFileSync(file, 'utf8')]).toEqual(isWanted ? [0, right] : [7, text]);
  });

  it('updates the confidence in the file with --write', async () => {
    const { desk, file } = await atCinema('Shapes/data', 'Shapes/bare_ignored');
    const before = configsIn(file);
    expect((await desk.run(['check', '--endpoints', file, '--write'])).status).toBe(0);
    const sure = { confidence: 'high', reason: '`xano check` tested the endpoint.' };
    expect(configsIn(file)).toEqual([
      { ...before[0], pagination: { ...before[0]!.pagination, total_path: 'total' }, ...sure },
      { ...before[1], pagination: { type: 'single_page' }, ...sure },
    ]);
    const to = desk.path('x.duckdb');
    const loaded = await desk.run(['load', '--endpoints', file, '--to', to]);
    expect(loaded.stdout).toContain('Shapes/data\t250\t250000\tproved\t');
  });
});
