/**
 * Columns, laid out as src/table/column-data.ts says, come out of a Parquet file as they went in: DuckDB
 * reads what is written here.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBatchFiles } from '../../../src/destinations/staging/parquet/batch-file.js';
import { createParquetPieces } from '../../../src/destinations/staging/parquet/parquet.js';
import type { ColumnType } from '../../../src/table/column.js';
import type { ColumnData } from '../../../src/table/column-data.js';
import { sql } from '../duckdb.js';
import { tempFolder } from '../writing.js';

const SEED = 20261121;

/** A value that is no list: whole numbers are bigints, days are texts as ISO 8601 has them. */
type Plain = bigint | number | string | boolean;
type Value = Plain | null;
interface Column {
  readonly type: ColumnType;
  readonly list?: boolean;
}

const DAY_MS = 86_400_000;

function bytesOf(type: ColumnType, value: Plain): Buffer {
  const bytes = Buffer.alloc(type === 'DATE' || type === 'FLOAT' ? 4 : 8);
  if (type === 'BIGINT' || type === 'TIMESTAMPTZ') bytes.writeBigInt64LE(BigInt(value));
  else if (type === 'DOUBLE') bytes.writeDoubleLE(Number(value));
  else if (type === 'FLOAT') bytes.writeFloatLE(Number(value));
  else if (type === 'DATE') bytes.writeInt32LE(Date.parse(`${String(value)}T00:00:00Z`) / DAY_MS);
  else {
    const text = Buffer.from(String(value));
    bytes.writeUInt32LE(text.length);
    return Buffer.concat([bytes.subarray(0, 4), text]);
  }
  return bytes;
}

/** Values one after the other. */
function valuesOf(type: ColumnType, values: readonly Plain[]): Buffer {
  if (type !== 'BOOLEAN') return Buffer.concat(values.map((value) => bytesOf(type, value)));
  const bits = Buffer.alloc(Math.ceil(values.length / 8));
  for (const [n, value] of values.entries()) if (value === true) bits[n >> 3]! |= 1 << (n & 7);
  return bits;
}

const isThere = (value: Value): value is Plain => value !== null;

/** The column of a page, of values or of lists of them. */
function columnOf({ type, list = false }: Column, rows: readonly unknown[]): ColumnData {
  const column = { name: 'whatever it is called', type, list };
  if (!list) {
    const values = rows as readonly Value[];
    const nulls = values.flatMap((value, at) => (isThere(value) ? [] : [at]));
    return {
      column,
      values: valuesOf(type, values.filter(isThere)),
      entries: rows.length,
      nulls: Uint32Array.from(nulls),
      levels: new Uint8Array(0),
    };
  }
  const lists = rows as readonly (readonly Value[] | null)[];
  const levels = lists.flatMap((one) => {
    if (one === null) return [0];
    if (one.length === 0) return [1];
    return one.map((value, at) => (isThere(value) ? 3 : 2) + (at === 0 ? 0 : 4));
  });
  return {
    column,
    values: valuesOf(type, lists.flatMap((one) => one ?? []).filter(isThere)),
    entries: levels.length,
    nulls: new Uint32Array(0),
    levels: Uint8Array.from(levels),
  };
}

/** What a test makes a file of: the columns, and pages of rows. */
interface Table {
  readonly columns: readonly Column[];
  readonly pages: readonly (readonly (readonly unknown[])[])[];
}

let files = 0;

/** Writes pages into one file, one after the other. */
function fileOf(folder: string, { columns, pages }: Table, pieces = createParquetPieces()): string {
  for (const page of pages)
    pieces.add(
      columns.map((column, at) =>
        columnOf(
          column,
          page.map((row) => row[at]),
        ),
      ),
      page.length,
    );
  const file = join(folder, `${files++}.parquet`);
  writeFileSync(file, Buffer.concat(pieces.parts()));
  pieces.clear();
  return file;
}

/** In hexadecimal digits nothing on the way can change a text. */
const inHex = (x: string): string => `hex(encode(${x}::VARCHAR))`;
const asText = (x: string): string => `${x}::VARCHAR`;
const asIs = (x: string): string => x;

