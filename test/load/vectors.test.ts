/**
 * Vectors and lists of vectors: what fits, what is NULL, what is kept aside, and how they go through loads.
 */
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/rest/config/config-file.js';
import { isResolved } from '../../src/rest/config/endpoint-config.js';
import { field, nullable } from '../../src/sandbox/data/define.js';
import type { LocalField, LocalTable } from '../../src/sandbox/data/model.js';
import { deleteRow, insertRow, rowFromJson } from '../../src/sandbox/data/rows.js';
import type { WriteDisposition } from '../../src/table/column.js';
import { fakeClock } from '../fixtures/clock.js';
import { clientWith, tableOf } from '../fixtures/local-xano.js';
import { serve } from '../rest/http/serving.js';
import { loadInto, query, temporaryFile } from './loading.js';
import { openOffice } from './open-office.js';

const ID = field('id', 'int');
const vector = (name: string, style: 'single' | 'list', size?: number): LocalField =>
  nullable(name, 'vector', { style, ...(size === undefined ? {} : { vector: { size } }) });
const row = (text: string) => rowFromJson(text);
const TYPES =
  "SELECT column_name AS name, data_type AS type FROM duckdb_columns() WHERE schema_name = 'xano_data' AND table_name = 'items' AND column_name NOT LIKE '\\_xano%' ESCAPE '\\' AND column_name <> 'id'";
const typesOf = async (file: string) =>
  Object.fromEntries((await query(file, TYPES)).map(({ name, type }) => [name, type]));
const rowsOf = (file: string, columns: string) =>
  query(file, `SELECT id, ${columns} FROM xano_data.items ORDER BY id, _xano_load_id`);
const REJECTS = 'SELECT row_key, "column", raw, reason FROM _xano.rejects ORDER BY row_key::BIGINT, "column"';

