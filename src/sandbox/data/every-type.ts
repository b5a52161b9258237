/** A table with a column of every field type, single and list, and rows that break careless readers. */
import { defineTable, field, nullable, standardFields } from './define.js';
import { FIELD_TYPES, type FieldType, type LocalField, type LocalRow, type LocalTable } from './model.js';
import { objectText } from './raw-json.js';
import { rowFromJson, rowsOf } from './rows.js';

/** The types that also have a list column here. */
export const LIST_TYPES: readonly FieldType[] = [
  'attachment',
  'bool',
  'date',
  'decimal',
  'email',
  'enum',
  'image',
  'int',
  'json',
  'object',
  'text',
  'timestamp',
  'uuid',
  'vector',
];

const SOME_VALUES = ['small', 'medium', 'large'];

/** A length of text, in characters, that no page of ordinary rows reaches. */
export const LONG_TEXT_LENGTH = 100_000;

function columnOf(type: FieldType, style: LocalField['style']): LocalField {
  const name = style === 'list' ? `${type}_list` : `${type}_value`;
  const values = type === 'enum' ? { values: SOME_VALUES } : {};
  const children =
    type === 'object'
      ? { children: [field('name', 'text'), nullable('sizes', 'int', { style: 'list' })] }
      : {};
  const vector = type === 'vector' ? { vector: { size: 3 } } : {};
  return nullable(name, type, { style, ...values, ...children, ...vector });
}

/** Its columns: `int_value`, `int_list`, and so on through Xano's types. */
export const EVERY_TYPE_FIELDS: readonly LocalField[] = [
  ...standardFields(),
  field('label', 'text', { description: 'What is special about the row' }),
  ...FIELD_TYPES.map((type) => columnOf(type, 'single')),
  ...LIST_TYPES.map((type) => columnOf(type, 'list')),
];

function file(type: string, name: string, mime: string, meta: string): string {
  const path = `/vault/AbCdEf12/x1/${name}`;
  const url = `https://x1234-4567-8901.n7.xano.io${path}`;
  return `{"access":"public","path":"${path}","name":"${name}","type":"${type}","size":123456,"mime":"${mime}","meta":${meta},"url":"${url}"}`;
}

const POINTS =
  '[{"lng":128.2,"lat":39.4},{"lng":128.3,"lat":39.5},{"lng":128.2,"lat":39.6},{"lng":128.2,"lat":39.4}]';

// Xano's documentation shows the point, the path and the polygon; nobody has shown a geo_multi*, so those are
// guesses.
const FULL: { readonly [type in FieldType]: string } = {
  attachment: file('', 'terms.pdf', 'application/pdf', '[]'),
  audio: file('audio', 'chime.mp3', 'audio/mpeg', '{"duration":3.5}'),
  bool: 'true',
  date: '"2026-02-28"',
  decimal: '12.5',
  email: '"grace@example.com"',
  enum: '"medium"',
  geo_linestring: `{"type":"path","data":${POINTS}}`,
  geo_multilinestring: `{"type":"multipath","data":[${POINTS}]}`,
  geo_multipoint: `{"type":"multipoint","data":${POINTS}}`,
  geo_multipolygon: `{"type":"multipoly","data":[${POINTS}]}`,
  geo_point: '{"type":"point","data":{"lng":128.2,"lat":39.4}}',
  geo_polygon: `{"type":"poly","data":${POINTS}}`,
  image: file('image', 'cover.png', 'image/png', '{"width":1080,"height":400}'),
  int: '42',
  json: '{"a":[1,2,{"b":null}]}',
  object: '{"name":"box","sizes":[1,2,3]}',
  password: '"salt.1f3870be274f6c49b3e31a0c6728957f"',
  text: '"plain"',
  timestamp: '1681336868222',
  uuid: '"5f0c9c1e-6f0a-4c3b-9a52-0d9a6f3c8e11"',
  vector: '[0.25,-1,3.5]',
  video: file('video', 'tour.mp4', 'video/mp4', '{"width":1920,"height":1080,"duration":12.25}'),
};

// The empty value of a column that is not nullable; the other types have none.
const EMPTY: { readonly [type in FieldType]?: string } = {
  bool: 'false',
  date: '""',
  decimal: '0',
  email: '""',
  enum: '""',
  int: '0',
  json: '[]',
  object: '[]',
  password: '""',
  text: '""',
  timestamp: '0',
};

