/**
 * `xano mcp`: lets an assistant ask about loaded tables.
 * In: a loaded file or folder, and the messages of an MCP client on stdin.
 * Out: answers on stdout, and nothing else there.
 */
import { Command, Option } from 'commander';
import { CLIENTS, type Client } from '../../../mcp/client-config.js';
import type { Context, Finish } from '../../context.js';
import type { Duration } from '../../deadline.js';
import { parseDuration } from '../../input/numbers.js';
import { withTokenSource, withWorkspaceOptions, type XanoFlags } from '../../input/options.js';
import { type PlaceFlags, placeOptions, withPlaceOptions } from '../../input/place-options.js';
import { HEADINGS, withManual } from '../../output/help.js';

interface McpFlags extends XanoFlags, PlaceFlags {
  readonly to: string;
  readonly tables?: readonly string[];
  readonly exclude?: readonly string[];
  readonly allowLoad?: boolean;
  readonly dataset?: string;
  readonly maxAge?: Duration;
  readonly config?: Client;
}

/** Makes `xano mcp`. */
export function mcpCommand(context: Context, finish: Finish): Command {
  const command = withWorkspaceOptions(
    new Command('mcp').description('serve a loaded file to an assistant, read-only (Model Context Protocol)'),
  )
    .option(
      '--to <destination>',
      'serve a DuckDB file, a folder (out/), s3://…, ducklake:…, iceberg:… or postgres://…',
      'xano.duckdb',
    )
    .option('--tables <name...>', 'serve these tables only')
    .addOption(new Option('--exclude <name...>', 'serve all tables but these').conflicts('allowLoad'));
  withPlaceOptions(command)
    .optionsGroup(HEADINGS.run)
    .option(
      '--max-age <time>',
      'call a table stale when it is older: 24h, 7d, 90m',
      parseDuration('--max-age', { such_as: '90m, 24h or 7d' }),
    )
    .option('--allow-load', 'let the assistant load tables from Xano into the file')
    .option('--dataset <schema>', 'with --allow-load: load into this schema (default: xano_data)')
    .addOption(
      new Option('--config <client>', 'print the entry for the settings of this client, and end').choices(
        CLIENTS,
      ),
    );
  return withManual(
    withTokenSource(command).action(async (flags: McpFlags) => finish(await serve(flags, context, command))),
    {
      about:
        'The client of the assistant starts this command. SQL only reads, and reaches no other file and no network; no answer contains the token.',
      examples: [
        ['xano mcp --to shop.duckdb', 'serve every table of a file'],
        ['xano mcp --to shop.duckdb --tables orders products', 'serve two tables'],
        ['xano mcp --to shop.duckdb --exclude users', 'serve all tables but one'],
        ['xano mcp --to shop.duckdb --config cursor', 'print the entry for Cursor'],
        ['xano mcp --to shop.duckdb --allow-load', 'also let the assistant load'],
      ],
    },
  );
}

async function serve(flags: McpFlags, context: Context, command: Command): Promise<number> {
  const { XanoError } = await import('../../../index.js');
  if (flags.to === '')
    throw new XanoError('USAGE', '--to is empty.', { hint: 'Name a file: --to xano.duckdb.' });
  if (flags.dataset !== undefined && flags.allowLoad !== true)
    throw new XanoError('USAGE', '--dataset needs --allow-load.', { hint: 'Add --allow-load.' });
  if (flags.config !== undefined) {
    const { printConfig } = await import('./print-config.js');
    printConfig(flags.config, command, context);
    return 0;
  }
  // The package of the protocol takes a tenth of a second to load.
  const { serveMcp } = await import('../../../mcp/serve-mcp.js');
  if (context.stdin.is_terminal)
    context.stderr.stream.write('Waiting for an MCP client on standard input. Ctrl-C stops.\n');
  const { createPrinter } = await import('../../output/output.js');
  const place = placeOptions(flags, context, createPrinter(context, true));
  const { to, tables = [], exclude = [], allowLoad = false, dataset = 'xano_data', maxAge } = flags;
  await serveMcp({
    ...context,
    options: { ...flags, to, tables, exclude, allow_load: allowLoad, dataset, place, max_age_ms: maxAge?.ms },
    input: context.stdin.stream,
    output: context.stdout.stream,
  });
  return 0;
}
