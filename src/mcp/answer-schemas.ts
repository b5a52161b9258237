/** Schemas of what several answers hold. */
import { z } from 'zod';
import { actionable } from './failure.js';

/** Names of tables in an input. */
export const TABLES = z.array(z.string().min(1).max(500)).max(500);

/** Whether a table's rows are all that Xano has. */
export const COMPLETENESS = z.enum([
  'proved',
  'limited',
  'not_provable',
  'changed_while_reading',
  'incomplete',
]);

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

/** What a load did to a table. */
export const LOADED_TABLE = z.object({
  load_id: z.string(),
  table: z.string(),
  status: z.string(),
  completeness: COMPLETENESS.nullable(),
  rows_read: z.number(),
  rows_written: z.number(),
  rows_total: z.number().nullable(),
  rows_expected: z.number().nullable().describe('the count of Xano'),
  values_rejected: z.number(),
  schema_changes: z.array(SCHEMA_CHANGE),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string() }).optional(),
});

/** What is known of a table in the report of a load, which an earlier version may have written. */
type ReportedTable = { readonly status: string } & {
  readonly [name in keyof z.infer<typeof LOADED_TABLE>]?:
    | (name extends 'schema_changes'
        ? readonly z.infer<typeof SCHEMA_CHANGE>[]
        : z.infer<typeof LOADED_TABLE>[name])
    | undefined;
};

/** What a load did to a table, as answers show it. */
export function loadedTable(load_id: string, table: string, of: ReportedTable): z.infer<typeof LOADED_TABLE> {
  return {
    load_id,
    table,
    status: of.status,
    completeness: of.completeness ?? null,
    rows_read: of.rows_read ?? 0,
    rows_written: of.rows_written ?? 0,
    rows_total: of.rows_total ?? null,
    rows_expected: of.rows_expected ?? null,
    values_rejected: of.values_rejected ?? 0,
    schema_changes: [...(of.schema_changes ?? [])],
    ...(of.error === undefined ? {} : { error: actionable(of.error) }),
  };
}
