import { describe, expect, it } from 'vitest';
import { KIND } from '../../../src/rest/decode/values/value-kind.js';
import { column, inferred, read, thrownBy } from './reading.js';

const ID = column('id', 'BIGINT');
const ITEMS = '{"id":1,"a":"x"},{"id":2,"a":null}';
const COLUMNS = [ID, column('a', 'VARCHAR')];

/** The page of {@link ITEMS}, with the envelope it came in. */
const page = (envelope: object) => ({
  envelope,
  records: ITEMS,
  rows: ['{"id":1,"a":"x"}', '{"id":2,"a":null}'],
  count: 2,
  rejects: [],
  first_key: '1',
  last_key: '2',
  ascending: true,
  drift: [],
});

const codeOf = (body: string | Uint8Array, selector = 'items') =>
  thrownBy(() => read(body, COLUMNS, { selector })).code;

describe('the envelope', () => {
  it.each([
    ['the list first', `{"items":[${ITEMS}],"nextPage":2}`, 'items', { items: [], nextPage: 2 }],
    ['the list last', `{"nextPage":null,"items":[${ITEMS}]}`, 'items', { items: [], nextPage: null }],
    [
      'the list in the middle',
      `{"a":[1,{"items":[]}],"items":[${ITEMS}],"z":{}}`,
      'items',
      { a: [1, { items: [] }], items: [], z: {} },
    ],
    [
      'white space everywhere it may be',
      ` \r\n\t{ "n" : 1 , "items" :\n[ ${ITEMS} \t] , "m" : 2 } \n`,
      'items',
      { n: 1, items: [], m: 2 },
    ],
    [
      'a nested list',
      `{"result":{"n":1,"items":[${ITEMS}]}}`,
      'result.items',
      { result: { n: 1, items: [] } },
    ],
    ['a list three levels down', `{"a":{"b":{"c":[${ITEMS}]}}}`, 'a.b.c', { a: { b: { c: [] } } }],
    ['a bare list', `[${ITEMS}]`, '', {}],
    ['a bare list in white space', `\n[\n${ITEMS}\n]\n`, '', {}],
    ['a key spelled with escapes', `{"\\u0069tems":[${ITEMS}]}`, 'items', { items: [] }],
    [
      'a list called __proto__',
      `{"__proto__":[${ITEMS}],"n":1}`,
      '__proto__',
      JSON.parse('{"__proto__":[],"n":1}'),
    ],
    ['a list called constructor', `{"constructor":[${ITEMS}]}`, 'constructor', { constructor: [] }],
    [
      'brackets and quotes in texts before it',
      `{"t":"]}\\"[{,","items":[${ITEMS}]}`,
      'items',
      { t: ']}"[{,', items: [] },
    ],
    [
      'a list of the same name deeper down',
      `{"x":{"items":[5]},"items":[${ITEMS}]}`,
      'items',
      { x: { items: [5] }, items: [] },
    ],
  ])('is read with %s', (_, body, selector, envelope) => {
    expect(read(body, COLUMNS, { selector })).toEqual(page(envelope));
  });

  it('of an empty list gives a page without records', () => {
    expect(read('{"items":[ ],"itemsTotal":0}', COLUMNS)).toEqual({
      ...page({ items: [], itemsTotal: 0 }),
      records: '',
      rows: [],
      count: 0,
      first_key: null,
      last_key: null,
    });
  });

  it('keeps records without members', () => {
    expect(read('{"items":[{},{ }]}', COLUMNS)).toEqual({
      ...page({ items: [] }),
      records: '{},{ }',
      rows: ['{"id":null,"a":null}', '{"id":null,"a":null}'],
      count: 2,
      first_key: null,
      last_key: null,
    });
  });

  it.each([
    ['an empty body', '', 'The answer is empty where a list of records was expected.'],
    ['HTML', '<html><body>502</body></html>', 'The answer is HTML where a list of records was expected.'],
    [
      'HTML after white space',
      '\n <!doctype html>',
      'The answer is HTML where a list of records was expected.',
    ],
    ['plain text', 'Bad Gateway', 'The answer is not JSON where a list of records was expected.'],
    ['only white space', ' \n', 'The answer is not JSON where a list of records was expected.'],
    [
      'a byte order mark',
      `\ufeff{"items":[${ITEMS}]}`,
      'The answer is not JSON where a list of records was expected.',
    ],
    [
      'an error object',
      '{"code":"ERROR","message":"no"}',
      'The answer has no list at "items", nor any other list: it is an object with the keys "code", "message".',
    ],
    [
      'a null list',
      '{"items":null}',
      'The answer has no list at "items", nor any other list: it is an object with the key "items".',
    ],
    [
      'an object where the list belongs',
      '{"items":{"a":1}}',
      'The answer has no list at "items", nor any other list: it is an object with the key "items".',
    ],
    [
      'a text where the list belongs',
      '{"items":"[]"}',
      'The answer has no list at "items", nor any other list: it is an object with the key "items".',
    ],
    ['a number', '42', 'The answer has no list at "items", nor any other list.'],
    ['null', 'null', 'The answer has no list at "items", nor any other list.'],
    ['an empty object', '{}', 'The answer has no list at "items", nor any other list.'],
  ])('is refused where it is not a list: %s', (_, body, message) => {
    const error = thrownBy(() => read(body, COLUMNS));
    expect({ code: error.code, message: error.message }).toEqual({ code: 'RESPONSE_UNEXPECTED', message });
  });

  it.each([
    [
      '{"data":[]}',
      'items',
      'The answer has no list at "items"; lists found: "data".',
      'Set data_selector to "data".',
    ],
    [
      '{"result":{"items":[],"tags":[]}}',
      'items',
      'The answer has no list at "items"; lists found: "result.items", "result.tags".',
      'Set data_selector to "result.items" or "result.tags".',
    ],
    [
      '[]',
      'items',
      'The answer has no list at "items"; lists found: the whole answer.',
      'Set data_selector to "".',
    ],
    [
      '{"items":[]}',
      '',
      'The answer itself is not a list; lists found: "items".',
      'Set data_selector to "items".',
    ],
    [
      '{"items":[]}',
      'items.rows',
      'The answer has no list at "items.rows"; lists found: "items".',
      'Set data_selector to "items".',
    ],
  ])('is refused with the lists in %s when the selector is "%s"', (body, selector, message, hint) => {
    const error = thrownBy(() => read(body, COLUMNS, { selector }));
    expect({ code: error.code, message: error.message, hint: error.hint }).toEqual({
      code: 'SELECTOR_EMPTY',
      message,
      hint,
    });
  });

  it.each([
    ['another list of records', `{"items":[${ITEMS}],"items":[{"id":3}]}`],
    ['an empty list after it', `{"items":[${ITEMS}],"items":[]}`],
    ['an empty list before it', `{"items":[],"items":[${ITEMS}]}`],
    ['two empty lists', '{"items":[],"items":[]}'],
    ['null after it', `{"items":[${ITEMS}],"items":null}`],
    ['the same name in another spelling', `{"items":[${ITEMS}],"\\u0069tems":[]}`],
  ])('is refused when its list stands twice: %s', (_, body) => {
    expect(codeOf(body)).toBe('RESPONSE_UNEXPECTED');
  });

  it('is refused when an object on the way to its list stands twice', () => {
    expect(codeOf(`{"r":{"items":[${ITEMS}]},"r":{"items":[]}}`, 'r.items')).toBe('RESPONSE_UNEXPECTED');
  });

  it.each([
    ['a bracket', ']'],
    ['a brace', '}'],
    ['another answer', '{"items":[]}'],
    ['a comma', ','],
    ['a NUL', '\0'],
    ['HTML', '<br>'],
  ])('is refused with junk after it: %s', (_, junk) => {
    expect(codeOf(`{"items":[${ITEMS}]}${junk}`)).toBe('RESPONSE_UNEXPECTED');
    expect(codeOf(`[${ITEMS}]${junk}`, '')).toBe('RESPONSE_UNEXPECTED');
  });

  it.each([
    ['no comma between records', '[{"id":1}{"id":2}]'],
    ['a comma too many', '[{"id":1},]'],
    ['a leading comma', '[,{"id":1}]'],
    ['a number', '[1]'],
    ['a text', '["a"]'],
    ['null', '[{"id":1},null]'],
    ['a list', '[[]]'],
    ['a member without a key', '[{1:2}]'],
    ['a key without quotes', '[{id:1}]'],
    ['single quotes', "[{'id':1}]"],
    ['no colon', '[{"id" 1}]'],
    ['no value', '[{"id":}]'],
    ['a comma at the end of a record', '[{"id":1,}]'],
    ['no comma between members', '[{"id":1 "a":"x"}]'],
    ['a comment', '[{"id":1/*x*/}]'],
    ['NaN', '[{"id":NaN}]'],
    ['Infinity', '[{"id":Infinity}]'],
    ['undefined', '[{"id":undefined}]'],
    ['True', '[{"id":True}]'],
    ['nul', '[{"id":nul}]'],
    ['a number with a plus', '[{"id":+1}]'],
    ['a number with a leading zero', '[{"id":01}]'],
    ['a negative number with a leading zero', '[{"id":-01}]'],
    ['a lone minus', '[{"id":-}]'],
    ['a number that ends in its point', '[{"id":1.}]'],
    ['a number that begins with its point', '[{"id":.5}]'],
    ['a number without exponent digits', '[{"id":1e}]'],
    ['a number with a signed, empty exponent', '[{"id":1e+}]'],
    ['a hexadecimal number', '[{"id":0x10}]'],
    ['a raw line break in a text', '[{"a":"x\ny"}]'],
    ['a raw tab in a text', '[{"a":"x\ty"}]'],
    ['a raw NUL in a text', '[{"a":"\0"}]'],
    ['a raw control character after an escape', '[{"a":"\\n\u0001"}]'],
    ['an unknown escape', '[{"a":"\\x41"}]'],
    ['an escaped quote of the other kind', '[{"a":"\\\'"}]'],
    ['three hex digits', '[{"a":"\\u12"}]'],
    ['no hex digits', '[{"a":"\\uzzzz"}]'],
    ['a text that is not closed', '[{"a":"x}]'],
    ['a line break in a key', '[{"a\n":1}]'],
    ['brackets that cross', '[{"a":[}]]'],
    ['a no-break space', '[{"id":\u00a01}]'],
    ['a form feed', '[{"id":\f1}]'],
  ])('is refused where its records are not JSON: %s', (_, list) => {
    const body = `{"items":${list}}`;
    expect(codeOf(body)).toBe('RESPONSE_UNEXPECTED');
    // The same in a column that nobody declared, which is only walked over.
    expect(thrownBy(() => read(body, [])).code).toBe('RESPONSE_UNEXPECTED');
  });

  it.each([
    ['2', '[{"id":1}, 2]'],
    ['null', '[{"id":1},null]'],
    ['a list', '[{"id":1},[{"id":2}]]'],
    ['a text', '[{"id":1},"x"]'],
  ])('is refused with the position of a record that is not an object, but %s', (_, list) => {
    const error = thrownBy(() => read(`{"items":${list}}`, COLUMNS));
    expect([error.code, error.message, error.hint]).toEqual([
      'RESPONSE_UNEXPECTED',
      'Record 2 of the list at "items" is not an object.',
      'Rows are made of objects: if another list holds them, say so in data_selector.',
    ]);
    expect(thrownBy(() => read(list, COLUMNS, { selector: '' })).message).toBe(
      'Record 2 of the list is not an object.',
    );
  });

  it('is refused with the position where the answer stops being JSON, and the text there', () => {
    const error = thrownBy(() => read('{"items":[{"id":1},{"id":tru}]}', COLUMNS));
    expect({ message: error.message, cause: error.cause }).toEqual({
      message: 'The answer is not complete JSON: not a JSON value at byte 25.',
      cause: 'near "ms\\":[{\\"id\\":1},{\\"id\\":tru}]}"',
    });
  });

  const WHOLE = {
    items: `{"a":{"b":[1,2.5e3,"é\\n\\ud83d\\ude00"]},"items":[{"id":1,"a":"é\\u00e9\\\\","j":{"k":[true,false,null,-0.5]}},{"id":2,"a":null,"n":1e3,"d":"2024-02-29"}],"itemsTotal":2,"nextPage":null}`,
    '': `[{"id":1,"a":"é","j":[[],{}]},{"id":20}]`,
    'result.items': `{"result":{"items":[{"id":1,"a":"é"}],"n":12},"x":"y"}`,
  };

  it.each(Object.entries(WHOLE))(
    'of a cut answer never gives a short page, wherever it is cut (list at "%s")',
    (selector, body) => {
      const columns = [...COLUMNS, column('j', 'JSON'), column('n', 'BIGINT'), column('d', 'DATE')];
      const bytes = Buffer.from(body);
      expect(read(bytes, columns, { selector }).count).toBeGreaterThan(0);
      for (let length = 0; length < bytes.length; length++) {
        const cut = bytes.subarray(0, length);
        expect(codeOf(cut, selector), `cut after ${length} bytes`).toBe('RESPONSE_UNEXPECTED');
        expect(thrownBy(() => read(cut, columns, { selector })).code, `cut after ${length} bytes`).toBe(
          'RESPONSE_UNEXPECTED',
        );
        expect(thrownBy(() => read(cut, [], { selector })).code, `cut after ${length} bytes`).toBe(
          'RESPONSE_UNEXPECTED',
        );
      }
    },
  );

  it('is read from a view into a larger buffer', () => {
    const bytes = Buffer.from(`xxx{"items":[${ITEMS}]}yyy`);
    const view = new Uint8Array(bytes.buffer, bytes.byteOffset + 3, bytes.length - 6);
    expect(read(view, COLUMNS)).toEqual(page({ items: [] }));
  });
});

