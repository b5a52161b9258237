/** Columns that came, went or changed their type between two loads. */
import { describe, expect, it } from 'vitest';
import { field } from '../../../src/sandbox/data/define.js';
import type { LocalField, LocalTable } from '../../../src/sandbox/data/model.js';
import { deleteRow, insertRow, rowFromJson } from '../../../src/sandbox/data/rows.js';
import { tableOf } from '../../fixtures/local-xano.js';
import { eventsOf, type LoadResult, query } from '../loading.js';
import { type Office, openOffice, type Setting } from '../open-office.js';

const ID = field('id', 'int');
const text = field('a', 'text');

/** Gives the table other columns and other rows. */
function become({ xano, rows }: Office, fields: readonly LocalField[], list: readonly object[]): void {
  // A Xano whose schema is changed serves the new one from then on.
  (tableOf(xano, 'items') as { schema: LocalTable['schema'] }).schema = fields;
  for (const { key } of [...rows.sorted]) deleteRow(rows, key);
  for (const row of list) insertRow(rows, rowFromJson(typeof row === 'string' ? row : JSON.stringify(row)));
}

const json = (row: object) => rowFromJson(JSON.stringify(row));
const columns = async (file: string) =>
  (await query(file, 'SELECT column_name, column_type FROM (DESCRIBE xano_data.items)'))
    .map(({ column_name, column_type }) => [
      column_name,
      String(column_type).replace('TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ'),
    ])
    .filter(([name]) => !String(name).startsWith('_xano'));
const rowsOf = (file: string) =>
  query(
    file,
    "SELECT COLUMNS(c -> NOT starts_with(c, '_xano')) FROM xano_data.items ORDER BY id, _xano_load_id",
  );

/** The changes that a load reports, which it must also have said. */
function changes(result: LoadResult): unknown[] {
  expect(result.onlyTable.status).toBe('loaded');
  expect(eventsOf(result, 'schema_changed')).toEqual(
    result.onlyTable.schema_changes.map((change) => ({
      type: 'schema_changed',
      resource: 'items',
      ...change,
    })),
  );
  return result.onlyTable.schema_changes.map(({ change, name, from, to }) => [change, name, from, to]);
}

const settings: [string, Setting][] = [
  ['replaced', {}],
  ['merged', { write_disposition: 'merge' }],
  ['appended', { write_disposition: 'append' }],
];

describe.each(settings)('a table that is %s', (way, setting) => {
  /** What is left of the first load's rows. */
  const old = (...list: readonly object[]) => (way === 'appended' ? list : []);

  it('gets a new column', async () => {
    const setup = await openOffice({ rows: [json({ id: 1, a: 'x' })], ...setting, fields: [ID, text] });
    await setup.load();
    become(setup, [ID, text, field('b', 'int')], [{ id: 1, a: 'y', b: 7 }]);
    const second = await setup.load();
    expect(changes(second)).toEqual([['column_added', 'b', null, 'BIGINT']]);
    expect(await columns(setup.file)).toEqual([
      ['id', 'BIGINT'],
      ['a', 'VARCHAR'],
      ['b', 'BIGINT'],
    ]);
    expect(await rowsOf(setup.file)).toEqual([
      ...old({ id: '1', a: 'x', b: null }),
      { id: '1', a: 'y', b: '7' },
    ]);
    expect(changes(await setup.load())).toEqual([]);
  });

  it('keeps a removed column without new values, and reports once that it went, and once that it returned', async () => {
    const setup = await openOffice({ rows: [json({ id: 1, a: 'x' })], ...setting, fields: [ID, text] });
    const { file, load } = setup;
    await load();
    become(setup, [ID], [{ id: 2 }]);
    const second = await load();
    expect(changes(second)).toEqual([['column_removed', 'a', 'VARCHAR', null]]);
    // A merge marks the old row, and leaves it as it was.
    const kept = way === 'replaced' ? [] : [{ id: '1', a: 'x' }];
    expect(await rowsOf(file)).toEqual([...kept, { id: '2', a: null }]);
    const third = await load();
    expect(changes(third)).toEqual([]);
    become(setup, [ID, text], [{ id: 3, a: 'back' }]);
    const fourth = await load();
    expect(changes(fourth)).toEqual([['column_added', 'a', null, 'VARCHAR']]);
    expect(changes(await load())).toEqual([]);
    expect(await columns(file)).toEqual([
      ['id', 'BIGINT'],
      ['a', 'VARCHAR'],
    ]);
    expect((await rowsOf(file)).at(-1)).toEqual({ id: '3', a: 'back' });
  });

  it('keeps a removed column where others came since, each with its own values', async () => {
    const setup = await openOffice({
      rows: [json({ id: 1, A: 'x', a: 'y' })],
      ...setting,
      fields: [ID, field('A', 'text'), text],
    });
    const { file, load } = setup;
    await load();
    // DuckDB cannot tell `A` and `a` apart: the second is stored as `a_2`, and stays so.
    become(setup, [ID, text, field('b', 'text')], [{ id: 1, a: 'now', b: 'z' }]);
    const second = await load();
    expect(changes(second)).toEqual(
      expect.arrayContaining([
        ['column_removed', 'A', 'VARCHAR', null],
        ['column_added', 'b', null, 'VARCHAR'],
      ]),
    );
    const [a, A] = way === 'replaced' ? ['a', 'A_2'] : ['a_2', 'A'];
    expect((await rowsOf(file)).at(-1)).toEqual({ id: '1', [A]: null, [a]: 'now', b: 'z' });
  });
});