/** How values are asked for so that nothing of them is lost on the way to the test. */
const ASKED: Readonly<Record<ColumnType, (x: string) => string>> = {
  BIGINT: asText,
  TIMESTAMPTZ: (x) => `epoch_ms(${x})::VARCHAR`,
  DOUBLE: asIs,
  FLOAT: (x) => `${x}::DOUBLE`,
  BOOLEAN: asIs,
  DATE: asText,
  VARCHAR: inHex,
  UUID: inHex,
  JSON: inHex,
};

function select({ type, list = false }: Column, at: number): string {
  const ask = ASKED[type];
  return list ? `list_transform(c${at}, lambda x: ${ask('x')}) AS c${at}` : `${ask(`c${at}`)} AS c${at}`;
}

async function read(file: string, columns: readonly Column[]): Promise<unknown[][]> {
  const list = columns.map(select).join(', ');
  const rows = await sql(':memory:', `SELECT ${list} FROM read_parquet('${file}')`);
  return rows.map((row) => columns.map((_, at) => (row as Record<string, unknown>)[`c${at}`]));
}

/** What is read of a value, as {@link ASKED} has it. */
function told({ type }: Column, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => told({ type }, one));
  if (value === null || typeof value === 'boolean') return value;
  if (type === 'DOUBLE') return value;
  if (type === 'FLOAT') return Math.fround(Number(value));
  if (type === 'BIGINT' || type === 'TIMESTAMPTZ' || type === 'DATE') return String(value);
  return Buffer.from(String(value)).toString('hex').toUpperCase();
}

/** Writes a file, reads it, and compares. */
async function comesBack(table: Table, folder = tempFolder()): Promise<void> {
  const back = await read(fileOf(folder, table), table.columns);
  const sent = table.pages.flatMap((page) =>
    page.map((row) => row.map((value, at) => told(table.columns[at]!, value))),
  );
  expect(back).toEqual(sent);
}

/** A table of one column. */
const oneColumn = (column: Column, ...pages: (readonly unknown[])[]): Table => ({
  columns: [column],
  pages: pages.map((page) => page.map((value) => [value])),
});

const UUID = '123e4567-e89b-12d3-a456-426614174000';
const LONG = `${'é😀'.repeat(200)}\0`;

/** Of each type, values that are hard on it. */
const HARD: Readonly<Record<ColumnType, readonly Plain[]>> = {
  BIGINT: [0n, 1n, -1n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n), 0x0102030405060708n],
  TIMESTAMPTZ: [0n, -1n, 999n, 1_700_000_000_123n, 2n ** 53n, -(2n ** 53n)],
  DOUBLE: [0, -0, 1.1, -1e-320, 5e-324, 1.7976931348623157e308, -2.5, 9007199254740992, 1e22],
  FLOAT: [0, -0, 0.1, -2.5, 3.4028234663852886e38, 1e-45, 16777217],
  BOOLEAN: [true, false, false, true, true],
  DATE: [
    '1970-01-01',
    '1969-12-31',
    '0001-01-01',
    '9999-12-31',
    '2024-02-29',
    '2000-02-29',
    '1900-03-01',
    '1600-02-29',
  ],
  VARCHAR: [
    '',
    'x',
    'null',
    '\0',
    'a\0b\0',
    '😀',
    '\u{10ffff}\ud7ff\ue000',
    'é\u2028\u007f',
    LONG,
    'x'.repeat(70_000),
  ],
  UUID: [UUID, UUID.toUpperCase(), '00000000-0000-0000-0000-000000000000'],
  JSON: [
    '0',
    '-0.0',
    '1.10',
    '"\\u00e9"',
    '"x"',
    '{"a": [1e2, "é😀"]}',
    ' [ ]',
    '{"a":1,"a":2}',
    `"${'y'.repeat(400)}"`,
  ],
};
const TYPES = Object.keys(HARD) as ColumnType[];

/** A row of a list each. */
const listsOf = (values: readonly Plain[]): (Value[] | null)[] => [
  null,
  [],
  [...values],
  [null],
  ...values.map((value) => [value]),
  [null, ...values, null, null],
  [],
  null,
];

