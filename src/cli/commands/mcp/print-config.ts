/** `xano mcp --config`: prints the entry that makes a client start this server. */
import type { Command } from 'commander';
import { type Client, clientConfig } from '../../../mcp/client-config.js';
import type { Context } from '../../context.js';
import { createPrinter } from '../../output/output.js';
import { serverArguments } from './server-arguments.js';

/**
 * Prints the entry on stdout, and on stderr where it belongs. Throws USAGE for an option that holds a secret.
 */
export function printConfig(client: Client, command: Command, context: Context): void {
  const printer = createPrinter(context, true);
  const { file, text } = clientConfig(client, serverArguments(command, context, ['config']));
  printer.verbatim(text);
  printer.note(`Add this to ${file} in your project; other servers in that file stay.`);
}
