/** Cursors of several parts, such as `search_after` of Elasticsearch, and lists whose records are equal. */
import { describe, expect, it } from 'vitest';
import { parseEndpoints } from '../../../src/rest/config/parse-endpoints.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientWith } from '../../fixtures/local-xano.js';
import { type Reply, serve } from '../../rest/http/serving.js';
import { loadInto, temporaryFile, values } from '../loading.js';

const COUNT = 25;
const SIZE = 10;
const rows = (from: number) =>
  Array.from({ length: Math.max(0, Math.min(SIZE, COUNT - from)) }, (_, i) => ({ id: from + i + 1 }));

const load = async (origin: string, more: object) => {
  const [config] = parseEndpoints({
    version: 1,
    endpoints: [
      { name: 'things', base_url: origin, path: '/list', method: 'GET', auth: { type: 'none' }, ...more },
    ],
  });
  const file = temporaryFile();
  const result = await loadInto([config!], file, { http: clientWith('unneeded', fakeClock()) });
  return { file, ...result };
};

describe('a cursor of several parts', () => {
  /** Goes on after the list of an id and a letter that it gave. */
  const answer = (given: unknown): Reply => {
    const from = Array.isArray(given) && given[1] === 'a' ? Number(given[0]) : 0;
    const found = rows(from);
    return {
      body: {
        data: found,
        ...(found.length === SIZE ? { search_after: [from + SIZE, 'a', null, true] } : {}),
      },
    };
  };
  const ids = (file: string) => values(file, 'SELECT id::INTEGER FROM xano_data.things ORDER BY id');
  const all = Array.from({ length: COUNT }, (_, i) => i + 1);

  it.each<[string, object]>([
    ['where nothing is configured', { pagination: { type: 'auto' } }],
    [
      'where a config names it',
      {
        data_selector: 'data',
        pagination: { type: 'cursor', in: 'body', cursor_param: 'search_after', cursor_path: 'search_after' },
      },
    ],
  ])('is sent back in a body as it came: %s', async (_, more) => {
    const sent: unknown[] = [];
    const server = await serve(({ body }): Reply => {
      const { search_after } = (body ?? {}) as { search_after?: unknown };
      sent.push(search_after);
      return answer(search_after);
    });
    const { file, onlyTable } = await load(server.origin, { method: 'POST', body: {}, ...more });
    expect(onlyTable).toMatchObject({ status: 'loaded', rows_written: COUNT });
    expect(await ids(file)).toEqual(all);
    expect(sent).toContainEqual([20, 'a', null, true]);
  });

  it('is sent back in a query as JSON', async () => {
    const server = await serve(({ url }): Reply => {
      const given = new URL(url, 'http://x').searchParams.get('search_after');
      return answer(given === null ? undefined : JSON.parse(given));
    });
    const { file } = await load(server.origin, { pagination: { type: 'auto' } });
    expect(await ids(file)).toEqual(all);
  });

  it('is taken from the last record', async () => {
    const server = await serve(({ body }): Reply => {
      const { search_after = [0] } = body as { search_after?: number[] };
      const hits = rows(search_after[0]!).map((_source) => ({
        _id: `x${_source.id}`,
        sort: [_source.id, 'x'],
      }));
      return { body: { hits: { hits } } };
    });
    const { file } = await load(server.origin, {
      method: 'POST',
      body: { size: SIZE },
      data_selector: 'hits.hits',
      pagination: {
        type: 'cursor',
        in: 'body',
        cursor_param: 'search_after',
        cursor_path: 'hits.hits[-1].sort',
      },
    });
    expect(await values(file, 'SELECT count(DISTINCT _id)::INTEGER FROM xano_data.things')).toEqual([COUNT]);
  });

  it('is refused where a part differs from the one sent', async () => {
    const server = await serve(() => ({ body: '{"data":[{"id":1}],"after":[12345678901234567890]}' }));
    const { onlyTable } = await load(server.origin, {
      data_selector: 'data',
      pagination: { type: 'cursor', cursor_path: 'after' },
    });
    expect(onlyTable).toMatchObject({
      status: 'failed',
      error: {
        code: 'RESPONSE_UNEXPECTED',
        message:
          '"after" in the answer for "things" is not a cursor: expected a text, a number of at most 15 digits, or a list of them.',
      },
    });
  });
});

describe('records without a key', () => {
  /** Pages of records, by number; one that ignores numbers gives the first page again. */
  const paged = async (records: readonly object[], obeys: boolean) => {
    const server = await serve(({ url }): Reply => {
      const page = obeys ? Number(new URL(url, 'http://x').searchParams.get('page') ?? 1) : 1;
      return { body: records.slice((page - 1) * SIZE, page * SIZE) };
    });
    return server.origin;
  };
  const colours = ['red', 'blue', 'green'].flatMap((colour, i) =>
    Array.from({ length: SIZE }, (_, at) => ({ colour: at % 3 === i ? 'red' : colour })),
  );

  it('are all read where records of one page are equal to those of another', async () => {
    const { file, onlyTable } = await load(await paged(colours, true), { pagination: { type: 'auto' } });
    expect(onlyTable).toMatchObject({ status: 'loaded', rows_written: 30 });
    expect(
      await values(file, 'SELECT count(*)::INTEGER FROM xano_data.things GROUP BY colour ORDER BY colour'),
    ).toEqual([7, 7, 16]);
  });

  it('fail the list where they are equal on every page, since its end cannot be known', async () => {
    const equal = Array.from({ length: 30 }, () => ({ colour: 'red' }));
    const { onlyTable } = await load(await paged(equal, true), { pagination: { type: 'auto' } });
    expect(onlyTable).toMatchObject({ status: 'failed', error: { code: 'PAGINATION_LOOP' } });
  });

  it('are one page where the server ignores page numbers', async () => {
    const { onlyTable } = await load(await paged(colours, false), { pagination: { type: 'auto' } });
    expect(onlyTable).toMatchObject({ status: 'loaded', rows_written: SIZE });
  });
});
