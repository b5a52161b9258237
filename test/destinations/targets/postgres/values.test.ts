/** Values arrive in Postgres as they were sent, or become rejects; and what did not change is not written again. */
import { expect, it, onTestFinished } from 'vitest';
import { startEngine } from '../../../../src/destinations/engine/engine.js';
import type { Session } from '../../../../src/destinations/engine/session.js';
import { copiedType, copyRows } from '../../../../src/destinations/targets/postgres/copy-rows.js';
import { pullRows } from '../../../../src/destinations/targets/postgres/pull-rows.js';
import { parsePostgresUrl } from '../../../../src/destinations/targets/postgres/wire/address.js';
import { connect } from '../../../../src/destinations/targets/postgres/wire/connection.js';
import { describePostgres, newDatabase, rows } from '../../../servers/postgres.js';
import { publish, using } from '../../conformance/place.js';
import { column, plan, tempFolder } from '../../writing.js';
import { postgresPlace } from './place.js';

/** By type: values as SQL of DuckDB, and as Postgres shows them. */
const VALUES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  BIGINT: [
    ['9223372036854775807', '9223372036854775807'],
    ["'-9223372036854775808'", '-9223372036854775808'],
    ['0', '0'],
  ],
  DOUBLE: [
    ["'NaN'", 'NaN'],
    ["'inf'", 'Infinity'],
    ["'-inf'", '-Infinity'],
    ['5e-324', '5e-324'],
    ['0.1::DOUBLE + 0.2::DOUBLE', '0.30000000000000004'],
    ["'-0.0'", '-0'],
    ['1.7976931348623157e308', '1.7976931348623157e+308'],
  ],
  FLOAT: [
    ["'NaN'", 'NaN'],
    ["'-inf'", '-Infinity'],
    ["'1e-45'", '1e-45'],
    ['0.1', '0.1'],
    ['3.4028235e38', '3.4028235e+38'],
  ],
  BOOLEAN: [
    ['true', 'true'],
    ['false', 'false'],
  ],
  'TIMESTAMP WITH TIME ZONE': [
    ["'4713-01-01 (BC) 00:00:00+00'", '4713-01-01 00:00:00+00 BC'],
    ["'0001-01-01 (BC) 00:00:00.000001+00'", '0001-01-01 00:00:00.000001+00 BC'],
    ["'1969-12-31 23:59:59.999999+00'", '1969-12-31 23:59:59.999999+00'],
    ["'2024-02-29 12:00:00+00'", '2024-02-29 12:00:00+00'],
    ["'99999-12-31 23:59:59.999999+00'", '99999-12-31 23:59:59.999999+00'],
    ["'infinity'", 'infinity'],
    ["'-infinity'", '-infinity'],
  ],
  DATE: [
    ["'4713-01-01 (BC)'", '4713-01-01 BC'],
    ["'1999-12-31'", '1999-12-31'],
    ["'5874897-12-31'", '5874897-12-31'],
    ["'infinity'", 'infinity'],
    ["'-infinity'", '-infinity'],
  ],
  UUID: [
    ["'00000000-0000-0000-0000-000000000000'", '00000000-0000-0000-0000-000000000000'],
    ["'ffffffff-ffff-ffff-ffff-ffffffffffff'", 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
    ["'F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6'", 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
  ],
  VARCHAR: [
    ["''", ''],
    ["'NULL'", 'NULL'],
    ["'\\N'", '\\N'],
    ["'\\.'", '\\.'],
    [`'a "b", ''c''' || chr(10) || chr(13) || chr(9)`, `a "b", 'c'\n\r\t`],
    ["'😀 é 漢' || chr(65279) || chr(1114109)", '😀 é 漢\ufeff\u{10fffd}'],
  ],
  JSON: [
    [`'{"a": 1.10, "a":2}'`, '{"a": 1.10, "a":2}'],
    [`'"\\u0000 \\ud83d\\ude00"'`, '"\\u0000 \\ud83d\\ude00"'],
    ["'null'", 'null'],
    ["'[[1],[2,3]]'", '[[1],[2,3]]'],
    ["'1e400'", '1e400'],
  ],
};

/** A list of values as Postgres shows it. */
function shownList(type: string, shown: readonly string[]): string {
  const elements = shown.map((text) => {
    if (type === 'BOOLEAN') return text[0];
    return text === '' || /[{},"\\\s]/.test(text) || /^null$/i.test(text)
      ? `"${text.replace(/["\\]/g, '\\$&')}"`
      : text;
  });
  return `{${elements.join(',')}}`;
}

interface Case {
  readonly type: string;
  readonly sql: string;
  readonly shown: string | null;
}

/** Each value alone and in lists, with NULL among its elements; no value, no element. */
const CASES: readonly Case[] = Object.entries(VALUES).flatMap(([type, values]) => {
  const typed = values.map(([sql]) => (type === 'JSON' ? `${sql}::JSON` : `(${sql})::${type}`));
  const list = (elements: readonly string[]) => `[${elements.join(', ')}]::${type}[]`;
  const shown = values.map(([, text]) => text);
  return [
    ...typed.map((sql, i) => ({ type, sql, shown: shown[i]! })),
    { type, sql: 'NULL', shown: null },
    { type: `${type}[]`, sql: 'NULL', shown: null },
    { type: `${type}[]`, sql: list([]), shown: '{}' },
    { type: `${type}[]`, sql: list(typed), shown: shownList(type, shown) },
    {
      type: `${type}[]`,
      sql: list(['NULL', ...typed]),
      shown: shownList(type, shown).replace('{', '{NULL,'),
    },
    { type: `${type}[]`, sql: list(['NULL']), shown: '{NULL}' },
  ];
});

async function duckdbSession(folder: string): Promise<Session> {
  const engine = await startEngine({
    spill_folder: folder,
    files: [],
    sleep: async () => {},
    lock_wait_ms: 0,
  });
  onTestFinished(() => engine.close());
  return engine.session();
}

describePostgres('values in Postgres', () => {
  it('are those of DuckDB, there and back', async () => {
    const [url, folder] = [await newDatabase(), tempFolder()];
    const session = await duckdbSession(folder);
    const connection = await connect(parsePostgresUrl(url), 'test');
    onTestFinished(() => connection.close());
    const shown: Case[] = [];
    const returned: string[] = [];
    for (const type of new Set(CASES.map((one) => one.type))) {
      const cases = CASES.filter((one) => one.type === type);
      await session.run(
        `CREATE OR REPLACE TABLE t (i BIGINT, v ${type}); ${cases.map(({ sql }, i) => `INSERT INTO t VALUES (${i}, ${sql})`).join('; ')}; CREATE OR REPLACE TABLE back AS FROM t LIMIT 0`,
      );
      await connection.rows(
        `DROP TABLE IF EXISTS public.t; CREATE TABLE public.t (i bigint, v ${copiedType(type)})`,
      );
      const columns = [
        { name: 'i', postgres_name: 'i', type: 'BIGINT' },
        { name: 'v', postgres_name: 'v', type },
      ];
      expect(await copyRows(session, connection, columns, 't', 'public.t')).toBe(cases.length);
      const stored = await connection.rows('SELECT v::text AS v FROM public.t ORDER BY i');
      shown.push(...cases.map(({ sql }, i) => ({ type, sql, shown: stored[i]!['v']! })));
      await pullRows(session, connection, { from: 'public.t', columns, into: 'back', folder });
      const differing = await session.rows(
        'SELECT t.i, t.v::VARCHAR AS v, b.v::VARCHAR AS back FROM t JOIN back b USING (i) WHERE t.v::VARCHAR IS DISTINCT FROM b.v::VARCHAR',
      );
      returned.push(...differing.map((row) => `${type} ${JSON.stringify(row)}`));
      expect(await session.count('back')).toBe(cases.length);
    }
    expect(shown).toEqual(CASES);
    expect(returned).toEqual([]);
  });

  const COLUMNS = [
    column('id', 'VARCHAR'),
    column('n', 'BIGINT'),
    column('x', 'DOUBLE'),
    column('at', 'TIMESTAMPTZ'),
    column('day', 'DATE'),
    column('j', 'JSON'),
    column('tags', 'VARCHAR', { list: true }),
    column('times', 'TIMESTAMPTZ', { list: true }),
    column('docs', 'JSON', { list: true }),
    column('v', 'FLOAT', { list: true, size: 2 }),
    column('vs', 'FLOAT', { list: true, list_of_vectors: true }),
  ];
  /** Milliseconds since 1970: 4713 BC, a moment before it, and as late as a date of Xano may be. */
  const [FIRST, TOO_EARLY, FAR] = [-210_863_520_000_000, -210_863_520_000_001, 8_640_000_000_000_000];
  const DEEP = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const ROWS = [
    `{"id":"a","n":9223372036854775807,"x":5e-324,"at":${FIRST},"day":"0001-01-01","j":{"a": 1.10,"a":[]},"tags":["NULL",null,""],"times":[${FIRST},null],"docs":[1.10,null,{"x":1}],"v":[0.5,1e-45],"vs":[[1],[2,3],[]]}`,
    `{"id":"b","n":-9223372036854775808,"x":-0.0,"at":${FAR},"day":"9999-12-31","j":"\\u0000 \\ud83d\\ude00","tags":[],"times":[],"docs":[],"v":null,"vs":[]}`,
    `{"id":"c","x":0.30000000000000004,"j":null,"tags":null}`,
    `{"id":"d","at":${TOO_EARLY},"j":${DEEP},"tags":["x","\\u0000"],"times":[${TOO_EARLY}],"docs":[${DEEP}]}`,
    '{"id":"😀\\u0000","n":7}',
  ];
  const load = (n: number, type: 'replace' | 'merge' = 'replace') =>
    plan({ load_id: `load-${n}`, write_disposition: type, target: { columns: COLUMNS } });
  const SHOWN = 'SELECT id, n, x, at, day, j, tags, times, docs, v, vs FROM xano_data.shop ORDER BY id';
  const nothing = {
    n: null,
    x: null,
    at: null,
    day: null,
    j: null,
    tags: null,
    times: null,
    docs: null,
    v: null,
    vs: null,
  };
  const STORED = [
    {
      ...{
        id: 'a',
        n: '9223372036854775807',
        x: '5e-324',
        at: '4713-01-01 00:00:00+00 BC',
        day: '0001-01-01',
      },
      ...{ j: '{"a": 1.10,"a":[]}', tags: '{"NULL",NULL,""}', times: '{"4713-01-01 00:00:00+00 BC",NULL}' },
      ...{ docs: '{1.10,NULL,"{\\"x\\":1}"}', v: '{0.5,1e-45}', vs: '[[1.0],[2.0,3.0],null]' },
    },
    {
      ...{ id: 'b', n: '-9223372036854775808', x: '-0', at: '275760-09-13 00:00:00+00', day: '9999-12-31' },
      ...{ j: '"\\u0000 \\ud83d\\ude00"', tags: '{}', times: '{}', docs: '{}', v: null, vs: '[]' },
    },
    { ...nothing, id: 'c', x: '0.30000000000000004' },
    { ...nothing, id: 'd' },
    { ...nothing, id: null, n: '7' },
  ];
  const [EARLY, NUL, TOO_DEEP] = [
    'Postgres cannot store a time before 4713 BC or after 294276',
    'Postgres cannot store a text with a NUL character',
    'Postgres cannot store JSON that is nested deeper than 5000 levels',
  ];
  const reject = (row_key: string, name: string, raw: string | null, reason: string) => ({
    ...{ row_key, column: name, deep: raw === null && name === 'j' ? 't' : 'f', raw, reason },
  });
  const REJECTS = [
    reject('"d"', 'at', String(TOO_EARLY), EARLY),
    reject('"d"', 'docs', null, TOO_DEEP),
    reject('"d"', 'j', null, TOO_DEEP),
    reject('"d"', 'tags', '["x","\\u0000"]', NUL),
    reject('"d"', 'times', `[${TOO_EARLY}]`, EARLY),
    reject('"😀\\u0000"', 'id', '"😀\\u0000"', NUL),
  ];

  it.each(['replace', 'merge'] as const)(
    'arrive by %s, or become rejects with the key of their row; what is the same is not written',
    async (type) => {
      const place = await postgresPlace();
      await using(place, (destination) => publish(destination, load(1, type), ROWS));
      expect(await rows(place.to, SHOWN)).toEqual(STORED);
      const rejects =
        'SELECT row_key, "column", md5(raw) = md5($1) AS deep, CASE WHEN length(raw) < 99 THEN raw END AS raw, reason FROM _xano.rejects ORDER BY row_key, "column"';
      expect(await rows(place.to, rejects, [DEEP])).toEqual(REJECTS);
      const versions = 'SELECT id, xmin, ctid FROM xano_data.shop ORDER BY id';
      const before = await rows(place.to, versions);
      await using(place, (destination) => publish(destination, load(2, type), ROWS));
      const after = await rows(place.to, versions);
      expect(after.slice(0, 4)).toEqual(before.slice(0, 4));
      await using(place, (destination) =>
        publish(
          destination,
          load(3, type),
          ROWS.map((row) => row.replace('"x":-0.0', '"x":0.0')),
        ),
      );
      expect(
        (await rows(place.to, versions)).filter(
          ({ id, xmin }) => id !== null && xmin !== before.find((row) => row['id'] === id)!['xmin'],
        ),
      ).toMatchObject([{ id: 'b' }]);
      expect(await rows(place.to, 'SELECT id, x FROM xano_data.shop WHERE x = 0')).toEqual([
        { id: 'b', x: '0' },
      ]);
    },
  );
});
