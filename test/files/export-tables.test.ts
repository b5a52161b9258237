/** Files of loaded tables, cell by cell: what each format makes of values that programs like to spoil. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { streamXlsxRows } from 'hucre/xlsx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDestination, openStore } from '../../src/destinations/open.js';
import { type ExportOptions, exportTables } from '../../src/files/export-tables.js';
import type { FileFormat } from '../../src/files/formats.js';
import type { QueryOptions, SchemaTable } from '../../src/index.js';
import { rowsOfFile } from '../cli/terminal.js';
import { publish, using } from '../destinations/conformance/place.js';
import { sql } from '../destinations/duckdb.js';
import { column, plan, report, tempFolder } from '../destinations/writing.js';
import { rejectionOf } from '../rest/decode/reading.js';
import { describePostgres, newDatabase } from '../servers/postgres.js';

const COLUMNS = [
  column('id', 'BIGINT'),
  column('name', 'VARCHAR'),
  column('ok', 'BOOLEAN'),
  column('n', 'DOUBLE'),
  column('at', 'TIMESTAMPTZ'),
  column('day', 'DATE'),
  column('data', 'JSON'),
  column('tags', 'VARCHAR', { list: true }),
  column('times', 'TIMESTAMPTZ', { list: true }),
];

/** 2026-01-01T10:00:00.250Z. */
const AT = 1_767_261_600_250;

const ROWS = [
  `{"id":1,"name":"a,\\"b\\"\\r\\nc","ok":true,"n":0.1,"at":${AT},"day":"2026-02-28","data":{"a":  1.10,\n"b":9007199254740993},"tags":["x","y, z"],"times":[${AT}]}`,
  '{"id":9007199254740993,"name":"","ok":false,"n":-5e-324,"at":-62135596800000,"day":"1815-12-10","data":"text","tags":[],"times":[]}',
  '{"id":-2,"name":"=1+1","ok":null,"n":-1.5,"at":null,"day":null,"data":null,"tags":null,"times":null}',
  '{"id":3,"name":"-12.5","ok":null,"n":null,"at":null,"day":null,"data":null,"tags":null,"times":null}',
  '{"id":4,"name":" _x0041_ 🚀\\t","ok":null,"n":null,"at":null,"day":null,"data":null,"tags":null,"times":null}',
] as const;

/** Loads the table of {@link ROWS}, and one without rows. */
async function loaded(to: string): Promise<void> {
  await using({ open: () => openDestination(to) }, async (destination) => {
    await publish(destination, plan({ target: { columns: COLUMNS } }), [...ROWS]);
    const named = { identity: 'host/empty', resource: 'empty', origin: { table_id: 2 } };
    await publish(destination, plan({ ...named, target: { schema: 'other', name: 'empty' } }), []);
    await destination.record(report());
  });
}

interface Wish extends Partial<ExportOptions> {
  readonly format: FileFormat;
  readonly folder: string;
  readonly choose?: (table: SchemaTable) => boolean;
}

/** Exports tables of a target. */
async function exported(to: string, { choose = () => true, ...wish }: Wish) {
  const store = await openStore(to);
  try {
    const all = await store.schema();
    return await exportTables(
      store,
      { all, chosen: all.filter(choose) },
      { deleted: false, all_columns: false, overwrite: false, safe_formulas: false, reading: {}, ...wish },
    );
  } finally {
    await store.close();
  }
}

const isShop = ({ name }: SchemaTable): boolean => name === 'shop';

const textOf = (folder: string, file: string): string => readFileSync(join(folder, file), 'utf8');

const CSV = [
  'id,name,ok,n,at,day,data,tags,times',
  '1,"a,""b""\r\nc",true,0.1,2026-01-01T10:00:00.25Z,2026-02-28,"{""a"":  1.10,\n""b"":9007199254740993}","[""x"",""y, z""]","[""2026-01-01T10:00:00.25Z""]"',
  '9007199254740993,"",false,-5e-324,0001-01-01T00:00:00Z,1815-12-10,"""text""",[],[]',
  '-2,=1+1,,-1.5,,,,,',
  '3,-12.5,,,,,,,',
  '4, _x0041_ 🚀\t,,,,,,,',
  '',
].join('\r\n');