describe('records', () => {
  it('keep their order, their spelling and their white space', () => {
    const records = '{ "a" :"\\u0078", "id": 1 }, {"id":2,"a":"y"}\n,{"id":3}';
    expect(read(`{"items":[ ${records} ]}`, COLUMNS)).toEqual({
      ...page({ items: [] }),
      records,
      rows: ['{"id":1,"a":"x"}', '{"id":2,"a":"y"}', '{"id":3,"a":null}'],
      count: 3,
      last_key: '3',
    });
  });

  it('are found by keys in any order, spelled in any way', () => {
    const columns = [ID, column('café', 'VARCHAR'), column('b"\\', 'BIGINT')];
    const result = read(
      '{"items":[{"id":1,"café":"a","b\\"\\\\":1},{"caf\\u00e9":2,"id":2,"b\\u0022\\u005c":"x"},{"b\\"\\\\":3,"caf\\u00e9":"c","id":3}]}',
      columns,
    );
    expect(result.rejects).toEqual([
      { column: 'café', raw: '2', reason: 'not a text for VARCHAR', row_key: '2' },
      { column: 'b"\\', raw: '"x"', reason: 'not a whole number for BIGINT', row_key: '2' },
    ]);
    expect(result.rows).toEqual([
      '{"id":1,"café":"a","b\\"\\\\":1}',
      '{"id":2,"café":null,"b\\"\\\\":null}',
      '{"id":3,"café":"c","b\\"\\\\":3}',
    ]);
    expect(result.drift).toEqual([]);
  });

  it('may have columns named like members of every JavaScript object', () => {
    const columns = [
      ID,
      column('__proto__', 'BIGINT'),
      column('constructor', 'VARCHAR'),
      column('toString', 'BOOLEAN'),
    ];
    const record = '{"id":1,"__proto__":5,"constructor":"c","toString":true}';
    expect(read(`{"items":[${record}]}`, columns)).toMatchObject({ rows: [record], rejects: [], drift: [] });
    expect(read('{"items":[{"id":1,"__proto__":1,"constructor":{}}]}', [ID]).drift).toEqual([
      ['__proto__', KIND.whole],
      ['constructor', KIND.nested],
    ]);
  });

  it('may have columns that DuckDB could not tell apart, under their own names', () => {
    const columns = [
      ID,
      column('Name', 'VARCHAR'),
      column('name', 'VARCHAR'),
      column('_xano_load_id', 'BIGINT'),
    ];
    expect(
      read('{"items":[{"id":1,"Name":"A","name":"b","_xano_load_id":7},{"name":5,"id":2}]}', columns),
    ).toMatchObject({
      rows: [
        '{"id":1,"Name":"A","name":"b","_xano_load_id":7}',
        '{"id":2,"Name":null,"name":null,"_xano_load_id":null}',
      ],
      rejects: [{ column: 'name', raw: '5', reason: 'not a text for VARCHAR', row_key: '2' }],
    });
  });

  it('take no value of an undeclared key, though a column is stored under its name', () => {
    const columns = [ID, column('A', 'BIGINT'), column('a', 'BIGINT')];
    const result = read('{"items":[{"id":1,"A":1,"a":2,"a_2":null},{"a_2":null,"a":3,"id":2}]}', columns);
    expect(result.rows).toEqual(['{"id":1,"A":1,"a":2}', '{"id":2,"A":null,"a":3}']);
    expect(result.drift).toEqual([]);
  });

  it('of 300 columns are read column by column', () => {
    const columns = [
      ID,
      ...Array.from({ length: 300 }, (_, i) => column(`c${i}`, i % 2 === 0 ? 'BIGINT' : 'VARCHAR')),
    ];
    const row = (id: number) =>
      `{"id":${id},${columns
        .slice(1)
        .map(({ name }) => `"${name}":${id}`)
        .join(',')}}`;
    const result = read(`{"items":[${row(1)},${row(2)}]}`, columns);
    expect(result.rejects).toEqual(
      [1, 2].flatMap((id) =>
        columns
          .filter(({ type }) => type === 'VARCHAR')
          .map(({ name }) => ({
            column: name,
            raw: String(id),
            reason: 'not a text for VARCHAR',
            row_key: String(id),
          })),
      ),
    );
    expect(result.rows.map((text): unknown => JSON.parse(text))).toEqual(
      [1, 2].map((id) =>
        Object.fromEntries(columns.map(({ name, type }) => [name, type === 'VARCHAR' ? null : id])),
      ),
    );
  });

  it('name the row of a refused value, wherever the key stands in it', () => {
    const columns = [column('n', 'BIGINT'), ID, column('b', 'BOOLEAN')];
    expect(
      read('{"items":[{"n":"x","id":7,"b":1},{"b":0,"n":1},{"id":"k","b":2}]}', columns).rejects,
    ).toEqual([
      { column: 'n', raw: '"x"', reason: 'not a whole number for BIGINT', row_key: '7' },
      { column: 'b', raw: '1', reason: 'not true or false for BOOLEAN', row_key: '7' },
      { column: 'b', raw: '0', reason: 'not true or false for BOOLEAN', row_key: null },
      { column: 'id', raw: '"k"', reason: 'not a whole number for BIGINT', row_key: '"k"' },
      { column: 'b', raw: '2', reason: 'not true or false for BOOLEAN', row_key: '"k"' },
    ]);
  });

  it.each([
    ['1', '2', true],
    ['2', '1', false],
    ['1', '1', false],
    ['-2', '-1', true],
    ['9007199254740992', '9007199254740993', true],
    ['9007199254740993', '9007199254740993', false],
    ['999999999999999', '1000000000000000', true],
    ['-9223372036854775808', '9223372036854775807', true],
    ['"b"', '"a"', true],
  ])('with the keys %s and %s are in order: %s', (one, two, ascending) => {
    const result = read(`{"items":[{"id":${one}},{"id":${two}}]}`, [
      column('id', one.startsWith('"') ? 'VARCHAR' : 'BIGINT'),
    ]);
    expect(result).toEqual({
      ...page({ items: [] }),
      records: `{"id":${one}},{"id":${two}}`,
      rows: [`{"id":${one}}`, `{"id":${two}}`],
      first_key: one,
      last_key: two,
      ascending,
    });
  });
});

