/** The formats of exported files, and how a table is written in each. */
import { createReadStream } from 'node:fs';
import type { QueryOptions, RunningQuery, Store } from '../index.js';
import { createFindings, type Finding, type Findings } from './findings.js';
import { watchFormulas } from './formulas.js';
import { withIsoTimes } from './iso-times.js';
import { csvWriter, writeJsonLines } from './row-texts.js';
import type { WriteMore } from './write-beside.js';

/** The format of an exported file; its ending, as well. */
export type FileFormat = 'csv' | 'jsonl' | 'xlsx' | 'parquet';

/** The rows of a table, and how they are read. */
export interface TableRows {
  readonly store: Store;
  readonly sql: string;
  /** For people: what a sheet is called. */
  readonly title: string;
  readonly reading: QueryOptions;
  /** Puts an apostrophe before cells of a CSV file that a spreadsheet would run. */
  readonly safe_formulas: boolean;
  /** Of a workbook. Default: as many as Excel takes. */
  readonly rows_per_sheet?: number | undefined;
}

/** What a file holds. */
export interface TableWritten {
  readonly rows: number;
  /** Of a workbook. */
  readonly sheets?: number;
  readonly findings: readonly Finding[];
}

/** Writes the file of a table. Throws what `Store.query` throws, USAGE and OUTPUT_FAILED. */
export type WriteTable = (rows: TableRows, write: WriteMore) => Promise<TableWritten>;

/** One row for each format. */
export const FORMATS: Readonly<Record<FileFormat, WriteTable>> = {
  csv: (table, write) =>
    readRows(table, async (query, findings) => {
      await csvWriter(watchFormulas(query.columns, findings, table.safe_formulas))(
        withIsoTimes(query),
        write,
      );
      return {};
    }),
  jsonl: (table, write) =>
    readRows(table, async (query) => {
      await writeJsonLines(withIsoTimes(query), write);
      return {};
    }),
  xlsx: async (table, write) => {
    const { sheetName, writeWorkbook } = await import('./workbook.js');
    const { title, rows_per_sheet } = table;
    return readRows(table, async (query, findings) => ({
      sheets: await writeWorkbook(withIsoTimes(query), write, {
        sheet: sheetName(title),
        rows_per_sheet,
        findings,
      }),
    }));
  },
  parquet: ({ store, sql, reading }, write) =>
    store.parquet(
      sql,
      async (file, rows) => {
        for await (const chunk of createReadStream(file)) await write(chunk as Uint8Array);
        return { rows, findings: [] };
      },
      reading,
    ),
};

/** Reads the rows of a table once, and counts them. */
async function readRows(
  { store, sql, reading }: TableRows,
  use: (query: RunningQuery, findings: Findings) => Promise<{ readonly sheets?: number }>,
): Promise<TableWritten> {
  const findings = createFindings();
  let rows = 0;
  const counted = ({ columns, batches }: RunningQuery): RunningQuery => ({
    columns,
    batches: async function* () {
      for await (const batch of batches()) {
        rows += batch.length;
        yield batch;
      }
    },
  });
  const written = await store.query(sql, (query) => use(counted(query), findings), reading);
  return { rows, ...written, findings: findings.list() };
}
