/**
 * Servers that answer a comparison they cannot make with an empty list and no error: noticed, read otherwise,
 * proved.
 */
import { describe, expect, it } from 'vitest';
import type { ResolvedEndpoint } from '../../../src/rest/config/endpoint-config.js';
import { field } from '../../../src/sandbox/data/define.js';
import { deleteRow, insertRow, rowFromJson, rowsIn, updateRow } from '../../../src/sandbox/data/rows.js';
import { clientOf, localXano, searches, tableOf } from '../../fixtures/local-xano.js';
import { ago, changed, items, officeOf, rawTable } from '../../fixtures/office.js';
import { configsOf, eventsOf, loadInto, query, temporaryFile, values } from '../loading.js';
import { marks, openOffice } from '../open-office.js';

const uuid = (number: number): string => `${String(number).padStart(8, '0')}-0000-4000-8000-000000000000`;
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const UUIDS = upTo(40).map(uuid);
const keyed = (ids: readonly string[], type: 'uuid' | 'text' = 'uuid') =>
  rawTable(
    'keys',
    [field('id', type)],
    ids.map((id) => JSON.stringify({ id })),
  );
const comparisons = (type: string) => (of: string, operator: string) => of === type && /^[<>]/.test(operator);

describe('a comparison of keys that is answered with an empty list', () => {
  it.each([
    [true, 'it counts 40 rows and returned 10'],
    [false, `it has the row "${uuid(40)}" after "${uuid(10)}"`],
  ])(
    'of UUIDs is noticed at the second request, and read by page number (totals: %s)',
    async (totals, reason) => {
      const xano = await localXano({
        instances: [officeOf(keyed(UUIDS))],
        empty_comparison: comparisons('uuid'),
        totals,
      });
      const configs = await configsOf(xano, ['keys'], 10);
      const file = temporaryFile();
      const result = await loadInto(configs, file, { http: clientOf(xano) });
      expect(result.onlyTable).toMatchObject({
        status: 'loaded',
        completeness: totals ? 'proved' : 'not_provable',
        read_by: 'page_number',
        rows_written: 40,
      });
      expect(await values(file, 'SELECT id FROM xano_data.keys ORDER BY id')).toEqual(UUIDS);
      expect(eventsOf(result, 'read_differently')).toEqual([
        {
          type: 'read_differently',
          resource: 'keys',
          from: 'keyset',
          to: 'page_number',
          reason: `The server answers comparisons of "id" with an empty list, although ${reason}.`,
        },
      ]);
      // The first page, the comparison, what contradicts it, and then page by page.
      const asked = searches(xano.requests) as { page: number; search?: unknown }[];
      expect(asked.slice(0, 4).map(({ page, search }) => [page, search])).toEqual([
        [1, undefined],
        [1, [{ 'id|>': uuid(10) }]],
        [1, undefined],
        [1, undefined],
      ]);
      expect(asked.slice(4).every(({ search }) => search === undefined)).toBe(true);
      // A second load finds the same.
      expect((await loadInto(configs, file, { http: clientOf(xano) })).onlyTable.rows_total).toBe(40);
    },
  );

  it.each([
    ['both ways', (operator: string) => /^[<>]/.test(operator), [1, 4]],
    ['above', (operator: string) => operator.startsWith('>'), [1, 4]],
    ['below', (operator: string) => operator.startsWith('<'), [1, 4]],
  ])(
    'of whole numbers %s is noticed, also where ranges are requested side by side',
    async (_, isEmpty, lanes) => {
      for (const concurrency of lanes) {
        const xano = await localXano({
          instances: [officeOf(items(upTo(500)))],
          empty_comparison: (type, operator) => type === 'int' && isEmpty(operator),
        });
        const file = temporaryFile();
        const result = await loadInto(await configsOf(xano, ['items'], 20), file, {
          http: clientOf(xano),
          concurrency,
        });
        expect(result.onlyTable).toMatchObject({
          completeness: 'proved',
          read_by: 'page_number',
          rows_written: 500,
        });
        expect(await values(file, 'SELECT count(DISTINCT id) FROM xano_data.items')).toEqual(['500']);
      }
    },
  );

  it('is noticed where only counts are wrong', async () => {
    const { xano, load } = await openOffice({ tables: [items(upTo(50))], page_size: 20 });
    // A condition below a key alone: that is how the end is counted.
    xano.fail({
      path: '/content/search',
      body_includes: '"search":[{"id|<"',
      times: Number.POSITIVE_INFINITY,
      answer: {
        kind: 'rewrite',
        rewrite: (body) =>
          JSON.stringify({ ...JSON.parse(body), items: [], itemsTotal: 0, itemsReceived: 0, nextPage: null }),
      },
    });
    const result = await load();
    expect(result.onlyTable).toMatchObject({
      completeness: 'proved',
      read_by: 'page_number',
      rows_written: 50,
    });
  });

  it('of texts is noticed', async () => {
    const xano = await localXano({
      instances: [officeOf(keyed(['a', 'b', 'c', 'd', 'e', 'f', 'g'], 'text'))],
      empty_comparison: comparisons('text'),
    });
    const [config] = await configsOf(xano, ['keys'], 2);
    const { pagination } = config as ResolvedEndpoint;
    expect(pagination.type).toBe('keyset');
    const file = temporaryFile();
    const result = await loadInto([config!], file, { http: clientOf(xano) });
    expect(result.onlyTable).toMatchObject({
      completeness: 'proved',
      read_by: 'page_number',
      rows_written: 7,
    });
  });

  it('is believed where the rest of the list was deleted meanwhile', async () => {
    const { xano, load } = await openOffice({ tables: [keyed(UUIDS)], page_size: 10 });
    const rows = rowsIn(tableOf(xano, 'keys'), 'live');
    const rewrite = (body: string): string => {
      for (const id of UUIDS.slice(10)) deleteRow(rows, id);
      return body;
    };
    xano.fail({ path: '/content/search', answer: { kind: 'rewrite', rewrite } });
    const result = await load();
    expect(result.onlyTable).toMatchObject({ completeness: 'proved', read_by: 'keyset', rows_written: 10 });
    expect(eventsOf(result, 'read_differently')).toEqual([]);
  });
});