describe('a key that stands twice', () => {
  const columns = [ID, column('a', 'BIGINT'), column('b', 'VARCHAR'), column('c', 'JSON')];
  const twice = 'a key that appears twice in its row: the last value counts';

  it.each([
    ['side by side', '{"id":1,"a":1,"a":2}', '{"id":1,"a":2,"b":null,"c":null}', ['"a":1,']],
    [
      'with another between them',
      '{"id":1,"a":1,"b":"x","a":2}',
      '{"id":1,"a":2,"b":"x","c":null}',
      ['"a":1,'],
    ],
    ['at both ends', '{"a":1,"id":1,"b":"x","a":2}', '{"id":1,"a":2,"b":"x","c":null}', ['"a":1,']],
    [
      'three times',
      '{"a":1,"id":1,"a":2,"b":"x","a":3}',
      '{"id":1,"a":3,"b":"x","c":null}',
      ['"a":1,', '"a":2,'],
    ],
    [
      'crossing another twin',
      '{"id":1,"a":1,"b":"x","a":2,"b":"y"}',
      '{"id":1,"a":2,"b":"y","c":null}',
      ['"a":1,', '"b":"x",'],
    ],
    [
      'inside another twin',
      '{"id":1,"a":1,"b":"x","b":"y","a":2}',
      '{"id":1,"a":2,"b":"y","c":null}',
      ['"b":"x",', '"a":1,'],
    ],
    [
      'spelled in two ways',
      '{"id":1,"\\u0061":1,"a":2}',
      '{"id":1,"a":2,"b":null,"c":null}',
      ['"\\u0061":1,'],
    ],
    ['being the row key', '{"id":5,"a":1,"id":1}', '{"id":1,"a":1,"b":null,"c":null}', ['"id":5,']],
    ['the last being null', '{"id":1,"a":1,"a":null}', '{"id":1,"a":null,"b":null,"c":null}', ['"a":1,']],
    [
      'with white space',
      '{ "id":1, "a" : 1 , "b":"x", "a":2}',
      '{"id":1,"a":2,"b":"x","c":null}',
      ['"a" : 1 , '],
    ],
  ])('counts with its last value, and keeps the others aside: %s', (_, record, kept, raws) => {
    expect(read(`{"items":[${record},{"id":2,"a":3}]}`, columns)).toEqual({
      ...page({ items: [] }),
      records: `${record},{"id":2,"a":3}`,
      rows: [kept, '{"id":2,"a":3,"b":null,"c":null}'],
      count: 2,
      rejects: raws.map((raw) => ({
        column: /a|0061/.test(raw) ? 'a' : raw.startsWith('"b') ? 'b' : 'id',
        raw,
        reason: twice,
        row_key: '1',
      })),
    });
  });

  it('leaves refused and respelled members of its row alone', () => {
    const result = read('{"items":[{"id":1,"a":1.5,"c":{"x": 1.10},"b":7,"a":3.0}]}', columns);
    expect(result.rows).toEqual(['{"id":1,"a":3,"b":null,"c":{"x": 1.10}}']);
    expect(result.rejects).toEqual([
      { column: 'a', raw: '1.5', reason: 'a fraction for BIGINT', row_key: '1' },
      { column: 'b', raw: '7', reason: 'not a text for VARCHAR', row_key: '1' },
      { column: 'a', raw: '"a":1.5,', reason: twice, row_key: '1' },
    ]);
  });

  it('in one row does not affect the next row', () => {
    expect(read('{"items":[{"id":1,"a":1},{"id":2,"a":2}]}', columns).rejects).toEqual([]);
  });
});

