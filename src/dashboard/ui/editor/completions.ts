/** Names that complete a word of SQL. Pure. */
import type { SchemaTable } from '../../../index.js';

/** The most names that are offered. */
const MOST = 8;

/** The part of a name before a position: letters, digits, `_`, and the dot after a schema. */
export function wordBefore(sql: string, at: number): string {
  let start = at;
  while (start > 0 && /[\p{L}\p{N}_.]/u.test(sql[start - 1]!)) start -= 1;
  return sql.slice(start, at);
}

const spelled = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`;

/**
 * Tables and columns whose name begins with the word before a position. After FROM and JOIN tables come
 * first; columns of tables that the SQL names come before others. At least one letter is needed.
 */
export function completionsOf(sql: string, at: number, tables: readonly SchemaTable[]): string[] {
  const word = wordBefore(sql, at).toLowerCase();
  if (word === '') return [];
  const isNamed = ({ table, name }: SchemaTable): boolean =>
    sql.includes(name) || (table !== null && sql.includes(table));
  const inOrder = [...tables.filter(isNamed), ...tables.filter((table) => !isNamed(table))];
  const of_columns = inOrder.flatMap(({ columns }) =>
    (columns ?? []).map(({ name, column }) => spelled(column ?? name)),
  );
  const of_tables = [
    ...tables.map(({ name }) => spelled(name)),
    ...tables.flatMap(({ schema, table }) =>
      schema === null || table === null
        ? []
        : [`${spelled(schema)}.${spelled(table.slice(schema.length + 1))}`],
    ),
  ];
  const before = sql.slice(Math.max(0, at - word.length - 10), at - word.length);
  const names = /\b(from|join)\s$/i.test(before)
    ? [...of_tables, ...of_columns]
    : [...of_columns, ...of_tables];
  const fitting = names.filter(
    (name) => name.replaceAll('"', '').toLowerCase().startsWith(word) && name.toLowerCase() !== word,
  );
  return [...new Set(fitting)].slice(0, MOST);
}