describe('an incremental load of a server that answers comparisons with an empty list', () => {
  const day = (number: number): string => `2026-11-${String(number).padStart(2, '0')}`;

  it.each([
    ['merge', 'timestamp', 'above and below', (operator: string) => /^[<>]/.test(operator)],
    ['append', 'timestamp', 'above and below', (operator: string) => /^[<>]/.test(operator)],
    ['append', 'timestamp', 'below', (operator: string) => operator.startsWith('<')],
    ['append', 'date', 'above and below', (operator: string) => /^[<>]/.test(operator)],
    ['merge', 'date', 'below', (operator: string) => operator.startsWith('<')],
  ] as const)('misses no row with %s by a %s column (%s)', async (write_disposition, type, _, isEmpty) => {
    const row = (id: number, at: number) =>
      rowFromJson(
        JSON.stringify({ id, name: `item ${id}`, at: type === 'date' ? day(at) : ago(10_000 - at * 100) }),
      );
    const { file, rows, load } = await openOffice({
      rows: upTo(8).map((id) => row(id, id)),

      fields: [field('id', 'int'), field('name', 'text'), field('at', type)],
      write_disposition,
      incremental: { column: 'at', lag_ms: 0 },
      server: { empty_comparison: (of, operator) => of === type && isEmpty(operator) },
    });
    expect((await load()).onlyTable).toMatchObject({ completeness: 'proved', rows_written: 8 });
    insertRow(rows, row(9, 12));
    insertRow(rows, row(10, 13));
    const result = await load();
    expect(result.onlyTable).toMatchObject({ status: 'loaded', completeness: 'proved', rows_total: 10 });
    expect(eventsOf(result, 'read_differently')).toEqual([
      {
        type: 'read_differently',
        resource: 'items',
        from: 'what is new by "at"',
        to: 'all rows',
        reason: 'The server answers comparisons of "at" with an empty list, although it has matching rows.',
      },
    ]);
    expect(await values(file, 'SELECT id FROM xano_data.items ORDER BY id')).toEqual(upTo(10).map(String));
  });

  it('is read as usual where nothing is new', async () => {
    const { load, rows } = await openOffice({
      rows: [changed(1, 5000), changed(2, 4000)],
      incremental: { column: 'updated_at', lag_ms: 0 },
    });
    await load();
    // The row of the watermark is gone: nothing is within the lag.
    deleteRow(rows, 2n);
    const result = await load();
    expect(result.onlyTable).toMatchObject({ status: 'loaded', completeness: 'proved' });
    expect(eventsOf(result, 'read_differently')).toEqual([]);
  });

  it.each(['int', 'uuid'] as const)(
    'marks no row as gone for an empty answer about %s keys',
    async (type) => {
      const id = (number: number): string => (type === 'int' ? String(number) : `"${uuid(number)}"`);
      const row = (number: number, seconds: number) =>
        rowFromJson(`{"id":${id(number)},"name":"item ${number}","updated_at":${ago(seconds)}}`);
      const { file, rows, load } = await openOffice({
        rows: upTo(9).map((number) => row(number, 9000 - number)),

        fields: [field('id', type), field('name', 'text'), field('updated_at', 'timestamp')],
        write_disposition: 'merge',
        incremental: { column: 'updated_at', lag_ms: 0 },
        page_size: 100,
        server: { empty_comparison: comparisons(type) },
      });
      await load();
      insertRow(rows, row(10, 100));
      updateRow(rows, row(3, 90));
      deleteRow(rows, type === 'int' ? 5n : uuid(5));
      const result = await load();
      expect(result.onlyTable).toMatchObject({ status: 'loaded', completeness: 'proved' });
      const gone = ((await marks(file)) as unknown[][]).filter(([, , mark]) => mark === 'gone');
      expect(gone.map(([, name]) => name)).toEqual(['item 5']);
      expect(await query(file, 'SELECT count(*)::INT AS rows FROM xano_data.items')).toEqual([{ rows: 10 }]);
    },
  );
});