const JSONL = [
  '{"id":1,"name":"a,\\"b\\"\\r\\nc","ok":true,"n":0.1,"at":"2026-01-01T10:00:00.25Z","day":"2026-02-28","data":{"a":  1.10, "b":9007199254740993},"tags":["x","y, z"],"times":["2026-01-01T10:00:00.25Z"]}',
  '{"id":9007199254740993,"name":"","ok":false,"n":-5e-324,"at":"0001-01-01T00:00:00Z","day":"1815-12-10","data":"text","tags":[],"times":[]}',
  '{"id":-2,"name":"=1+1","ok":null,"n":-1.5,"at":null,"day":null,"data":null,"tags":null,"times":null}',
  '{"id":3,"name":"-12.5","ok":null,"n":null,"at":null,"day":null,"data":null,"tags":null,"times":null}',
  '{"id":4,"name":" _x0041_ 🚀\\t","ok":null,"n":null,"at":null,"day":null,"data":null,"tags":null,"times":null}',
  '',
].join('\n');

async function checkTexts(to: string): Promise<void> {
  const folder = tempFolder();
  expect(await exported(to, { format: 'csv', folder })).toEqual([
    {
      table: 'other.empty',
      file: 'other.empty.csv',
      renamed: false,
      bytes: 'id,name\r\n'.length,
      rows: 0,
      findings: [],
    },
    {
      table: 'xano_data.shop',
      file: 'shop.csv',
      renamed: false,
      bytes: Buffer.byteLength(CSV),
      rows: 5,
      findings: [{ kind: 'formula', column: 'name', cells: 1 }],
    },
  ]);
  expect(textOf(folder, 'shop.csv')).toBe(CSV);
  expect(textOf(folder, 'other.empty.csv')).toBe('id,name\r\n');
  await exported(to, { format: 'jsonl', folder });
  expect(textOf(folder, 'shop.jsonl')).toBe(JSONL);
  expect(textOf(folder, 'other.empty.jsonl')).toBe('');
  expect(readdirSync(folder).toSorted()).toEqual([
    '.xano-export.json',
    'other.empty.csv',
    'other.empty.jsonl',
    'shop.csv',
    'shop.jsonl',
  ]);
}

/** A file with the table of {@link ROWS}, which no test changes. */
let to: string;

beforeAll(async () => {
  to = join(mkdtempSync(join(tmpdir(), 'xano-test-')), 'x.duckdb');
  await loaded(to);
});

afterAll(() => rmSync(dirname(to), { recursive: true, force: true }));

describe('an export', () => {
  it('of a DuckDB file gives CSV and JSON Lines with every value exactly', () => checkTexts(to));

  it('of a Parquet folder gives the same', async () => {
    const parquet = `${tempFolder()}/out/`;
    await loaded(parquet);
    await checkTexts(parquet);
  });
});

/** Compares a Parquet file of a target with the table in the file of {@link ROWS}. */
async function checkParquet(target: string): Promise<void> {
  const folder = tempFolder();
  expect(await exported(target, { format: 'parquet', folder, choose: isShop })).toMatchObject([
    { file: 'shop.parquet', rows: 5, findings: [] },
  ]);
  const again = `${tempFolder()}/again.duckdb`;
  await sql(again, `CREATE TABLE t AS FROM read_parquet('${join(folder, 'shop.parquet')}')`);
  const own = 'SELECT * EXCLUDE (_xano_load_id) FROM xano_data.shop';
  expect(await rowsOfFile(again, 'FROM t')).toEqual(await rowsOfFile(to, own));
  expect(await rowsOfFile(again, 'DESCRIBE t')).toEqual(await rowsOfFile(to, `DESCRIBE ${own}`));
}

describe('an exported Parquet file', () => {
  it('keeps types and values', () => checkParquet(to));
});

describePostgres('an export of Postgres', () => {
  it('gives the same CSV, JSON Lines and Parquet as one of a DuckDB file', async () => {
    const database = await newDatabase();
    await loaded(database);
    await checkTexts(database);
    await checkParquet(database);
  });

  it('finds tables whose names Postgres cuts', async () => {
    const database = await newDatabase();
    const name = 'n'.repeat(70);
    await using({ open: () => openDestination(database) }, (destination) =>
      publish(destination, plan({ resource: name, target: { name } }), [{ id: 1, name: 'a' }]),
    );
    const folder = tempFolder();
    expect(await exported(database, { format: 'csv', folder })).toMatchObject([
      { table: `xano_data.${name}`, file: `${name}.csv`, rows: 1 },
    ]);
    expect(textOf(folder, `${name}.csv`)).toBe('id,name\r\n1,a\r\n');
  });
});

