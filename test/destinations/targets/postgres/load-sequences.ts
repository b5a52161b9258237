/** Sequences of loads that a Postgres database and a DuckDB file must end the same after. */
import type { Publication } from '../../../../src/destinations/destination.js';
import { column, type PlanChoices } from '../../writing.js';

/** One load: its plan, its rows, and what is told of them. */
export interface Load extends PlanChoices {
  readonly rows: readonly (object | string)[];
  readonly told?: Partial<Publication>;
}

const V = [column('id', 'BIGINT'), column('v', 'JSON')];
/** Rows of a key and JSON. */
export const of = (texts: readonly string[], first = 1) =>
  texts.map((text, i) => `{"id":${first + i},"v":${text}}`);
/** JSON of several shapes, by the loads that bring it. */
export const FIRST = of([
  '{"colour":"red","size":{"w":1.5,"h":2},"items":[{"sku":"a","n":9007199254740993,"discounts":[{"code":"x","pct":5},{"code":"y"}]},{"sku":"b","n":2}],"tags":["t1",null]}',
  '{"colour":"blue","items":[]}',
  '[]',
]);
export const SECOND = of(
  [
    '{"items":[{"sku":"c","n":5,"discounts":[{"pct":1.5}]}]}',
    '{"new":[1],"colour":7}',
    '{"size":"large","items":[{"sku":{"deep":[1,2]}}]}',
    '{"at":"2024-01-01","items":[{"sku":"d"}]}',
  ],
  2,
);
export const THIRD = of(['{"tags":[{"a":1}]}', 'null', '{"colour":"green"}'], 1);
const flat = { flatten: { reserved: [] } } as const;
/** The plan of a load of such JSON. */
export const json = { target: { columns: V } } as const;

/** Shapes and dispositions that are tried together, each of them at least once. */
export const NESTED: readonly (readonly [string, PlanChoices])[] = [
  ['flatten and replace', flat],
  ['struct and append', { nested: 'struct', write_disposition: 'append' }],
  ['flatten and append of unknown rows', { ...flat, write_disposition: 'append', skip_known: 'id' }],
  ['flatten, struct and merge', { ...flat, nested: 'struct', write_disposition: 'merge' }],
  ['struct and merge that deletes', { nested: 'struct', write_disposition: 'merge', hard_delete: true }],
];

const merge = { write_disposition: 'merge' } as const;
const append = { write_disposition: 'append' } as const;
const named = (name: string, more: PlanChoices = {}): PlanChoices => ({
  identity: `host/${name}`,
  ...more,
  target: { name, columns: V, ...more.target },
});
const other = (name: string): PlanChoices => named(name, { origin: { workspace_id: 1, table_id: 2 } });
const typed = (
  type: 'BIGINT' | 'DOUBLE' | 'VARCHAR' | 'JSON' | 'BOOLEAN' | 'TIMESTAMPTZ',
  list = false,
): PlanChoices => ({
  target: { columns: [column('id', 'BIGINT'), column('v', type, { list })] },
});
const key = (names: readonly string[], more: PlanChoices = {}): PlanChoices => ({
  ...merge,
  ...more,
  target: {
    columns: [column('id', 'BIGINT'), column('name', 'VARCHAR'), column('v', 'JSON')],
    primary_key: names,
  },
});
const ODD = ['a', 'A', 'b\'c"d', '😀', 'e\\f', ' ', 'NULL', ''];
const odd = (v: number, names = ODD) => names.map((name, i) => ({ id: i % 3, name, v }));

