/** `xano discover`: lists what a token may see. */
import { Command } from 'commander';
import type { Catalog, Field, Instance, Workspace } from '../../index.js';
import type { Context, Finish } from '../context.js';
import { withXanoOptions, type XanoFlags } from '../options.js';
import type { Printer } from '../output.js';
import { counted, jsonText, printable } from '../text.js';

interface DiscoverFlags extends XanoFlags {
  readonly columns?: boolean;
  readonly counts?: boolean;
  readonly json?: boolean;
  readonly output?: string;
}

/** Makes `xano discover`. */
export function discoverCommand(context: Context, finish: Finish): Command {
  return withXanoOptions(
    new Command('discover').description(
      'list instances, workspaces, tables and API groups that the token may see',
    ),
  )
    .option('--columns', 'list the columns of each table')
    .option('--counts', 'count the rows of each table (one request a table)')
    .option('--json', 'print the whole catalog as JSON')
    .option('--output <file>', 'write the catalog as JSON into a file')
    .action(async (flags: DiscoverFlags) => finish(await discoverAndPrint(flags, context)));
}

async function discoverAndPrint(flags: DiscoverFlags, context: Context): Promise<number> {
  const { discover } = await import('../../index.js');
  const { connect, sayWaits } = await import('../connect.js');
  const { sayOmitted } = await import('../omitted.js');
  const { createPrinter } = await import('../output.js');
  const { writeResult } = await import('../result-file.js');
  const printer = createPrinter(context, flags.color !== false);
  const connection = await connect(flags, context, printer);
  const catalog = await discover({
    http: connection.http,
    token: connection.token.ref,
    sender: { on_wait: sayWaits(printer) },
    account_origin: connection.account_origin,
    instance: connection.instance,
    workspace: connection.workspace,
    data_source: connection.data_source,
    counts: flags.counts === true,
  });
  if (flags.output !== undefined) {
    writeResult(flags.output, jsonText(catalog));
    printer.note(`Wrote the catalog to ${flags.output}.`);
  }
  if (flags.json === true) printer.json(catalog);
  else if (flags.output === undefined) printCatalog(catalog, flags, printer);
  sayOmitted(catalog.omitted, printer);
  // What a token may not see is as it should be; what could not be asked is not.
  return catalog.omitted.some(({ code }) => code !== 'SCOPE_MISSING' && !code.startsWith('TOKEN_')) ? 7 : 0;
}

function printCatalog(catalog: Catalog, flags: DiscoverFlags, printer: Printer): void {
  for (const instance of catalog.instances)
    for (const workspace of instance.workspaces) {
      if (printer.stdout_is_terminal) printWorkspace(instance, workspace, flags, printer);
      else printLines(instance, workspace, flags, printer);
    }
  if (catalog.instances.every(({ workspaces }) => workspaces.length === 0))
    printer.note('This token sees no workspace.');
}

/** A description on one line, as lists show it; `--json` has it as it is. */
const oneLine = (description: string): string => description.replace(/\s*[\r\n]+\s*/g, ' ').trim();

const tableRow = (table: Workspace['tables'][number], counts: boolean, printer: Printer): string[] => [
  table.name,
  String(table.id),
  table.columns === null ? '?' : String(table.columns.length),
  ...(counts ? [table.rows === undefined ? '?' : printer.number(table.rows)] : []),
  oneLine(table.description),
];

const columnRow = (column: Field): string[] => [
  column.name,
  `${column.type}${column.style === 'list' ? '[]' : ''}${column.nullable ? '?' : ''}`,
  column.tableref_id === undefined ? '' : `→ table ${column.tableref_id}`,
  oneLine(column.description),
];

function printWorkspace(
  instance: Instance,
  workspace: Workspace,
  flags: DiscoverFlags,
  printer: Printer,
): void {
  const { paint } = printer;
  const counts = flags.counts === true;
  const name = instance.display === '' ? instance.name : `${instance.display} (${instance.name})`;
  printer.result(
    `${paint('heading', printable(`${name} / ${workspace.name}`))} ${paint('quiet', `workspace ${workspace.id}, ${instance.origin}`)}`,
  );
  printer.result('');
  if (workspace.tables.length === 0) printer.result('  no tables');
  else if (flags.columns === true)
    for (const table of workspace.tables) {
      const rows = table.rows === undefined ? '' : `, ${counted(table.rows, 'row')}`;
      printer.result(
        `  ${paint('heading', printable(table.name))} ${paint('quiet', `table ${table.id}${rows}`)} ${printable(oneLine(table.description))}`.trimEnd(),
      );
      if (table.columns === null) printer.result('    columns may not be seen');
      else printer.table(['column', 'type', 'refers to', 'description'], table.columns.map(columnRow));
      printer.result('');
    }
  else {
    const headings = ['table', 'id', 'columns', ...(counts ? ['rows'] : []), 'description'];
    printer.table(
      headings,
      workspace.tables.map((table) => tableRow(table, counts, printer)),
      counts ? [1, 2, 3] : [1, 2],
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
        ['verb', 'path', 'login', 'description'],
        group.endpoints.map((one) => [one.verb, one.path, one.auth ? 'yes' : 'no', oneLine(one.description)]),
      );
  }
  printer.result('');
}

/** One thing a line, its kind first: for grep, cut and awk. */
function printLines(instance: Instance, workspace: Workspace, flags: DiscoverFlags, printer: Printer): void {
  const place = [instance.name, String(workspace.id), workspace.name];
  for (const table of workspace.tables) {
    const { id, name, columns, rows, description } = table;
    printer.table(
      [],
      [
        [
          'table',
          ...place,
          String(id),
          name,
          String(columns?.length ?? ''),
          String(rows ?? ''),
          oneLine(description),
        ],
      ],
    );
    if (flags.columns === true)
      for (const column of columns ?? [])
        printer.table([], [['column', ...place, String(id), name, ...columnRow(column)]]);
  }
  for (const group of workspace.api_groups)
    for (const endpoint of group.endpoints ?? [])
      printer.table(
        [],
        [
          [
            'endpoint',
            ...place,
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
