/** What stands in the DuckDB file is what Xano sent, value by value. */
import { expect, it } from 'vitest';
import type { LocalField, LocalTable } from '../../src/sandbox/data/model.js';
import { elementsOf, membersOf } from '../../src/sandbox/data/raw-json.js';
import { rowsIn } from '../../src/sandbox/data/rows.js';
import { clientOf, localXano, tableOf } from '../fixtures/local-xano.js';
import { configsOf, loadInto, query, temporaryFile } from './loading.js';

const AS_TEXT = new Set(['text', 'email', 'enum', 'uuid']);

/** One value as sent (JSON text) as a query gives it; times in milliseconds. */
function scalarOf(type: string, text: string): unknown {
  if (text === 'null') return null;
  if (AS_TEXT.has(type) || type === 'bool') return JSON.parse(text);
  if (type === 'int' || type === 'timestamp') return text;
  if (type === 'decimal') return Number(text);
  if (type === 'date') return text === '""' ? null : JSON.parse(text);
  if (type === 'vector') return elementsOf(text).map((number) => Math.fround(Number(number)));
  return text;
}

function fieldValue({ type, style, access }: LocalField, text: string | undefined): unknown {
  if (text === undefined || text === 'null' || access === 'internal') return null;
  return style === 'list' ? elementsOf(text).map((element) => scalarOf(type, element)) : scalarOf(type, text);
}

/** Every row of a table, ascending by key, as a query must give it. */
function rowsOfTable(table: LocalTable, fields: readonly LocalField[]): unknown[] {
  return rowsIn(table, 'live').sorted.map(({ json }) => {
    const texts = new Map(membersOf(json).map(({ name, text }) => [name, text]));
    return Object.fromEntries(fields.map((field) => [field.name, fieldValue(field, texts.get(field.name))]));
  });
}

/** Reads all of a table, times as milliseconds. */
function selectAll(name: string, fields: readonly LocalField[]): string {
  const columns = fields.map(({ name: column, type, style }) => {
    if (type !== 'timestamp') return `"${column}"`;
    const ms =
      style === 'list' ? `list_transform("${column}", lambda x: epoch_ms(x))` : `epoch_ms("${column}")`;
    return `${ms} AS "${column}"`;
  });
  return `SELECT ${columns.join(', ')} FROM xano_data."${name}" ORDER BY id`;
}

it.each([
  ['merchant', 12],
  ['categories', 8],
  ['users', 500],
  ['products', 1000],
  ['customers', 800],
  ['orders', 5000],
  ['every_type', 19],
])('a load brings every value of %s as it was sent, over pages of 100 rows', async (name, count) => {
  const xano = await localXano({});
  const file = temporaryFile();
  const result = await loadInto(await configsOf(xano, [name], 100), file, {
    http: clientOf(xano),
  });
  expect(result.onlyTable).toMatchObject({
    status: 'loaded',
    completeness: 'proved',
    rows_written: count,
    values_rejected: 0,
  });

  const table = tableOf(xano, name);
  const fields = table.schema.filter(({ type }) => type !== 'password');
  const wanted = rowsOfTable(table, fields);
  expect(wanted).toHaveLength(count);
  expect(await query(file, selectAll(name, fields))).toEqual(wanted);
});

it('a row with a value of every type arrives exactly, spelled out', async () => {
  const xano = await localXano({});
  const file = temporaryFile();
  await loadInto(await configsOf(xano, ['every_type']), file, { http: clientOf(xano) });
  const columns =
    'id, created_at, label, bool_value, date_value, decimal_value, email_value, enum_value, geo_point_value, int_value, json_value, object_value, text_value, timestamp_value, uuid_value, vector_value, int_list, json_list, timestamp_list';
  expect(await query(file, `SELECT ${columns} FROM xano_data.every_type WHERE id = 5`)).toEqual([
    {
      id: '5',
      created_at: '2026-01-01 00:00:00+00',
      label: 'full',
      bool_value: true,
      date_value: '2026-02-28',
      decimal_value: 12.5,
      email_value: 'grace@example.com',
      enum_value: 'medium',
      geo_point_value: '{"type":"point","data":{"lng":128.2,"lat":39.4}}',
      int_value: '42',
      json_value: '{"a":[1,2,{"b":null}]}',
      object_value: '{"name":"box","sizes":[1,2,3]}',
      text_value: 'plain',
      timestamp_value: '2023-04-12 22:01:08.222+00',
      uuid_value: '5f0c9c1e-6f0a-4c3b-9a52-0d9a6f3c8e11',
      vector_value: [0.25, -1, 3.5],
      int_list: ['42', '42'],
      json_list: ['{"a":[1,2,{"b":null}]}', '{"a":[1,2,{"b":null}]}'],
      timestamp_list: ['2023-04-12 22:01:08.222+00', '2023-04-12 22:01:08.222+00'],
    },
  ]);
  expect(
    await query(
      file,
      'SELECT id, int_value, date_value, json_value, text_value[1:6] AS start FROM xano_data.every_type WHERE id IN (8, 9, 10, 19, 21, 24) ORDER BY id',
    ),
  ).toEqual([
    {
      id: '8',
      int_value: '9223372036854775807',
      date_value: '2026-02-28',
      json_value: '{"a":[1,2,{"b":null}]}',
      start: 'plain',
    },
    {
      id: '9',
      int_value: '-9223372036854775808',
      date_value: '2026-02-28',
      json_value: '{"a":[1,2,{"b":null}]}',
      start: 'plain',
    },
    {
      id: '10',
      int_value: '9007199254740993',
      date_value: '2026-02-28',
      json_value: '{"a":[1,2,{"b":null}]}',
      start: 'plain',
    },
    { id: '19', int_value: '42', date_value: null, json_value: '{}', start: 'plain' },
    { id: '21', int_value: '42', date_value: '2026-02-28', json_value: '"text"', start: 'plain' },
    {
      id: '24',
      int_value: '42',
      date_value: '2026-02-28',
      json_value: '{"a":[1,2,{"b":null}]}',
      start: 'before',
    },
  ]);
});

