/** Parses the state of a target: JSON of limited length and depth, and values by their schema. Pure. */
import type { z } from 'zod';
import { XanoError } from '../../errors.js';

/**
 * The longest JSON text of a state column, in bytes: the report of a load of some ten thousand tables fits.
 */
export const MOST_TEXT_BYTES = 64 * 1024 * 1024;
/** All texts of one state table that are read together, in bytes. */
export const MOST_STATE_BYTES = 256 * 1024 * 1024;
/** The most rows of a state table that are read completely. */
export const MOST_STATE_ROWS = 100_000;

/** The refusal of a target's state. `what` is the rest of a sentence. */
export function foreignState(what: string): XanoError {
  return new XanoError('DATABASE_FAILED', `The load state in the destination is not valid: ${what}.`, {
    hint: 'Load into another destination with --to; this one was not changed.',
  });
}

/** A value that fits its schema, or the refusal of the state. */
export type Parsed<T> =
  | { readonly data: T; readonly refused?: never }
  | { readonly data?: never; readonly refused: XanoError };

const refuse = (what: string): { readonly refused: XanoError } => ({ refused: foreignState(what) });

/** The value. Throws DATABASE_FAILED where it is refused. */
export function accepted<T>(parsed: Parsed<T>): T {
  if (parsed.refused !== undefined) throw parsed.refused;
  return parsed.data;
}

/** A text for people, shortened where a message would become too long. */
export const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** Parses a value with a schema; the refusal names the path and the value there. */
export function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): Parsed<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { data: parsed.data };
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).map((step) =>
    typeof step === 'number' ? `[${step}]` : `.${String(step)}`,
  );
  let part: unknown = value;
  for (const step of issue?.path ?? [])
    part = part !== null && typeof part === 'object' ? Reflect.get(part, step) : undefined;
  const shown =
    typeof part === 'object' && part !== null ? 'a list or an object' : (JSON.stringify(part) ?? 'missing');
  return refuse(`${what}${short(path.join(''))} is ${short(shown)}`);
}

/**
 * Parses JSON text with a schema; null and undefined are null. Refuses text that is too long, or nested too
 * deep for recursive functions.
 */
export function parseText<T>(schema: z.ZodType<T>, text: unknown, what: string, deepest: number): Parsed<T> {
  if (text === null || text === undefined) return parse(schema, null, what);
  const json = String(text);
  if (Buffer.byteLength(json) > MOST_TEXT_BYTES) return refuse(`${what} is longer than 64 MiB`);
  if (depthOf(json) > deepest) return refuse(`${what} is nested deeper than ${deepest} levels`);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return refuse(`${what} is not JSON`);
  }
  return parse(schema, value, what);
}

/** The depth of JSON text, by its brackets outside of strings. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (quoted) {
      if (code === 0x5c) i++;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x5d || code === 0x7d) depth--;
  }
  return deepest;
}