describe.each<WriteDisposition>(['replace', 'append', 'merge'])(
  'a table that is loaded by %s',
  (write_disposition) => {
    it('has vectors, and lists of them, in vector types', async () => {
      const fields = [
        ID,
        vector('v', 'single', 2),
        vector('u', 'single'),
        vector('vs', 'list', 2),
        vector('us', 'list'),
      ];
      const { rows, file, load } = await openOffice({
        rows: [
          row('{"id":1,"v":[1,2],"u":[1,2,3],"vs":[[1,2],[3,4]],"us":[[1],[1,2,3]]}'),
          row('{"id":2,"v":null,"u":null,"vs":null,"us":null}'),
          row('{"id":3,"v":[],"u":[],"vs":[],"us":[]}'),
          row('{"id":4,"v":[ ],"u":[ ],"vs":[ ],"us":[ [ ] ]}'),
          row('{"id":5,"v":[0.1,null],"u":[null],"vs":[[],null,[0.5,null]],"us":[null,[null],[]]}'),
          row('{"id":6,"v":[-0.5,1e-45],"u":[3.5e0],"vs":[[1.5,-2]],"us":[[],[],[7]]}'),
        ],
        write_disposition,
        fields,
      });
      const first = await load();
      expect(first.onlyTable).toMatchObject({ status: 'loaded', rows_total: 6, values_rejected: 0 });
      expect(await typesOf(file)).toEqual({ v: 'FLOAT[2]', u: 'FLOAT[]', vs: 'FLOAT[2][]', us: 'FLOAT[][]' });
      const wanted = [
        {
          id: '1',
          v: [1, 2],
          u: [1, 2, 3],
          vs: [
            [1, 2],
            [3, 4],
          ],
          us: [[1], [1, 2, 3]],
        },
        { id: '2', v: null, u: null, vs: null, us: null },
        { id: '3', v: null, u: null, vs: [], us: [] },
        { id: '4', v: null, u: null, vs: [], us: [null] },
        { id: '5', v: [0.1, null], u: [null], vs: [null, null, [0.5, null]], us: [null, [null], null] },
        { id: '6', v: [-0.5, 1.4013e-45], u: [3.5], vs: [[1.5, -2]], us: [null, null, [7]] },
      ];
      expect(await rowsOf(file, 'v, u, vs, us')).toEqual(wanted);
      deleteRow(rows, 6n);
      insertRow(rows, row('{"id":7,"v":[7,7],"u":[7],"vs":[[7,7]],"us":[[7]]}'));
      const second = await load();
      expect(second.onlyTable).toMatchObject({ status: 'loaded', values_rejected: 0, schema_changes: [] });
      expect(await typesOf(file)).toEqual({ v: 'FLOAT[2]', u: 'FLOAT[]', vs: 'FLOAT[2][]', us: 'FLOAT[][]' });
      const seven = { id: '7', v: [7, 7], u: [7], vs: [[7, 7]], us: [[7]] };
      const all =
        write_disposition === 'append'
          ? [...wanted.slice(0, 5).flatMap((one) => [one, one]), wanted[5], seven]
          : [...wanted.slice(0, write_disposition === 'merge' ? 6 : 5), seven];
      expect(await rowsOf(file, 'v, u, vs, us')).toEqual(all);
    });

    it('keeps old vectors and takes new ones where their size changes', async () => {
      const setup = await openOffice({
        rows: [row('{"id":1,"v":[1,2,0.1],"vs":[[1,2,0.5],null]}')],
        write_disposition,
        fields: [ID, vector('v', 'single', 3), vector('vs', 'list', 3)],
      });
      await setup.load();
      // A Xano whose schema is changed serves the new one from then on.
      (tableOf(setup.xano, 'items') as { schema: LocalTable['schema'] }).schema = [
        ID,
        vector('v', 'single', 4),
        vector('vs', 'list', 4),
      ];
      insertRow(setup.rows, row('{"id":2,"v":[1,2,3,4],"vs":[[1,2,3,4]]}'));
      deleteRow(setup.rows, 1n);
      const { onlyTable } = await setup.load();
      expect(onlyTable).toMatchObject({ status: 'loaded', values_rejected: 0 });
      if (write_disposition === 'replace') {
        expect(await typesOf(setup.file)).toEqual({ v: 'FLOAT[4]', vs: 'FLOAT[4][]' });
        expect(await rowsOf(setup.file, 'v, vs')).toEqual([{ id: '2', v: [1, 2, 3, 4], vs: [[1, 2, 3, 4]] }]);
        return;
      }
      expect(await typesOf(setup.file)).toEqual({ v: 'JSON', vs: 'JSON' });
      const kept = await query(
        setup.file,
        'SELECT id, v::FLOAT[] AS v, vs::FLOAT[][] AS vs FROM xano_data.items ORDER BY id',
      );
      expect(kept).toEqual([
        { id: '1', v: [1, 2, 0.1], vs: [[1, 2, 0.5], null] },
        { id: '2', v: [1, 2, 3, 4], vs: [[1, 2, 3, 4]] },
      ]);
      expect((await setup.load()).onlyTable).toMatchObject({ status: 'loaded', schema_changes: [] });
    });

    it('takes a list of vectors into a column that was JSON, and one without a size that gets one', async () => {
      const setup = await openOffice({
        rows: [row('{"id":1,"j":[[1,2]],"us":[[1,2],[]]}')],
        write_disposition,
        fields: [ID, nullable('j', 'json', { style: 'list' }), vector('us', 'list')],
      });
      await setup.load();
      expect(await typesOf(setup.file)).toEqual({ j: 'JSON[]', us: 'FLOAT[][]' });
      (tableOf(setup.xano, 'items') as { schema: LocalTable['schema'] }).schema = [
        ID,
        vector('j', 'list', 2),
        vector('us', 'list', 2),
      ];
      insertRow(setup.rows, row('{"id":2,"j":[[3,4],[]],"us":[[5,6]]}'));
      expect((await setup.load()).onlyTable).toMatchObject({ status: 'loaded', values_rejected: 0 });
      const all = await query(
        setup.file,
        'SELECT id, to_json(j)::FLOAT[][] AS j, to_json(us)::FLOAT[][] AS us FROM xano_data.items WHERE id = 2',
      );
      expect(all).toEqual([{ id: '2', j: [[3, 4], null], us: [[5, 6]] }]);
    });
  },
);

