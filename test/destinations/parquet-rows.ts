/** What other programs find in the Parquet files of a table. */
import type { FoundTable } from './conformance/place.js';
import { sql } from './duckdb.js';

/** A text as SQL has it. */
export const sqlText = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const name = (value: string): string => `"${value.replaceAll('"', '""')}"`;

/** The columns and rows in files. Files of rejected values, which do not say whose they are, get the tests' names. */
export async function tableInFiles(files: readonly string[], table: string): Promise<FoundTable> {
  // Rejected values have their table's identity and name from its footer.
  const more = table === 'rejects' ? "'identity' AS identity, 'shop' AS resource, " : '';
  const from = `(SELECT ${more}* FROM read_parquet([${files.map(sqlText).join(', ')}]))`;
  const described = (await sql(':memory:', `DESCRIBE SELECT * FROM ${from}`)) as {
    column_name: string;
    column_type: string;
  }[];
  const columns = described.map((one) => ({ name: one.column_name, type: one.column_type, comment: null }));
  const texts = columns.map((one, i) => `${name(one.name)}::VARCHAR AS c${i}`).join(', ');
  const rows = (await sql(':memory:', "SET TimeZone = 'UTC'", `SELECT ${texts} FROM ${from}`)) as Record<
    string,
    string | null
  >[];
  return { comment: null, columns, rows: rows.map((row) => columns.map((_, i) => row[`c${i}`] ?? null)) };
}
