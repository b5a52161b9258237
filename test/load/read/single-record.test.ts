/** Endpoints that answer one object: a row of it, or one for each parent. */
import { describe, expect, it } from 'vitest';
import { checkChild } from '../../../src/rest/check/check-child.js';
import { checkEndpoint } from '../../../src/rest/check/check-endpoint.js';
import { readConfig } from '../../../src/rest/config/config-file.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientWith } from '../../fixtures/local-xano.js';
import { type Reply, serve } from '../../rest/http/serving.js';
import { loadInto, query, temporaryFile } from '../loading.js';

const http = () => clientWith('the-token', fakeClock());
const endpoints = (text: string) => readConfig(text, 'xano.yaml').endpoints;

const DETAILS = `
  - { name: posts, primary_key: id, data_selector: '', pagination: single_page }
  - name: details
    path: posts/{id}
    data_selector: post
    pagination: single_page
    primary_key: id
    parent: { resource: posts, bind: { id: id }, include: [id] }`;

const posts = (answers: Readonly<Record<string, Reply>>) =>
  serve(({ url }) => {
    if (url === '/posts') return { body: [1, 2, 3, 4].map((id) => ({ id })) };
    const id = url.split('/')[2]!;
    return answers[id] ?? { body: `{"post":{"id":${id},"big":9007199254740993,"tags":["t${id}"]}}` };
  });

describe('one object for each parent', () => {
  it.each<[string, Reply]>([
    ['no content', { status: 204, body: '' }],
    ['an empty object', { body: { post: {} } }],
  ])('is a row, and %s is not', async (_, reply) => {
    const server = await posts({ 3: reply });
    const file = temporaryFile();
    const configs = endpoints(`client: { base_url: '${server.origin}' }\nresources:${DETAILS}`);
    const result = await loadInto(configs, file, { http: http() });
    expect(result.report.resources[1]).toMatchObject({ status: 'loaded', rows_written: 3 });
    expect(await query(file, 'SELECT id, big, tags, _posts_id FROM xano_data.details ORDER BY id')).toEqual(
      ['1', '2', '4'].map((id) => ({ id, big: '9007199254740993', tags: `["t${id}"]`, _posts_id: id })),
    );
  });

  it('is reported with its parent where the answer says that it failed', async () => {
    const server = await posts({ 3: { body: { success: false, message: 'Not yours.' } } });
    const configs = endpoints(`client: { base_url: '${server.origin}' }\nresources:${DETAILS}`);
    const result = await loadInto(configs, temporaryFile(), { http: http() });
    expect(result.report.resources[1]).toMatchObject({
      status: 'loaded',
      completeness: 'incomplete',
      rows_written: 3,
      parents_not_read: { count: 1, first: [{ parent: { id: '3' } }] },
    });
  });

  it('is checked', async () => {
    const server = await posts({});
    const all = endpoints(`client: { base_url: '${server.origin}' }\nresources:${DETAILS}`);
    expect(await checkChild(all[1]!, all, http())).toMatchObject({
      status: 'ok',
      records: 1,
      correction: null,
      sample: { id: 1, big: '9007199254740993' },
    });
  });
});

describe('one object', () => {
  const load = async (body: string, fields: string) => {
    const server = await serve(() => ({ body }));
    const config = endpoints(
      `client: { base_url: '${server.origin}' }\nresources:\n  - { name: me, ${fields} }`,
    );
    const file = temporaryFile();
    return {
      result: await loadInto(config, file, { http: http() }),
      file,
      checked: await checkEndpoint(config[0]!, http()),
    };
  };

  it.each(["data_selector: '', pagination: single_page", 'single_record: true'])(
    'is a row: %s',
    async (fields) => {
      const { result, file, checked } = await load('{"plan":"free","next":"/x","total":7}', fields);
      expect(result.onlyTable).toMatchObject({ status: 'loaded', rows_written: 1 });
      expect(await query(file, 'SELECT plan, total FROM xano_data.me')).toEqual([
        { plan: 'free', total: '7' },
      ]);
      expect(checked).toMatchObject({ status: 'ok', records: 1, correction: null });
    },
  );

  it('that holds a list of records is a row only where single_record says so', async () => {
    const body = '{"items":[{"id":1}],"note":"x"}';
    const fields = "data_selector: '', pagination: single_page";
    const { result } = await load(body, fields);
    expect(result.onlyTable).toMatchObject({ status: 'failed', error: { code: 'SELECTOR_EMPTY' } });
    const { file } = await load(body, `${fields}, single_record: true`);
    expect(await query(file, 'SELECT items, note FROM xano_data.me')).toEqual([
      { items: '[{"id":1}]', note: 'x' },
    ]);
  });

  it('is not a row where the list was detected', async () => {
    let n = 0;
    const server = await serve(() => ({ body: n++ === 0 ? [{ id: 1 }] : { id: 2, name: 'x' } }));
    const config = endpoints(
      `client: { base_url: '${server.origin}' }\nresources:\n  - { name: me, pagination: single_page }`,
    );
    const result = await loadInto(config, temporaryFile(), { http: http() });
    expect(result.onlyTable).toMatchObject({ status: 'failed', error: { code: 'RESPONSE_UNEXPECTED' } });
  });
});
