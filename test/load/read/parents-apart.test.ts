/**
 * Lists of many parents, some of which cannot be read: the others' rows are there, and the report names
 * those.
 */
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/rest/config/config-file.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientWith } from '../../fixtures/local-xano.js';
import { type Received, type Reply, serve } from '../../rest/http/serving.js';
import { eventsOf, loadInto, query, temporaryFile, values } from '../loading.js';

const http = () => clientWith('the-token', fakeClock());
const endpoints = (text: string) => readConfig(text, 'xano.yaml').endpoints;

interface Shop {
  readonly ids: readonly unknown[];
  /** What is answered for the list of a parent, by its id as a text. */
  readonly answers: Readonly<Record<string, Reply>>;
}

/** Orders, each with two pages of lines: 70 and 71, then 72. */
async function serveShop(shop: Shop) {
  return serve(({ url }: Received) => {
    const { pathname, searchParams } = new URL(url, 'http://x');
    if (pathname === '/orders') return { body: shop.ids.map((id) => ({ id })) };
    const id = decodeURIComponent(pathname.split('/')[2] ?? '');
    const page = Number(searchParams.get('page') ?? 1);
    const answer = shop.answers[`${id}?${page}`] ?? shop.answers[id];
    if (answer !== undefined) return answer;
    const lines = [0, 1, 2].map((at) => ({ line: `${id}${at}` }));
    return { body: { items: lines.slice((page - 1) * 2, page * 2), pages: 2 } };
  });
}

const config = (origin: string, more = '', include = 'id', orders = '') => `
client: { base_url: '${origin}' }
resources:
  - { name: orders, data_selector: '', pagination: single_page, primary_key: id ${orders} }
  - name: lines
    path: orders/{id}/lines
    data_selector: items
    pagination: { type: page_number, page_size: 2, total_pages_path: pages }
    primary_key: line
    parent: { resource: orders, bind: { id: id }, include: [${include}] }
${more}
`;

const linesIn = (file: string) => values(file, 'SELECT line FROM xano_data.lines ORDER BY line');
const linesOf = (...ids: readonly (string | number)[]) => ids.flatMap((id) => [`${id}0`, `${id}1`, `${id}2`]);

const load = async (shop: Shop, text: (origin: string) => string = config, file = temporaryFile()) => {
  const server = await serveShop(shop);
  const result = await loadInto(endpoints(text(server.origin)), file, { http: http() });
  return {
    server,
    result,
    file,
    lines: result.report.resources.find(({ resource }) => resource === 'lines'),
  };
};

const REFUSED: Readonly<Record<string, [reply: Reply, code: string]>> = {
  'status 401': [{ status: 401, body: '' }, 'TOKEN_REJECTED'],
  'status 403': [{ status: 403, body: { message: 'not yours' } }, 'SCOPE_MISSING'],
  'status 400': [{ status: 400, body: { message: 'odd' } }, 'XANO_FAILED'],
  'status 500': [{ status: 500, body: '' }, 'XANO_FAILED'],
  'an object': [{ body: { items: { line: 'x' } } }, 'RESPONSE_UNEXPECTED'],
  'another list': [{ body: { rows: [{ line: 'x' }] } }, 'SELECTOR_EMPTY'],
  'a text': [{ body: '<html>' }, 'RESPONSE_UNEXPECTED'],
  'an empty text': [{ body: '' }, 'RESPONSE_UNEXPECTED'],
};

