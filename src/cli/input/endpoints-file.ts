/** Reads endpoint configs from a file. */
import { didYouMean, type EndpointConfig, type NamedVariable, readConfig, XanoError } from '../../index.js';
import { readConfigText } from '../../session/config-text.js';

/**
 * Reads the configs of a file: all, or the named ones. Throws CONFIG_INVALID naming the file and the field,
 * or the variables that are not set (TOKEN_MISSING if they only authorize), and USAGE for an unknown name.
 */
export function readEndpointsFile(
  file: string,
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): EndpointConfig[] {
  const { endpoints, variables } = parse(file);
  const chosen =
    names.length === 0
      ? [...endpoints]
      : withParents(
          names.map((name) => named(endpoints, name, file)),
          endpoints,
        );
  const used = variables.filter(({ resource }) => chosen.some(({ name }) => name === resource));
  // XANO_TOKEN may come from another source, such as a stored login.
  assertSet(
    used.filter(({ name, not_empty }) => {
      const value = env[name];
      return (value === undefined || (value === '' && not_empty === true)) && name !== 'XANO_TOKEN';
    }),
    file,
  );
  return chosen;
}

function parse(file: string): ReturnType<typeof readConfig> {
  return readConfig(readConfigText(file, 'Write one with `xano endpoints --output FILE`.'), file);
}

/** A child list needs its parent's config as well. */
function withParents(chosen: readonly EndpointConfig[], all: readonly EndpointConfig[]): EndpointConfig[] {
  const wanted = new Set(chosen);
  // Parents that are added may have parents of their own.
  for (const { parent } of wanted) {
    const above = all.find(({ name }) => name === parent?.resource);
    if (above !== undefined) wanted.add(above);
  }
  return [...wanted];
}

/** Checked before any request: otherwise a load would fail in the middle. */
function assertSet(missing: readonly NamedVariable[], file: string): void {
  if (missing.length === 0) return;
  const variables = [
    ...new Set(
      missing.map(
        ({ name, where, message }) => `${name} (${where})${message === undefined ? '' : `: ${message}`}`,
      ),
    ),
  ];
  const single = variables.length === 1;
  const isLogin = missing.every(({ authorizes }) => authorizes);
  throw new XanoError(
    isLogin ? 'TOKEN_MISSING' : 'CONFIG_INVALID',
    `${file} needs ${single ? 'a variable that is' : 'variables that are'} not set: ${variables.join('; ')}.`,
    {
      hint: `Set ${single ? 'it' : 'them'} in the environment${isLogin ? '.' : ', or write $$ for a dollar sign.'}`,
    },
  );
}

function named(endpoints: readonly EndpointConfig[], name: string, file: string): EndpointConfig {
  const endpoint = endpoints.find((endpoint) => endpoint.name === name);
  if (endpoint !== undefined) return endpoint;
  const known = endpoints.map((endpoint) => endpoint.name);
  throw new XanoError('USAGE', `${file} has no endpoint "${name}"${didYouMean(known, name)}`, {
    hint: `Name one of: ${known.join(', ')}.`,
  });
}
