/**
 * Lists that take a parameter for where to begin: what is new since the load before, by the highest value
 * that it read.
 */
import { existsSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readConfig } from '../../../src/rest/config/config-file.js';
import { fakeClock, NOON } from '../../fixtures/clock.js';
import { clientWith } from '../../fixtures/local-xano.js';
import { thrownBy } from '../../rest/decode/reading.js';
import { serve } from '../../rest/http/serving.js';
import { loadInto, query, temporaryFile } from '../loading.js';

const http = () => clientWith('t', fakeClock());
const HOUR_MS = 3_600_000;

interface Row {
  readonly id: number;
  readonly at: number | string | null;
  readonly text?: string;
}

/** A list that gives rows whose `at` is not before `since`, and a config that reads it. */
async function news(
  rows: Row[],
  incremental: string,
  {
    child = '',
    columns = '{ id: BIGINT, at: TIMESTAMPTZ }',
    disposition = 'merge',
  }: { readonly child?: string; readonly columns?: string; readonly disposition?: string } = {},
) {
  const state = { down: false, no_lines: false, nothing: false };
  const server = await serve(({ url }) => {
    const line = /^\/lines\/(\d+)/.exec(url)?.[1];
    if (line !== undefined)
      return state.no_lines ? { status: 400, body: {} } : { body: [{ n: Number(line) }] };
    const { searchParams } = new URL(url, 'http://x');
    const since = searchParams.get('since');
    const from = since === null ? null : /^-?\d+$/.test(since) ? Number(since) : since;
    if (state.nothing) return { body: { items: [], total: 0 } };
    const list = rows.filter(({ at }) => from === null || (at !== null && at >= from));
    const offset = Number(searchParams.get('offset') ?? 0);
    if (state.down && offset > 0) return { status: 503, body: '' };
    return { body: { items: list.slice(offset, offset + 2), total: list.length } };
  });
  const text = `
client:
  base_url: ${server.origin}
  data_selector: items
  pagination: { type: offset, limit: 2, total_path: total }
resources:
  - name: news
    primary_key: id
    write_disposition: ${disposition}
    columns: ${columns}
    incremental: { cursor_path: at, start_param: since${incremental} }
${child}
`;
  const { endpoints } = readConfig(text, 'xano.yaml');
  const file = temporaryFile();
  let hours = 0;
  const load = async () => {
    server.received.length = 0;
    const result = await loadInto(endpoints, file, { http: http(), now: () => NOON + hours * HOUR_MS });
    hours++;
    const asked = server.received.map(({ url }) => new URL(url, 'http://x').searchParams.get('since'));
    return { result, asked: [...new Set(asked)] };
  };
  const there = () => query(file, 'SELECT id, text FROM xano_data.news ORDER BY id');
  return { load, there, file, state, server };
}

const row = (id: number, at: Row['at'], text = `row ${id}`): Row => ({ id, at, text });