describe('an unreadable list of one parent', () => {
  it.each(Object.entries(REFUSED))(
    'leaves the others their rows, and is reported with its parent: %s',
    async (what, [reply, code]) => {
      for (const at of what === 'status 403' ? [1, 2, 3] : [2]) {
        const { result, file, lines } = await load({ ids: [1, 2, 3], answers: { [at]: reply } });
        expect(lines).toMatchObject({
          status: 'loaded',
          completeness: 'incomplete',
          rows_written: 6,
          parents_not_read: { count: 1, first: [{ parent: { id: String(at) }, error: { code } }] },
        });
        expect(result.report.status).toBe('partial');
        expect(await linesIn(file)).toEqual(linesOf(...[1, 2, 3].filter((id) => id !== at)));
        expect(eventsOf(result, 'parent_not_read')).toMatchObject([
          { resource: 'lines', parent: { id: String(at) } },
        ]);
      }
    },
  );

  it.each(['status 401', 'status 400', 'status 500', 'a text'])(
    'in the middle is kept completely or not at all: %s',
    async (what) => {
      const answers = { '2?2': REFUSED[what]![0] };
      const { file, lines } = await load({ ids: [1, 2, 3], answers });
      expect(lines).toMatchObject({ completeness: 'incomplete', parents_not_read: { count: 1 } });
      expect(await linesIn(file)).toEqual(linesOf(1, 3));
    },
  );

  it('in the middle keeps its rows where no column names their parent', async () => {
    const { file, lines } = await load(
      { ids: [1, 2], answers: { '2?2': { status: 403, body: '' } } },
      (origin) => config(origin, '', ''),
    );
    expect(lines).toMatchObject({ completeness: 'incomplete', parents_not_read: { count: 1 } });
    expect(await linesIn(file)).toEqual([...linesOf(1), '20', '21']);
  });

  it.each([404, 410])('is a note where the list does not exist: status %i', async (status) => {
    const { result, file, lines } = await load({ ids: [1, 2, 3], answers: { 2: { status, body: '' } } });
    expect(lines).toMatchObject({
      status: 'loaded',
      completeness: 'not_provable',
      parents_without_list: { count: 1, first: [{ parent: { id: '2' } }] },
    });
    expect(lines).not.toHaveProperty('parents_not_read');
    expect(result.report.status).toBe('loaded');
    expect(await linesIn(file)).toEqual(linesOf(1, 3));
  });

  it.each([204, 205])('counts as empty where it has no content: status %i', async (status) => {
    const { result, file, lines } = await load({ ids: [1, 2, 3], answers: { 2: { status, body: '' } } });
    expect(lines).toMatchObject({ status: 'loaded', rows_written: 6 });
    expect(lines).not.toHaveProperty('parents_without_list');
    expect(result.report.status).toBe('loaded');
    expect(await linesIn(file)).toEqual(linesOf(1, 3));
  });

  it.each([
    ['ignore', { status: 'loaded', rows_written: 3 }],
    ['error', { status: 'failed', rows_written: 0, error: { code: 'SCOPE_MISSING' } }],
  ])('follows the config’s response: %s', async (action, outcome) => {
    const more = `    response: [{ status: 403, action: ${action} }]`;
    const { lines } = await load({ ids: [1, 2], answers: { 2: { status: 403, body: '' } } }, (origin) =>
      config(origin, more),
    );
    expect(lines).toMatchObject(outcome);
    expect(lines).not.toHaveProperty('parents_not_read');
  });

  it.each([401, 403, 404, 500])(
    'fails the resource where no list could be read: status %i',
    async (status) => {
      const { lines } = await load({
        ids: [1, 2, 3],
        answers: Object.fromEntries([1, 2, 3].map((id) => [id, { status, body: '' }])),
      });
      expect(lines).toMatchObject({ status: 'failed', rows_written: 0, error: { code: expect.any(String) } });
    },
  );

  it('stops the resource early where all fail alike', async () => {
    const ids = Array.from({ length: 500 }, (_, at) => at + 1);
    const answers = Object.fromEntries(ids.map((id) => [id, { status: 403, body: '' }]));
    const { server, lines } = await load({ ids, answers });
    expect(lines).toMatchObject({ status: 'failed', error: { code: 'SCOPE_MISSING' } });
    expect(server.received.length).toBeLessThan(40);
  });

  it('stops the resource where the token is rejected for a list that it could read', async () => {
    let over = false;
    const server = await serve(({ url }: Received) => {
      if (url === '/orders') return { body: [1, 2, 3, 4].map((id) => ({ id })) };
      if (url.startsWith('/orders/3')) over = true;
      return over ? { status: 401, body: '' } : { body: { items: [{ line: url }], pages: 1 } };
    });
    const result = await loadInto(endpoints(config(server.origin)), temporaryFile(), { http: http() });
    expect(result.report.resources[1]).toMatchObject({ status: 'failed', error: { code: 'TOKEN_REJECTED' } });
  });

  it('is a server fault, after which the next load continues, where the server says so', async () => {
    const shop = { ids: [1, 2, 3], answers: { 2: { status: 503, body: '' } as Reply } };
    const { lines } = await load(shop);
    expect(lines).toMatchObject({ status: 'failed', error: { code: 'XANO_FAILED' } });
  });
});

