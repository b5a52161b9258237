/**
 * What an answer's columns hold is what JSON.parse says of its records, in whatever way they are spelled, or
 * it is kept aside as it was sent.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readRecords } from '../../../src/rest/decode/records.js';
import { createEncoder } from '../../../src/rest/decode/values/encode.js';
import type { ColumnType } from '../../../src/table/column.js';
import { decoded } from './decoded.js';
import { expected, expectedList, valueFor } from './fitting.js';
import { column } from './reading.js';
import { bracketed, choices, jsonSpelling, spellText } from './spelling.js';

const SEED = 20261121;
const TYPES: readonly ColumnType[] = [
  'BIGINT',
  'DOUBLE',
  'VARCHAR',
  'BOOLEAN',
  'TIMESTAMPTZ',
  'DATE',
  'UUID',
  'FLOAT',
  'JSON',
];
const OTHERS = [
  ...TYPES.flatMap((type) => [column(`é ${type}`, type), column(`list ${type}`, type, { list: true })]),
  column('vector', 'FLOAT', { list: true, size: 2 }),
  column('vectors', 'FLOAT', { list: true, size: 2, list_of_vectors: true }),
  column('ragged vectors', 'FLOAT', { list: true, list_of_vectors: true }),
];
/** Members that nobody reads. */
const LEFT_OUT = ['password', 'é "secret"'];

interface Member {
  readonly name: string;
  readonly raw: string;
}
/** A record's members, whether they are spelled as most are, and if not, in which order and how. */
interface Row {
  readonly members: readonly Member[];
  readonly usual: boolean;
  readonly turned: number;
  readonly how: readonly number[];
}

/** Records that mostly have these members in this order, each of them a number of times. */
const rowsOf = (members: readonly { readonly name: string; readonly value: fc.Arbitrary<string> }[]) => {
  const all = fc
    .tuple(...members.map(({ value }) => value))
    .map((values) => values.map((raw, at): Member => ({ name: members[at]!.name, raw })));
  const some = all.chain((whole) => fc.subarray(whole));
  const row = (from: fc.Arbitrary<Member[]>, usual: boolean): fc.Arbitrary<Row> =>
    fc.record({ members: from, usual: fc.constant(usual), turned: fc.nat(30), how: choices });
  return fc.array(
    fc.oneof(
      { weight: 8, arbitrary: row(all, true) },
      { weight: 1, arbitrary: row(some, true) },
      { weight: 1, arbitrary: row(some, false) },
    ),
    { minLength: 1, maxLength: 8 },
  );
};

const listing = fc.subarray(OTHERS, { minLength: 1, maxLength: 8 }).chain((columns) => {
  const declared = columns.map(({ name, type, list, ...more }) => ({
    name,
    value: valueFor(type, list, more),
  }));
  const ignored = LEFT_OUT.map((name) => ({ name, value: jsonSpelling() }));
  return fc
    .tuple(fc.subarray([...declared, ...ignored], { minLength: 1 }), fc.nat(columns.length), fc.boolean())
    .chain(([members, constant_at, has_constant]) =>
      fc.record({
        columns: fc.constant(columns),
        // A column whose values nobody sends, or that are sent in vain.
        constant: fc.constant(has_constant ? columns[constant_at] : undefined),
        pages: fc.array(
          fc.record({
            rows: rowsOf(members),
            times: fc.constantFrom(1, 1, 3, 40),
            spaces: fc.array(fc.constantFrom('', '', ' ', '\n', '\t '), { maxLength: 4 }),
          }),
          { minLength: 1, maxLength: 3 },
        ),
      }),
    );
});

const CONSTANTS: Readonly<Record<ColumnType, string>> = {
  BIGINT: '-7',
  DOUBLE: '1.5',
  VARCHAR: '"con\\u0073tant"',
  BOOLEAN: 'true',
  TIMESTAMPTZ: '1700000000123',
  DATE: '"2024-02-29"',
  UUID: '"123e4567-e89b-12d3-a456-426614174000"',
  FLOAT: '0.5',
  JSON: '{"a": 1.10}',
};

/** A value of a column as JSON text; whole numbers and JSON are texts already. */
function textOf(type: ColumnType, value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `[${value.map((one) => textOf(type, one)).join(',')}]`;
  if (type === 'BIGINT' || type === 'TIMESTAMPTZ' || type === 'JSON') return String(value);
  return Object.is(value, -0) ? '-0' : typeof value === 'number' ? String(value) : JSON.stringify(value);
}