describe('an incremental list with a start_param', () => {
  it('reads everything at first, then new rows, and merges rows that it reads again', async () => {
    const rows = [row(1, 1000), row(2, 3000), row(3, null)];
    const { load, there, file } = await news(rows, ', lag: 500');
    expect(await load()).toMatchObject({
      asked: [null],
      result: { onlyTable: { status: 'loaded', rows_written: 3 } },
    });
    rows[1] = row(2, 3000, 'changed at the very time');
    rows.push(row(4, 5000), row(5, 2600, 'late'));
    expect(await load()).toMatchObject({
      asked: ['2500'],
      result: {
        onlyTable: { completeness: 'proved', rows_expected: 3, rows_read: 3, rows_deleted: 0, rows_total: 5 },
      },
    });
    expect(await there()).toEqual([
      { id: '1', text: 'row 1' },
      { id: '2', text: 'changed at the very time' },
      { id: '3', text: 'row 3' },
      { id: '4', text: 'row 4' },
      { id: '5', text: 'late' },
    ]);
    expect(await load()).toMatchObject({ asked: ['4500'] });
    rows.splice(0);
    expect(await load()).toMatchObject({
      asked: ['4500'],
      result: { onlyTable: { status: 'loaded', rows_read: 0, rows_total: 5 } },
    });
    expect(await load()).toMatchObject({ asked: ['4500'] });
    expect(await query(file, 'SELECT watermark::VARCHAR AS w FROM _xano.resources')).toEqual([
      { w: '{"column":"at","type":"TIMESTAMPTZ","value":"5000"}' },
    ]);
  });

  it('begins with initial_value', async () => {
    const rows = [row(1, 1000), row(2, 3000)];
    const { load, there } = await news(rows, ', initial_value: 2000');
    expect(await load()).toMatchObject({
      asked: ['2000'],
      result: { onlyTable: { completeness: 'proved', rows_written: 1 } },
    });
    expect(await load()).toMatchObject({ asked: ['3000'] });
    expect(await there()).toEqual([{ id: '2', text: 'row 2' }]);
  });

  it.each<[string, readonly unknown[]]>([
    ['', [undefined, 3000]],
    [', initial_value: 2000', [2000, 3000]],
    [', initial_value: 2e3', [2000, 3000]],
    [', initial_value: "2000"', ['2000', '3000']],
    // The value that the client of these tests finds for every variable.
    [', initial_value: "${SINCE:-2000}"', ['t', '3000']],
  ])('sends numbers in a body as numbers, unless it began with a text%s', async (initial_value, since) => {
    const server = await serve(() => ({ body: { items: [row(1, 1000), row(2, 3000)] } }));
    const { endpoints } = readConfig(
      `client: { base_url: ${server.origin}, data_selector: items, pagination: single_page }
resources:
  - name: news
    body: {}
    primary_key: id
    write_disposition: merge
    columns: { id: BIGINT, at: TIMESTAMPTZ }
    incremental: { cursor_path: at, start_param: since, in: body${initial_value} }`,
      'x.yaml',
    );
    const file = temporaryFile();
    for (let n = 0; n < 2; n++)
      expect(
        (await loadInto(endpoints, file, { http: http(), now: () => NOON })).onlyTable.error,
      ).toBeUndefined();
    const sent = server.received.map(({ body }) => (body as { since?: unknown }).since);
    expect([...new Set(sent)]).toEqual(since);
  });

  it('subtracts the lag from times that are texts', async () => {
    const rows = [row(1, '2026-11-01T10:00:00Z'), row(2, '2026-11-02T10:00:00Z')];
    const { load } = await news(rows, ', lag: 3600000', { columns: '{ id: BIGINT }' });
    expect(await load()).toMatchObject({ asked: [null] });
    expect(await load()).toMatchObject({ asked: ['2026-11-02T09:00:00.000Z'] });
  });

  it('subtracts the lag from a text without a zone, in any zone of this computer', async () => {
    vi.stubEnv('TZ', 'America/New_York');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const { load } = await news([row(1, '2026-11-02 10:00')], ', lag: 3600000', {
      columns: '{ id: BIGINT }',
    });
    await load();
    expect(await load()).toMatchObject({ asked: ['2026-11-02 09:00:00.000'] });
  });

  it('treats a text of a future time as the present, so that no change is hidden', async () => {
    const { load } = await news([row(1, '2099-01-01T00:00:00Z')], '', { columns: '{ id: BIGINT }' });
    await load();
    expect(await load()).toMatchObject({ asked: ['2026-11-21T12:00:00.000Z'] });
  });

  it('leaves the table unchanged where nothing is new, though the config declares no columns', async () => {
    const rows = [row(1, 1000), row(2, 3000)];
    const { load, there, state } = await news(rows, '', { columns: '{}' });
    await load();
    state.nothing = true;
    for (let n = 0; n < 2; n++)
      expect(await load()).toMatchObject({
        asked: ['3000'],
        result: {
          onlyTable: { status: 'loaded', rows_read: 0, rows_deleted: 0, rows_total: 2, schema_changes: [] },
        },
      });
    state.nothing = false;
    rows.push({ id: 3, at: 4000 });
    expect(await load()).toMatchObject({
      result: { onlyTable: { rows_written: 2, rows_total: 3, schema_changes: [] } },
    });
    expect(await there()).toEqual([
      { id: '1', text: 'row 1' },
      { id: '2', text: 'row 2' },
      { id: '3', text: null },
    ]);
  });

  it('never starts beyond the present, so that no change is hidden', async () => {
    const { load } = await news([row(1, NOON + 10 * HOUR_MS)], '');
    await load();
    expect(await load()).toMatchObject({ asked: [String(NOON)] });
  });

  it('appends rows that the table lacks', async () => {
    const rows = [row(1, 1000), row(2, 3000)];
    const { load, there } = await news(rows, '', { disposition: 'append' });
    await load();
    rows.push(row(3, 3000));
    expect(await load()).toMatchObject({ result: { onlyTable: { rows_read: 2, rows_written: 1 } } });
    expect(await there()).toHaveLength(3);
  });

  it('appends nothing where no row has an incremental value, since the next load would append it again', async () => {
    const rows: Row[] = [row(1, null)];
    const { load, file } = await news(rows, '', { disposition: 'append', columns: '{}' });
    expect((await load()).result.onlyTable.error).toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'No row of "news" has a value in "at": each load would append all rows again.',
    });
    expect(existsSync(file)).toBe(false);
  });

  it('continues where it stopped, and restarts where its start differs', async () => {
    const rows = [1, 2, 3, 4, 5].map((id) => row(id, id * 1000));
    const { load, there, state } = await news(rows, '');
    state.down = true;
    expect(await load()).toMatchObject({ result: { onlyTable: { status: 'failed' } } });
    state.down = false;
    expect(await load()).toMatchObject({
      asked: [null],
      result: { onlyTable: { status: 'loaded', resumed: true, rows_total: 5 } },
    });
    rows.push(row(6, 6000), row(7, 7000), row(8, 8000));
    state.down = true;
    await load();
    state.down = false;
    expect(await load()).toMatchObject({
      asked: ['5000'],
      result: { onlyTable: { status: 'loaded', resumed: true, rows_total: 8 } },
    });
    expect(await there()).toHaveLength(8);
  });

  it('reads the children of new parents, and leaves the others unchanged', async () => {
    const rows = [row(1, 1000), row(2, 2000)];
    const child = `
  - name: lines
    path: lines/{id}
    pagination: single_page
    data_selector: ''
    primary_key: n
    write_disposition: merge
    parent: { resource: news, bind: { id: id } }
`;
    const { load, file, server, state } = await news(rows, '', { child });
    const asked = () => server.received.flatMap(({ url }) => /lines\/\d+/.exec(url)?.[0] ?? []);
    await load();
    expect(asked()).toEqual(['lines/1', 'lines/2']);
    rows.push(row(3, 3000));
    state.no_lines = true;
    expect((await load()).result.report.resources).toMatchObject([
      { status: 'loaded' },
      { status: 'failed' },
    ]);
    rows.push(row(4, 4000));
    state.no_lines = false;
    const { result } = await load();
    expect(result.report.resources[1]).toMatchObject({ status: 'loaded', rows_deleted: 0 });
    // What was new in the load whose lines failed is not forgotten; row 3 is read again since it begins
    // there.
    expect(asked()).toEqual(['lines/2', 'lines/3', 'lines/4']);
    expect(await query(file, 'SELECT n FROM xano_data.lines ORDER BY n')).toEqual(
      ['1', '2', '3', '4'].map((n) => ({ n })),
    );
  });
});