describe('a parent whose id is odd', () => {
  it.each([['""'], ['"."'], ['".."'], ['{"a":1}'], ['[1]']])(
    'is reported, and affects no other: %s',
    async (json) => {
      const ids = ['a', JSON.parse(json), 'b'];
      const { result, file, lines } = await load({ ids, answers: {} });
      expect(lines).toMatchObject({
        status: 'loaded',
        completeness: 'incomplete',
        parents_not_read: { count: 1, first: [{ parent: { id: json }, error: { code: 'CONFIG_INVALID' } }] },
      });
      expect(result.report.status).toBe('partial');
      const quoted = json.startsWith('"') ? linesOf('a', 'b') : expect.any(Array);
      expect(await linesIn(file)).toEqual(quoted);
      expect(await linesIn(file)).toHaveLength(6);
    },
  );

  it('is counted where it is null, and no request is sent', async () => {
    const { result, file, lines } = await load({ ids: ['a', null, 'b', null], answers: {} });
    expect(lines).toMatchObject({ status: 'loaded', parents_unbound: 2 });
    expect(result.report.status).toBe('loaded');
    expect(await linesIn(file)).toEqual(linesOf('a', 'b'));
  });
});

describe('rows of an earlier load', () => {
  const REFUSAL: Reply = { status: 403, body: '' };

  /** Loads all lists, then once more with other lines of the first parent and a refusal of the second. */
  async function twice(text: (origin: string) => string, refused: Record<string, Reply> = { 2: REFUSAL }) {
    const answers: Record<string, Reply> = {};
    const ids = [1, 2, 3];
    const server = await serveShop({ ids, answers });
    const file = temporaryFile();
    const configs = endpoints(text(server.origin));
    await loadInto(configs, file, { http: http() });
    Object.assign(answers, {
      1: { body: { items: [{ line: '10' }, { line: '1x' }], pages: 1 } },
      ...refused,
    });
    const result = await loadInto(configs, file, { http: http() });
    return { file, result, answers, configs, lines: result.report.resources[1] };
  }

  it.each([
    ['at once', { 2: REFUSAL }],
    ['in the middle', { '2?2': REFUSAL }],
  ])('stay for a parent whose list is refused %s, and the others are replaced', async (_, refused) => {
    const { file, result, lines, answers, configs } = await twice(config, refused);
    expect(lines).toMatchObject({
      status: 'loaded',
      completeness: 'incomplete',
      rows_written: 5,
      rows_deleted: 2,
      rows_total: 8,
    });
    expect(result.report.status).toBe('partial');
    expect(await linesIn(file)).toEqual(['10', '1x', ...linesOf(2, 3)]);
    for (const key of Object.keys(refused)) delete answers[key];
    const third = await loadInto(configs, file, { http: http() });
    expect(third.report.status).toBe('loaded');
    expect(await linesIn(file)).toEqual(['10', '1x', ...linesOf(2, 3)]);
  });

  it('all stay where no column names their parent', async () => {
    const { file, result, lines } = await twice((origin) => config(origin, '', ''));
    expect(lines).toMatchObject({
      status: 'failed',
      error: { code: 'INCOMPLETE', hint: 'Add "id" to parent.include, so that those rows can stay.' },
      parents_not_read: { count: 1 },
    });
    expect(result.report.status).toBe('partial');
    expect(await linesIn(file)).toEqual(linesOf(1, 2, 3));
  });

  it.each(['id', ''])(
    'are marked as gone by a merge only where their lists were read: include [%s]',
    async (include) => {
      const { file, lines } = await twice((origin) =>
        config(origin, '    write_disposition: merge', include),
      );
      expect(lines).toMatchObject({ status: 'loaded', completeness: 'incomplete', rows_deleted: 0 });
      const alive = await values(
        file,
        'SELECT line FROM xano_data.lines WHERE _xano_deleted_at IS NULL ORDER BY line',
      );
      expect(alive).toEqual(['10', '11', '12', '1x', ...linesOf(2, 3)]);
    },
  );

  it('stay with STRUCTs and tables of lists', async () => {
    const more = '    nested: struct\n    flatten: true';
    const { file } = await twice((origin) => config(origin, more), {
      2: REFUSAL,
      3: { body: { items: [{ line: '30', more: { a: 1 }, tags: ['x'] }], pages: 1 } },
    });
    expect(await query(file, 'SELECT line, more.a AS a FROM xano_data.lines ORDER BY line')).toEqual([
      { line: '10', a: null },
      { line: '1x', a: null },
      ...linesOf(2).map((line) => ({ line, a: null })),
      { line: '30', a: '1' },
    ]);
    expect(await query(file, 'SELECT value FROM xano_data.lines__tags')).toEqual([{ value: 'x' }]);
  });

  it('are not lost in the next load, which reads all lists again instead of new parents only', async () => {
    const answers: Record<string, Reply> = { 2: REFUSAL };
    const ids = [1, 2];
    const server = await serve((received: Received) => {
      const { pathname, searchParams } = new URL(received.url, 'http://x');
      if (pathname === '/orders') {
        const since = Number(searchParams.get('since') ?? 0);
        return { body: ids.filter((id) => id > since).map((id) => ({ id })) };
      }
      const id = pathname.split('/')[2]!;
      return answers[id] ?? { body: { items: [{ line: `${id}0` }], pages: 1 } };
    });
    const orders = ', write_disposition: merge, incremental: { cursor_path: id, start_param: since }';
    const configs = endpoints(config(server.origin, '    write_disposition: merge', 'id', orders));
    const file = temporaryFile();
    const first = await loadInto(configs, file, { http: http() });
    expect(first.report.resources[1]).toMatchObject({ parents_not_read: { count: 1 } });
    delete answers['2'];
    ids.push(3);
    await loadInto(configs, file, {
      http: http(),
      now: () => Date.UTC(2026, 10, 21, 13),
      random: () => '5a2b',
    });
    expect(await linesIn(file)).toEqual(['10', '20', '30']);
  });
});

