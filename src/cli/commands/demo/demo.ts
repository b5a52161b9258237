/** `xano demo`: a Xano on this computer, discovered and loaded. No account needed. */
import { existsSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { LoadReport, PlaceOptions } from '../../../index.js';
import type { Connection } from '../../../session/connect.js';
import type { Context, Finish } from '../../context.js';
import { parseWhole } from '../../input/numbers.js';
import { withOutputOptions } from '../../input/options.js';
import { HEADINGS, withManual } from '../../output/help.js';
import type { Printer } from '../../output/output.js';
import { programName, shellWord } from '../../output/text.js';

interface DemoFlags {
  readonly to: string;
  readonly serve?: boolean;
  readonly dashboard?: boolean;
  readonly port?: number;
  readonly color?: boolean;
}

/** What `--to` names where the demo is to start a Postgres. A file of that name is `./postgres`. */
const POSTGRES = 'postgres';

const isUrl = (to: string): boolean => to.startsWith(`${POSTGRES}://`);

/** Makes `xano demo`. */
export function demoCommand(context: Context, finish: Finish): Command {
  const command = new Command('demo')
    .description('start a Xano on this computer, discover it, load it, show rows')
    .optionsGroup(HEADINGS.destination)
    .option(
      '--to <destination>',
      'create this DuckDB file, or start a Postgres and load into it: postgres',
      'xano-demo.duckdb',
    )
    .optionsGroup(HEADINGS.run)
    .option('--serve', 'keep the local Xano running until Ctrl-C, and load nothing')
    .addOption(new Option('--dashboard', 'show the result in the browser until Ctrl-C').conflicts('serve'))
    .option(
      '--port <n>',
      'use this port for its Account API (default: any free one)',
      parseWhole('--port', 0, 65_535),
    )
    .action(async (flags: DemoFlags) => finish(await demo(flags, context)));
  return withManual(withOutputOptions(command, 'show the cause of an error'), {
    examples: [
      ['xano demo', 'into xano-demo.duckdb'],
      ['xano demo --dashboard', 'look at the result in the browser'],
      ['xano demo --to postgres', 'start a Postgres on this computer and load into it'],
      ['xano demo --serve', 'keep the local Xano running, to try commands on it'],
    ],
  });
}

async function demo(flags: DemoFlags, context: Context): Promise<number> {
  const { loadOpenData, shopInstances, startLocalXano, XanoError } = await import('../../../index.js');
  const { createPrinter } = await import('../../output/output.js');
  const { connectionTo, serve, showDashboard } = await import('./local-xano.js');
  const printer = createPrinter(context, flags.color !== false);
  const openData = await loadOpenData();
  if (openData === undefined)
    printer.note('The demo omits its public data sets: the npm package vega-datasets is not installed.');
  const isPostgres = flags.to === POSTGRES;
  if (flags.serve !== true && !isPostgres) await assertReplaceable(flags.to);
  const options = { instances: shopInstances(openData), port: flags.port ?? 0 };
  const xano = await startLocalXano(options).catch((cause: unknown) => {
    if (!(cause instanceof Error) || !/EADDRINUSE|EACCES/.test(cause.message)) throw cause;
    throw new XanoError('USAGE', `Port ${options.port} is not available: ${cause.message}.`, {
      hint: 'Give another port with --port, or omit --port to use any free one.',
      cause,
    });
  });
  try {
    if (flags.serve === true) return await serve(xano, context, printer);
    const connection = connectionTo(xano, context);
    const with_open_data = openData !== undefined;
    const load = (to: string, place: Partial<PlaceOptions> = {}): Promise<number> =>
      discoverAndLoad({ connection, with_open_data, to, place, context, printer });
    const show = (to: string): Promise<number> => showDashboard(to, flags, xano, context);
    if (!isPostgres) {
      const status = await load(flags.to);
      return status === 0 && flags.dashboard === true ? await show(flags.to) : status;
    }
    const { keepPostgres, withPostgres } = await import('./with-postgres.js');
    return await withPostgres(async (url, folder) => {
      // Rows that are staged for a server which is gone would stay for ever.
      const status = await load(url, { staging_folder: join(folder, 'staging') });
      if (status !== 0) return status;
      if (flags.dashboard === true) return show(url);
      await keepPostgres(url, context, printer);
      return 0;
    });
  } finally {
    await xano.close();
  }
}

/** Throws USAGE for a file that the demo has not created itself, so that no other data is removed. */
async function assertReplaceable(to: string): Promise<void> {
  const { queryFile, XanoError } = await import('../../../index.js');
  if (to !== '' && !existsSync(to)) return;
  const hint = 'Name a new file with --to, or remove this one.';
  if (to === '' || statSync(to).isDirectory())
    throw new XanoError('USAGE', `"${to}" is not a file that the demo can create.`, { hint });
  const isDemo = await queryFile(to, OF_ANOTHER).then(
    ({ rows }) => rows.length === 0,
    (thrown: unknown) => {
      if (thrown instanceof XanoError && thrown.code === 'DATABASE_LOCKED') throw thrown;
      return false;
    },
  );
  if (!isDemo) throw new XanoError('USAGE', `${to} exists, and the demo did not create it.`, { hint });
}

/** Finds tables and resources that are not the demo's. Fails in a file without the state of a load. */
const OF_ANOTHER = `
  SELECT 1 FROM information_schema.tables WHERE table_schema NOT IN ('shop', 'open_data', '_xano')
  UNION ALL SELECT 1 FROM _xano.resources WHERE coalesce(origin->>'instance', '') <> 'x1234-4567-8901'`;

interface Demo {
  readonly connection: Connection;
  readonly with_open_data: boolean;
  readonly to: string;
  readonly place: Partial<PlaceOptions>;
  readonly context: Context;
  readonly printer: Printer;
}

/** The steps of the demo, each under its heading. */
async function discoverAndLoad(demo: Demo): Promise<number> {
  const { connection, with_open_data, to, context, printer } = demo;
  const { reportStatus } = await import('../load/print-report.js');
  printer.result(printer.paint('heading', `1. A Xano runs on this computer: ${connection.account_origin}`));
  await discoverAndPrint(demo);
  const isFile = !isUrl(to);
  // The demo removes its own file first, so that its report is that of a first load.
  if (isFile)
    for (const file of [to, `${to}.wal`, `${to}.staging`, `${to}.staging.wal`]) rmSync(file, { force: true });
  const loads = [
    { workspace: 'Shop', dataset: 'shop' },
    ...(with_open_data ? [{ workspace: 'Open data', dataset: 'open_data' }] : []),
  ];
  for (const [i, { workspace, dataset }] of loads.entries()) {
    heading(`${3 + i}. Load the workspace "${workspace}" into ${to}`, printer);
    const report = await loadWorkspace(workspace, dataset, demo);
    // A failed load leaves no tables to show.
    if (report.status !== 'loaded') return reportStatus(report);
  }
  await showRows(demo);
  if (isFile) sayNext(to, context, printer);
  return 0;
}

function heading(title: string, printer: Printer): void {
  printer.result('');
  printer.result(printer.paint('heading', title));
}

async function discoverAndPrint({ connection, printer }: Demo): Promise<void> {
  const { discover } = await import('../../../index.js');
  const { http, account_origin, token } = connection;
  heading('2. Discover', printer);
  const catalog = await discover({ http, token: token.ref, account_origin });
  printer.table(
    ['workspace', 'instance', 'API groups', 'tables'],
    catalog.instances.flatMap(({ name, workspaces }) =>
      workspaces.map((workspace) => [
        workspace.name,
        name,
        workspace.api_groups.map((group) => group.name).join(', '),
        workspace.tables.map((table) => table.name).join(', '),
      ]),
    ),
    [],
    // API groups, instance
    [2, 1],
  );
}

async function loadWorkspace(
  workspace: string,
  dataset: string,
  { connection, to, place, context, printer }: Demo,
): Promise<LoadReport> {
  const { workspaceEndpoints } = await import('../../../session/tables/choose-tables.js');
  const { notifyOn } = await import('../../output/notes.js');
  const { printReport } = await import('../load/print-report.js');
  const { runLoad } = await import('../load/run-load.js');
  const there = { ...connection, workspace };
  const { endpoints } = await workspaceEndpoints(there, [], { api_groups: false }, notifyOn(printer));
  const choice = { to, dataset, place, concurrency: 4, strict: false, restart: false };
  const { report } = await runLoad(endpoints, choice, connection, context, printer);
  printReport(report, printer);
  return report;
}

async function showRows({ with_open_data, to, context, printer }: Demo): Promise<void> {
  const { streamQuery } = await import('../../../index.js');
  const { printTable, printTabs } = await import('../query/print.js');
  const print = printer.stdout_is_terminal ? printTable : printTabs;
  for (const [title, sql] of shownQueries(with_open_data, to)) {
    heading(title, printer);
    await streamQuery(to, sql, (query) => print(query, context, printer), { signal: context.signal });
  }
}

function sayNext(to: string, context: Context, printer: Printer): void {
  printer.result('');
  printer.verbatim(`${printer.paint('heading', 'The file:')} ${resolve(to)}`);
  printer.result(`${printer.paint('heading', 'Next:')}`);
  const program = programName(context);
  const file = shellWord(to);
  for (const [command, does] of [
    [
      `${program} query "SELECT name, city FROM merchant" --to ${file}`,
      'query it in SQL; any program that reads DuckDB can do the same',
    ],
    [`${program} status --to ${file}`, 'how fresh and complete it is'],
    [`${program} demo --serve`, 'keep this local Xano running, to try any command on it'],
    [program, 'use a token of your own Xano, and load the tables you choose'],
  ] as const) {
    printer.verbatim(`  ${printer.paint('heading', command)}`);
    printer.result(`    ${does}`);
  }
}

function shownQueries(withOpenData: boolean, to: string): [string, string][] {
  const rows = isUrl(to) ? "to_char(sum(rows), 'FM999,999,999')" : "format('{:,}', sum(rows))";
  return [
    [
      'Rows of shop.orders',
      'SELECT id, created_at, quantity, total, status FROM shop.orders ORDER BY id LIMIT 3',
    ],
    ...(withOpenData
      ? ([
          [
            'Rows of open_data.penguins',
            'SELECT id, "Species", "Island", "Body Mass (g)", "Sex" FROM open_data.penguins ORDER BY id LIMIT 3',
          ],
        ] as [string, string][])
      : []),
    [
      'What is known of them (_xano.resources)',
      `SELECT target_schema AS schema, count(*) AS tables, ${rows} AS rows, string_agg(DISTINCT completeness, ', ') AS completeness FROM _xano.resources GROUP BY 1 ORDER BY 1 DESC`,
    ],
  ];
}
