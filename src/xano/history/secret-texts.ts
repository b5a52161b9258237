/**
 * Finds secrets in texts that are neither JSON nor URLs. Linear in the text's length, which anybody may
 * choose.
 */
import { isWordUnit } from '../../plain-text.js';

/** Put where a secret stood in a text. */
export const REMOVED = '(removed)';

/** Replaces JWTs, Xano's own tokens (JWE) among them, and what follows Bearer or Basic. */
export function withoutTokens(text: string): string {
  return withoutSchemes(withoutJwts(text));
}

/** The shortest text behind Bearer or Basic that is a credential, in characters. */
const SHORTEST_CREDENTIAL = 6;

function withoutSchemes(text: string): string {
  let clean = '';
  let done = 0;
  for (const { index, 0: scheme } of text.matchAll(/\b(?:bearer|basic) /gi)) {
    const from = index + scheme.length;
    const end = wordEnd(text, from);
    if (index < done || end - from < SHORTEST_CREDENTIAL) continue;
    clean += text.slice(done, from) + REMOVED;
    done = end;
  }
  return clean + text.slice(done);
}

/** A run of letters that begins as the base64 of `{"` does, and has a dot, is a JWT. */
function withoutJwts(text: string): string {
  let clean = '';
  let done = 0;
  for (let at = text.indexOf('eyJ'); at >= 0; at = text.indexOf('eyJ', done)) {
    let end = at;
    let dots = 0;
    while (end < text.length && (isTokenUnit(text.charCodeAt(end)) || text[end] === '.')) {
      if (text[end] === '.') dots++;
      end++;
    }
    clean += text.slice(done, at) + (dots > 0 ? REMOVED : text.slice(at, end));
    done = end;
  }
  return clean + text.slice(done);
}

const isTokenUnit = (unit: number): boolean => isWordUnit(unit) || unit === 0x2d;

/** The longest name that is looked at, in characters. */
const LONGEST_NAME = 64;

/** Replaces the values in `name=value`, `name: value` and `"name":"value"` where the name is a secret's. */
export function withoutAssignments(text: string, isSecret: (name: string) => boolean): string {
  let clean = '';
  let done = 0;
  for (let at = nextSign(text, 0); at >= 0; at = nextSign(text, Math.max(at + 1, done))) {
    if (!isSecret(nameBefore(text, at))) continue;
    let from = at + 1;
    while (text[from] === ' ' && from < at + 3) from++;
    const isQuoted = text[from] === '"';
    const end = isQuoted ? quoteEnd(text, from) : wordEnd(text, from);
    if (end === from) continue;
    clean += text.slice(done, from) + (isQuoted ? `"${REMOVED}"` : REMOVED);
    done = end;
  }
  return clean + text.slice(done);
}

/** Where the next `=` or `:` is; -1 without one. */
function nextSign(text: string, from: number): number {
  for (let at = from; at < text.length; at++) if (text[at] === '=' || text[at] === ':') return at;
  return -1;
}

/** The name before a sign, without its quotes and one space. */
function nameBefore(text: string, sign: number): string {
  let end = sign;
  if (text[end - 1] === ' ') end--;
  if (text[end - 1] === '"' || text[end - 1] === "'") end--;
  let start = end;
  while (start > 0 && end - start < LONGEST_NAME && isNameUnit(text.charCodeAt(start - 1))) start--;
  return text.slice(start, end);
}

const isNameUnit = (unit: number): boolean => isTokenUnit(unit) || unit === 0x2e;

/** Behind the quote that ends a text; the end where none does. */
function quoteEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function wordEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && !/[\s"&;,}]/.test(text[at]!)) at++;
  return at;
}
