/**
 * `xano discover`: lists what a token may see.
 * In: a token, and the names of an instance and a workspace.
 * Out: instances, workspaces, tables and API groups, as text or JSON.
 */
import { Command } from 'commander';
import type { Context, Finish } from '../../context.js';
import {
  withOutputOptions,
  withTokenOptions,
  withWorkspaceOptions,
  type XanoFlags,
} from '../../input/options.js';
import { HEADINGS, withManual } from '../../output/help.js';
import { jsonText } from '../../output/text.js';

interface DiscoverFlags extends XanoFlags {
  readonly columns?: boolean;
  readonly counts?: boolean;
  readonly json?: boolean;
  readonly output?: string;
}

/** Makes `xano discover`. */
export function discoverCommand(context: Context, finish: Finish): Command {
  const command = withWorkspaceOptions(
    new Command('discover').description(
      'list the instances, workspaces, tables and API groups that the token can see',
    ),
  )
    .option('--columns', 'list the columns of each table')
    .option('--counts', 'count the rows of each table (one request a table)')
    .optionsGroup(HEADINGS.destination)
    .option('--output <file>', 'write the catalog as JSON into this file');
  withTokenOptions(command)
    .optionsGroup(HEADINGS.output)
    .option('--json', 'print the whole catalog as JSON')
    .action(async (flags: DiscoverFlags) => finish(await discoverAndPrint(flags, context)));
  return withManual(withOutputOptions(command), {
    about: 'xano lists what the token may not see, with the scope that it lacks.',
    examples: [
      ['xano discover --counts', 'list tables with their row counts'],
      ['xano discover --workspace Shop --columns', 'list the columns of one workspace'],
      ['xano discover --output catalog.json', 'write everything as JSON'],
    ],
    statuses: '0 done, 4 log in, 5 Xano, 7 something could not be listed',
  });
}

async function discoverAndPrint(flags: DiscoverFlags, context: Context): Promise<number> {
  const { isTokenError } = await import('../../../index.js');
  const { printCatalog } = await import('./print.js');
  const { catalogOf } = await import('../../../session/catalog.js');
  const { connect } = await import('../../../session/connect.js');
  const { frontEnd } = await import('../../input/front-end.js');
  const { warnOfOmissions } = await import('../../output/warnings.js');
  const { createPrinter } = await import('../../output/output.js');
  const { writeResult } = await import('../../output/result-file.js');
  const printer = createPrinter(context, flags.color !== false);
  const front = frontEnd(flags, context, printer);
  const connection = await connect(flags, context, front);
  const catalog = await catalogOf(connection, front.notify, { counts: flags.counts === true });
  if (flags.output !== undefined) {
    writeResult(flags.output, jsonText(catalog));
    printer.note(`Wrote the catalog to ${flags.output}.`);
  }
  if (flags.json === true) printer.json(catalog);
  else if (flags.output === undefined) printCatalog(catalog, flags, printer);
  warnOfOmissions(catalog.omitted, printer);
  // A missing right is a normal result; a failed request is not.
  return catalog.omitted.some(({ code }) => code !== 'SCOPE_MISSING' && !isTokenError(code)) ? 7 : 0;
}
