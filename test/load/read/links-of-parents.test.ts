/**
 * Lists of parents whose next links lack what binds the parent: each parent gets its own rows, and no others.
 */
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/rest/config/config-file.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientWith } from '../../fixtures/local-xano.js';
import { type Received, type Reply, serve } from '../../rest/http/serving.js';
import { loadInto, query, temporaryFile } from '../loading.js';

const COMMENTS = [1, 2, 3, 4, 5, 6].map((id) => ({
  id,
  post_id: (id % 2) + 1,
  status: id < 5 ? 'open' : 'shut',
}));

/** Comments of a post, one a page; a link that lacks the post leads to the comments of all. */
const server = (link: (url: URL, page: number) => string, by: 'header' | 'body') =>
  serve(({ url }: Received): Reply => {
    const at = new URL(url, 'http://x');
    if (at.pathname === '/posts') return { body: [{ id: 1 }, { id: 2 }] };
    const post = at.searchParams.get('post_id');
    const status = at.searchParams.get('status');
    const page = Number(at.searchParams.get('page') ?? 1);
    const all = COMMENTS.filter((one) => post === null || one.post_id === Number(post)).filter(
      (one) => status === null || one.status === status,
    );
    const next = page < all.length ? link(at, page + 1) : null;
    const items = all.slice(page - 1, page);
    const headers: Record<string, string> =
      by === 'header' && next !== null ? { link: `<${next}>; rel="next"` } : {};
    return { headers, body: by === 'header' ? items : { items, next } };
  });

const load = async (
  origin: string,
  by: 'header' | 'body',
  more = "params: { post_id: '{p}' }",
  path = 'c',
) => {
  const pagination = by === 'header' ? 'header_link' : '{ type: json_link, next_url_path: next }';
  const text = `
client: { base_url: "${origin}" }
resources:
  - { name: posts, primary_key: id, data_selector: '', pagination: single_page }
  - name: comments
    path: ${path}
    ${more}
    primary_key: id
    data_selector: ${by === 'header' ? "''" : 'items'}
    pagination: ${pagination}
    parent: { resource: posts, bind: { p: id }, include: [id] }
`;
  const file = temporaryFile();
  const result = await loadInto(readConfig(text, 'xano.yaml').endpoints, file, {
    http: clientWith('t', fakeClock()),
  });
  const report = result.report.resources.find(({ resource }) => resource === 'comments')!;
  const rows = () =>
    query(file, 'SELECT id::INT AS id, _posts_id::INT AS post FROM xano_data.comments ORDER BY id');
  return { report, rows };
};

const OWN = COMMENTS.map(({ id, post_id }) => ({ id, post: post_id }));

describe('the comments of each post', () => {
  it.each<[string, 'header' | 'body']>([
    ['in the header', 'header'],
    ['in the answer', 'body'],
  ])('belong to that post where the next link %s lacks it', async (_, by) => {
    const { origin } = await server((_url, page) => `/c?page=${page}`, by);
    const { report, rows } = await load(origin, by);
    expect([report.status, report.error, report.rows_written]).toEqual(['loaded', undefined, 6]);
    expect(await rows()).toEqual(OWN);
  });

  it('keep a filter that stands in the path', async () => {
    const { origin } = await server((_url, page) => `/c?page=${page}`, 'body');
    const { report, rows } = await load(origin, 'body', '', '"c?post_id={p}&status=open"');
    expect([report.status, report.rows_written]).toEqual(['loaded', 4]);
    expect(await rows()).toEqual(OWN.slice(0, 4));
  });

  it('are refused where the next link leads to another post', async () => {
    const { origin } = await server((_url, page) => `/c?page=${page}&post_id=9`, 'body');
    const { report } = await load(origin, 'body');
    expect(report.status).not.toBe('loaded');
    expect(report.error?.message).toContain(
      'The next page of "comments" belongs to another parent: "post_id" in the link differs from the request.',
    );
  });
});

describe('a list of a server that is not Xano', () => {
  it('names that server where fewer rows arrive than it counts', async () => {
    const { origin } = await serve(() => ({ body: { items: [{ id: 1 }], total: 3, next: null } }));
    const text = `
client: { base_url: "${origin}" }
resources:
  - { name: c, primary_key: id, data_selector: items, pagination: { type: json_link, next_url_path: next, total_path: total } }
`;
    const endpoints = readConfig(text, 'xano.yaml').endpoints;
    const { onlyTable } = await loadInto(endpoints, temporaryFile(), { http: clientWith('t', fakeClock()) });
    expect([onlyTable.error?.code, onlyTable.error?.message]).toEqual([
      'INCOMPLETE',
      `${new URL(origin).host} counts 3 rows of "c", but 1 arrived: nothing was replaced.`,
    ]);
  });
});
