/**
 * The routes of downloads.
 * In: an authorized wish for a table or for the rows of a query.
 * Out: an address that works once, and the file behind it.
 */
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { Store } from '../../index.js';
import type { DownloadAnswer } from '../answers.js';
import { type DownloadFormat, downloadStream } from './download-stream.js';
import type { Tickets } from './tickets.js';

/** A file that somebody wants. */
export interface Download {
  readonly sql: string;
  readonly format: DownloadFormat;
  /** The name that the browser gives it. */
  readonly name: string;
}

/** What downloads need of the dashboard. */
export interface DownloadPlace {
  readonly tickets: Tickets<Download>;
  readonly open: () => Promise<Store>;
  /** The SQL of all rows of a table. Throws USAGE for an unknown one. */
  readonly tableSql: (store: Store, table: string) => Promise<string>;
  readonly sleep: (ms: number) => Promise<void>;
  /** Aborted when the dashboard ends. */
  readonly signal: AbortSignal;
}

/** The longest time of a download: the target is held for that long at most. Milliseconds. */
const LONGEST_MS = 300_000;
/** Of DuckDB, as for a query of a page. */
const LIMITS = { memory_mb: 512, threads: 2 };

const format = z.enum(['csv', 'json', 'parquet']);
const wishSchema = z.union([z.object({ format, table: z.string() }), z.object({ format, sql: z.string() })]);

/** The route that gives tickets; it needs the token. */
export function wishRoute({ tickets, open, tableSql, sleep, signal }: DownloadPlace): Hono {
  return new Hono().post('/downloads', async (c) => {
    const wish = wishSchema.parse(await c.req.json());
    const store = await open();
    try {
      const sql = 'table' in wish ? await tableSql(store, wish.table) : wish.sql;
      // A file that cannot begin is refused on the page, not in the list of downloads.
      await store.query(sql, async () => {}, {
        sleep,
        signal: AbortSignal.any([signal, c.req.raw.signal]),
        limits: LIMITS,
      });
      const name = `${'table' in wish ? fileNameOf(wish.table) : 'query'}.${wish.format}`;
      const id = tickets.give({ sql, format: wish.format, name });
      return c.json<DownloadAnswer>({ path: `${DOWNLOADS}${id}`, name });
    } finally {
      await store.close();
    }
  });
}

/** Where files are; the rest of the path is a ticket. */
export const DOWNLOADS = '/downloads/';

const TYPES: Readonly<Record<DownloadFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
};

/** Answers with the file of a ticket. The gate lets nobody here whose ticket is not good. */
export async function sendFile(
  c: Context,
  { sql, format, name }: Download,
  { open, sleep, signal }: DownloadPlace,
): Promise<Response> {
  const stream = await downloadStream(await open(), sql, format, {
    sleep,
    signal: AbortSignal.any([AbortSignal.timeout(LONGEST_MS), signal, c.req.raw.signal]),
    limits: LIMITS,
  });
  return c.body(stream, 200, {
    'Content-Type': TYPES[format],
    'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
  });
}

/** A name that no system refuses: the table's, without what separates paths or hides an ending. */
const fileNameOf = (table: string): string =>
  table.replace(/[\p{Cc}\p{Cf}/\\:*?"<>|]/gu, '_').slice(0, 100) || 'table';
