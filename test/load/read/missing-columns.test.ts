/** Columns that a config names as key or cursor: where no record has them, nothing is published. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/json.js';
import { readConfig } from '../../../src/rest/config/config-file.js';
import { fakeClock } from '../../fixtures/clock.js';
import { clientOf, clientWith, localXano } from '../../fixtures/local-xano.js';
import { items, officeOf } from '../../fixtures/office.js';
import { serve } from '../../rest/http/serving.js';
import { configsOf, loadInto, query, temporaryFile } from '../loading.js';

/** A list whose records a test may change, in pages of two, and loads of it by the fields of its config. */
async function list(records: Record<string, Json>[]) {
  const state = { records, down: false };
  const server = await serve(({ url }) => {
    // The list of one parent has no pages.
    if (url.startsWith('/c/')) return { body: { items: state.records.slice(0, 2) } };
    const at = Number(new URL(url, 'http://x').searchParams.get('offset') ?? 0);
    if (state.down && at > 0) return { status: 503, body: '' };
    return { body: { items: state.records.slice(at, at + 2), total: state.records.length } };
  });
  const file = temporaryFile();
  const load = async (fields: string, more = '') => {
    const text = `client: { base_url: "${server.origin}", data_selector: items, pagination: { type: offset, limit: 2, total_path: total } }
resources:
  - { name: list, ${fields} }
${more}`;
    const { endpoints } = readConfig(text, 'x.yaml');
    return loadInto(endpoints, file, { http: clientWith('t', fakeClock()) });
  };
  return { state, file, load };
}

const three = [1, 2, 3].map((id) => ({ id, name: `n${id}`, updated_at: '2026-01-01' }));
const CURSOR = 'incremental: { cursor_path: updatedat, start_param: since }';

describe('a configured column that no record has', () => {
  it.each([
    [
      'the key of a replaced table',
      'primary_key: ID',
      'primary_key names the column "ID", which no record has; did you mean "id"?',
    ],
    [
      'the key of an appended one',
      'primary_key: ID, write_disposition: append',
      'primary_key names the column "ID", which no record has; did you mean "id"?',
    ],
    [
      'the key of a merged one',
      'primary_key: ID, write_disposition: merge',
      'primary_key names the column "ID", which no record has; did you mean "id"?',
    ],
    ['one of several', 'primary_key: [id, sku]', 'primary_key names the column "sku", which no record has.'],
    [
      'the cursor',
      `primary_key: id, write_disposition: merge, ${CURSOR}`,
      'incremental.cursor_path names the column "updatedat", which no record has; did you mean "updated_at"?',
    ],
    [
      'the cursor of an appended one',
      `primary_key: id, write_disposition: append, ${CURSOR}`,
      'incremental.cursor_path names the column "updatedat", which no record has; did you mean "updated_at"?',
    ],
    [
      'a column that the config declares itself',
      'primary_key: ID, columns: { ID: BIGINT }',
      'primary_key names the column "ID", which no record has; did you mean "id"?',
    ],
    [
      'a path into a column',
      'primary_key: id, write_disposition: merge, incremental: { cursor_path: meta.at, start_param: since }',
      'incremental.cursor_path names the column "meta.at", which no record has.',
    ],
  ])('fails before anything is published: %s', async (_, fields, said) => {
    const { file, load } = await list(three);
    const { onlyTable } = await load(fields);
    expect(onlyTable).toMatchObject({
      status: 'failed',
      rows_written: 0,
      error: {
        code: 'CONFIG_INVALID',
        message: `In "list" ${said}`,
        hint: expect.stringMatching(
          /^Correct (primary_key|incremental\.cursor_path): the records have id, name, updated_at\.$/,
        ),
      },
    });
    expect(existsSync(file)).toBe(false);
    expect(existsSync(`${file}.staging`)).toBe(false);
  });

  it.each(['', ', nested: struct', ', flatten: true'])('leaves the old rows alone%s', async (more) => {
    const { state, file, load } = await list(three);
    await load(`primary_key: id${more}`);
    state.records = three.map(({ id, name }) => ({ uid: id, name }));
    const { onlyTable } = await load(`primary_key: id${more}`);
    expect(onlyTable.error?.message).toBe(
      'In "list" primary_key names the column "id", which no record has; did you mean "uid"?',
    );
    expect(await query(file, 'SELECT count(*)::INT AS n, count(id)::INT AS ids FROM xano_data.list')).toEqual(
      [{ n: 3, ids: 3 }],
    );
  });

  it('fails a list of each parent, unless the parent includes the column', async () => {
    const { file, load } = await list(three);
    const child = (key: string) =>
      `  - { name: children, path: "c/{p}", pagination: single_page, primary_key: [${key}], parent: { resource: list, bind: { p: id }, include: [id] } }`;
    const wrong = await load('primary_key: id', child('_list_ID, id'));
    expect(wrong.report.resources.map(({ status, error }) => [status, error?.message])).toEqual([
      ['loaded', undefined],
      [
        'failed',
        'In "children" primary_key names the column "_list_ID", which no record has; did you mean "_list_id"?',
      ],
    ]);
    const right = await load('primary_key: id', child('_list_id, id'));
    expect(right.report.status).toBe('loaded');
    expect(await query(file, 'SELECT count(*)::INT AS n FROM xano_data.children')).toEqual([{ n: 6 }]);
  });
});