it('a column holds any value exactly, or keeps it aside exactly as it was sent', () => {
  fc.assert(
    fc.property(listing, ({ columns, constant, pages }) => {
      const all = [column('id', 'BIGINT'), ...columns];
      const encoder = createEncoder(all);
      const constants =
        constant === undefined
          ? []
          : [{ name: constant.name, json: constant.list ? 'null' : CONSTANTS[constant.type] }];
      let id = 0;
      for (const { rows, times, spaces } of pages) {
        const want = { rows: [] as string[], rejects: [] as object[] };
        const space = (at: number): string => spaces[at % Math.max(1, spaces.length)] ?? '';
        const texts = Array.from({ length: rows.length * times }, (_, n) => {
          const { members, usual, turned, how } = rows[n % rows.length]!;
          const key = { name: 'id', raw: String(++id) };
          const sent = [...members];
          sent.splice(usual ? 0 : turned % (sent.length + 1), 0, key);
          const held = new Map(all.map(({ name }) => [name, 'null']));
          held.set('id', key.raw);
          for (const { name, raw } of members) {
            const of = columns.find((one) => one.name === name);
            if (of === undefined || of === constant) continue;
            const fit = of.list
              ? expectedList(of.type, raw, of.size, of.list_of_vectors)
              : expected(of.type, raw);
            if (fit.fits) held.set(name, textOf(of.type, fit.value));
            else want.rejects.push({ column: name, raw, row_key: key.raw });
          }
          for (const { name, json } of constants)
            held.set(name, constant?.type === 'VARCHAR' && !constant.list ? '"constant"' : json);
          want.rows.push(
            `{${all.map(({ name }) => `${JSON.stringify(name)}:${held.get(name)!}`).join(',')}}`,
          );
          const inner = sent.map(({ name, raw }, at) =>
            usual
              ? `${spellText(name, [])}:${raw}`
              : `${space(at)}${spellText(name, how)}${space(at + 1)}:${space(at + 2)}${raw}${space(at)}`,
          );
          return `{${inner.join(',')}}`;
        });
        const body = Buffer.from(`{"items":${bracketed('[', texts, ']', spaces)}}`);
        const shape = { columns: all, key: 'id', excluded: LEFT_OUT, constants };
        const page = readRecords(body, 'items', shape, encoder);
        expect(decoded(page.columns, page.count)).toEqual(want.rows);
        const rejects = page.rejects.map(({ reason: _, ...rest }) => JSON.stringify(rest));
        expect(rejects.toSorted()).toEqual(want.rejects.map((reject) => JSON.stringify(reject)).toSorted());
        expect([page.first_key, page.last_key, page.ascending]).toEqual([
          String(id - texts.length + 1),
          String(id),
          true,
        ]);
        expect(page.drift.size).toBe(0);
      }
    }),
    { numRuns: 300, seed: SEED },
  );
});

const FIT: Readonly<Record<string, readonly string[]>> = {
  BIGINT: ['0', '-12', '123456789012345678', '9223372036854775807', 'null', '1e3'],
  DOUBLE: ['1.5', '-0.25', '0.1', '12345.678901234567', '5e-7', '3'],
  VARCHAR: ['""', '"a text of more than sixteen bytes"', '"é😀\\n\\u00e9"', 'null', '"\\\\"'],
  BOOLEAN: ['true', 'false', 'null'],
  DATE: ['"2024-02-29"', '""', '"1970-01-01"'],
  JSON: ['{"a":[1,{"b":"]"}]}', '[ ]', '"x"', '1.10', 'null', '{"a b":"c\\"}"}'],
};

