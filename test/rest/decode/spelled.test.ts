/** Records that are spelled like the one before them are read as any other record is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { column, inferred, read } from './reading.js';
import { anyNumber, anyText, choices, jsonSpelling, spellText } from './spelling.js';

const SEED = 20261121;
const COLUMNS = [
  column('id', 'BIGINT'),
  column('at', 'TIMESTAMPTZ'),
  column('name é', 'VARCHAR'),
  column('price', 'DOUBLE'),
  column('meta', 'JSON'),
  column('day', 'DATE'),
  column('tags', 'VARCHAR', { list: true }),
  inferred('guess', 'VARCHAR'),
];

const text = fc.oneof(
  fc
    .string({ unit: fc.constantFrom('a', 'é', '😀', ',', ':', '}', '{', ' '), maxLength: 40 })
    .map((plain) => `"${plain}"`),
  fc.tuple(anyText, choices).map(([plain, how]) => spellText(plain, how)),
);
const whole = fc.oneof(fc.nat().map(String), fc.bigInt({ min: 0n, max: 10n ** 20n }).map(String), anyNumber);
const VALUES: Readonly<Record<string, fc.Arbitrary<string>>> = {
  id: whole,
  at: whole,
  'name é': text,
  price: anyNumber,
  meta: jsonSpelling(),
  day: fc.constantFrom('"2026-11-21"', '""', '"2026-02-30"'),
  tags: fc.array(text, { maxLength: 3 }).map((texts) => `[${texts.join(',')}]`),
  guess: text,
};

/** A record as JSON: nearly always its columns in order, each once, without white space. */
const record = fc
  .tuple(
    fc.tuple(
      ...COLUMNS.map(({ name }) => VALUES[name]!.map((value) => [JSON.stringify(name), value] as const)),
    ),
    fc.option(fc.constantFrom('missing', 'twice', 'turned', 'unknown', 'escaped', 'null', 'spaced', 'odd'), {
      freq: 4,
    }),
    fc.nat(COLUMNS.length - 1),
  )
  .map(([members, deviation, at]) => {
    const [key, value] = members[at]!;
    const put = (...more: (readonly [string, string])[]) => members.toSpliced(at, 1, ...more);
    const changed: Record<string, readonly (readonly [string, string])[]> = {
      missing: put(),
      twice: put([key, value], [key, '1']),
      turned: members.toReversed(),
      unknown: put([key, value], ['"other"', '1']),
      escaped: put([spellText(COLUMNS[at]!.name, [1]), value]),
      null: put([key, 'null']),
      spaced: put([key, ` ${value}`]),
      odd: put([key, '{"a": 1}']),
    };
    return `{${(deviation === null ? members : changed[deviation]!).map(([k, v]) => `${k}:${v}`).join(',')}}`;
  });

describe('records spelled alike', () => {
  it('give the same as each record alone', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 2, maxLength: 12 }), (records) => {
        const page = read(`{"items":[${records.join(',')}]}`, COLUMNS);
        const alone = records.map((one) => read(`{"items":[${one}]}`, COLUMNS));
        const drift = new Map<string, number>();
        for (const one of alone)
          for (const [name, kinds] of one.drift) drift.set(name, (drift.get(name) ?? 0) | kinds);
        expect({ ...page, ascending: true, drift: new Map(page.drift) }).toEqual({
          envelope: { items: [] },
          records: records.join(','),
          rows: alone.flatMap(({ rows }) => rows),
          count: records.length,
          rejects: alone.flatMap(({ rejects }) => rejects),
          first_key: alone.find(({ first_key }) => first_key !== null)?.first_key ?? null,
          last_key: alone.at(-1)!.last_key,
          ascending: true,
          drift,
        });
      }),
      { seed: SEED, numRuns: 400 },
    );
  });

  it.each([
    ['a quote that is missing', '{"id":3,"name":"c}'],
    ['a raw control character', '{"id":3,"name":"c\nd"}'],
    ['a comma in the end', '{"id":3,"name":"c",}'],
    ['no value', '{"id":3,"name":}'],
    ['a leading zero', '{"id":03,"name":"c"}'],
    ['something behind it', '{"id":3,"name":"c"}}'],
  ])('are refused with %s, wherever they stand', (_, broken) => {
    const before = '{"id":1,"name":"a"},{"id":2,"name":"b"},';
    const columns = [column('id', 'BIGINT'), column('name', 'VARCHAR')];
    for (const end of [']}', ',{"id":4,"name":"d"}]}', ''])
      expect(() => read(`{"items":[${before}${broken}${end}`, columns)).toThrow(/not complete JSON/);
  });

  it('reveal keys that do not ascend, and give the first and the last of them', () => {
    const columns = [column('id', 'BIGINT'), column('name', 'VARCHAR')];
    const of = (...ids: number[]) =>
      read(`{"items":[${ids.map((id) => `{"id":${id},"name":"n"}`).join(',')}]}`, columns);
    const keys = ({ first_key, last_key, ascending }: ReturnType<typeof of>) => [
      first_key,
      last_key,
      ascending,
    ];
    expect(keys(of(1, 2, 10))).toEqual(['1', '10', true]);
    expect(keys(of(1, 10, 2))).toEqual(['1', '2', false]);
    expect(keys(of(1, 2, 2))).toEqual(['1', '2', false]);
    expect(keys(of(7))).toEqual(['7', '7', true]);
  });

  it('are exact when each of a thousand differs from the first', () => {
    const columns = [column('id', 'BIGINT'), column('day', 'DATE')];
    const days = Array.from({ length: 1000 }, (_, i) => (i === 0 ? '"2026-11-21"' : '""'));
    const page = read(`{"items":[${days.map((day, i) => `{"id":${i},"day":${day}}`).join(',')}]}`, columns);
    expect(page.rows).toEqual(days.map((day, id) => `{"id":${id},"day":${day === '""' ? 'null' : day}}`));
  });
});
