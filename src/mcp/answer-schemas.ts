/** Schemas of what several answers hold. */
import { z } from 'zod';

/** Names of tables in an input. */
export const TABLES = z.array(z.string().min(1).max(500)).max(500);

/** Whether a table's rows are all that Xano has. */
export const COMPLETENESS = z.enum(['proved', 'not_provable', 'changed_while_reading', 'incomplete']);

/** How fresh and complete the rows of tables are. */
export const AS_OF = z.array(
  z.object({ table: z.string(), loaded_at: z.string(), completeness: COMPLETENESS }),
);

/** A change of a table between two loads. */
export const SCHEMA_CHANGE = z.object({
  change: z.string(),
  name: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
});

/** A past load in numbers. */
export const PAST_LOAD = z.object({
  load_id: z.string(),
  started_at: z.string(),
  finished_at: z.string().nullable(),
  duration_ms: z.number().nullable(),
  status: z.string(),
  tables_loaded: z.number(),
  tables_failed: z.number(),
  rows_written: z.number(),
});
