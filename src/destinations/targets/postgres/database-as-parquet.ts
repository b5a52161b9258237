/** Rows of a query of Postgres as a Parquet file, which DuckDB writes. */
import { realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startEngine } from '../../engine/engine.js';
import { literal, quote } from '../../engine/sql.js';
import { makeQueryFolder } from '../../reader/query-folder.js';
import type { QueryOptions } from '../../reader/query-place.js';
import { type PulledRows, withPulledRows } from './mirror/pull-rows.js';
import { readDatabase } from './query-database.js';
import type { PostgresAddress } from './wire/address.js';
import type { Connection } from './wire/connection.js';

/** Types of DuckDB that hold the same values exactly. Any other type becomes text. */
const TYPES: Readonly<Record<string, string>> = {
  smallint: 'BIGINT',
  integer: 'BIGINT',
  bigint: 'BIGINT',
  'double precision': 'DOUBLE',
  real: 'FLOAT',
  boolean: 'BOOLEAN',
  'timestamp with time zone': 'TIMESTAMPTZ',
  date: 'DATE',
  uuid: 'UUID',
  json: 'JSON',
  jsonb: 'JSON',
};

function duckdbType(postgres: string): string {
  const isList = postgres.endsWith('[]');
  const element = isList ? postgres.slice(0, -2) : postgres;
  const type = Object.hasOwn(TYPES, element) ? TYPES[element]! : 'VARCHAR';
  return isList ? `${type}[]` : type;
}

/**
 * Runs one query as `queryDatabase` does, and writes its rows into a Parquet file, which is removed when
 * `use` is done. The connection is closed before. Throws what `queryDatabase` throws.
 */
export async function databaseAsParquet<T>(
  address: PostgresAddress,
  sql: string,
  use: (file: string, rows: number) => Promise<T>,
  options: QueryOptions = {},
): Promise<T> {
  const made = makeQueryFolder();
  try {
    const folder = realpathSync(made);
    const file = join(folder, 'rows.parquet');
    const rows = await readDatabase(address, sql, options, async ({ connection, columns }) => {
      await connection.rows('CLOSE xano_query');
      const names = columns.map((_, i) => `c${i}`);
      const pulled: PulledRows = {
        // The server took the SQL as one statement before: it cannot end these parentheses.
        from: `(${withoutEnd(sql)}\n) AS q(${names.join(', ')})`,
        columns: columns.map(({ name, type }, i) => ({
          postgres_name: names[i]!,
          name,
          type: duckdbType(type.name),
        })),
        folder,
      };
      return writeParquet(connection, pulled, file, options);
    });
    return await use(file, rows);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/** A statement without semicolons at its end. */
function withoutEnd(sql: string): string {
  let text = sql.trimEnd();
  while (text.endsWith(';')) text = text.slice(0, -1).trimEnd();
  return text;
}

/** Returns the number of rows. */
async function writeParquet(
  connection: Connection,
  pulled: PulledRows,
  file: string,
  { sleep = setTimeout }: QueryOptions,
): Promise<number> {
  const engine = await startEngine({ spill_folder: pulled.folder, files: [], sleep, lock_wait_ms: 0 });
  try {
    const session = await engine.session();
    try {
      await withPulledRows(connection, pulled, (values, from) => {
        const list = values.map((value, i) => `${value} AS ${quote(pulled.columns[i]!.name)}`);
        return session.copy(
          `COPY (SELECT ${list.join(', ')} FROM ${from}) TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd)`,
        );
      });
      const [found] = await session.rows(
        `SELECT num_rows::DOUBLE AS rows FROM parquet_file_metadata(${literal(file)})`,
      );
      return Number(found?.['rows']);
    } finally {
      session.close();
    }
  } finally {
    engine.close();
  }
}
