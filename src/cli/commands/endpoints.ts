/** `xano endpoints`: prints the generated endpoint configs. */
import { Command } from 'commander';
import type { Context, Finish } from '../context.js';
import { withXanoOptions, type XanoFlags } from '../options.js';
import { jsonText } from '../text.js';
import { parseWhole } from './numbers.js';

interface EndpointsFlags extends XanoFlags {
  readonly apiGroups?: boolean;
  readonly output?: string;
  readonly schema?: boolean;
  readonly pageSize?: number;
}

/** Makes `xano endpoints`. */
export function endpointsCommand(context: Context, finish: Finish): Command {
  return withXanoOptions(
    new Command('endpoints').description('print the endpoint configs generated from a workspace, as JSON'),
  )
    .argument('[name...]', 'tables by name or id, endpoints as GROUP/PATH; default all')
    .option('--api-groups', 'also the GET endpoints of API groups')
    .option('--page-size <n>', 'rows asked for at a time', parseWhole('--page-size', 1, 100_000))
    .option('--output <file>', 'write them into a file')
    .option('--schema', 'print the JSON Schema of config files instead, for editors')
    .action(async (names: string[], flags: EndpointsFlags) =>
      finish(await printEndpoints(names, flags, context)),
    );
}

async function printEndpoints(
  names: readonly string[],
  flags: EndpointsFlags,
  context: Context,
): Promise<number> {
  const { createPrinter } = await import('../output.js');
  if (flags.schema === true) {
    const { configJsonSchema } = await import('../../index.js');
    createPrinter(context, flags.color !== false).result(jsonText(configJsonSchema()));
    return 0;
  }
  const { connect } = await import('../connect.js');
  const { workspaceEndpoints } = await import('../choose.js');
  const { writeResult } = await import('../result-file.js');
  const printer = createPrinter(context, flags.color !== false);
  const connection = await connect(flags, context, printer);
  const { endpoints, left_out } = await workspaceEndpoints(connection, printer, names, {
    api_groups: flags.apiGroups === true || names.some((name) => name.includes('/')),
    page_size: flags.pageSize,
  });
  for (const { name, reason } of left_out) printer.note(`No config for ${name}: ${reason}.`);
  const text = jsonText({ version: 1, endpoints });
  if (flags.output === undefined) printer.result(text);
  else {
    writeResult(flags.output, text);
    printer.note(`Wrote ${endpoints.length} endpoint configs to ${flags.output}.`);
  }
  return 0;
}
