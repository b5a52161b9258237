/** Prints a schema as text, and chooses its tables by name. */

import { printable } from '../../../hidden-characters.js';
import { didYouMean, type SchemaColumn, type SchemaTable, XanoError } from '../../../index.js';
import { filledColumns, type Printer } from '../../output/output.js';
import { oneLine } from '../../output/text.js';

/**
 * The tables of these names: exact names before ids before names in another case. Throws USAGE for an unknown
 * name.
 */
export function pickTables(
  tables: readonly SchemaTable[],
  names: readonly string[],
  where: string,
): readonly SchemaTable[] {
  if (names.length === 0) return tables;
  const picked = new Set(names.flatMap((name) => named(tables, name, where)));
  return tables.filter((table) => picked.has(table));
}

function named(tables: readonly SchemaTable[], name: string, where: string): readonly SchemaTable[] {
  const matches = [
    tables.filter((table) => table.name === name || table.table === name),
    tables.filter(({ id }) => id !== null && String(id) === name),
    tables.filter((table) => table.name.toLowerCase() === name.toLowerCase()),
  ].find((some) => some.length > 0);
  if (matches !== undefined) return matches;
  const known = [...new Set(tables.map((table) => table.name))];
  throw new XanoError('USAGE', `${where} has no table "${name}"${didYouMean(known, name)}`, {
    hint:
      known.length === 0
        ? 'It has no tables.'
        : `Name one of: ${known.slice(0, 30).join(', ')}${known.length > 30 ? ', …' : ''}.`,
  });
}

/** Prints tables with their columns: blocks for people, a line a column for programs. */
export function printSchema(tables: readonly SchemaTable[], printer: Printer): void {
  if (!printer.stdout_is_terminal) {
    for (const table of tables)
      printer.table(
        [],
        (table.columns ?? []).map((column) => [table.table, ...columnRow(column, table)]),
      );
    return;
  }
  const { paint } = printer;
  for (const [i, table] of tables.entries()) {
    if (i > 0) printer.result('');
    const id = table.id === null ? '' : paint('quiet', `table ${table.id}`);
    printer.result(
      [paint('heading', printable(table.table)), id, printable(oneLine(table.description))]
        .filter((part) => part !== '')
        .join(' '),
    );
    if (table.columns === null) printer.result('  columns may not be seen');
    else printColumns(table.columns, table, printer);
  }
  if (tables.length === 0) printer.note('No tables found.');
}

/**
 * Without fields that no column has; a narrow terminal omits descriptions, then DuckDB's types, which follow
 * from Xano's.
 */
function printColumns(columns: readonly SchemaColumn[], table: SchemaTable, printer: Printer): void {
  const [headings, rows] = filledColumns(
    ['column', 'Xano', 'DuckDB', 'key', 'description'],
    columns.map((column) => columnRow(column, table)),
  );
  const spare = ['description', ...(headings.includes('Xano') ? ['DuckDB'] : [])];
  printer.table(
    headings,
    rows,
    [],
    spare.flatMap((heading) => (headings.includes(heading) ? [headings.indexOf(heading)] : [])),
  );
}

function columnRow(column: SchemaColumn, { primary_key }: SchemaTable): string[] {
  const { name, column: stored, xano_type, type, nullable, references, description } = column;
  const key = [
    ...(primary_key.includes(name) ? ['primary'] : []),
    ...(references === null ? [] : [`→ ${references.name ?? `table ${references.table_id}`}`]),
  ];
  return [
    stored === null || stored === name ? name : `${name} (${stored})`,
    xano_type === null ? '' : `${xano_type}${nullable === true ? '?' : ''}`,
    type ?? 'not loaded',
    key.join(' '),
    oneLine(description),
  ];
}
