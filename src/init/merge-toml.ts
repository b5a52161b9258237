/** Adds a server to the settings of a client in TOML, and keeps every other character. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'smol-toml';
import type { Merged } from './merged.js';

/** Adds a table to a group at the end of the file. `table` is its text, from its heading on. */
export function mergeToml(text: string | undefined, group: string, name: string, table: string): Merged {
  const before = text ?? '';
  const data = parsed(before);
  // The parser's own words quote the file, which may hold secrets of other servers.
  if (data === undefined) return { action: 'failed', reason: 'is not valid TOML' };
  const wanted = entryOf(parsed(table), group, name);
  const present = entryOf(data, group, name);
  if (present !== undefined)
    return isDeepStrictEqual(present, wanted)
      ? { action: 'unchanged' }
      : { action: 'left', reason: `already has another entry "${name}"` };
  const gap = before.trim() === '' ? '' : before.endsWith('\n') ? '\n' : '\n\n';
  const merged = `${before}${gap}${table}\n`;
  // A table cannot be added to an inline one: mcp_servers = { … }.
  return isDeepStrictEqual(entryOf(parsed(merged), group, name), wanted)
    ? { action: 'write', text: merged }
    : { action: 'failed', reason: `has "${group}" in a form that cannot be added to` };
}

function parsed(toml: string): unknown {
  try {
    return parse(toml, { integersAsBigInt: 'asNeeded' });
  } catch {
    return undefined;
  }
}

function entryOf(data: unknown, group: string, name: string): unknown {
  return memberOf(memberOf(data, group), name);
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
