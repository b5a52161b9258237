/** Rows of DuckDB are the same rows in Postgres, and back in DuckDB: every type, alone and in lists. */
import { expect, it, onTestFinished } from 'vitest';
import { startEngine } from '../../../../src/destinations/engine/engine.js';
import type { Session } from '../../../../src/destinations/engine/session.js';
import { pullRows } from '../../../../src/destinations/targets/postgres/mirror/pull-rows.js';
import { copiedType, copyRows } from '../../../../src/destinations/targets/postgres/push/copy-rows.js';
import { parsePostgresUrl } from '../../../../src/destinations/targets/postgres/wire/address.js';
import { connect } from '../../../../src/destinations/targets/postgres/wire/connection.js';
import { describePostgres, newDatabase } from '../../../servers/postgres.js';
import { tempFolder } from '../../writing.js';

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
    ["repeat('a', 127)", 'a'.repeat(127)],
    ["repeat('a', 128)", 'a'.repeat(128)],
    ["repeat('é', 63) || 'a'", `${'é'.repeat(63)}a`],
    ["repeat('é', 64)", 'é'.repeat(64)],
    ["repeat('ab', 40000)", 'ab'.repeat(40_000)],
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

describePostgres('rows that are copied', () => {
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

  it('that the server refuses leave the connection as it was', async () => {
    const connection = await connect(parsePostgresUrl(await newDatabase()), 'test');
    onTestFinished(() => connection.close());
    const warnings: string[] = [];
    const keep = (warning: Error) => warnings.push(warning.message);
    process.on('warning', keep);
    onTestFinished(() => {
      process.off('warning', keep);
    });
    await connection.rows('CREATE TABLE public.t (v text)');
    const copying = connection.copyIn('COPY public.t FROM STDIN (FORMAT binary)', async (send) => {
      for (let i = 0; i < 100; i++) await send(Buffer.alloc(100_000, 'no rows'));
    });
    await expect(copying).rejects.toMatchObject({ code: '22P04' });
    const failing = connection.copyIn('COPY public.t FROM STDIN (FORMAT binary)', () =>
      Promise.reject(new Error('no more')),
    );
    await expect(failing).rejects.toThrow('no more');
    expect(await connection.rows('SELECT count(*) AS n FROM public.t')).toEqual([{ n: '0' }]);
    await new Promise((done) => setImmediate(done));
    expect(warnings).toEqual([]);
  });
});