describe('a Parquet file of staged rows', () => {
  it.each(TYPES)('holds values of %s, whichever of them are null', async (type) => {
    const folder = tempFolder();
    const values = HARD[type];
    const nulls = values.map(() => null);
    for (const rows of [
      values,
      nulls,
      [null, ...values],
      [...values, null],
      values.flatMap((value) => [value, null]),
      values.flatMap((value) => [null, null, value]),
      [...nulls, ...values, ...nulls, ...values],
      values.slice(0, 1),
      [null],
    ])
      await comesBack(oneColumn({ type }, rows), folder);
  });

  it.each(TYPES)('holds lists of %s: none, of nothing, of null, and of several', async (type) => {
    const folder = tempFolder();
    const rows = listsOf(HARD[type]);
    await comesBack(oneColumn({ type, list: true }, rows), folder);
    for (const row of rows) await comesBack(oneColumn({ type, list: true }, [row]), folder);
    await comesBack(oneColumn({ type, list: true }, [null, null, null]), folder);
    await comesBack(oneColumn({ type, list: true }, [[], []]), folder);
  });

  it.each(TYPES)('holds several pages of %s in their order, where other rows are null', async (type) => {
    const folder = tempFolder();
    const values = HARD[type];
    const pages = [
      values,
      [null],
      values.map(() => null),
      [],
      values.flatMap((value) => [null, value]),
      values.toReversed(),
      [...values, null],
    ];
    await comesBack(oneColumn({ type }, ...pages), folder);
    await comesBack(
      oneColumn({ type, list: true }, ...pages.map((page) => listsOf(page.filter(isThere)))),
      folder,
    );
  });

  it.each([1, 7, 8, 9, 15, 16, 17, 63, 64, 65, 127, 128, 129, 1000, 20_000])(
    'holds pages of %d truths, of numbers and of lists, with and without nulls',
    async (count) => {
      const rows = Array.from({ length: count }, (_, n) => [
        n % 3 === 0,
        n % 5 === 0 ? null : n % 2 === 0,
        BigInt(n) << 40n,
        n % 7 === 3 ? null : BigInt(-n),
        n % 4 === 0 ? null : Array.from({ length: n % 4 }, (__, i) => (i === 2 ? null : i % 2 === 0)),
        n % 11 === 0 ? `${n}` : null,
      ]);
      const columns: Column[] = [
        { type: 'BOOLEAN' },
        { type: 'BOOLEAN' },
        { type: 'BIGINT' },
        { type: 'BIGINT' },
        { type: 'BOOLEAN', list: true },
        { type: 'VARCHAR' },
      ];
      await comesBack({ columns, pages: [rows, rows.slice(0, 9), rows.slice(0, 17), rows] });
    },
  );

  it.each([1, 14, 15, 16, 127, 128, 300])('holds %d columns, of every type', async (count) => {
    const columns = Array.from({ length: count }, (_, at): Column => {
      return { type: TYPES[at % TYPES.length]!, list: at % 4 === 3 };
    });
    const row = (n: number): unknown[] =>
      columns.map(({ type, list = false }, at) => {
        const value = HARD[type][(n + at) % HARD[type].length]!;
        if ((n + at) % 6 === 0) return null;
        return list ? [value, null, value] : value;
      });
    await comesBack({ columns, pages: [[row(0), row(1)], [row(2)], [row(3), row(4), row(5)]] });
  });

  it('holds lists far longer than their page has rows', async () => {
    const long = Array.from({ length: 5000 }, (_, n) => (n % 9 === 0 ? null : BigInt(n)));
    await comesBack(oneColumn({ type: 'BIGINT', list: true }, [[], long, null], [long, [1n]]));
  });

  it('has columns of the declared types', async () => {
    const columns = TYPES.map((type): Column => ({ type }));
    const lists = TYPES.map((type): Column => ({ type, list: true }));
    const file = fileOf(tempFolder(), {
      columns: [...columns, ...lists],
      pages: [[[...columns, ...lists].map(() => null)]],
    });
    const described = await sql(':memory:', `DESCRIBE FROM read_parquet('${file}')`);
    const found = described.map((row) => (row as { column_type: string }).column_type);
    // UUIDs become what they are when they are inserted.
    const inFile = (type: ColumnType): string =>
      type === 'TIMESTAMPTZ' ? 'TIMESTAMP WITH TIME ZONE' : type === 'UUID' ? 'VARCHAR' : type;
    expect(found).toEqual([...TYPES.map(inFile), ...TYPES.map((type) => `${inFile(type)}[]`)]);
  });
});

