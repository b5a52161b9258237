/** `xano_schema`: tables with their columns, types and keys. */
import { z } from 'zod';
import { type SchemaColumn, type SchemaTable, type TableStatus, XanoError } from '../../index.js';
import { COMPLETENESS, TABLES } from '../answer-schemas.js';
import type { McpContext } from '../mcp-context.js';
import { withStore } from '../read-store.js';
import { namedTables, shownName } from '../scope.js';
import { READS, type Tool, tool } from '../tool.js';
import { withinTime } from '../within-time.js';
import { PROFILE, PROFILED_COLUMNS, profileOf } from './profile.js';
import { type RunSql, rowsIn } from './rows-in.js';

const input = z.strictObject({
  tables: TABLES.optional().describe('names of tables; default all'),
  search: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('only tables and columns whose name or description has this text'),
  detail: z
    .enum(['names', 'columns', 'profile'])
    .optional()
    .describe(
      'names of tables alone, with columns, or with what the values of columns are like (of 3 tables at most); default columns, and names for more than 30 tables',
    ),
});

const COLUMN = z.object({
  column: z.string(),
  type: z.string(),
  description: z.string().optional(),
  references: z.string().optional().describe('the table whose rows it names, as SQL writes it'),
  profile: PROFILE.optional(),
});

const TABLE = z.object({
  table: z.string(),
  sql: z.string().describe('how SQL writes its name'),
  description: z.string().optional(),
  rows: z.number().nullable(),
  primary_key: z.array(z.string()),
  list_of: z.string().optional().describe('the table whose rows hold these lists'),
  loaded_at: z.string(),
  completeness: COMPLETENESS,
  columns: z.array(COLUMN).optional(),
  profiled_rows: z.number().optional().describe('the rows that were read for profiles'),
  columns_left: z.number().optional().describe('columns that are not listed'),
});

const output = z.object({ tables: z.array(TABLE), more: z.string().optional() });

type Shown = z.infer<typeof TABLE>;

/** The most characters of an answer's JSON. */
const MOST_CHARACTERS = 36_000;
/** Descriptions are cut there. */
const MOST_DESCRIPTION = 300;
/** With more tables, columns are listed on request. */
const MANY_TABLES = 30;

/** Makes the tool. */
export function schemaTool(context: McpContext): Tool {
  return tool({
    name: 'xano_schema',
    title: 'Tables and columns',
    description:
      'List the tables of the local copy with columns, DuckDB types, keys, references and descriptions; with detail profile also ranges and the values of columns that have few. Call this before writing SQL.',
    hints: READS,
    input,
    output,
    run: ({ tables: names, search, detail }, call) =>
      withStore(context, async ({ store, status, seen }) => {
        const chosen = namedTables(seen, names, status.file);
        const schema = await store.schema({ sleep: context.sleep });
        const listed = schema.flatMap((table): Listed[] => {
          const source = table.parent ?? table.table;
          const loaded = chosen.find((one) => `${one.schema}.${one.table}` === source);
          return loaded === undefined ? [] : [{ table, loaded }];
        });
        const found =
          search === undefined ? listed : listed.flatMap((one) => matching(one, search.toLowerCase()));
        const how = detail ?? (found.length > MANY_TABLES ? 'names' : 'columns');
        const tables = found.map((one) => shown(one, seen));
        if (how !== 'profile') return withinLimit(tables, how);
        if (found.length > MOST_PROFILED) throw tooManyToProfile(found.length);
        const profiled = await withinTime(
          PROFILE_SECONDS,
          (signal) => withProfiles(tables, rowsIn(store, { signal, sleep: context.sleep })),
          'Name one table, or search for a part of the name of a column.',
          context,
          call,
        );
        return withinLimit(profiled, how);
      }),
  });
}

/** The most tables whose values are read. */
const MOST_PROFILED = 3;
const PROFILE_SECONDS = 30;

const tooManyToProfile = (tables: number): XanoError =>
  new XanoError('USAGE', `A profile of ${tables} tables would take too long.`, {
    hint: `Name at most ${MOST_PROFILED} tables.`,
  });

