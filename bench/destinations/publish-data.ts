/**
 * The records that are published, made of orders: ten columns of everyday types, and two lists beside them.
 * As NDJSON to be staged, as CSV that Postgres reads, and as a DuckDB file.
 */
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Column, ColumnType } from '../../src/table/column.js';
import type { DataFile } from '../data.js';

/** Another number where the records are made differently. */
const VERSION = 1;

/** How a column is made of an order, and what it is elsewhere. */
interface Made {
  readonly column: Column;
  /** What it is in JSON. */
  readonly json: string;
  /** The same in a DuckDB table, and in CSV that Postgres reads. */
  readonly stored: string;
  readonly csv: string;
  /** The type in Postgres. */
  readonly postgres: string;
}

function made(
  name: string,
  type: ColumnType,
  postgres: string,
  { json = name, stored = json, csv = stored }: Partial<Pick<Made, 'json' | 'stored' | 'csv'>> = {},
  more: Partial<Column> = {},
): Made {
  return { column: { name, type, list: false, ...more }, json, stored, csv, postgres };
}

const TIME = 'make_timestamptz(created_at * 1000)';
const UID = 'md5(id::VARCHAR)::UUID';
const VECTOR = '[id % 10 / 10, 0.5, -1]::FLOAT[3]';

const SCALARS: readonly Made[] = [
  made('id', 'BIGINT', 'bigint'),
  made('created_at', 'TIMESTAMPTZ', 'timestamptz', { stored: TIME }),
  made('name', 'VARCHAR', 'text'),
  made('email', 'VARCHAR', 'text'),
  made('active', 'BOOLEAN', 'boolean'),
  made('price', 'DOUBLE', 'double precision'),
  made('birthday', 'DATE', 'date'),
  made('meta', 'JSON', 'json'),
  made('score', 'BIGINT', 'bigint'),
  made('uid', 'UUID', 'uuid', { json: UID }),
];

const LISTS: readonly Made[] = [
  made(
    'tags',
    'VARCHAR',
    'text[]',
    { csv: `'{' || array_to_string(list_transform(tags, lambda x: '"' || x || '"'), ',') || '}'` },
    { list: true },
  ),
  made(
    'vec',
    'FLOAT',
    'real[]',
    { json: VECTOR, csv: `'{' || array_to_string(${VECTOR}::FLOAT[], ',') || '}'` },
    { list: true, size: 3 },
  ),
];

/** Which columns are published. */
export type Shape = 'scalars' | 'lists';

const COLUMNS: Readonly<Record<Shape, readonly Made[]>> = {
  scalars: SCALARS,
  lists: [...SCALARS, ...LISTS],
};

/** The columns of the table that is published. */
export const columnsOf = (shape: Shape): readonly Column[] => COLUMNS[shape].map(({ column }) => column);

/** The same in a statement of Postgres that makes the table. */
export const postgresColumns = (shape: Shape): string =>
  COLUMNS[shape].map(({ column, postgres }) => `${column.name} ${postgres}`).join(', ');

/** What the records come to wherever they are published. */
export const FACTS = 'count(*), count(DISTINCT id), sum(id), sum(CAST(round(price * 100) AS BIGINT))';

/** Records that are published. */
export interface PublishData {
  readonly rows: number;
  readonly ndjson: string;
  /** CSV of the columns of each shape. */
  readonly csv: Readonly<Record<Shape, string>>;
  /** A DuckDB file with the table `records`. */
  readonly database: string;
  /** What {@link FACTS} gives. */
  readonly facts: readonly number[];
}

/** The records of the group `destinations`: many, some, and ten. */
export interface DestinationData {
  readonly many: PublishData;
  readonly some: PublishData;
  readonly ten: PublishData;
}

/** Makes the records where they are not there yet: the first so many orders of a file. */
export async function publishData(folder: string, orders: DataFile, rows: number): Promise<PublishData> {
  const { gaps, facts } = orders;
  const base = join(folder, `publish-${rows}-of-${facts['rows']}-${gaps}-v${VERSION}`);
  const at = (end: string): string => `${base}${end}`;
  const csv = { scalars: at('-scalars.csv'), lists: at('-lists.csv') };
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    if (!existsSync(at('.duckdb'))) {
      const source = `(FROM read_json('${orders.file}', format = 'newline_delimited', columns = {id: 'BIGINT', created_at: 'BIGINT', name: 'VARCHAR', email: 'VARCHAR', active: 'BOOLEAN', price: 'DOUBLE', birthday: 'DATE', meta: 'JSON', tags: 'VARCHAR[]', score: 'BIGINT'}) LIMIT ${rows})`;
      const list = (of: readonly Made[], as: 'json' | 'csv' | 'stored'): string =>
        of.map((one) => `${one[as]} AS ${one.column.name}`).join(', ');
      const copy = (select: string, file: string, how: string) =>
        connection.run(`COPY (SELECT ${select} FROM ${source}) TO '${file}' (${how})`);
      await copy(list(COLUMNS.lists, 'json'), at('.ndjson'), 'FORMAT json');
      for (const shape of ['scalars', 'lists'] as const)
        await copy(list(COLUMNS[shape], 'csv'), csv[shape], 'FORMAT csv, HEADER false');
      await connection.run(`ATTACH '${at('.part')}' AS made`);
      await connection.run(
        `CREATE TABLE made.records AS SELECT ${list(COLUMNS.lists, 'stored')} FROM ${source}`,
      );
      await connection.run('DETACH made');
      renameSync(at('.part'), at('.duckdb'));
    }
    await connection.run(`ATTACH '${at('.duckdb')}' AS made (READ_ONLY)`);
    const result = await connection.runAndReadAll(`SELECT ${FACTS} FROM made.records`);
    return {
      rows,
      ndjson: at('.ndjson'),
      csv,
      database: at('.duckdb'),
      facts: result.getRows()[0]!.map(Number),
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Throws where a published table does not come to what was published. */
export function assertPublished(found: readonly unknown[], { facts }: PublishData, where: string): void {
  const numbers = found.map(Number);
  if (JSON.stringify(numbers) !== JSON.stringify(facts))
    throw new Error(`${where} comes to ${numbers.join(', ')}; expected ${facts.join(', ')}.`);
}