describe('the Parquet writer', () => {
  const numbers = (...rows: (bigint | null)[]): Table => oneColumn({ type: 'BIGINT' }, rows);

  it('copies values, so that their memory may be reused at once', async () => {
    const pieces = createParquetPieces();
    const data = columnOf({ type: 'VARCHAR' }, ['first', null, 'third']);
    const lists = columnOf({ type: 'BIGINT', list: true }, [[1n], null, [2n, 3n]]);
    pieces.add([data, lists], 3);
    for (const { values, nulls, levels } of [data, lists])
      for (const memory of [values, nulls, levels]) memory.fill(1);
    const file = join(tempFolder(), 'x.parquet');
    writeFileSync(file, Buffer.concat(pieces.parts()));
    expect(await sql(':memory:', `FROM read_parquet('${file}')`)).toEqual([
      { c0: 'first', c1: ['1'] },
      { c0: null, c1: null },
      { c0: 'third', c1: ['2', '3'] },
    ]);
  });

  it('borrows values of 8 MB or more, which lie between the others in the file', async () => {
    const folder = tempFolder();
    const pieces = createParquetPieces();
    const long = (letter: string): string => letter.repeat(8 * 1024 * 1024);
    const columns = [
      { type: 'VARCHAR' },
      { type: 'BIGINT' },
      { type: 'VARCHAR', list: true },
    ] satisfies Table['columns'];
    const pages: Table['pages'] = [
      [['a', 1n, [long('b')]]],
      [
        [long('c'), null, ['d', null]],
        [null, 2n, null],
      ],
      [[long('e'), 3n, [long('f'), 'g']]],
      [['h', 4n, []]],
    ];
    // A failure that shows texts of megabytes is of no use.
    const brief = (found: unknown): unknown =>
      JSON.parse(JSON.stringify(found), (_, value: unknown) =>
        typeof value === 'string' && value.length > 100
          ? createHash('sha1').update(value).digest('hex')
          : value,
      );
    const expected = pages.flat().map((row) => row.map((value, at) => told(columns[at]!, value)));
    for (const file of ['once', 'again'].map(() => fileOf(folder, { columns, pages }, pieces)))
      expect(brief(await read(file, columns))).toEqual(brief(expected));
  });

  it('reports borrowed memory and its size until it is cleared', () => {
    const pieces = createParquetPieces();
    pieces.add([columnOf({ type: 'VARCHAR' }, ['x'.repeat(8 * 1024 * 1024 - 5)])], 1);
    expect(pieces.isBorrowing()).toBe(false);
    pieces.add([columnOf({ type: 'VARCHAR' }, ['x'.repeat(8 * 1024 * 1024)])], 1);
    expect(pieces.isBorrowing()).toBe(true);
    expect(pieces.bytes()).toBeGreaterThan(16 * 1024 * 1024 - 5);
    expect(Buffer.concat(pieces.parts()).length - pieces.bytes()).toBeLessThan(200);
    pieces.clear();
    expect([pieces.isBorrowing(), pieces.bytes()]).toEqual([false, 0]);
  });

  it('refuses other columns within one file', () => {
    const pieces = createParquetPieces();
    const named = (name: string, type: ColumnType, list = false): ColumnData => ({
      ...columnOf({ type, list }, []),
      column: { name, type, list },
    });
    pieces.add([named('a', 'BIGINT'), named('b', 'BIGINT')], 1);
    for (const others of [
      [named('a', 'BIGINT')],
      [named('a', 'BIGINT'), named('b', 'BIGINT'), named('c', 'BIGINT')],
      [named('b', 'BIGINT'), named('a', 'BIGINT')],
      [named('a', 'BIGINT'), named('b', 'DOUBLE')],
      [named('a', 'BIGINT'), named('b', 'BIGINT', true)],
    ])
      expect(() => pieces.add(others, 1)).toThrow(expect.objectContaining({ code: 'BUG' }));
    pieces.clear();
    pieces.add([named('a', 'BIGINT')], 1);
  });

  it('counts rows without columns', () => {
    const files = createBatchFiles(tempFolder(), 'none');
    const none = { columns: [], count: 1, rejects: [] };
    expect([files.is_empty(), files.take()]).toEqual([true, undefined]);
    files.add(none, 'after 1');
    files.add(none, 'after 2');
    expect([files.is_empty(), files.bytes()]).toEqual([false, 0]);
    expect(files.take()).toMatchObject({ columns: [], count: 2, resume: 'after 2' });
    expect([files.is_empty(), files.take()]).toEqual([true, undefined]);
  });

  it('estimates the bytes of its file', () => {
    const pieces = createParquetPieces();
    expect(pieces.bytes()).toBe(0);
    pieces.add([columnOf({ type: 'VARCHAR' }, ['x'.repeat(100_000), null])], 2);
    const once = pieces.bytes();
    pieces.add([columnOf({ type: 'VARCHAR' }, ['x'.repeat(100_000), null])], 2);
    expect([once > 100_000, pieces.bytes()]).toEqual([true, once * 2]);
    expect(Buffer.concat(pieces.parts()).length - pieces.bytes()).toBeLessThan(200);
    pieces.clear();
    expect(pieces.bytes()).toBe(0);
  });

  it('makes one file after the other, with any columns, and mixes none of their rows', async () => {
    const folder = tempFolder();
    const pieces = createParquetPieces();
    const long = oneColumn({ type: 'VARCHAR', list: true }, [['secret'.repeat(20_000)], null]);
    const tables = [
      long,
      numbers(1n, null, 3n),
      { columns: [{ type: 'JSON' }, { type: 'DATE' }], pages: [[['[1]', '2024-02-29']]] } satisfies Table,
      numbers(4n),
      long,
    ];
    const written = tables.map((table) => fileOf(folder, table, pieces));
    for (const [n, { columns, pages }] of tables.entries())
      expect(await read(written[n]!, columns)).toEqual(
        pages.flat().map((row) => row.map((value, at) => told(columns[at]!, value))),
      );
    expect(readFileSync(written[1]!).includes('secret')).toBe(false);
  });

  it('drops the rows that were cleared', async () => {
    const pieces = createParquetPieces();
    pieces.add([columnOf({ type: 'BIGINT' }, [1n, 2n])], 2);
    pieces.clear();
    const file = fileOf(tempFolder(), numbers(3n), pieces);
    expect(await read(file, [{ type: 'BIGINT' }])).toEqual([['3']]);
  });
});

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: fc.constantFrom('\0', 'é', '😀', '\u{10ffff}', 'a'), maxLength: 400, size: 'max' }),
);
const ANY: Readonly<Record<ColumnType, fc.Arbitrary<Plain>>> = {
  BIGINT: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  TIMESTAMPTZ: fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }),
  DOUBLE: fc.double({ noNaN: true, noDefaultInfinity: true }),
  FLOAT: fc.float({ noNaN: true, noDefaultInfinity: true }),
  BOOLEAN: fc.boolean(),
  DATE: fc
    .integer({ min: Date.parse('0001-01-01') / DAY_MS, max: Date.parse('9999-12-31') / DAY_MS })
    .map((day) => new Date(day * DAY_MS).toISOString().slice(0, 10)),
  VARCHAR: text,
  UUID: fc.uuid(),
  JSON: fc.json(),
};