async function withProfiles(tables: readonly Shown[], run: RunSql): Promise<Shown[]> {
  const profiled: Shown[] = [];
  for (const table of tables) {
    const columns = (table.columns ?? []).slice(0, PROFILED_COLUMNS);
    const { rows, profiles } = await profileOf({ sql: table.sql, columns }, run);
    profiled.push({
      ...table,
      profiled_rows: rows,
      columns: (table.columns ?? []).map((column, i) => {
        const profile = profiles[i];
        return profile === undefined ? column : { ...column, profile };
      }),
    });
  }
  return profiled;
}

interface Listed {
  readonly table: SchemaTable;
  readonly loaded: TableStatus;
}

/** A table that matches a search; with some matching columns, those alone. */
function matching({ table, loaded }: Listed, search: string): Listed[] {
  const has = (...texts: readonly string[]): boolean =>
    texts.some((text) => text.toLowerCase().includes(search));
  if (has(table.name, table.description)) return [{ table, loaded }];
  const columns = (table.columns ?? []).filter(({ name, description }) => has(name, description));
  return columns.length === 0 ? [] : [{ table: { ...table, columns }, loaded }];
}

function withinLimit(
  found: readonly Shown[],
  detail: 'names' | 'columns' | 'profile',
): z.infer<typeof output> {
  const tables: Shown[] = [];
  let left = MOST_CHARACTERS;
  let columns_left = 0;
  for (const one of found) {
    const { columns = [], ...head } = one;
    left -= JSON.stringify(head).length;
    if (left < 0 && tables.length > 0) break;
    const fitting: typeof columns = [];
    for (const column of detail === 'names' ? [] : columns) {
      left -= JSON.stringify(column).length + 1;
      if (left < 0) break;
      fitting.push(column);
    }
    const missing = detail === 'names' ? 0 : columns.length - fitting.length;
    columns_left += missing;
    tables.push({
      ...head,
      ...(detail === 'names' ? {} : { columns: fitting }),
      ...(missing > 0 ? { columns_left: missing } : {}),
    });
  }
  const is_all = tables.length === found.length && columns_left === 0;
  return {
    tables,
    ...(is_all
      ? {}
      : {
          more: `${tables.length} of ${found.length} tables fit, without ${columns_left} of their columns. Name tables, or search for a part of a name.`,
        }),
  };
}

function shown({ table, loaded }: Listed, seen: readonly TableStatus[]): Shown {
  const short = table.table.slice(`${loaded.schema}.`.length);
  const is_child = table.parent !== undefined;
  const rows = is_child ? loaded.child_tables?.find((child) => child.table === short)?.rows : loaded.rows;
  return {
    table: shownName({ schema: loaded.schema, table: short }),
    sql: sqlName(loaded.schema, short),
    ...described(table.description),
    rows: rows ?? null,
    primary_key: [...table.primary_key],
    ...(is_child ? { list_of: shownName(loaded) } : {}),
    loaded_at: loaded.loaded_at,
    completeness: loaded.completeness,
    columns: (table.columns ?? []).flatMap(({ column, type, description, references }) =>
      column === null || type === null
        ? []
        : [{ column, type, ...described(description), ...referring(references, seen) }],
    ),
  };
}

/** A reference to a table that the assistant may see; nothing of another one. */
function referring(
  references: SchemaColumn['references'],
  seen: readonly TableStatus[],
): { references?: string } {
  const to = seen.find(({ schema, table }) => `${schema}.${table}` === references?.table);
  return to === undefined ? {} : { references: sqlName(to.schema, to.table) };
}

function described(text: string): { description?: string } {
  if (text === '') return {};
  return { description: text.length > MOST_DESCRIPTION ? `${text.slice(0, MOST_DESCRIPTION)}…` : text };
}

/** A plain name needs no quotes; DuckDB accepts quotes around any. */
function sqlName(schema: string, table: string): string {
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
  return schema === 'xano_data' ? quoted(table) : `${quoted(schema)}.${quoted(table)}`;
}