describe('JSON', () => {
  it.each([
    '0.2',
    '-12.5',
    '0.001',
    '99999999999999.5',
    '0.20',
    '1.0',
    '-0.0',
    '0.0001',
    '1e3',
    '1.5E2',
    '999999999999999.5',
    '12345678901234567890123',
    '"\\u00e9\\/\\ud83d\\ude00é"',
    ' 1 ,\n\t2 ',
    '{"b":1,"a":2, "b":3}',
  ])('that holds %j is kept as it was sent', (inner) => {
    const json = `{"x":[${inner}]}`;
    const columns = [ID, column('c', 'JSON'), column('l', 'JSON', { list: true })];
    const one = (id: number) => `{"id":${id},"c":${json},"l":[${json},${json}]}`;
    const result = read(`{"items":[${one(1)},${one(2)}]}`, columns);
    expect([result.rows, result.rejects]).toEqual([[one(1), one(2)], []]);
  });

  it('that is a bare text, number or word is kept as it was sent, and null is null', () => {
    const values = ['"a\\u0062"', '1.10', 'true', 'null', '""', '[ ]', '-0'];
    const result = read(`{"items":[${values.map((c) => `{"c": ${c} }`).join(',')}]}`, [column('c', 'JSON')]);
    expect(result.rows).toEqual(values.map((c) => `{"c":${c}}`));
  });
});

