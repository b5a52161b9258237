/** Prints a catalog: blocks for people, one thing a line for programs. */

import { printable } from '../../../hidden-characters.js';
import type { Catalog, Field, Instance, Workspace } from '../../../index.js';
import { filledColumns, type Printer } from '../../output/output.js';
import { counted, oneLine } from '../../output/text.js';

/** The optional parts, beside names. */
export interface CatalogDetail {
  /** The columns of each table. */
  readonly columns?: boolean;
  /** How many rows a table has. */
  readonly counts?: boolean;
}

/** Prints a catalog: blocks for people, a line a thing for programs. */
export function printCatalog(catalog: Catalog, detail: CatalogDetail, printer: Printer): void {
  for (const instance of catalog.instances)
    for (const workspace of instance.workspaces) {
      if (printer.stdout_is_terminal) printWorkspace(instance, workspace, detail, printer);
      else printLines(instance, workspace, detail, printer);
    }
  if (catalog.instances.every(({ workspaces }) => workspaces.length === 0))
    printer.note('This token sees no workspace.');
}

const tableRow = (table: Workspace['tables'][number], counts: boolean, printer: Printer): string[] => [
  table.name,
  String(table.id),
  table.columns === null ? '?' : String(table.columns.length),
  ...(counts ? [table.rows === undefined ? '?' : printer.number(table.rows)] : []),
  oneLine(table.description),
];

const columnRow = (column: Field, { tables }: Workspace): string[] => [
  column.name,
  `${column.type}${column.style === 'list' ? '[]' : ''}${column.nullable ? '?' : ''}`,
  column.tableref_id === undefined
    ? ''
    : `→ ${tables.find(({ id }) => id === column.tableref_id)?.name ?? `table ${column.tableref_id}`}`,
  oneLine(column.description),
];

function printWorkspace(
  instance: Instance,
  workspace: Workspace,
  detail: CatalogDetail,
  printer: Printer,
): void {
  const { paint } = printer;
  const counts = detail.counts === true;
  const name = instance.display === '' ? instance.name : `${instance.display} (${instance.name})`;
  printer.result(
    `${paint('heading', printable(`${name} / ${workspace.name}`))} ${paint('quiet', `workspace ${workspace.id}, ${instance.origin}`)}`,
  );
  printer.result('');
  if (workspace.tables.length === 0) printer.result('  no tables');
  else if (detail.columns === true)
    for (const [i, table] of workspace.tables.entries()) {
      if (i > 0) printer.result('');
      const rows = table.rows === undefined ? '' : `, ${counted(table.rows, 'row')}`;
      printer.result(
        `  ${paint('heading', printable(table.name))} ${paint('quiet', `table ${table.id}${rows}`)} ${printable(oneLine(table.description))}`.trimEnd(),
      );
      if (table.columns === null) printer.result('    columns may not be seen');
      else printColumns(table.columns, workspace, printer);
    }
  else {
    const headings = ['table', 'id', 'columns', ...(counts ? ['rows'] : []), 'description'];
    printer.table(
      ...filledColumns(
        headings,
        workspace.tables.map((table) => tableRow(table, counts, printer)),
      ),
      counts ? [1, 2, 3] : [1, 2],
      // columns, id
      [2, 1],
    );
  }
  for (const group of workspace.api_groups) {
    printer.result('');
    printer.result(
      `  API group ${paint('heading', printable(group.name))} ${paint('quiet', printable(`${group.canonical}, ${group.base_url}`))}`,
    );
    if (group.endpoints === null) printer.result('    endpoints may not be seen');
    else
      printer.table(
        ...filledColumns(
          ['verb', 'path', 'login', 'description'],
          group.endpoints.map((endpoint) => [
            endpoint.verb,
            endpoint.path,
            endpoint.auth ? 'yes' : 'no',
            oneLine(endpoint.description),
          ]),
        ),
        [],
        // description
        [3],
      );
  }
  printer.result('');
}

/** Columns that a narrow terminal omits: descriptions, then references. */
function printColumns(columns: readonly Field[], workspace: Workspace, printer: Printer): void {
  const [headings, rows] = filledColumns(
    ['column', 'type', 'refers to', 'description'],
    columns.map((column) => columnRow(column, workspace)),
  );
  printer.table(headings, rows, [], headings.length > 2 ? [headings.length - 1] : []);
}

/** One thing a line, its kind first: for grep, cut and awk. */
function printLines(instance: Instance, workspace: Workspace, detail: CatalogDetail, printer: Printer): void {
  const location = [instance.name, String(workspace.id), workspace.name];
  for (const table of workspace.tables) {
    const { id, name, columns, rows, description } = table;
    printer.table(
      [],
      [
        [
          'table',
          ...location,
          String(id),
          name,
          String(columns?.length ?? ''),
          String(rows ?? ''),
          oneLine(description),
        ],
      ],
    );
    if (detail.columns === true)
      for (const column of columns ?? [])
        printer.table([], [['column', ...location, String(id), name, ...columnRow(column, workspace)]]);
  }
  for (const group of workspace.api_groups)
    for (const endpoint of group.endpoints ?? [])
      printer.table(
        [],
        [
          [
            'endpoint',
            ...location,
            group.name,
            group.canonical,
            group.base_url,
            endpoint.verb,
            endpoint.path,
            oneLine(endpoint.description),
          ],
        ],
      );
}
