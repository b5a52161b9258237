/** Adds a server to the settings of a client in JSON, and keeps every other character. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Merged } from './merged.js';
import { closingBrace, lastBefore, plainJson, withoutComments } from './plain-json.js';

interface JsonObject {
  readonly [name: string]: unknown;
}

/** Adds an entry to a group of the outermost object. Comments, order and spelling of the rest stay. */
export function mergeJson(text: string | undefined, group: string, name: string, entry: JsonObject): Merged {
  if (text === undefined || text.trim() === '')
    return { action: 'write', text: `${JSON.stringify({ [group]: { [name]: entry } }, null, 2)}\n` };
  const plain = plainJson(text);
  const data = parsed(plain);
  // The parser's own words quote the file, which may hold secrets of other servers.
  if (data === undefined) return { action: 'failed', reason: 'is not valid JSON' };
  if (!isObject(data)) return { action: 'failed', reason: 'is JSON, but not an object' };
  const servers = data[group];
  if (servers !== undefined && !isObject(servers))
    return { action: 'failed', reason: `has something else than an object under "${group}"` };
  const present = servers?.[name];
  if (present !== undefined)
    return isDeepStrictEqual(present, entry)
      ? { action: 'unchanged' }
      : { action: 'left', reason: `already has another entry "${name}"` };
  const merged = inserted(text, servers === undefined ? undefined : group, group, name, entry);
  const wanted = { ...data, [group]: { ...servers, [name]: entry } };
  return isDeepStrictEqual(parsed(plainJson(merged)), wanted)
    ? { action: 'write', text: merged }
    : { action: 'failed', reason: 'has a form that cannot be edited safely' };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The text with the entry at the end of the group, or with a group of its own. */
function inserted(
  text: string,
  present: string | undefined,
  group: string,
  name: string,
  entry: JsonObject,
): string {
  const step = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  const [key, value] = present === undefined ? [group, { [name]: entry }] : [name, entry];
  const depth = present === undefined ? 1 : 2;
  const end = closingBrace(plainJson(text), present) ?? text.length;
  const bare = withoutComments(text);
  const last = lastBefore(plainJson(text), end);
  const needsComma = text[last] !== '{' && !bare.slice(last + 1, end).includes(',');
  // Behind a comment that follows the last entry.
  const behind = lastBefore(text, end);
  const indent = step.repeat(depth);
  const lines = JSON.stringify(value, null, step).replaceAll('\n', `\n${indent}`);
  const close = text.slice(behind + 1, end).includes('\n') ? '' : `\n${step.repeat(depth - 1)}`;
  return [
    text.slice(0, last + 1),
    needsComma ? ',' : '',
    text.slice(last + 1, behind + 1),
    `\n${indent}${JSON.stringify(key)}: ${lines}${close}`,
    text.slice(behind + 1),
  ].join('');
}