describe('excluded columns', () => {
  it('are never stored, whatever they hold and however they are spelled', () => {
    const secrets = ['"hash$2y$10"', '{"deep":["hash"]}', '12345', '[1,"hash"]', 'true', '"\\ud83d hash"'];
    for (const secret of secrets) {
      const result = read(
        `{"items":[{"id":1,"password":${secret},"a":"x"},{"\\u0070assword":${secret},"id":2,"a":null},{"id":3,"password":${secret},"password":${secret}}]}`,
        COLUMNS,
        { excluded: ['password'] },
      );
      expect({ rejects: result.rejects, drift: result.drift }).toEqual({ rejects: [], drift: [] });
      expect(result.rows).toEqual(['{"id":1,"a":"x"}', '{"id":2,"a":null}', '{"id":3,"a":null}']);
    }
  });

  it('may differ from a loaded column by case only', () => {
    const result = read(
      '{"items":[{"id":1,"Password":"shown","password":"hidden"}]}',
      [ID, column('Password', 'VARCHAR')],
      {
        excluded: ['password'],
      },
    );
    expect(result.rows).toEqual(['{"id":1,"Password":"shown"}']);
  });
});

describe('the drift report', () => {
  it('names every undeclared key with the kinds of its values, and is silent about nulls', () => {
    const result = read(
      '{"items":[{"id":1,"a":"x","b":true,"w":1,"f":1.5,"t":"x","o":{},"l":[],"n":null,"m":1},{"id":2,"m":"x","w":null,"e":1e2},{"id":3,"w":12345678901234567890,"":1}]}',
      COLUMNS,
    );
    expect(result.drift).toEqual([
      ['b', KIND.boolean],
      ['w', KIND.whole | KIND.nested],
      ['f', KIND.fraction],
      ['t', KIND.text],
      ['o', KIND.nested],
      ['l', KIND.nested],
      ['m', KIND.whole | KIND.text],
      ['e', KIND.fraction],
      ['', KIND.whole],
    ]);
  });

  it('reports a guessed type that does not hold, where a declared one refuses the value', () => {
    const result = read(
      '{"items":[{"id":1,"g":"x","d":"x"},{"id":2,"g":null,"d":null},{"id":3,"g":2.5,"d":1}]}',
      [ID, inferred('g', 'BIGINT'), column('d', 'BIGINT')],
    );
    expect(result.drift).toEqual([['g', KIND.text | KIND.fraction]]);
    expect(result.rejects.filter((reject) => reject.column === 'd')).toEqual([
      { column: 'd', raw: '"x"', reason: 'not a whole number for BIGINT', row_key: '1' },
    ]);
  });
});