describe('a list of vectors', () => {
  const fields = [ID, vector('vs', 'list', 3), vector('us', 'list')];

  it('keeps a value aside that does not fit, and keeps its row', async () => {
    const odd = [
      ['[[1,2,3],[1,2]]', 'in a list: a vector of 2 numbers where 3 are declared'],
      ['[[1,2,3,4]]', 'in a list: a vector of 4 numbers where 3 are declared'],
      ['[[1,2,"3"]]', 'in a list: in a list: not a number for FLOAT'],
      ['[[1,2,true]]', 'in a list: in a list: not a number for FLOAT'],
      ['[[1,2,[3]]]', 'in a list: in a list: not a number for FLOAT'],
      ['[[1,2,1e39]]', 'in a list: in a list: out of range for FLOAT'],
      ['[1,2,3]', 'in a list: not a list'],
      ['[{}]', 'in a list: not a list'],
      ['"[[1,2,3]]"', 'not a list'],
      ['{"0":[1,2,3]}', 'not a list'],
      ['7', 'not a list'],
    ] as const;
    // The first record of a page is read by JavaScript, the others by WebAssembly: the odd ones are among
    // those.
    const fitting = (id: number) => row(`{"id":${id},"vs":[[1,2,3],[]],"us":[[1]]}`);
    const { file, load } = await openOffice({
      rows: [
        fitting(1),
        ...odd.flatMap(([raw], n) => [row(`{"id":${n * 2 + 2},"vs":${raw},"us":[[2]]}`), fitting(n * 2 + 3)]),
      ],
      fields,
    });
    const { onlyTable } = await load();
    expect(onlyTable).toMatchObject({
      status: 'loaded',
      rows_total: odd.length * 2 + 1,
      values_rejected: odd.length,
    });
    expect(await query(file, REJECTS)).toEqual(
      odd.map(([raw, reason], n) => ({ row_key: String(n * 2 + 2), column: 'vs', raw, reason })),
    );
    const rows = await rowsOf(file, 'vs, us');
    expect(rows).toEqual(
      rows.map((_, n) =>
        n % 2 === 0
          ? { id: String(n + 1), vs: [[1, 2, 3], null], us: [[1]] }
          : { id: String(n + 1), vs: null, us: [[2]] },
      ),
    );
  });

  it('arrives in order in thousands of rows, however its numbers are spelled and its pages cut', async () => {
    const number = (n: number) => (n % 7 === 0 ? null : n / 4);
    const listOf = (id: number): unknown =>
      id % 11 === 0
        ? null
        : Array.from({ length: id % 5 }, (_, at) =>
            (id + at) % 6 === 0 ? null : [number(id), number(at), number(id * at)],
          );
    const ragged = (id: number): unknown =>
      Array.from({ length: id % 3 }, (_, at) =>
        Array.from({ length: ((id + at) % 4) + 1 }, (__, n) => number(id + n)),
      );
    const ids = Array.from({ length: 2500 }, (_, n) => n + 1);
    const spelled = (value: unknown, id: number): string =>
      id % 2 === 0 ? JSON.stringify(value) : JSON.stringify(value, null, 1);
    const { file, load } = await openOffice({
      rows: ids.map((id) =>
        row(`{"id":${id},"vs":${spelled(listOf(id), id)},"us":${spelled(ragged(id), id)}}`),
      ),
      fields,
      page_size: 700,
    });
    expect((await load()).onlyTable).toMatchObject({
      status: 'loaded',
      rows_total: 2500,
      values_rejected: 0,
    });
    expect(await rowsOf(file, 'vs, us')).toEqual(
      ids.map((id) => ({ id: String(id), vs: listOf(id), us: ragged(id) })),
    );
  });

  it('resumes from the rows of a stopped load', async () => {
    const setup = await openOffice({
      rows: Array.from({ length: 9 }, (_, n) => row(`{"id":${n + 1},"vs":[[${n},1,2],[]],"us":[[${n}]]}`)),
      fields,
      page_size: 3,
    });
    const stop = new AbortController();
    const stopped = setup.load({
      signal: stop.signal,
      on_event: (event) => {
        if (event.type === 'page_read') stop.abort();
      },
    });
    await stopped.catch(() => {});
    const { onlyTable } = await setup.load();
    expect(onlyTable).toMatchObject({ status: 'loaded', rows_total: 9, values_rejected: 0 });
    expect(await rowsOf(setup.file, 'vs, us')).toEqual(
      Array.from({ length: 9 }, (_, n) => ({ id: String(n + 1), vs: [[n, 1, 2], null], us: [[n]] })),
    );
  });
});