describe('an incremental config', () => {
  it.each([
    ['{ cursor_path: at }', 'incremental needs a start_param, or keyset pagination.'],
    [
      '{ cursor_path: at, start_param: s, after: x }',
      'incremental.after only applies to keyset, which has no start_param.',
    ],
    ['{ cursor_path: at, start_param: s, in: body }', 'incremental.in only the body of a POST can hold it.'],
    ['{ cursor_path: at, initial_value: 5 }', 'incremental.initial_value has no effect without start_param.'],
    ['{ start_param: s }', 'incremental.cursor_path is missing; allowed is a text.'],
  ])('is refused: %s', (incremental, message) => {
    const text = `client: { base_url: https://x.xano.io }\nresources:\n  - name: a\n    primary_key: id\n    write_disposition: merge\n    incremental: ${incremental}`;
    const { message: summary, details } = thrownBy(() => readConfig(text, 'x.yaml'));
    const said = [summary, ...details].join(' ');
    expect(said.slice(0, `x.yaml is not valid. Line 6: resources[0].${message}`.length)).toBe(
      `x.yaml is not valid. Line 6: resources[0].${message}`,
    );
  });

  it('is refused for an append without a key, since rows would be added twice', () => {
    const text = `client: { base_url: https://x.xano.io }\nresources:\n  - name: a\n    write_disposition: append\n    incremental: { cursor_path: at, start_param: s }`;
    expect(thrownBy(() => readConfig(text, 'x.yaml')).message).toBe(
      'x.yaml is not valid. Line 3: resources[0].primary_key append needs it here: rows that are read again would be duplicated.',
    );
  });
});