async function cellsOf(folder: string, file: string, sheet = 0): Promise<unknown[][]> {
  const rows: unknown[][] = [];
  for await (const row of streamXlsxRows(readFileSync(join(folder, file)), { sheet })) rows.push(row.values);
  return rows;
}

describe('an exported workbook', () => {
  it('holds real dates and numbers, and as text what Excel has no number or date for', async () => {
    const folder = tempFolder();
    expect(await exported(to, { format: 'xlsx', folder, choose: isShop })).toEqual([
      {
        table: 'xano_data.shop',
        file: 'shop.xlsx',
        renamed: false,
        bytes: expect.any(Number),
        rows: 5,
        sheets: 1,
        findings: [
          { kind: 'text', column: 'id', cells: 1 },
          { kind: 'text', column: 'at', cells: 1 },
          { kind: 'text', column: 'day', cells: 1 },
        ],
      },
    ]);
    const [heading, ...rows] = await cellsOf(folder, 'shop.xlsx');
    expect(heading).toEqual(COLUMNS.map(({ name }) => name));
    const first = [
      1,
      'a,"b"\r\nc',
      true,
      0.1,
      new Date(AT),
      new Date('2026-02-28T00:00:00Z'),
      '{"a":  1.10,\n"b":9007199254740993}',
      '["x","y, z"]',
      '["2026-01-01T10:00:00.25Z"]',
    ];
    const second = [
      '9007199254740993',
      '',
      false,
      -5e-324,
      '0001-01-01T00:00:00Z',
      '1815-12-10',
      '"text"',
      '[]',
      '[]',
    ];
    const filled = rows.map((row) => [...row, ...Array(9 - row.length).fill(null)]);
    expect(filled).toEqual([
      first,
      second,
      [-2, '=1+1', null, -1.5, null, null, null, null, null],
      [3, '-12.5', null, null, null, null, null, null, null],
      [4, ' _x0041_ 🚀\t', null, null, null, null, null, null, null],
    ]);
  });

  it('continues on further sheets where one is full, each with the heading', async () => {
    const folder = tempFolder();
    const wish = { format: 'xlsx', folder, choose: isShop, rows_per_sheet: 3 } as const;
    expect(await exported(to, wish)).toMatchObject([{ rows: 5, sheets: 3 }]);
    const ids = await Promise.all(
      [0, 1, 2].map(async (sheet) => (await cellsOf(folder, 'shop.xlsx', sheet)).map(([id]) => id)),
    );
    expect(ids).toEqual([
      ['id', 1, '9007199254740993'],
      ['id', -2, 3],
      ['id', 4],
    ]);
  });

  it('cuts a text that no cell holds between two characters, and says so', async () => {
    const own = `${tempFolder()}/x.duckdb`;
    const folder = tempFolder();
    const long = `${'x'.repeat(32_766)}🚀 and more`;
    await using({ open: () => openDestination(own) }, (destination) =>
      publish(destination, plan(), [{ id: 1, name: long }]),
    );
    expect(await exported(own, { format: 'xlsx', folder })).toMatchObject([
      { findings: [{ kind: 'cut', column: 'name', cells: 1 }] },
    ]);
    expect(await cellsOf(folder, 'shop.xlsx')).toEqual([
      ['id', 'name'],
      [1, 'x'.repeat(32_766)],
    ]);
  });
});

describe('formulas in CSV', () => {
  it('get an apostrophe with safe_formulas, and numbers none', async () => {
    const folder = tempFolder();
    await exported(to, { format: 'csv', folder, choose: isShop, safe_formulas: true });
    expect(textOf(folder, 'shop.csv')).toBe(CSV.replace('-2,=1+1,', "-2,'=1+1,"));
  });
});

describe('rows that are deleted in Xano', () => {
  it('are left out, and told apart where they are asked for', async () => {
    const own = `${tempFolder()}/x.duckdb`;
    await using({ open: () => openDestination(own) }, async (destination) => {
      const merge = plan({ write_disposition: 'merge' });
      await publish(destination, merge, [
        { id: 1, name: 'stays' },
        { id: 2, name: 'goes' },
      ]);
      await publish(destination, { ...merge, load_id: 'load-2' }, [{ id: 1, name: 'stays' }]);
    });
    const [[at]] = (await rowsOfFile(
      own,
      "SELECT rtrim(strftime(_xano_deleted_at, '%Y-%m-%dT%H:%M:%S.%f'), '0') || 'Z' FROM xano_data.shop WHERE id = 2",
    )) as [[string]];
    const csvWith = async (more: Partial<ExportOptions>): Promise<string> => {
      const folder = tempFolder();
      await exported(own, { format: 'csv', folder, ...more });
      return textOf(folder, 'shop.csv');
    };
    expect(await csvWith({})).toBe('id,name\r\n1,stays\r\n');
    expect(await csvWith({ deleted: true })).toBe(`id,name,_xano_deleted_at\r\n2,goes,${at}\r\n1,stays,\r\n`);
    expect(await csvWith({ all_columns: true })).toBe(
      'id,name,_xano_load_id,_xano_deleted_at\r\n1,stays,load-2,\r\n',
    );
  });
});

