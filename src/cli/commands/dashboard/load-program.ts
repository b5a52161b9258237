/** How a dashboard starts `xano load`: with the options that it was started with itself. */
import type { Command } from 'commander';
import type { LoadProgram } from '../../../dashboard/loads/child-load.js';
import type { Context } from '../../context.js';
import { type GivenOption, givenOptions } from '../../input/given-options.js';

/** Options that mean the same for a load. */
const OF_LOADS: ReadonlySet<string> = new Set([
  'project',
  'source',
  'to',
  'dataset',
  'staging',
  'extensionDir',
  'workspace',
  'dataSource',
  'tokenFile',
  'tokenCommand',
  'profile',
  'instance',
  'accountOrigin',
  'configDir',
  'where',
  'limit',
  'partitionBy',
  'exclude',
  'mask',
  'nested',
  'flatten',
]);

/** Options that a token in the environment does not outrank. */
const OF_OTHER_TOKENS: ReadonlySet<string> = new Set(['tokenFile', 'tokenCommand', 'profile']);

/**
 * The program with the options of this command; null where it cannot be started again. `--token` goes into
 * the environment, which nobody else sees.
 */
export function loadProgram(command: Command, { program, env, cwd }: Context): LoadProgram | null {
  if (program === undefined) return null;
  const given = givenOptions(command);
  const givenValue = (name: string): string | undefined =>
    given.find((option) => option.name === name)?.values[0];
  const [token, profile] = [givenValue('token'), givenValue('profile')];
  const isPassed = ({ name }: GivenOption): boolean =>
    OF_LOADS.has(name) && (token === undefined || !OF_OTHER_TOKENS.has(name));
  return {
    command: program,
    options: given
      .filter(isPassed)
      .flatMap(({ long, values }) =>
        values.length === 0 ? [long] : values.map((value) => `${long}=${value}`),
      ),
    env:
      token === undefined
        ? env
        : { ...env, XANO_TOKEN: token, ...(profile === undefined ? {} : { XANO_PROFILE: profile }) },
    cwd,
  };
}