describe('a configured column that is optional', () => {
  it.each<[string, Record<string, Json>[], string]>([
    ['no record at all', [], 'primary_key: sku, write_disposition: merge'],
    ['some records have it', [{ a: 1 }, { a: 2 }, { a: 3, sku: 'x' }], 'primary_key: sku'],
    [
      'it is null in all of them',
      [
        { id: 1, at: null },
        { id: 2, at: null },
      ],
      'primary_key: id, write_disposition: merge, incremental: { cursor_path: at, start_param: since }',
    ],
    [
      'it is null, and declared',
      [{ id: 1, at: null }],
      'columns: { at: TIMESTAMPTZ }, primary_key: id, write_disposition: merge, incremental: { cursor_path: at, start_param: since }',
    ],
    ['its name is spelled with escapes', [{ 'é"': 1 }, { 'é"': 2 }], `primary_key: 'é"'`],
  ])('is accepted: %s', async (_, records, fields) => {
    const { load } = await list(records);
    expect((await load(fields)).onlyTable).toMatchObject({ status: 'loaded', rows_written: records.length });
  });

  it('is remembered by a load that continues an earlier one', async () => {
    const { state, load } = await list([{ id: 1, at: null }, { id: 2, at: null }, { id: 3 }]);
    const fields =
      'primary_key: id, write_disposition: merge, incremental: { cursor_path: at, start_param: since }';
    state.down = true;
    expect((await load(fields)).onlyTable.status).toBe('failed');
    state.down = false;
    expect((await load(fields)).onlyTable).toMatchObject({ status: 'loaded', resumed: true, rows_total: 3 });
  });

  it('is known from the previous load, though the few new rows lack it', async () => {
    const { state, load } = await list(three);
    const fields =
      'primary_key: id, write_disposition: merge, incremental: { cursor_path: updated_at, start_param: since }';
    await load(fields);
    state.records = [{ id: 4, name: 'n4' }];
    expect((await load(fields)).onlyTable).toMatchObject({ status: 'loaded', rows_total: 4 });
  });

  it('is accepted where Xano’s schema declares it', async () => {
    const xano = await localXano({ instances: [officeOf(items([1, 2]))] });
    const [config] = await configsOf(xano, ['items']);
    const columns = [...(config!.columns ?? []), { name: 'code', type: 'VARCHAR' as const, list: false }];
    const http = clientOf(xano);
    const merged = { ...config!, primary_key: ['id', 'code'], write_disposition: 'merge' as const };
    const declared = { ...merged, columns };
    expect((await loadInto([declared], temporaryFile(), { http })).onlyTable.status).toBe('loaded');
    expect((await loadInto([merged], temporaryFile(), { http })).onlyTable.error?.code).toBe(
      'CONFIG_INVALID',
    );
  });
});
