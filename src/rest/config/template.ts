/**
 * Placeholders in the texts of a config: variables of the environment, and columns of a parent in braces.
 * Pure. Variables have the forms of POSIX shells (2.6.2 Parameter Expansion) that docker compose knows as
 * well: `${NAME:-default}`, `${NAME:?message}`, `${NAME:+instead}`, each also without the colon, which then
 * treats an empty variable as set. `$$` stands for `$`. Other forms are refused, never sent.
 */
import type { Json } from '../../json.js';
import { isWordUnit } from '../../plain-text.js';

/** An expression in a text, and the indices of its first character and of the one after its last. */
interface Mark {
  /** Undefined for the beginning of an expression in another form: `${` alone. */
  readonly name?: string;
  readonly operator?: string;
  readonly word?: string;
  readonly from: number;
  readonly to: number;
}

/**
 * The first expression from an index on, after any `$$`. It scans: matching a regular expression at each of a
 * hundred thousand positions takes several times as long.
 */
export function nextMark(text: string, start: number): Mark | undefined {
  for (let at = text.indexOf('$', start); at >= 0; ) {
    const next = text.charCodeAt(at + 1);
    if (next === OPEN) return markAt(text, at);
    at = text.indexOf('$', at + (next === DOLLAR ? 2 : 1));
  }
  return undefined;
}

/** The results of a function for each expression of a text, in order, without undefined. */
function eachMark<T>(text: string, find: (mark: Mark) => T | undefined): T[] {
  const results: T[] = [];
  for (let mark = nextMark(text, 0); mark !== undefined; mark = nextMark(text, mark.to)) {
    const result = find(mark);
    if (result !== undefined) results.push(result);
  }
  return results;
}

const [DOLLAR, OPEN, CLOSE, COLON, DIGIT_0, DIGIT_9] = [0x24, 0x7b, 0x7d, 0x3a, 0x30, 0x39];

/** The expression that begins at an index with `${`. */
function markAt(text: string, from: number): Mark {
  const begins = from + 2;
  const plainMark = { from, to: begins };
  const first = text.charCodeAt(begins);
  if (!isWordUnit(first) || (first >= DIGIT_0 && first <= DIGIT_9)) return plainMark;
  let at = begins + 1;
  while (isWordUnit(text.charCodeAt(at))) at++;
  const name_end = at;
  if (text.charCodeAt(at) === CLOSE) return { name: text.slice(begins, at), from, to: at + 1 };
  if (text.charCodeAt(at) === COLON) at++;
  if (!'-?+'.includes(text[at] ?? ' ')) return plainMark;
  const word_begins = at + 1;
  at = word_begins;
  while (at < text.length && text.charCodeAt(at) !== OPEN && text.charCodeAt(at) !== CLOSE) at++;
  if (text.charCodeAt(at) !== CLOSE) return plainMark;
  const name = text.slice(begins, name_end);
  const operator = text.slice(name_end, word_begins);
  return { name, operator, word: text.slice(word_begins, at), from, to: at + 1 };
}

/**
 * A text, escaped so that it stays the same: a server's value may look like a variable, and must never become
 * one.
 */
export function withoutVariables(text: string): string {
  // `replaceAll` takes ten times as long for a text with many dollar signs.
  return text.split('$').join('$$');
}

/** The variables that a value contains at any depth, including those with a default. */
export function variablesIn(value: Json | undefined): string[] {
  return textsIn(value).flatMap((text) => eachMark(text, ({ name }) => name));
}

/** A variable that has no default. */
export interface NeededVariable {
  readonly name: string;
  /** `${NAME:?message}`: the value must not be empty. */
  readonly not_empty?: true;
  /** The config's own message for a missing variable. */
  readonly message?: string;
}

/** The variables that must be set before a value can be sent. */
export function neededVariables(value: Json | undefined): NeededVariable[] {
  return textsIn(value).flatMap((text) => eachMark(text, neededBy));
}

function neededBy({ name, operator, word = '' }: Mark): NeededVariable | undefined {
  if (name === undefined || (operator !== undefined && !operator.endsWith('?'))) return undefined;
  if (operator === undefined) return { name };
  const message = word === '' ? {} : { message: word };
  return operator === ':?' ? { name, not_empty: true, ...message } : { name, ...message };
}

/** The mistake in a text's variables, as the rest of a sentence; undefined where there is none. */
export function wrongVariable(text: string): string | undefined {
  for (let mark = nextMark(text, 0); mark !== undefined; mark = nextMark(text, mark.to)) {
    const { name, operator, word } = mark;
    if (name === undefined)
      return `holds \${…}, which is not a variable: write \${NAME}, \${NAME:-default} or \${NAME:?message}, or $$ for a dollar sign`;
    if (operator?.endsWith('?') !== true && isQuoted(word ?? ''))
      return `holds quotes in \${${name}${operator}…}: they would be sent; write the text without them`;
  }
  return undefined;
}

const isQuoted = (text: string): boolean =>
  text.length > 1 && (text[0] === '"' || text[0] === "'") && text.endsWith(text[0]);

function textsIn(value: Json | undefined): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((part: Json) => textsIn(part));
}

/** The braces of a variable follow a dollar sign, and are not a placeholder. */
export const PLACEHOLDER = /(\$?)\{(\w+)\}/g;

/** The names in braces that a value contains at any depth. */
export function placeholdersIn(value: Json): string[] {
  if (typeof value === 'string')
    return (value.match(PLACEHOLDER) ?? [])
      .filter((mark) => mark[0] !== '$')
      .map((mark) => mark.slice(1, -1));
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((part: Json) => placeholdersIn(part));
}