/** Loads that follow each other, and what they try. */
export const SEQUENCES: readonly (readonly [string, readonly Load[]])[] = [
  [
    'another name, another schema, and back, with lists as tables',
    [
      { ...flat, ...named('shop'), rows: FIRST },
      { ...flat, ...named('store'), rows: SECOND },
      { ...flat, ...named('store', { target: { schema: 'other' } }), ...merge, rows: THIRD },
      { ...flat, ...named('shop'), ...merge, rows: SECOND },
    ],
  ],
  [
    'two tables that exchange their names',
    [
      { ...named('a'), rows: FIRST },
      { ...other('b'), rows: THIRD },
      { ...named('b'), rows: SECOND },
      { ...other('a'), rows: FIRST },
    ],
  ],
  [
    'a type that changes with each replace',
    [
      { ...typed('BIGINT'), rows: of(['1', '2']) },
      { ...typed('VARCHAR'), rows: of(['"x"', '"2"']) },
      { ...typed('BOOLEAN'), rows: of(['true', 'null']) },
      { ...typed('TIMESTAMPTZ'), rows: of(['1700000000123', '-1']) },
      { ...typed('DOUBLE', true), rows: of(['[1.5,null]', '[]']) },
      { ...typed('JSON'), rows: of(['{"a":1.10}', '[]']) },
      { ...typed('BIGINT'), rows: of(['9007199254740993', '2']) },
    ],
  ],
  ...([merge, append] as const).map(
    (how) =>
      [
        `a type that widens while old rows stay: ${how.write_disposition}`,
        [
          { ...how, ...typed('BIGINT'), rows: of(['1', '9007199254740993']), told: { complete_ranges: [] } },
          { ...how, ...typed('DOUBLE'), rows: of(['1.5'], 3), told: { complete_ranges: [] } },
          { ...how, ...typed('VARCHAR'), rows: of(['"x"', 'null'], 4), told: { complete_ranges: [] } },
          {
            ...how,
            ...typed('VARCHAR', true),
            rows: of(['["x",null]', '[]'], 6),
            told: { complete_ranges: [] },
          },
          { ...how, ...typed('JSON'), rows: of(['{"a":1.10}', '"é"'], 8), told: { complete_ranges: [] } },
          { ...how, ...typed('BIGINT'), rows: of(['5'], 1), told: { complete_ranges: [] } },
        ],
      ] as const,
  ),
  [
    'a text key, marked and deleted rows',
    [
      { ...key(['name']), rows: odd(1) },
      { ...key(['name']), rows: odd(2, ODD.slice(2)) },
      {
        ...key(['name']),
        rows: [...odd(3, ['a', 'new']), { id: 1, name: null, v: 1 }],
        told: { complete_ranges: [] },
      },
      { ...key(['name'], { hard_delete: true }), rows: odd(4, ['a', '😀']) },
      { ...key(['name'], { write_disposition: 'replace' }), rows: [...odd(5), { id: 1, name: null, v: 1 }] },
      {
        ...key(['name']),
        rows: [...odd(6, ['a']), { id: 2, name: null, v: 2 }],
        told: { complete_ranges: [] },
      },
    ],
  ],
  [
    'a key of two columns, one of one, and none',
    [
      { ...key(['id', 'name']), rows: odd(1) },
      { ...key(['id', 'name']), rows: odd(2, ['A', 'a', 'x']), told: { complete_ranges: [] } },
      { ...key(['id', 'name'], { hard_delete: true }), rows: odd(3, ['A', 'a']) },
      { ...key(['name']), rows: odd(4, ['A', 'z']), told: { complete_ranges: [] } },
      { ...key([], { write_disposition: 'replace' }), rows: [...odd(5), ...odd(5)] },
      { ...key([], append), rows: odd(6) },
      { ...key(['name'], { write_disposition: 'replace' }), rows: odd(7) },
    ],
  ],
  [
    'columns that come and go',
    [
      {
        rows: [
          { id: 1, name: 'a' },
          { id: 2, name: 'b' },
        ],
      },
      {
        ...merge,
        target: { columns: [column('id', 'BIGINT')] },
        rows: [{ id: 1 }, { id: 3 }],
        told: { complete_ranges: [] },
      },
      {
        target: { columns: [column('id', 'BIGINT'), column('x', 'VARCHAR')] },
        rows: [{ id: 1, x: 'x' }, { id: 4 }],
      },
      { ...append, rows: [{ id: 5, name: 'e' }] },
      {
        rows: [
          { id: 1, name: 'again' },
          { id: 5, name: 'e' },
        ],
      },
      { target: { columns: [], primary_key: [] }, rows: [{}, {}] },
    ],
  ],
  [
    'names of every kind',
    ['replace', 'merge', 'replace'].map((type, i) => {
      const names = [
        'xmin',
        'XMIN',
        'ctid',
        'a"b',
        'é'.repeat(40),
        `${'é'.repeat(40)}2`,
        'Name',
        'name',
        'select',
        ' ',
        '_xano_load_id',
        'tableoid',
      ];
      return {
        write_disposition: type as 'replace' | 'merge',
        target: {
          name: `${'long '.repeat(20)}"`,
          columns: [column('id', 'BIGINT'), ...names.map((name) => column(name, 'BIGINT'))],
        },
        rows: [1, 2, 3 + i].map((id) =>
          Object.fromEntries(['id', ...names].map((name, n) => [name, n === 0 ? id : id * 10 + n + i])),
        ),
      };
    }),
  ],
  [
    'rows of a replace that stay',
    [
      { ...flat, ...named('shop'), rows: FIRST },
      {
        ...flat,
        ...named('shop'),
        rows: of(['{"items":[{"sku":"new"}]}'], 1),
        told: { keep: [{ id: '2' }, { id: '3' }] },
      },
      {
        ...named('shop'),
        rows: of(['{"a":1.10,"a":2}', '1.50'], 7),
        told: { keep: [{ id: '1' }, { id: '2' }] },
      },
    ],
  ],
];
