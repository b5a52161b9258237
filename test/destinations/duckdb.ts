/** DuckDB itself, for tests that prepare a file or look into one. */
import { DuckDBInstance } from '@duckdb/node-api';

/** Runs statements on a file and gives the last one's rows. */
export async function sql(file: string, ...statements: readonly string[]): Promise<unknown[]> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    let rows: unknown[] = [];
    for (const statement of statements)
      rows = (await connection.runAndReadAll(statement)).getRowObjectsJson();
    return rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
