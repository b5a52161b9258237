/** `xano_load`: plans a load, or runs it. Offered only where the start allows it. */
import { z } from 'zod';
import {
  destinationLabel,
  type LoadEvent,
  type LoadReport,
  load,
  openDestination,
  XanoError,
} from '../../index.js';
import { steadyClock } from '../../session/context.js';
import { type OpenedLoad, openAskedLoad, planAskedLoad } from '../../session/loading/asked-load.js';
import { isNarrowed } from '../../session/tables/source-defaults.js';
import { LOADED_TABLE, loadedTable, TABLES } from '../answer-schemas.js';
import { actionable } from '../failure.js';
import type { McpContext, McpOptions } from '../mcp-context.js';
import { isLimited, isSeen } from '../scope.js';
import { type Call, type Tool, tool } from '../tool.js';

const input = z.strictObject({
  tables: TABLES.min(1).optional().describe('names of tables in Xano; default all'),
  incremental: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe('read only new and changed rows, by this column that grows with every change'),
  dry_run: z
    .boolean()
    .default(true)
    .describe('true: plan only. Show the plan to the person before you pass false'),
});

const output = z.object({
  dry_run: z.boolean(),
  plan: z
    .array(
      z.object({
        table: z.string(),
        rows: z.number().nullable(),
        requests: z.number().nullable(),
        error: z.object({ code: z.string(), message: z.string(), hint: z.string() }).optional(),
      }),
    )
    .optional(),
  requests: z.number().optional(),
  report: z
    .object({
      load_id: z.string(),
      status: z.enum(['loaded', 'partial', 'failed', 'interrupted']),
      started_at: z.string(),
      finished_at: z.string(),
      requests: z.number(),
      tables: z.array(LOADED_TABLE),
      gone: z.array(z.string()).describe('tables that no longer exist in Xano'),
    })
    .optional(),
  next_step: z.string(),
});

/** Makes the tool. */
export function loadTool(context: McpContext): Tool {
  return tool({
    name: 'xano_load',
    title: 'Load from Xano',
    description:
      'Plan a load of tables from Xano into the local copy, or run it with dry_run false. Xano is only read. Old rows stay readable until the new ones are verified; a table that would lose most of its rows stays as it is. Cancelling stops cleanly, and the next load continues there.',
    hints: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    input,
    output,
    question: async (given, call) => {
      if (given.dry_run) return undefined;
      const opened = await opening(given, context, call);
      const { plan: steps = [], requests } = await plan(opened, context);
      const target = destinationLabel(context.options.to);
      return `Load ${counted(steps.length, 'table')} from Xano into ${target}, about ${counted(requests ?? 0, 'request')}?`;
    },
    run: async (given, call) => {
      const { tables, dry_run } = given;
      const { options } = context;
      const opened = await opening(given, context, call);
      if (dry_run) return plan(opened, context);
      const complete = tables === undefined && !isLimited(options) && !isNarrowed(options.defaults);
      return { dry_run, ...reported(await runLoad(opened, complete, context, call)) };
    },
  });
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Opens the load of the tables of the call, else of those that the start allows. Throws USAGE. */
function opening(
  { tables, incremental }: Pick<z.infer<typeof input>, 'tables' | 'incremental'>,
  context: McpContext,
  call: Call,
): Promise<OpenedLoad> {
  const { options } = context;
  assertSeen(tables ?? [], options);
  const asked = { tables: tables ?? options.tables, incremental };
  return openAskedLoad(asked, options, { ...context, signal: call.signal });
}

/** Throws USAGE for a table that the start does not allow. */
function assertSeen(names: readonly string[], options: McpOptions): void {
  for (const name of names)
    if (!isSeen(name, options))
      throw new XanoError('USAGE', `This server may not load the table "${name}".`, {
        hint: 'Ask the person who started the server to name it with --tables.',
      });
}

async function plan(
  opened: OpenedLoad,
  { options, env }: Pick<McpContext, 'options' | 'env'>,
): Promise<z.infer<typeof output>> {
  const reads = await planAskedLoad(opened, { ...options, mask_key: env['XANO_MASK_KEY'] });
  return {
    dry_run: true,
    plan: reads.map(({ resource, rows, requests, error }) => ({
      table: resource,
      rows,
      requests,
      ...(error === undefined ? {} : { error: actionable(error) }),
    })),
    requests: reads.reduce((sum, { requests }) => sum + (requests ?? 0), 0),
    next_step: 'Nothing was written. Ask the person, then call again with dry_run false.',
  };
}

async function runLoad(
  { connection, endpoints }: OpenedLoad,
  complete: boolean,
  context: McpContext,
  call: Call,
): Promise<LoadReport> {
  const { to, dataset, place } = context.options;
  const destination = await openDestination(to, {
    ...place,
    now: steadyClock(context),
    sleep: context.sleep,
    collectGarbage: context.collectGarbage,
    dataset,
  });
  const stop = new AbortController();
  const abort = (): void =>
    stop.abort(new XanoError('INTERRUPTED', 'Stopped; the rows read so far are saved.'));
  if (call.signal.aborted) abort();
  call.signal.addEventListener('abort', abort, { once: true });
  try {
    return await load(endpoints, {
      destination,
      http: connection.http,
      dataset,
      complete,
      mask_key: context.env['XANO_MASK_KEY'],
      signal: stop.signal,
      now: context.now,
      on_event: followLoad(endpoints.length, steadyClock(context), call),
    });
  } finally {
    call.signal.removeEventListener('abort', abort);
    await destination.close();
  }
}

/** The time between two messages to the client about how far tables are. Milliseconds. */
const EVERY_MS = 250;

/** Tells the client how many tables are loaded, and how far the others are. */
function followLoad(tables: number, now: () => number, { progress }: Call): (event: LoadEvent) => void {
  const parts = new Map<string, number>();
  let told_at = Number.NEGATIVE_INFINITY;
  let told = -1;
  const tell = (message: string): void => {
    const done = [...parts.values()].reduce((sum, part) => sum + part, 0);
    // The protocol asks for a number that grows.
    if (done <= told) return;
    told_at = now();
    told = done;
    progress(done, tables, message);
  };
  return (event) => {
    if (event.type === 'resource_finished') {
      const { resource, status, rows_written } = event.report;
      parts.set(resource, 1);
      tell(status === 'loaded' ? `${resource}: ${rows_written} rows loaded` : `${resource}: ${status}`);
    } else if (event.type === 'page_read') {
      const { resource, rows_read, rows_expected } = event;
      parts.set(
        resource,
        rows_expected === null ? 0 : Math.min(0.99, rows_read / Math.max(1, rows_expected)),
      );
      if (now() - told_at >= EVERY_MS) tell(`${resource}: ${rows_read} rows read`);
    }
  };
}

const NEXT_STEPS: Readonly<Record<LoadReport['status'], string>> = {
  loaded: 'All tables are loaded; xano_status shows them.',
  partial: 'Some tables were not loaded: see their errors. The next load continues where this one stopped.',
  failed: 'No table was loaded: see the errors.',
  interrupted: 'The load was stopped. The next one continues there.',
};

function reported(report: LoadReport): Pick<z.infer<typeof output>, 'report' | 'next_step'> {
  const { load_id, status, started_at, finished_at, requests, resources, gone } = report;
  return {
    report: {
      load_id,
      status,
      started_at,
      finished_at,
      requests,
      tables: resources.map((resource) => loadedTable(load_id, resource.resource, resource)),
      gone: [...gone],
    },
    next_step: NEXT_STEPS[status],
  };
}
