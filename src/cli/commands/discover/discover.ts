/** `xano discover`: lists what a token may see. */
import { Command } from 'commander';
import type { Context, Finish } from '../../context.js';
import { withXanoOptions, type XanoFlags } from '../../input/options.js';
import { jsonText } from '../../output/text.js';

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
  const { discover, isTokenCode } = await import('../../../index.js');
  const { printCatalog } = await import('./print.js');
  const { connect, sayWaits } = await import('../../../session/connect.js');
  const { sayOmitted } = await import('../../output/warnings.js');
  const { createPrinter } = await import('../../output/output.js');
  const { writeResult } = await import('../../output/result-file.js');
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
  return catalog.omitted.some(({ code }) => code !== 'SCOPE_MISSING' && !isTokenCode(code)) ? 7 : 0;
}