describe('a config file with vectors', () => {
  const loadFile = async (columns: string, rows: string, more = '') => {
    const { origin } = await serve(() => ({ body: `{"items":${rows}}` }));
    const text = `
client: { base_url: "${origin}", data_selector: items, pagination: single_page }
resources:
  - { name: items, path: items, primary_key: id, columns: ${columns}${more} }
`;
    const { endpoints } = readConfig(text, 'xano.yaml');
    expect(endpoints.every(isResolved)).toBe(true);
    const file = temporaryFile();
    const { onlyTable } = await loadInto(endpoints, file, { http: clientWith('none', fakeClock()) });
    return { onlyTable, file };
  };

  it.each([
    ['FLOAT[2][]', "{ id: BIGINT, v: 'FLOAT[2][]' }"],
    ['FLOAT[][]', "{ id: BIGINT, v: 'FLOAT[][]' }"],
    [
      'FLOAT[2][]',
      '[{ name: id, type: BIGINT }, { name: v, type: FLOAT, list: true, list_of_vectors: true, size: 2 }]',
    ],
    [
      'FLOAT[][]',
      '[{ name: id, type: BIGINT }, { name: v, type: FLOAT, list: true, list_of_vectors: true }]',
    ],
  ])('declares %s as %s', async (type, columns) => {
    const { onlyTable, file } = await loadFile(columns, '[{"id":1,"v":[[1,2],[]]},{"id":2,"v":[]},{"id":3}]');
    expect(onlyTable).toMatchObject({ status: 'loaded', values_rejected: 0 });
    expect(await typesOf(file)).toEqual({ v: type });
    expect(await rowsOf(file, 'v')).toEqual([
      { id: '1', v: [[1, 2], null] },
      { id: '2', v: [] },
      { id: '3', v: null },
    ]);
  });

  it('with nested types and tables of lists leaves vectors intact', async () => {
    const { onlyTable, file } = await loadFile(
      "{ id: BIGINT, v: 'FLOAT[2][]', u: 'FLOAT[]' }",
      '[{"id":1,"v":[[1,2]],"u":[],"o":{"a":[[1,2],[]]}}]',
      ', nested: struct, flatten: true',
    );
    expect(onlyTable).toMatchObject({ status: 'loaded', values_rejected: 0 });
    expect(await rowsOf(file, 'v, u')).toEqual([{ id: '1', v: [[1, 2]], u: null }]);
  });

  it.each([
    "{ v: 'BIGINT[][]' }",
    "{ v: 'FLOAT[][3]' }",
    "{ v: 'FLOAT[][][]' }",
    '[{ name: v, type: BIGINT, list: true, list_of_vectors: true }]',
    '[{ name: v, type: FLOAT, list_of_vectors: true }]',
  ])('cannot declare %s', async (columns) => {
    await expect(loadFile(columns, '[]')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
