/** `xano mcp --config`: prints the entry that makes a client start this server. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { XanoError } from '../../../index.js';
import { type Client, clientConfig } from '../../../mcp/client-config.js';
import type { Context } from '../../context.js';
import { partsOfDestination } from '../../input/destination-path.js';
import { givenOptions } from '../../input/given-options.js';
import { createPrinter } from '../../output/output.js';

/**
 * Prints the entry on stdout, and on stderr where it belongs. Throws USAGE for an option that holds a secret.
 */
export function printConfig(client: Client, command: Command, context: Context): void {
  const printer = createPrinter(context, true);
  const { file, text } = clientConfig(client, argumentsOf(command, context));
  printer.verbatim(text);
  printer.note(`Add this to ${file} in your project; other servers in that file stay.`);
}

/** The options that were given, with absolute paths: a client starts the server in any folder. */
function argumentsOf(command: Command, { cwd }: Context): string[] {
  return givenOptions(command).flatMap(({ name, long, values, value_name }) => {
    if (name === 'config') return [];
    if (name === 'token')
      throw new XanoError('USAGE', '--token cannot be part of the settings of a client.', {
        hint: 'Run `xano auth login`; the server uses the stored login.',
      });
    const absolute = (text: string): string => {
      if (value_name === 'destination') return absoluteDestination(text, cwd);
      return value_name === 'file' || value_name === 'folder' ? resolve(cwd, text) : text;
    };
    return [long, ...values.map(absolute)];
  });
}

/** A destination as every folder finds it. Throws USAGE for an address with a password. */
function absoluteDestination(name: string, cwd: string): string {
  const { scheme, rest, path } = partsOfDestination(name);
  if (path !== undefined) return `${scheme}${resolve(cwd, path)}${/[\\/]$/.test(path) ? '/' : ''}`;
  if (/^postgres(ql)?:/i.test(rest) && holdsPassword(rest))
    throw new XanoError('USAGE', 'The address of --to holds a password, which the settings must not.', {
      hint: 'Leave it out of the address, and set PGPASSWORD or use a password file.',
    });
  return name;
}

function holdsPassword(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return url === undefined || url.password !== '' || url.searchParams.has('password');
}