const anyTable: fc.Arbitrary<Table> = fc
  .array(fc.record({ type: fc.constantFrom(...TYPES), list: fc.boolean() }), { minLength: 1, maxLength: 20 })
  .chain((columns) => {
    const row = fc.tuple(
      ...columns.map(({ type, list }): fc.Arbitrary<unknown> => {
        const one = fc.option(ANY[type], { freq: 3 });
        return list ? fc.option(fc.array(one, { maxLength: 5 }), { freq: 4 }) : one;
      }),
    );
    return fc.record({
      columns: fc.constant(columns),
      pages: fc.array(fc.array(row, { maxLength: 40, size: '+1' }), { minLength: 1, maxLength: 4 }),
    });
  });

it('any values of any columns in any pages come back from a Parquet file', async () => {
  const folder = tempFolder();
  const pieces = createParquetPieces();
  await fc.assert(
    fc.asyncProperty(anyTable, async (table) => {
      // A file without rows is never made.
      fc.pre(table.pages.some((page) => page.length > 0));
      const file = fileOf(folder, table, pieces);
      expect(await read(file, table.columns)).toEqual(
        table.pages.flatMap((page) =>
          page.map((row) => row.map((value, at) => told(table.columns[at]!, value))),
        ),
      );
    }),
    { numRuns: 150, seed: SEED },
  );
}, 120_000);
