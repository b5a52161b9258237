/** The arguments with which a client starts `xano mcp`. */

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { XanoError } from '../../../index.js';
import { parseUrl } from '../../../parse-url.js';
import { partsOfDestination } from '../../../session/destination-path.js';
import type { Context } from '../../context.js';
import { givenOptions } from '../../input/given-options.js';

/**
 * The options of a command that were given, with absolute paths: a client starts the server in any folder.
 * `others` are options of the command that `xano mcp` does not have. Throws USAGE for one that holds a
 * secret.
 */
export function serverArguments(
  command: Command,
  { cwd }: Pick<Context, 'cwd'>,
  others: readonly string[],
): string[] {
  return givenOptions(command).flatMap(({ name, long, values, value_name }) => {
    if (others.includes(name)) return [];
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
  const url = parseUrl(address);
  return url === undefined || url.password !== '' || url.searchParams.has('password');
}
