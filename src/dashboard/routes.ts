/** The routes of the dashboard: each opens the target, reads, and lets go of it. */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import { asXanoError, type ErrorCode, openStore, type SchemaTable, type Store, XanoError } from '../index.js';
import type { SessionContext } from '../session/context.js';
import { readStatusReport, type StatusQuestion } from '../session/status-report.js';
import { tokenAccess } from '../session/tokens/token-access.js';
import type {
  AccessAnswer,
  ErrorAnswer,
  LoadsAnswer,
  ReportsAnswer,
  RowsAnswer,
  SchemaAnswer,
  ShownReport,
  StatusAnswer,
} from './answers.js';
import { type DownloadPlace, wishRoute } from './downloads/download-routes.js';
import { readReport, readReports } from './read-reports.js';
import { MOST_ROWS, runQuery } from './run-query.js';
import type { Scheduled } from './scheduled.js';
import {
  allRowsSql,
  type LoadedTable,
  profileSql,
  type RowsWanted,
  rejectsSql,
  rowsSql,
} from './table-sql.js';

/** What the routes read. */
export interface Shown extends Omit<StatusQuestion, 'loads'> {
  readonly context: SessionContext;
  /** Of a server that also runs a schedule. */
  readonly scheduled?: Scheduled | undefined;
}

/** Longer SQL than anybody types. */
const MOST_BODY_BYTES = 1_000_000;
/** Past loads of an answer. */
const MOST_LOADS = 500;
/** Load reports of an answer: each has an entry for every table. */
const MOST_REPORTS = 50;

/** Makes the routes, all below `/api`. */
export function apiRoutes({ context, scheduled, ...question }: Shown, downloads: DownloadPlace): Hono {
  const reading = { sleep: context.sleep };
  return new Hono()
    .use(bodyLimit({ maxSize: MOST_BODY_BYTES, onError: () => Promise.reject(tooLarge()) }))
    .get('/status', async (c) => {
      const loads = whole(c.req.query('loads'), 'loads', 0, MOST_LOADS, 5);
      const status = await readStatusReport({ ...question, loads }, context);
      return c.json<StatusAnswer>({ ...status, ...nextRun(scheduled) });
    })
    .get('/schema', async (c) =>
      c.json<SchemaAnswer>(
        // The name itself may hold a password.
        await withStore(question, async (store) => ({
          instance: null,
          workspace: null,
          file: store.label,
          tables: await store.schema(reading),
        })),
      ),
    )
    .get('/loads', async (c) => {
      const { limit: loads, offset } = window(c.req.query(), MOST_LOADS);
      return c.json<LoadsAnswer>({
        loads: await withStore(question, (store) => store.history({ ...reading, loads, offset })),
      });
    })
    .get('/reports', async (c) => {
      const wanted = window(c.req.query(), MOST_REPORTS);
      return c.json<ReportsAnswer>({
        reports: await withStore(question, (store) => readReports(store, wanted, context)),
      });
    })
    .get('/reports/:load', async (c) =>
      c.json<ShownReport>(
        await withStore(question, (store) => readReport(store, c.req.param('load'), context)),
      ),
    )
    .get('/tables/:table/:part{rows|rejects|profile}', async (c) => {
      const wanted = window(c.req.query(), MOST_ROWS);
      if (c.req.param('part') === 'profile' && isPostgres(question.to)) throw profileRefused();
      const makeSql = { rows: rowsSql, rejects: rejectsSql, profile: profileSql }[
        c.req.param('part') as 'rows' | 'rejects' | 'profile'
      ];
      return c.json<RowsAnswer>(
        await withStore(question, async (store) => {
          const table = tableIn(await store.schema(reading), c.req.param('table'), store);
          return runQuery(store, makeSql(table, wanted), context, c.req.raw.signal);
        }),
      );
    })
    .post('/access', async (c) => c.json<AccessAnswer>(await tokenAccess(question, context)))
    .route('/', wishRoute(downloads))
    .post('/query', async (c) => {
      const { sql } = querySchema.parse(await c.req.json());
      return c.json<RowsAnswer>(
        await withStore(question, (store) => runQuery(store, sql, context, c.req.raw.signal)),
      );
    });
}

const nextRun = (scheduled: Shown['scheduled']): Pick<StatusAnswer, 'next_run'> =>
  scheduled === undefined ? {} : { next_run: scheduled.nextRun() };

/** What downloads need of the dashboard. */
export function downloadPlace(
  { to, place, context }: Shown,
  tickets: DownloadPlace['tickets'],
): DownloadPlace {
  return {
    tickets,
    open: () => openStore(to, place),
    tableSql: async (store, name) =>
      allRowsSql(tableIn(await store.schema({ sleep: context.sleep }), name, store)),
    sleep: context.sleep,
    signal: context.signal,
  };
}

const querySchema = z.object({ sql: z.string() });

async function withStore<T>(
  { to, place }: Pick<Shown, 'to' | 'place'>,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openStore(to, place);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

const isLoaded = (table: SchemaTable): table is LoadedTable => table.schema !== null && table.table !== null;

/** The table of that full name. Only names of the schema reach SQL. Throws USAGE for any other. */
function tableIn(tables: readonly SchemaTable[], name: string, { label }: Store): LoadedTable {
  const found = tables.filter(isLoaded).find(({ table }) => table === name);
  if (found !== undefined) return found;
  throw new XanoError('USAGE', `${label} has no table "${name}".`, {
    hint: 'Choose a table on the page Tables.',
  });
}

function window(query: Readonly<Record<string, string>>, most: number): RowsWanted {
  return {
    limit: whole(query['limit'], 'limit', 0, most, Math.min(most, 100)),
    offset: whole(query['offset'], 'offset', 0, Number.MAX_SAFE_INTEGER, 0),
  };
}

/** A whole number of the address. Throws USAGE for anything else. */
function whole(text: string | undefined, name: string, min: number, max: number, fallback: number): number {
  if (text === undefined) return fallback;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new XanoError('USAGE', `${name} is "${text}"; it takes a whole number from ${min} to ${max}.`, {
    hint: `Correct ${name}.`,
  });
}

const isPostgres = (to: string): boolean => /^postgres(ql)?:/i.test(to);

const profileRefused = (): XanoError =>
  new XanoError('USAGE', 'A profile needs SUMMARIZE, which Postgres does not have.', {
    hint: 'Ask for single values on the page Query: SELECT min(id), max(id) FROM …',
  });

const tooLarge = (): XanoError =>
  new XanoError('USAGE', `The request is larger than ${MOST_BODY_BYTES} bytes.`, { hint: 'Send less.' });

/** The HTTP status of an error; 500 for all others. */
const STATUSES: Partial<Record<ErrorCode, 400 | 404 | 503>> = {
  USAGE: 400,
  QUERY_FAILED: 400,
  DATABASE_FAILED: 404,
  DATABASE_LOCKED: 503,
  INTERRUPTED: 503,
};

/** What a failed route answers with: a sentence and a hint, as a command prints them. */
export function errorAnswer(thrown: unknown): {
  readonly answer: ErrorAnswer;
  readonly status: 400 | 404 | 500 | 503;
} {
  const isBody = thrown instanceof SyntaxError || thrown instanceof z.ZodError;
  const error = isBody
    ? new XanoError('USAGE', 'The request holds no SQL.', { hint: 'Send {"sql": "…"} as JSON.' })
    : asXanoError(thrown);
  const { code, message, hint, details } = error;
  return { answer: { error: { code, message, hint, details } }, status: STATUSES[code] ?? 500 };
}