describe('keys that UTF-8 cannot hold', () => {
  it('are columns like any other, under the name that JSON has for them', () => {
    const name = String(JSON.parse('"x\\ud83d"'));
    const body = '{"items":[{"id":1,"x\\ud83d":5},{"id":2,"x\\ud83d":null}]}';
    expect(read(body, [ID]).drift).toEqual([[name, KIND.whole]]);
    expect(read(body, [ID, inferred(name, 'BIGINT')])).toMatchObject({
      rows: ['{"id":1,"x\\ud83d":5}', '{"id":2,"x\\ud83d":null}'],
      rejects: [],
      drift: [],
    });
  });

  it('do no harm where they are undeclared and null', () => {
    const lone = read('{"items":[{"id":1,"\\udc00":null},{"id":2}]}', [ID]);
    expect([lone.rows, lone.drift]).toEqual([['{"id":1}', '{"id":2}'], []]);
    const broken = read(Buffer.from('{"items":[{"id":1,"\xff":null}]}', 'latin1'), [ID]);
    expect([broken.rows, broken.drift]).toEqual([['{"id":1}'], []]);
  });

  it('are the same column in every row when their bytes are broken', () => {
    const body = Buffer.from('{"items":[{"id":1,"\xff":5},{"id":2,"\xff":6}]}', 'latin1');
    expect(read(body, [ID]).drift).toEqual([['\ufffd', KIND.whole]]);
    expect(read(body, [ID, inferred('\ufffd', 'BIGINT')]).rows).toEqual([
      '{"id":1,"\ufffd":5}',
      '{"id":2,"\ufffd":6}',
    ]);
  });
});
