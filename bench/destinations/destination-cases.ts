/**
 * Publishing staged rows into Postgres and into a DuckLake, each beside what copies the same rows without
 * any promise.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import pg from 'pg';
import { median, percentile } from '../format.js';
import { type Command, measure, nodeProgram, type Taken } from '../measure.js';
import type { Bench, Case } from '../tables.js';
import type { Places } from './places.js';
import {
  assertPublished,
  columnsOf,
  type DestinationData,
  FACTS,
  type PublishData,
  postgresColumns,
  type Shape,
} from './publish-data.js';
import { type PublishTask, toldBy } from './publish-task.js';

/** Loads that publish at once, and the tables of each. */
const AT_ONCE = 8;
const TABLES = 5;
/** A table may be so much larger than after its first load. */
const LARGEST = 1.1;

const program = (name: string): string => join(import.meta.dirname, name);

/** The rows that this computer can measure. */
export function destinationCases(bench: Bench, data: DestinationData, places: Places): Case[] {
  const { postgres_url, extension_folder } = places;
  const postgres = postgres_url === undefined ? [] : postgresCases(bench, data, postgres_url);
  const lake = extension_folder === undefined ? [] : lakeCases(bench, data, extension_folder);
  const shared =
    postgres_url === undefined || extension_folder === undefined
      ? []
      : [sharedLake(bench, data, { postgres_url, extension_folder })];
  return [...postgres, ...lake, ...shared];
}

/** What all rows here have in common: the process tells how long its work took. */
function caseOf(
  bench: Bench,
  { rows }: PublishData,
  of: Pick<Case, 'key' | 'name' | 'command' | 'verify'> & Partial<Case>,
): Case {
  return {
    group: 'destinations',
    rows,
    latency_ms: null,
    tables: 1,
    runs: bench.options.runs,
    settings: {},
    told: ({ stdout }: Taken) => {
      const { seconds, cpu_s, rss_mb } = toldBy(stdout);
      return { wall_s: median(seconds), cpu_s, rss_mb };
    },
    ...of,
  };
}

function publishing(
  bench: Bench,
  data: PublishData,
  shape: Shape,
  to: Pick<PublishTask, 'to' | 'dataset' | 'extension_folder'> & Partial<PublishTask>,
): PublishTask {
  const staging_folder = join(bench.scratch, 'staging');
  mkdirSync(staging_folder, { recursive: true });
  return {
    staging_folder,
    file: data.ndjson,
    rows: data.rows,
    columns: columnsOf(shape),
    tables: 1,
    waits: false,
    ...to,
  };
}

const publishRows = (task: PublishTask): Command =>
  nodeProgram([program('publish-rows.js'), JSON.stringify(task)]);

function postgresCases(bench: Bench, { many }: DestinationData, url: string): Case[] {
  const into = (dataset: string) => ({ to: url, dataset, extension_folder: undefined });
  const copy = (shape: Shape, key: string, name: string): Case => {
    const table = `public.floor_${shape}`;
    const create = `CREATE TABLE ${table} (${postgresColumns(shape)})`;
    return caseOf(bench, many, {
      key,
      name,
      before: async () => {
        await rowsOf(url, `DROP TABLE IF EXISTS ${table}`);
      },
      command: () => nodeProgram([program('floor-copy.js'), url, create, table, many.csv[shape]]),
      verify: async () =>
        assertPublished((await rowsOf(url, `SELECT ${FACTS} FROM ${table}`))[0]!, many, table),
    });
  };
  const first = (shape: Shape, key: string, name: string, floor: string): Case =>
    caseOf(bench, many, {
      key,
      name,
      floor,
      before: () => dropDataset(url, `first_${shape}`),
      command: () => publishRows(publishing(bench, many, shape, into(`first_${shape}`))),
      verify: () => verifyPostgres(url, `first_${shape}`, many),
    });
  const kept = publishing(bench, many, 'scalars', into('kept'));
  let first_bytes = 0;
  const again = caseOf(bench, many, {
    key: 'pg-replace',
    name: 'Postgres: replace that changes nothing, ten columns',
    floor: 'pg-copy',
    once: async () => {
      await measure(publishRows(kept), bench.scratch);
      first_bytes = await tableBytes(url, 'kept');
    },
    command: () => publishRows(kept),
    verify: async () => {
      await verifyPostgres(url, 'kept', many);
      const bytes = await tableBytes(url, 'kept');
      if (bytes > first_bytes * LARGEST)
        throw new Error(`The table has ${bytes} bytes; it had ${first_bytes} after its first load.`);
    },
  });
  return [
    copy('scalars', 'pg-copy', 'floor C: COPY from CSV into a new table of Postgres, ten columns'),
    first('scalars', 'pg-publish', 'Postgres: first publish, ten columns', 'pg-copy'),
    copy('lists', 'pg-copy-lists', 'floor C: the same with two lists'),
    first('lists', 'pg-publish-lists', 'Postgres: first publish, with two lists', 'pg-copy-lists'),
    again,
  ];
}

async function rowsOf(url: string, sql: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows;
  } finally {
    await client.end();
  }
}

