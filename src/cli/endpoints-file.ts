/** Endpoint configs from a file. */
import { readFileSync } from 'node:fs';
import { type EndpointConfig, nearestName, parseEndpoints, XanoError } from '../index.js';

/** Reads the configs of a file: all, or those named. Throws CONFIG_INVALID naming the file and the field, or USAGE for an unknown name. */
export function readEndpointsFile(file: string, names: readonly string[]): EndpointConfig[] {
  const endpoints = parse(file);
  return names.length === 0 ? endpoints : names.map((name) => named(endpoints, name, file));
}

function parse(file: string): EndpointConfig[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new XanoError(
      'CONFIG_INVALID',
      `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      {
        hint: 'Write one with `xano endpoints --output FILE`.',
        cause,
      },
    );
  }
  let content: unknown;
  try {
    // Editors of Windows put a mark in front.
    content = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new XanoError('CONFIG_INVALID', `${file} is not JSON: ${why}.`, {
      hint: 'Write it anew with `xano endpoints --output FILE`.',
      cause,
    });
  }
  try {
    return parseEndpoints(content);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new XanoError('CONFIG_INVALID', `${file}: ${message}`, { cause });
  }
}

function named(endpoints: readonly EndpointConfig[], name: string, file: string): EndpointConfig {
  const found = endpoints.find((endpoint) => endpoint.name === name);
  if (found !== undefined) return found;
  const known = endpoints.map((endpoint) => endpoint.name);
  const nearest = nearestName(known, name);
  throw new XanoError(
    'USAGE',
    `There is no endpoint "${name}" in ${file}${nearest === undefined ? '.' : `; did you mean "${nearest}"?`}`,
    {
      hint: `There are: ${known.join(', ')}.`,
    },
  );
}
