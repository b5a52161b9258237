/** Fields of an answer beside its records: in the body around them, or in its headers. Pure. */
import { type JsonObject, select } from '../../../json.js';
import type { Answer } from '../../http/messages.js';

/** An answer's data around its records. */
export interface Surroundings {
  /** The body without its list of records. */
  readonly envelope: JsonObject;
  readonly headers?: Answer['headers'] | undefined;
}

/** A path with this prefix names a header: `header:x-total-count`. */
export const HEADER = 'header:';

/**
 * The value at a path of a config: a dotted path into the body, or `header:NAME`, after which a dotted path
 * may reach into a header whose value is a JSON object (`header:x-pagination.TotalCount`). Null for an empty
 * header, undefined where the path has no value.
 */
export function fieldAt({ envelope, headers = {} }: Surroundings, path: string): unknown {
  if (!path.startsWith(HEADER)) return select(envelope, path);
  const [name = '', ...rest] = path.slice(HEADER.length).split('.');
  const text = headerText(headers, name);
  if (text === undefined || rest.length === 0) return text === '' ? null : text;
  return select(headerObject(text), rest.join('.'));
}

/** A header's text; the first one if it was sent several times. */
export function headerText(headers: Answer['headers'], name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return (typeof value === 'string' ? value : value?.[0])?.trim();
}

/**
 * A header's value as an object, from JSON or from pairs such as `total=25; page=1`; undefined for any other
 * value.
 */
export function headerObject(text: string): unknown {
  if (!text.startsWith('{')) return pairsIn(text);
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The pairs of a text, by their names; undefined for fewer than two, or for any text beside them. */
function pairsIn(text: string): JsonObject | undefined {
  if (text.length > 1_000) return undefined;
  const pairs = text.split(/[;,]/).map((part) => part.split('='));
  if (pairs.length < 2 || pairs.some((pair) => pair.length !== 2)) return undefined;
  return Object.fromEntries(
    pairs.map(([name = '', value = '']) => [name.trim(), value.trim().replaceAll('"', '')]),
  );
}

/**
 * A count as a server may write it: a number, its digits as a text (`"25"`, `"1,025"`, `"25.0"`), or the end
 * of a Content-Range (`items 0-9/25`). Undefined for anything that is not a whole number from 0 up to 2^53.
 */
export function countIn(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  if (typeof value !== 'string' || value.length > 100) return undefined;
  const [, unit, count] =
    /^\s*(?:(?:([A-Za-z]+)[ =])?(?:\d+-\d+|\*)\/)?(\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.0{1,3})?\s*$/.exec(
      value,
    ) ?? [];
  // A range of bytes does not count records.
  return count === undefined || unit?.toLowerCase() === 'bytes'
    ? undefined
    : Number(count.replaceAll(',', ''));
}
