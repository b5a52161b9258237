/** Reads stored load reports. They come from a file that any program may have written, so zod checks them. */
import { z } from 'zod';
import { type Store, valueAsText, XanoError } from '../index.js';
import type { SessionContext } from '../session/context.js';
import type { ShownReport, ShownResource } from './answers.js';
import { type RowsWanted, reportSql, reportsSql } from './table-sql.js';

const count = z.number().default(0);
const text = z.string().default('');
const known = z.number().nullable().default(null);

const resourceSchema: z.ZodType<ShownResource> = z.object({
  resource: text,
  target: text,
  status: z.enum(['loaded', 'failed', 'skipped']),
  write_disposition: z.enum(['replace', 'append', 'merge']).default('replace'),
  completeness: z
    .enum(['proved', 'limited', 'not_provable', 'changed_while_reading', 'incomplete'])
    .nullable()
    .default(null),
  rows_expected: known,
  rows_read: count,
  rows_written: count,
  rows_deleted: count,
  rows_total: known,
  values_rejected: count,
  schema_changes: z
    .array(
      z.object({
        change: z.enum([
          'column_added',
          'column_removed',
          'column_retyped',
          'table_renamed',
          'table_moved_aside',
        ]),
        name: z.string(),
        from: z.string().nullable(),
        to: z.string().nullable(),
      }),
    )
    .default([]),
  read_by: text,
  requests: count,
  pages: count,
  bytes: count,
  duration_ms: count,
  waits: z
    .array(
      z.object({
        kind: z.enum(['rate_limit', 'retry', 'token']),
        reason: z.string(),
        times: z.number(),
        wait_ms: z.number(),
      }),
    )
    .exactOptional(),
  rows_same_key: z.number().exactOptional(),
  resumed: z.boolean().default(false),
  error: z.object({ code: z.string(), message: z.string(), hint: text }).exactOptional(),
});

const reportSchema: z.ZodType<ShownReport> = z.object({
  load_id: z.string(),
  started_at: z.string(),
  finished_at: z.string().nullable().default(null),
  status: z.enum(['loaded', 'partial', 'failed', 'interrupted', 'running']),
  requests: count,
  bytes: count,
  resources: z.array(resourceSchema).default([]),
});

/** The newest load reports. Throws DATABASE_FAILED for a report that xano did not write. */
export async function readReports(
  store: Store,
  wanted: RowsWanted,
  context: SessionContext,
): Promise<ShownReport[]> {
  return read(store, reportsSql(wanted), context);
}

/** The report of a load. Throws USAGE for an id that no load has, and what {@link readReports} throws. */
export async function readReport(
  store: Store,
  load_id: string,
  context: SessionContext,
): Promise<ShownReport> {
  const [report] = await read(store, reportSql(load_id), context);
  if (report !== undefined) return report;
  throw new XanoError('USAGE', `${store.label} has no load "${load_id}".`, {
    hint: 'Choose a load on the page Loads.',
  });
}

async function read(store: Store, sql: string, context: SessionContext): Promise<ShownReport[]> {
  return store.query(
    sql,
    async ({ batches }) => {
      const reports: ShownReport[] = [];
      for await (const batch of batches())
        for (const row of batch) {
          const [load_id, status, report] = row.map(valueAsText);
          reports.push(parsed(load_id ?? '', status ?? '', report ?? '', store));
        }
      return reports;
    },
    { sleep: context.sleep, signal: context.signal },
  );
}

/** The record's status counts: while a load runs, its report already holds another one, and an end. */
function parsed(load_id: string, status: string, report: string, { label }: Store): ShownReport {
  const content = jsonOf(report);
  const result = reportSchema.safeParse({
    ...(typeof content === 'object' ? content : undefined),
    load_id,
    status,
    ...(status === 'running' ? { finished_at: null } : {}),
  });
  if (result.success) return result.data;
  throw new XanoError('DATABASE_FAILED', `The report of the load "${load_id}" in ${label} is damaged.`, {
    hint: 'Load again, and look at newer loads.',
    cause: result.error,
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
