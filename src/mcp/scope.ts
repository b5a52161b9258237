/** The tables that a client sees, as `--tables` and `--exclude` say. */
import { didYouMean, type FileStatus, type TableStatus, type VisibleTable, XanoError } from '../index.js';
import type { McpOptions } from './mcp-context.js';

/** The names of a table. */
type Named = Pick<TableStatus, 'resource' | 'schema' | 'table' | 'child_tables'>;

/** Whether the start limits what a client sees. */
export function isLimited({ tables, exclude }: Pick<McpOptions, 'tables' | 'exclude'>): boolean {
  return tables.length > 0 || exclude.length > 0;
}

const fold = (name: string): string => name.toLowerCase();

function isNamed({ resource, schema, table }: Named, names: readonly string[]): boolean {
  const own = [resource, table, `${schema}.${table}`].map(fold);
  return names.some((name) => own.includes(fold(name)));
}

/** Whether a client sees a table of that name in Xano. */
export function isSeen(name: string, { tables, exclude }: Pick<McpOptions, 'tables' | 'exclude'>): boolean {
  const named = (names: readonly string[]): boolean =>
    names.some((one) => fold(one) === fold(name) || fold(one).endsWith(`.${fold(name)}`));
  return (tables.length === 0 || named(tables)) && !named(exclude);
}

/**
 * The loaded tables that a client sees. Throws USAGE for a name of `--exclude` that no table has: the table
 * may have been renamed, and must not appear because of that.
 */
export function seenTables(
  { tables: loaded, file }: Pick<FileStatus, 'tables' | 'file'>,
  { tables, exclude }: Pick<McpOptions, 'tables' | 'exclude'>,
): TableStatus[] {
  for (const name of exclude)
    if (!loaded.some((table) => isNamed(table, [name])))
      throw new XanoError('USAGE', `--exclude names "${name}", which ${file} does not have.`, {
        hint: 'Ask the person who started the server to correct --exclude, or to use --tables.',
      });
  return loaded.filter(
    (table) => (tables.length === 0 || isNamed(table, tables)) && !isNamed(table, exclude),
  );
}

/** The tables that a call names, or all that the client sees. Throws USAGE for a name that none has. */
export function namedTables(
  seen: readonly TableStatus[],
  names: readonly string[] | undefined,
  file: string,
): readonly TableStatus[] {
  for (const name of names ?? []) {
    if (seen.some((table) => isNamed(table, [name]))) continue;
    const known = [...new Set(seen.map(({ table }) => table))];
    throw new XanoError('USAGE', `${file} has no table "${name}"${didYouMean(known, name)}`, {
      hint: 'xano_schema lists the tables.',
    });
  }
  return names === undefined ? seen : seen.filter((table) => isNamed(table, names));
}

/** The tables of a query: those that the client sees, with the tables of their lists. */
export function visibleTables(seen: readonly Named[]): VisibleTable[] {
  return seen.flatMap(({ schema, table, child_tables = [] }) => [
    { schema, table },
    ...child_tables.map((child) => ({ schema, table: child.table })),
  ]);
}

/** The name of a table in answers: SQL finds tables of `xano_data` without their schema. */
export function shownName({ schema, table }: VisibleTable): string {
  return schema === 'xano_data' ? table : `${schema}.${table}`;
}
