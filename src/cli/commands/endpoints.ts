/** `xano endpoints`: prints the generated endpoint configs. */
import { Command, Option } from 'commander';
import type { EndpointConfig, Exit, WriteDisposition } from '../../index.js';
import type { Context, Finish } from '../context.js';
import { parseWhole } from '../input/numbers.js';
import {
  withOutputOptions,
  withTokenOptions,
  withWorkspaceOptions,
  type XanoFlags,
} from '../input/options.js';
import { HEADINGS, withManual } from '../output/help.js';
import type { Printer } from '../output/output.js';
import { jsonText, shellWord } from '../output/text.js';

interface EndpointsFlags extends XanoFlags {
  readonly apiGroups?: boolean;
  readonly branch?: string;
  readonly format: Format;
  readonly output?: string;
  readonly schema?: boolean;
  readonly pageSize?: number;
  readonly writeDisposition?: WriteDisposition;
  readonly incremental?: string;
}

type Format = 'json' | 'dlt' | 'dango';

/** The names that tools have for this program. */
const TOOLS = { dlt: 'dlt', dango: 'Dango' } as const;

/** Makes `xano endpoints`. */
export function endpointsCommand(context: Context, finish: Finish): Command {
  const command = new Command('endpoints')
    .description('print the endpoint configs generated from a workspace, for this program or another')
    .argument('[name...]', 'tables by name or id, endpoints as GROUP/PATH; default all');
  withWorkspaceOptions(command)
    .option('--api-groups', 'include GET endpoints of API groups')
    .option('--branch <label>', 'with --api-groups: use this branch instead of the live one')
    .option('--incremental <column>', 'read only rows that are new since the last load, by this column')
    .option('--page-size <n>', 'ask for this many rows at a time', parseWhole('--page-size', 1, 100_000))
    .optionsGroup(HEADINGS.destination)
    .option('--output <file>', 'write the configs into this file')
    .addOption(
      new Option('--format <format>', 'write json for `xano load`, Python for dlt, or sources.yml for Dango')
        .choices(['json', 'dlt', 'dango'])
        .default('json'),
    )
    .option('--schema', 'print the JSON Schema of config files instead, for editors')
    .optionsGroup(HEADINGS.existing_rows)
    .addOption(
      new Option(
        '--write-disposition <how>',
        'combine new rows of tables with existing ones (default: replace, or merge with --incremental)',
      ).choices(['replace', 'append', 'merge']),
    )
    .action(async (names: string[], flags: EndpointsFlags) =>
      finish(await printEndpoints(names, flags, context)),
    );
  return withManual(withOutputOptions(withTokenOptions(command)), {
    about: 'A config describes how to read one list. Save the configs, edit them, load them.',
    examples: [
      ['xano endpoints orders', 'print how to read one table'],
      ['xano endpoints --api-groups --output endpoints.json', 'include the lists of API groups'],
      ['xano load --endpoints endpoints.json', 'load the lists in the file'],
      ['xano endpoints --format dlt --output xano.py', 'write a source for dlt'],
    ],
  });
}

async function printEndpoints(
  names: readonly string[],
  flags: EndpointsFlags,
  context: Context,
): Promise<number> {
  const { createPrinter } = await import('../output/output.js');
  if (flags.schema === true) {
    const { fileJsonSchema } = await import('../../project/file-json-schema.js');
    createPrinter(context, flags.color !== false).verbatim(jsonText(fileJsonSchema()));
    return 0;
  }
  const { connect } = await import('../../session/connect.js');
  const { frontEnd } = await import('../input/front-end.js');
  const { workspaceEndpoints } = await import('../../session/tables/choose-tables.js');
  const { writeResult } = await import('../output/result-file.js');
  const printer = createPrinter(context, flags.color !== false);
  if (flags.incremental !== undefined && flags.writeDisposition === 'replace') {
    const { XanoError } = await import('../../index.js');
    throw new XanoError('USAGE', '--incremental with replace would delete every row that is not new.', {
      hint: 'Use --write-disposition merge (the default with --incremental) or append.',
    });
  }
  const front = frontEnd(flags, context, printer);
  const connection = await connect(flags, context, front);
  const { endpoints, excluded } = await workspaceEndpoints(
    connection,
    names,
    {
      api_groups: flags.apiGroups === true || names.some((name) => name.includes('/')),
      branch: flags.branch,
      page_size: flags.pageSize,
      write_disposition: flags.writeDisposition,
      incremental: flags.incremental === undefined ? undefined : { column: flags.incremental },
    },
    front.notify,
  );
  for (const { name, reason } of excluded) printer.note(`No config for ${name}: ${reason}.`);
  for (const { name, confidence, reason } of endpoints)
    if (confidence === 'low')
      printer.note(`Low confidence in ${name}: ${reason} See \`xano check ${name}\`.`);
  const { text, notes } = await written(endpoints, flags.format);
  for (const { names, reason } of notes) printer.note(`${names.join(', ')}: ${reason}.`);
  if (flags.output === undefined) printer.verbatim(text);
  else {
    writeResult(flags.output, text);
    const what =
      flags.format === 'json' ? `${endpoints.length} endpoint configs` : `a file for ${TOOLS[flags.format]}`;
    printer.note(`Wrote ${what} to ${flags.output}.`);
    if (flags.format === 'json') sayNext(flags.output, endpoints, context, printer);
  }
  return 0;
}

/** Notes on the file's use, and on what its endpoints need. */
function sayNext(
  file: string,
  endpoints: readonly EndpointConfig[],
  context: Context,
  printer: Printer,
): void {
  const name = shellWord(file);
  printer.detail(
    `Next: \`xano check --endpoints ${name}\` tries them, \`xano load --endpoints ${name}\` loads them.`,
  );
  const closed = endpoints.filter(
    ({ auth }) => auth.type === 'bearer' && 'env' in auth.token && auth.token.env === 'XANO_API_TOKEN',
  );
  if (closed.length > 0 && (context.env['XANO_API_TOKEN'] ?? '') === '')
    printer.detail(
      `${closed.map((endpoint) => endpoint.name).join(', ')}: set XANO_API_TOKEN to the authToken that the login endpoint of your API returns.`,
    );
}

/** The configs in another tool's format, or in this program's. */
async function written(endpoints: readonly EndpointConfig[], format: Format): Promise<Exit> {
  if (format === 'json') return { text: jsonText({ version: 1, endpoints }), notes: [] };
  const { toDango, toDlt } = await import('../../index.js');
  return format === 'dlt' ? toDlt(endpoints) : toDango(endpoints);
}
