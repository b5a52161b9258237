/** The arguments with which a client starts `xano mcp`. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { XanoError } from '../../../index.js';
import type { Context } from '../../context.js';
import { partsOfDestination } from '../../input/destination-path.js';

/**
 * The options of a command that were given, with absolute paths: a client starts the server in any folder.
 * `others` are options of the command that `xano mcp` does not have. Throws USAGE for one that holds a secret.
 */
export function serverArguments(
  command: Command,
  { cwd }: Pick<Context, 'cwd'>,
  others: readonly string[],
): string[] {
  return command.options.flatMap((option) => {
    const name = option.attributeName();
    const { long } = option;
    const value: unknown = command.getOptionValue(name);
    const isGiven = name === 'to' || command.getOptionValueSource(name) === 'cli';
    if (!isGiven || others.includes(name) || !long || value === undefined) return [];
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