it('columns have the types of the schema, with their comments, and no password', async () => {
  const xano = await localXano({});
  const file = temporaryFile();
  await loadInto(await configsOf(xano, ['every_type']), file, { http: clientOf(xano) });
  const described = await query(
    file,
    `SELECT column_name || ' ' || data_type AS is FROM duckdb_columns() WHERE schema_name = 'xano_data' ORDER BY column_index`,
  );
  expect(described.map(({ is }) => is)).toEqual([
    'id BIGINT',
    'created_at TIMESTAMP WITH TIME ZONE',
    'label VARCHAR',
    'attachment_value JSON',
    'audio_value JSON',
    'bool_value BOOLEAN',
    'date_value DATE',
    'decimal_value DOUBLE',
    'email_value VARCHAR',
    'enum_value VARCHAR',
    'geo_linestring_value JSON',
    'geo_multilinestring_value JSON',
    'geo_multipoint_value JSON',
    'geo_multipolygon_value JSON',
    'geo_point_value JSON',
    'geo_polygon_value JSON',
    'image_value JSON',
    'int_value BIGINT',
    'json_value JSON',
    'object_value JSON',
    'text_value VARCHAR',
    'timestamp_value TIMESTAMP WITH TIME ZONE',
    'uuid_value UUID',
    'vector_value FLOAT[3]',
    'video_value JSON',
    'attachment_list JSON[]',
    'bool_list BOOLEAN[]',
    'date_list DATE[]',
    'decimal_list DOUBLE[]',
    'email_list VARCHAR[]',
    'enum_list VARCHAR[]',
    'image_list JSON[]',
    'int_list BIGINT[]',
    'json_list JSON[]',
    'object_list JSON[]',
    'text_list VARCHAR[]',
    'timestamp_list TIMESTAMP WITH TIME ZONE[]',
    'uuid_list UUID[]',
    'vector_list FLOAT[3][]',
    '_xano_load_id VARCHAR',
  ]);
  expect(
    await query(
      file,
      `SELECT comment FROM duckdb_tables() WHERE schema_name = 'xano_data' UNION ALL SELECT comment FROM duckdb_columns() WHERE schema_name = 'xano_data' AND comment IS NOT NULL`,
    ),
  ).toEqual([{ comment: 'One column of each type' }, { comment: 'What is special about the row' }]);
});

it('names with spaces, quotes, emoji and another case arrive exactly, and twins stay apart', async () => {
  const xano = await localXano({});
  const file = temporaryFile();
  const result = await loadInto(await configsOf(xano, ['new stuff 🚀']), file, {
    http: clientOf(xano),
  });
  expect(result.events).toContainEqual({
    type: 'renamed',
    resource: 'new stuff 🚀',
    from: 'total',
    to: 'total_2',
    reason: 'the destination ignores upper and lower case',
  });
  const load = { _xano_load_id: '20261121T120000Z-4f2a' };
  expect(await query(file, 'FROM xano_data."new stuff 🚀" ORDER BY id')).toEqual([
    {
      id: '2',
      'first name': 'Ada',
      'say "hi"': '"hi"',
      "it's": true,
      select: '2',
      group: 'by',
      Total: 2.5,
      total_2: -2,
      'a.b': '{"a":{"b":2}}',
      'Größe 📏': 'XL',
      ...load,
    },
    {
      id: '3',
      'first name': ' spaced ',
      'say "hi"': '"hi"',
      "it's": false,
      select: '3',
      group: 'by',
      Total: 3.5,
      total_2: -3,
      'a.b': '{"a":{"b":3}}',
      'Größe 📏': 'XL',
      ...load,
    },
    {
      id: '7',
      'first name': "Robert'); DROP TABLE",
      'say "hi"': '"hi"',
      "it's": false,
      select: '7',
      group: 'by',
      Total: 7.5,
      total_2: -7,
      'a.b': '{"a":{"b":7}}',
      'Größe 📏': null,
      ...load,
    },
  ]);
});
