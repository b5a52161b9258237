/** `xano_status`: how fresh and complete the loaded tables are. */
import { z } from 'zod';
import type { TableStatus } from '../../index.js';
import { localToken } from '../../session/tokens/local-token.js';
import { COMPLETENESS, PAST_LOAD, SCHEMA_CHANGE, TABLES } from '../answer-schemas.js';
import type { McpContext } from '../mcp-context.js';
import { withStore } from '../read-store.js';
import { namedTables, shownName } from '../scope.js';
import { READS, type Tool, tool } from '../tool.js';

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const input = z.strictObject({
  tables: TABLES.optional().describe('names of tables; default all'),
  max_age: z
    .string()
    .regex(/^[1-9]\d{0,4}[mhd]$/)
    .optional()
    .describe('list tables older than this as stale: 90m, 24h, 7d'),
});

const TABLE = z.object({
  table: z.string(),
  rows: z.number(),
  rows_change: z.number().nullable().describe('difference to the load before'),
  loaded_at: z.string(),
  age_s: z.number(),
  completeness: COMPLETENESS,
  values_rejected: z.number().describe('values that did not fit their column; xano_history shows them'),
  gone: z.boolean().describe('deleted in Xano; the last rows are kept'),
  schema_changes: z.array(SCHEMA_CHANGE),
  failed: z
    .object({ load_id: z.string(), started_at: z.string(), code: z.string(), message: z.string() })
    .optional()
    .describe('a later load that did not load this table'),
});

const output = z.object({
  file: z.string(),
  verdict: z.enum(['ok', 'stale', 'incomplete', 'failing']),
  read_at: z.string(),
  tables: z.array(TABLE),
  more: z.string().optional(),
  stale: z.array(z.string()),
  last_load: PAST_LOAD.nullable(),
  staging: z.enum(['none', 'load_running', 'unfinished_load']),
  token: z
    .object({ state: z.string(), expires_at: z.string().nullable(), basis: z.string() })
    .nullable()
    .describe('the login that the next load would use; null where none is known'),
});

/** The most tables of an answer: about 36,000 characters. */
const MOST_TABLES = 100;

/** Makes the tool. */
export function statusTool(context: McpContext): Tool {
  return tool({
    name: 'xano_status',
    title: 'Freshness and completeness',
    description:
      'Show when each table was loaded from Xano, whether its rows are proved to be complete, and what failed. Asks only the local copy.',
    hints: READS,
    input,
    output,
    run: ({ tables, max_age }) =>
      withStore(
        context,
        async ({ status, seen }) => {
          const chosen = namedTables(seen, tables, status.file);
          const max_age_ms =
            max_age === undefined ? (context.options.max_age_ms ?? Infinity) : ageOf(max_age);
          const stale = chosen.filter(({ gone, age_ms }) => !gone && age_ms > max_age_ms);
          const token = await localToken(context.options, context);
          return {
            file: status.file,
            verdict: verdictOf(chosen, stale.length > 0),
            read_at: new Date(context.now()).toISOString(),
            tables: chosen.slice(0, MOST_TABLES).map(shownTable),
            ...(chosen.length > MOST_TABLES
              ? { more: `${MOST_TABLES} of ${chosen.length} tables are listed; name others with tables.` }
              : {}),
            stale: stale.map(shownName),
            last_load: status.loads[0] ?? null,
            staging:
              status.staging === null
                ? ('none' as const)
                : status.staging.state === 'in_use'
                  ? ('load_running' as const)
                  : ('unfinished_load' as const),
            token:
              token === null
                ? null
                : { state: token.state, expires_at: token.expires_at, basis: token.basis },
          };
        },
        { loads: 1 },
      ),
  });
}

function ageOf(text: string): number {
  const unit = text.at(-1) as keyof typeof UNITS;
  return Number(text.slice(0, -1)) * UNITS[unit];
}

function verdictOf(
  tables: readonly TableStatus[],
  is_stale: boolean,
): 'ok' | 'stale' | 'incomplete' | 'failing' {
  if (tables.some(({ failed }) => failed !== null)) return 'failing';
  if (tables.some(({ completeness }) => completeness === 'incomplete')) return 'incomplete';
  return is_stale ? 'stale' : 'ok';
}

function shownTable(table: TableStatus): z.infer<typeof TABLE> {
  const {
    rows,
    rows_change,
    loaded_at,
    age_ms,
    completeness,
    values_rejected,
    gone,
    schema_changes,
    failed,
  } = table;
  return {
    table: shownName(table),
    rows,
    rows_change,
    loaded_at,
    age_s: Math.floor(age_ms / 1000),
    completeness,
    values_rejected,
    gone,
    schema_changes: [...schema_changes],
    ...(failed === null ? {} : { failed }),
  };
}
