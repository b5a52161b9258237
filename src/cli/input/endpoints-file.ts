/** Reads endpoint configs from a file. */

import { readFileSync, statSync } from 'node:fs';
import { didYouMean, type EndpointConfig, type NamedVariable, readConfig, XanoError } from '../../index.js';
import { fileTrouble } from '../../session/file-failures.js';
import { fileText, notText } from '../../session/tokens/file-text.js';

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
  let bytes: Uint8Array;
  try {
    assertNotHuge(file);
    bytes = readFileSync(file);
  } catch (cause) {
    if (cause instanceof XanoError) throw cause;
    throw new XanoError('CONFIG_INVALID', fileTrouble(file, 'read', cause), {
      hint: 'Write one with `xano endpoints --output FILE`.',
      cause,
    });
  }
  const read = fileText(bytes);
  if (read === undefined) throw new XanoError('CONFIG_INVALID', notText(file), { hint: 'Save it as UTF-8.' });
  const { text } = read;
  if (file.endsWith('.json')) assertJson(text, file);
  return readConfig(text, file);
}

/** Larger than the endpoints of any catalog. Bytes. */
const LARGEST_FILE = 64 * 1024 * 1024;

function assertNotHuge(file: string): void {
  const { size } = statSync(file);
  if (size > LARGEST_FILE)
    throw new XanoError('CONFIG_INVALID', `${file} has ${size} bytes; at most ${LARGEST_FILE} are read.`, {
      hint: 'Name a file with endpoint configs.',
    });
}

function assertJson(text: string, file: string): void {
  try {
    // Editors on Windows add a byte order mark.
    JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const at = /position (\d+)/.exec(why)?.[1];
    const line = at === undefined ? '' : ` Line ${text.slice(0, Number(at)).split('\n').length}:`;
    throw new XanoError('CONFIG_INVALID', `${file} is not JSON.${line} ${why}.`, {
      hint: 'Correct it, name it .yaml if it is YAML, or generate it again with `xano endpoints --output FILE`.',
      cause,
    });
  }
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