it('the reader accepts a list of JSON, and refuses one with a single wrong byte, however many records are spelled alike', () => {
  const types = fc.subarray(Object.keys(FIT) as ColumnType[], { minLength: 1 });
  const mutation = fc.record({
    at: fc.nat(),
    how: fc.constantFrom('replace', 'insert', 'remove', 'cut'),
    byte: fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...Buffer.from('{}[]",:\\ eE+-.0123456789utfnsl\n\t\0')) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
    ),
  });
  fc.assert(
    fc.property(
      types,
      fc.array(fc.nat(30), { minLength: 9 }),
      fc.array(mutation, { maxLength: 3 }),
      (all, picks, mutations) => {
        const columns = all.flatMap((type) => [column(type, type), column(`${type}s`, type, { list: true })]);
        const records = picks.map((pick, n) => {
          const members = columns.map(({ name, type, list }, at) => {
            const values = FIT[type]!;
            const value = (add: number): string => values[(pick + n * at + add) % values.length]!;
            const raw = list ? `[${pick % 4 === 0 ? '' : `${value(1)},${value(2)}`}]` : value(0);
            return `"${name}":${raw}`;
          });
          return `{${members.join(',')}}`;
        });
        const bytes = [...Buffer.from(`${records.join(',')}]`)];
        for (const { at, how, byte } of mutations) {
          const i = at % (bytes.length + 1);
          if (how === 'cut') bytes.length = i;
          else bytes.splice(i, how === 'insert' ? 0 : 1, ...(how === 'remove' ? [] : [byte]));
        }
        const list = Buffer.from(bytes);
        const shape = { columns, excluded: [] };
        const readAfter = (before: string) => {
          try {
            const page = readRecords(Buffer.concat([Buffer.from(before), list]), '', shape);
            return { rows: decoded(page.columns, page.count), rejects: page.rejects, drift: [...page.drift] };
          } catch (thrown) {
            expect(thrown).toMatchObject({ code: 'RESPONSE_UNEXPECTED' });
            return undefined;
          }
        };
        let parsed: unknown;
        try {
          // Each byte is a character: whether a text is UTF-8 is another matter.
          parsed = JSON.parse(`[${list.toString('latin1')}`);
        } catch {
          parsed = undefined;
        }
        const isList =
          Array.isArray(parsed) &&
          parsed.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one));
        const read = readAfter('[');
        expect([list.toString('latin1'), read !== undefined]).toEqual([list.toString('latin1'), isList]);
        // After a record that has nothing of the columns each one is read by itself.
        const alone = readAfter(
          list.toString().trimStart().startsWith(']') ? '[{"other":null}' : '[{"other":null},',
        );
        expect(read?.rows).toEqual(alone?.rows.slice(1));
        expect([read?.rejects, read?.drift]).toEqual([alone?.rejects, alone?.drift]);
      },
    ),
    { numRuns: 2000, seed: SEED },
  );
});

it('the reader reads records of any length, in lists of any length', () => {
  const length = fc.oneof(
    { weight: 30, arbitrary: fc.nat(100) },
    { weight: 6, arbitrary: fc.integer({ min: 1_000, max: 5_000 }) },
    { weight: 2, arbitrary: fc.integer({ min: 32_600, max: 32_900 }) },
    { weight: 1, arbitrary: fc.integer({ min: 120_000, max: 170_000 }) },
  );
  const filler = fc.constantFrom('x', 'é', '😀', '\\n', '\\u00e9', '"');
  const columns = [
    column('id', 'BIGINT'),
    column('text', 'VARCHAR'),
    column('json', 'JSON'),
    column('texts', 'VARCHAR', { list: true }),
    column('numbers', 'DOUBLE', { list: true }),
  ];
  const one = fc.tuple(fc.constantFrom('text', 'json', 'texts', 'numbers'), length, filler);
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 300, size: 'max' }), (all) => {
      const rows = all.map(([where, many, unit], id) => {
        const text = JSON.stringify((unit === '"' ? '\\"' : unit).repeat(many));
        const texts = JSON.stringify(Array.from({ length: many >> 2 }, () => 'a"é'));
        const numbers = JSON.stringify(Array.from({ length: many >> 2 }, (_, n) => n / 8));
        const value = (name: string, long: string, short: string) =>
          `"${name}":${where === name ? long : short}`;
        return `{"id":${id},${[
          value('text', text, '"short"'),
          value('json', `{"a": ${text}}`, 'null'),
          value('texts', texts, '[null,"b"]'),
          value('numbers', numbers, '[]'),
        ].join(',')}}`;
      });
      const body = Buffer.from(`[${rows.join(',\n')}]`);
      const page = readRecords(body, '', { columns, key: 'id', excluded: [] });
      const read = decoded(page.columns, page.count);
      expect(read.length).toBe(rows.length);
      expect(read.findIndex((row, at) => row !== rows[at])).toBe(-1);
      expect([page.rejects, page.last_key, page.ascending]).toEqual([[], String(rows.length - 1), true]);
    }),
    { numRuns: 20, seed: SEED },
  );
});