describe('a load that was interrupted after an unreadable list', () => {
  it('still reports it', async () => {
    const ids = [1, 2, 3, 4];
    const answers: Record<string, Reply> = { 1: { status: 403, body: '' }, '3?2': { status: 503, body: '' } };
    const server = await serveShop({ ids, answers });
    const file = temporaryFile();
    const configs = endpoints(config(server.origin));
    const first = await loadInto(configs, file, { http: http() });
    expect(first.report.resources[1]).toMatchObject({ status: 'failed' });
    delete answers['3?2'];
    const result = await loadInto(configs, file, { http: http() });
    expect(result.report.resources[1]).toMatchObject({
      status: 'loaded',
      resumed: true,
      completeness: 'incomplete',
      parents_not_read: { count: 1, first: [{ parent: { id: '1' } }] },
    });
    expect(await linesIn(file)).toEqual(linesOf(2, 3, 4));
  });
});

describe('an open setting of a child list', () => {
  it('is detected from the lists that can be read', async () => {
    const ids = Array.from({ length: 9 }, (_, at) => at + 1);
    const answers = Object.fromEntries([1, 2, 3, 4, 5, 6].map((id) => [id, REFUSED['status 403']![0]]));
    const text = (origin: string) =>
      config(origin)
        .replace('    data_selector: items\n', '')
        .replace(/ {4}pagination: .*\n/, '');
    const { file, lines } = await load({ ids, answers }, text);
    expect(lines).toMatchObject({ status: 'loaded', parents_not_read: { count: 6 } });
    expect(await linesIn(file)).toEqual(linesOf(7, 8, 9));
  });
});