describe('the type of a column', () => {
  /** Old type, its values; new type, its value; the type that holds both, and all values in it. */
  const cases: [string, LocalField, string[], LocalField, string, string, (string | number | null)[]][] = [
    ['int to decimal', field('a', 'int'), ['1', '2'], field('a', 'decimal'), '2.5', 'DOUBLE', [1, 2, 2.5]],
    [
      'int to decimal where an int is too large for it',
      field('a', 'int'),
      ['9007199254740993'],
      field('a', 'decimal'),
      '2.5',
      'VARCHAR',
      ['9007199254740993', '2.5'],
    ],
    ['int to text', field('a', 'int'), ['1', 'null'], text, '"x"', 'VARCHAR', ['1', null, 'x']],
    [
      'text to int where all fit',
      text,
      ['"1"', '"-20"'],
      field('a', 'int'),
      '3',
      'BIGINT',
      ['1', '-20', '3'],
    ],
    [
      'text to int where one does not',
      text,
      ['"1"', '"x"'],
      field('a', 'int'),
      '3',
      'VARCHAR',
      ['1', 'x', '3'],
    ],
    [
      'text to int where one is spelled otherwise',
      text,
      ['"007"'],
      field('a', 'int'),
      '3',
      'VARCHAR',
      ['007', '3'],
    ],
    [
      'decimal to int where one has a fraction',
      field('a', 'decimal'),
      ['1.5'],
      field('a', 'int'),
      '3',
      'VARCHAR',
      ['1.5', '3'],
    ],
    ['text to object', text, ['"x"'], field('a', 'json'), '{"n":1.10}', 'JSON', ['"x"', '{"n":1.10}']],
    [
      'int to list',
      field('a', 'int'),
      ['1'],
      field('a', 'int', { style: 'list' }),
      '[2,3]',
      'JSON',
      ['1', '[2,3]'],
    ],
    ['list to text', field('a', 'text', { style: 'list' }), ['["x"]'], text, '"y"', 'JSON', ['["x"]', '"y"']],
    ['object to text', field('a', 'json'), ['{"n":1.10}'], text, '"y"', 'JSON', ['{"n":1.10}', '"y"']],
    ['text to bool', text, ['"maybe"'], field('a', 'bool'), 'true', 'VARCHAR', ['maybe', 'true']],
    [
      'date to timestamp',
      field('a', 'date'),
      ['"2026-01-02"'],
      field('a', 'timestamp'),
      '1767225600000',
      'TIMESTAMPTZ',
      ['2026-01-02 00:00:00+00', '2026-01-01 00:00:00+00'],
    ],
  ];
  const sqlOf = new Map([
    ['int', 'BIGINT'],
    ['decimal', 'DOUBLE'],
    ['text', 'VARCHAR'],
    ['json', 'JSON'],
    ['bool', 'BOOLEAN'],
    ['date', 'DATE'],
    ['timestamp', 'TIMESTAMPTZ'],
  ]);
  const typeOf = ({ type, style }: LocalField) => `${sqlOf.get(type)}${style === 'list' ? '[]' : ''}`;

  it.each(cases)('widens, %s, where old rows stay', async (_, from, before, to, after, type, all) => {
    const rows = before.map((value, at) => rowFromJson(`{"id":${at + 1},"a":${value}}`));
    for (const write_disposition of ['merge', 'append'] as const) {
      const setup = await openOffice({ rows, fields: [ID, from], write_disposition });
      await setup.load();
      become(setup, [ID, to], [JSON.parse(`{"id":99,"a":null}`)]);
      deleteRow(setup.rows, 99n);
      insertRow(setup.rows, rowFromJson(`{"id":99,"a":${after}}`));
      const second = await setup.load();
      expect(changes(second)).toEqual(
        type === typeOf(from) ? [] : [['column_retyped', 'a', typeOf(from), type]],
      );
      expect(await columns(setup.file)).toEqual([
        ['id', 'BIGINT'],
        ['a', type],
      ]);
      expect((await rowsOf(setup.file)).map(({ a }) => a)).toEqual(all);
      expect(changes(await setup.load())).toEqual([]);
    }
  });

  it('changes regardless of deleted values', async () => {
    const all: [LocalField, string, LocalField, string][] = [
      [field('a', 'bool'), 'true', field('a', 'int'), '5'],
      [field('a', 'int'), '7', field('a', 'timestamp'), '1767225600000'],
      [text, '"x"', field('a', 'date'), '"2026-01-02"'],
    ];
    for (const [from, old, to, now] of all) {
      const rows = ['1', '2'].map((id) => rowFromJson(`{"id":${id},"a":${old}}`));
      const setup = await openOffice({ rows, fields: [ID, from], write_disposition: 'merge' });
      await setup.load();
      become(setup, [ID, to], []);
      for (const id of ['1', '2']) insertRow(setup.rows, rowFromJson(`{"id":${id},"a":${now}}`));
      await setup.load();
      const third = await setup.load();
      expect(third.onlyTable).toMatchObject({ status: 'loaded', rows_total: 2 });
      insertRow(setup.rows, rowFromJson(`{"id":3,"a":${now}}`));
      expect((await setup.load()).onlyTable).toMatchObject({ status: 'loaded', rows_total: 3 });
      const values = (await rowsOf(setup.file)).map(({ a }) => a);
      expect(new Set(values).size).toBe(1);
    }
  });

  it('is the new one where all rows are replaced', async () => {
    const setup = await openOffice({ rows: [rowFromJson('{"id":1,"a":"x"}')], fields: [ID, text] });
    await setup.load();
    become(setup, [ID, field('a', 'int')], [{ id: 1, a: 5 }]);
    const second = await setup.load();
    expect(changes(second)).toEqual([['column_retyped', 'a', 'VARCHAR', 'BIGINT']]);
    expect(await rowsOf(setup.file)).toEqual([{ id: '1', a: '5' }]);
    expect(changes(await setup.load())).toEqual([]);
  });

  it('of the key widens, and rows still match their key', async () => {
    const setup = await openOffice({
      rows: [rowFromJson('{"id":"9","a":"x"}'), rowFromJson('{"id":"ab","a":"y"}')],
      fields: [field('id', 'text'), text],
      write_disposition: 'merge',
    });
    await setup.load();
    become(
      setup,
      [ID, text],
      [
        { id: 9, a: 'new' },
        { id: 10, a: 'z' },
      ],
    );
    const second = await setup.load();
    expect(changes(second)).toEqual([]);
    expect(second.onlyTable).toMatchObject({ rows_deleted: 1, rows_total: 3 });
    expect(await rowsOf(setup.file)).toEqual([
      { id: '10', a: 'z' },
      { id: '9', a: 'new' },
      { id: 'ab', a: 'y' },
    ]);
  });
});
