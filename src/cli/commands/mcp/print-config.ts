/** `xano mcp --config`: prints the entry that makes a client start this server. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { XanoError } from '../../../index.js';
import { type Client, clientConfig } from '../../../mcp/client-config.js';
import type { Context } from '../../context.js';
import { partsOfDestination } from '../../input/destination-path.js';
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
  return command.options.flatMap((option) => {
    const name = option.attributeName();
    const { long } = option;
    const value: unknown = command.getOptionValue(name);
    const isGiven = name === 'to' || command.getOptionValueSource(name) === 'cli';
    if (!isGiven || name === 'config' || !long || value === undefined) return [];
    if (name === 'token')
      throw new XanoError('USAGE', '--token cannot be part of the settings of a client.', {
        hint: 'Run `xano auth login`; the server uses the stored login.',
      });
    if (value === true) return [long];
    const values = Array.isArray(value) ? value.map(String) : [String(value)];
    const isPath = /<(file|folder)>/.test(option.flags);
    if (option.flags.includes('<destination>'))
      return [long, ...values.map((destination) => absoluteDestination(destination, cwd))];
    return [long, ...values.map((text) => (isPath ? resolve(cwd, text) : text))];
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