async function dropDataset(url: string, dataset: string): Promise<void> {
  await rowsOf(url, `DROP SCHEMA IF EXISTS ${dataset} CASCADE`);
  const [found] = await rowsOf(url, "SELECT to_regclass('_xano.resources')::text");
  if (found?.[0]) await rowsOf(url, `DELETE FROM _xano.resources WHERE target_schema = '${dataset}'`);
}

async function verifyPostgres(url: string, dataset: string, data: PublishData): Promise<void> {
  const [found] = await rowsOf(url, `SELECT ${FACTS} FROM ${dataset}.rows`);
  assertPublished(found!, data, `${dataset}.rows`);
}

async function tableBytes(url: string, dataset: string): Promise<number> {
  const [found] = await rowsOf(url, `SELECT pg_total_relation_size('${dataset}.rows')`);
  return Number(found![0]);
}

function lakeCases(bench: Bench, { many, ten }: DestinationData, extension_folder: string): Case[] {
  const parquet = join(bench.scratch, 'floor.parquet');
  const names = columnsOf('scalars')
    .map(({ name }) => name)
    .join(', ');
  const publish = (key: string, name: string, data: PublishData, more: Partial<Case> = {}): Case => {
    const file = join(bench.scratch, `${key}.ducklake`);
    const task = publishing(bench, data, 'scalars', {
      to: `ducklake:${file}`,
      dataset: 'xano_data',
      extension_folder,
    });
    return caseOf(bench, data, {
      key,
      name,
      before: async () => {
        for (const end of ['', '.wal', '.files', '.staging'])
          rmSync(`${file}${end}`, { recursive: true, force: true });
      },
      command: () => publishRows(task),
      verify: () => verifyLake(`ducklake:${file}`, ['xano_data.rows'], data, extension_folder),
      ...more,
    });
  };
  return [
    caseOf(bench, many, {
      key: 'lake-copy',
      name: 'floor D: DuckDB writes the same rows as Parquet',
      before: async () => rmSync(parquet, { force: true }),
      command: () => nodeProgram([program('floor-parquet.js'), many.database, names, parquet]),
      verify: async () =>
        assertPublished(await duckdbRow(`SELECT ${FACTS} FROM '${parquet}'`), many, parquet),
    }),
    publish('lake-publish', 'DuckLake: first publish', many, { floor: 'lake-copy' }),
    publish('lake-ten', 'DuckLake: first publish, ten rows', ten),
  ];
}

async function duckdbRow(sql: string, extension_folder?: string): Promise<unknown[]> {
  const instance = await DuckDBInstance.create(
    ':memory:',
    extension_folder === undefined ? {} : { extension_directory: extension_folder },
  );
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRows()[0]!;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function verifyLake(
  name: string,
  tables: readonly string[],
  data: PublishData,
  extension_folder: string,
): Promise<void> {
  for (const table of tables) {
    const sql = `LOAD ducklake; ATTACH '${name}' AS lake (READ_ONLY); SELECT ${FACTS} FROM lake.${table}`;
    assertPublished(await duckdbRow(sql, extension_folder), data, `${name} ${table}`);
  }
}

/** Several loads publish into one lake: what is told is the 95th percentile of all publications. */
function sharedLake(
  bench: Bench,
  { some }: DestinationData,
  { postgres_url, extension_folder }: { readonly postgres_url: string; readonly extension_folder: string },
): Case {
  const schema = 'lake_at_once';
  const files = join(bench.scratch, 'at-once/');
  const to = new URL(postgres_url);
  to.searchParams.set('schema', schema);
  to.searchParams.set('data', files);
  const task = publishing(bench, some, 'scalars', {
    to: `ducklake:${to.href}`,
    dataset: 'loader',
    extension_folder,
    tables: TABLES,
  });
  return {
    ...caseOf(bench, some, {
      key: 'lake-at-once',
      name: `DuckLake, catalog in Postgres: ${AT_ONCE} loads publish ${TABLES} tables each at once, 95th percentile`,
      before: async () => {
        await rowsOf(postgres_url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`);
        rmSync(files, { recursive: true, force: true });
      },
      command: () => nodeProgram([program('publish-at-once.js'), String(AT_ONCE), JSON.stringify(task)]),
      verify: async () => {
        const [found] = await rowsOf(
          postgres_url,
          `SELECT count(*), sum(s.record_count) FROM ${schema}.ducklake_table t JOIN ${schema}.ducklake_table_stats s USING (table_id) WHERE t.end_snapshot IS NULL AND t.table_name LIKE 'rows_%'`,
        );
        const expected = [AT_ONCE * TABLES, AT_ONCE * TABLES * some.rows];
        if (JSON.stringify(found!.map(Number)) !== JSON.stringify(expected))
          throw new Error(
            `The lake has ${found!.join(' tables and ')} rows; expected ${expected.join(', ')}.`,
          );
      },
    }),
    told: ({ stdout }) => {
      const { seconds, cpu_s, rss_mb } = toldBy(stdout);
      return { wall_s: percentile(seconds, 0.95), cpu_s, rss_mb };
    },
  };
}