it('rows of lists are left out with the rows that hold them', async () => {
  const own = `${tempFolder()}/x.duckdb`;
  const columns = [column('id', 'BIGINT'), column('tags', 'VARCHAR', { list: true })];
  await using({ open: () => openDestination(own) }, async (destination) => {
    const merge = plan({ write_disposition: 'merge', flatten: { reserved: [] }, target: { columns } });
    await publish(destination, merge, [
      { id: 1, tags: ['stays'] },
      { id: 2, tags: ['goes'] },
    ]);
    await publish(destination, { ...merge, load_id: 'load-2' }, [{ id: 1, tags: ['stays'] }]);
  });
  const values = async (deleted: boolean, choose: Wish['choose']): Promise<string[]> => {
    const folder = tempFolder();
    await exported(own, { format: 'csv', folder, deleted, choose: choose! });
    const lines = textOf(folder, 'shop__tags.csv').trim().split('\r\n').slice(1);
    return lines.map((line) => line.split(',')[0]!).toSorted();
  };
  expect(await values(false, () => true)).toEqual(['stays']);
  expect(await values(false, ({ parent }) => parent !== undefined)).toEqual(['stays']);
  expect(await values(true, () => true)).toEqual(['goes', 'stays']);
});

describe('files that are there already', () => {
  it('stay unless an export wrote them and nobody changed them since', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'shop.csv'), 'mine');
    const refused = async (): Promise<string> => {
      const { code, message } = await rejectionOf(exported(to, { format: 'csv', folder }));
      return `${code}: ${message}`;
    };
    const said = `USAGE: No export wrote ${join(folder, 'shop.csv')}, so nothing was replaced.`;
    expect(await refused()).toBe(said);
    expect([textOf(folder, 'shop.csv'), readdirSync(folder)]).toEqual(['mine', ['shop.csv']]);
    await exported(to, { format: 'csv', folder, overwrite: true });
    expect(textOf(folder, 'shop.csv')).toBe(CSV);
    // Its own files are replaced.
    await exported(to, { format: 'csv', folder });
    expect(textOf(folder, 'shop.csv')).toBe(CSV);
    writeFileSync(join(folder, 'shop.csv'), CSV.replace('true', 'TRUE'));
    expect(await refused()).toBe(said);
    // A record that no export wrote knows no files.
    await exported(to, { format: 'csv', folder, overwrite: true });
    writeFileSync(join(folder, '.xano-export.json'), '{"version":1,"files":[]}');
    expect(await refused()).toContain('USAGE: No export wrote');
  });

  it('are not replaced where a folder has the name', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'shop.csv'));
    const wish = { format: 'csv', folder, choose: isShop, overwrite: true } as const;
    const { code, message } = await rejectionOf(exported(to, wish));
    expect([code, message]).toEqual(['OUTPUT_FAILED', `${join(folder, 'shop.csv')} is a folder.`]);
    expect(readdirSync(folder)).toEqual(['shop.csv']);
  });
});

describe('an export that ends early', () => {
  it.each(['csv', 'jsonl', 'xlsx', 'parquet'] as const)(
    'leaves nothing of an unfinished %s file, and complete files as they were',
    async (format) => {
      const folder = tempFolder();
      await exported(to, { format, folder });
      const before = readFileSync(join(folder, `shop.${format}`));
      const stop = new AbortController();
      const reading: QueryOptions = { signal: stop.signal };
      const onTable = (table: string): void => {
        if (table === 'xano_data.shop') stop.abort();
      };
      const error = await rejectionOf(exported(to, { format, folder, reading, onTable }));
      expect(error.code).toBe('INTERRUPTED');
      expect(readdirSync(folder).toSorted()).toEqual([
        '.xano-export.json',
        `other.empty.${format}`,
        `shop.${format}`,
      ]);
      expect(readFileSync(join(folder, `shop.${format}`)).equals(before)).toBe(true);
    },
  );
});