type Texts = { readonly [column: string]: string };

function textsOf(single: (type: FieldType) => string, list: (type: FieldType) => string): Texts {
  return Object.fromEntries([
    ...FIELD_TYPES.map((type) => [`${type}_value`, single(type)]),
    ...LIST_TYPES.map((type) => [`${type}_list`, list(type)]),
  ]);
}

const FULL_TEXTS = textsOf(
  (type) => FULL[type],
  (type) => `[${FULL[type]},${FULL[type]}]`,
);
const NULL_TEXTS = textsOf(
  () => 'null',
  () => 'null',
);
const EMPTY_TEXTS = textsOf(
  (type) => EMPTY[type] ?? 'null',
  () => '[]',
);

function row(id: number, label: string, texts: Texts): LocalRow {
  const all: Texts = { id: String(id), created_at: '1767225600000', label: JSON.stringify(label), ...texts };
  return rowFromJson(objectText(Object.entries(all).map(([name, text]) => ({ name, text }))));
}

const LISTS_WITH_NULLS = Object.fromEntries(
  LIST_TYPES.map((type) => [`${type}_list`, `[null,${FULL[type]}]`]),
);

// Ids with gaps, and stored out of their order.
const ROWS: readonly LocalRow[] = [
  row(5, 'full', FULL_TEXTS),
  row(2, 'null', NULL_TEXTS),
  row(3, 'empty', EMPTY_TEXTS),
  row(8, 'largest integer', {
    ...FULL_TEXTS,
    int_value: '9223372036854775807',
    int_list: '[9223372036854775807]',
  }),
  row(9, 'smallest integer', { ...FULL_TEXTS, int_value: '-9223372036854775808' }),
  row(10, 'integer beyond 2^53', { ...FULL_TEXTS, int_value: '9007199254740993' }),
  row(12, 'decimal without a binary form', {
    ...FULL_TEXTS,
    decimal_value: '0.1',
    decimal_list: '[0.1,1.10,-0]',
  }),
  row(13, 'decimal with an exponent', {
    ...FULL_TEXTS,
    decimal_value: '1e21',
    decimal_list: '[1.0E+21,5e-324]',
  }),
  row(14, 'decimal that is whole', { ...FULL_TEXTS, decimal_value: '3' }),
  row(17, 'before 1970', { ...FULL_TEXTS, timestamp_value: '-62135596800000', date_value: '"0001-01-01"' }),
  row(18, 'far future', { ...FULL_TEXTS, timestamp_value: '253402300799999', date_value: '"9999-12-31"' }),
  row(19, 'empty object, empty date', {
    ...FULL_TEXTS,
    object_value: '[]',
    json_value: '{}',
    date_value: '""',
  }),
  row(21, 'json scalars', { ...FULL_TEXTS, json_value: '"text"', json_list: '[1,"two",null,[],{}]' }),
  row(22, 'unicode', {
    ...FULL_TEXTS,
    text_value: '"Ünïcödé 漢字 🚀 e\u0301 \u202e"',
    email_value: '"ü@exämple.com"',
  }),
  row(23, 'escapes', {
    ...FULL_TEXTS,
    text_value: '"\\u00e9\\/\\"\\\\\\n\\t\\r\\b\\f\\ud83d\\ude80 \',;--"',
  }),
  row(24, 'NUL', { ...FULL_TEXTS, text_value: '"before\\u0000after"' }),
  row(27, 'long text', { ...FULL_TEXTS, text_value: JSON.stringify('long '.repeat(LONG_TEXT_LENGTH / 5)) }),
  row(28, 'nulls in lists', { ...FULL_TEXTS, ...LISTS_WITH_NULLS }),
  row(1, 'lists of one', { ...FULL_TEXTS, text_list: '[""]', bool_list: '[false]' }),
];

/** The table `every_type`. */
export function everyTypeTable(id: number): LocalTable {
  return defineTable(
    id,
    'every_type',
    EVERY_TYPE_FIELDS,
    { live: rowsOf(ROWS) },
    { description: 'One column of each type' },
  );
}
