/** The routes of loads: what runs, and for those who may, to plan, start and cancel one. */
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { XanoError } from '../../index.js';
import { eventStream } from './event-stream.js';
import type { ChoicesAnswer, PlanAnswer, StartedAnswer } from './live-answers.js';
import type { Loads } from './loads.js';

/** The longest name of a table or a column. Characters. */
const LONGEST_NAME = 500;
/** More tables than a workspace has. */
const MOST_TABLES = 10_000;

/** Everything that a page chooses of a load. All else is of the dashboard's start. */
const askedSchema = z.strictObject({
  tables: z.array(z.string().min(1).max(LONGEST_NAME)).max(MOST_TABLES),
  incremental: z.string().min(1).max(LONGEST_NAME).nullable(),
});
const startSchema = z.strictObject({ plan_id: z.string() });

/** Makes the routes. */
export function loadRoutes(loads: Loads, alarm: (ms: number, ring: () => void) => () => void): Hono {
  return new Hono()
    .get('/live', (c) => {
      const stream = eventStream(loads.live, {
        last_event_id: c.req.header('last-event-id'),
        signal: c.req.raw.signal,
        alarm,
      });
      loads.watch();
      return stream;
    })
    .get('/load/tables', async (c) => c.json<ChoicesAnswer>(await loads.tables(c.req.raw.signal)))
    .post('/load/plan', async (c) => {
      const { tables, incremental } = await bodyOf(c, askedSchema);
      const asked = { tables, incremental: incremental ?? undefined };
      return c.json<PlanAnswer>(await loads.plan(asked, c.req.raw.signal));
    })
    .post('/load/start', async (c) => {
      const { plan_id } = await bodyOf(c, startSchema);
      return c.json<StartedAnswer>({ load: loads.start(plan_id) });
    })
    .post('/load/cancel', (c) => c.json<StartedAnswer>({ load: loads.cancel() }));
}

/** The body of a request. Throws USAGE for another than the page sends. */
async function bodyOf<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  try {
    return schema.parse(await c.req.json());
  } catch (cause) {
    throw notOurs(cause);
  }
}

const notOurs = (cause?: unknown): XanoError =>
  new XanoError('USAGE', 'The request does not say which load.', { hint: 'Reload the page.', cause });
