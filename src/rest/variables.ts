/**
 * The forms in which a text names a variable of the environment, and what they stand for. Pure.
 *
 * The forms are those of POSIX shells (2.6.2 Parameter Expansion) that docker compose knows as well: `${NAME:-default}`, `${NAME:?message}`,
 * `${NAME:+instead}`, each also without the colon, which then treats an empty variable as set. `$$` stands for `$`. Other forms are refused, never sent.
 */
import { XanoError } from '../errors.js';
import type { Json } from '../json.js';
import type { FindSecret, Secret } from './secrets.js';

/** `$$`; an expression with its name, operator and word; or the beginning of one in another form. */
const MARK = /\$(?:\$|\{([A-Za-z_]\w*)(?:(:?[-?+])([^{}]*))?\}|(\{))/g;

/** A text as it must be written to stay what it is: what a server sends may look like a variable, and must never become one. */
export function withoutVariables(text: string): string {
  return text.replaceAll('$', '$$$$');
}

/** The variables that a value names, however deep within it, those with a default included. */
export function variablesIn(value: Json | undefined): string[] {
  return textsIn(value).flatMap((text) => [...text.matchAll(MARK)].flatMap(([, name]) => name ?? []));
}

/** A variable that has no default. */
export interface NeededVariable {
  readonly name: string;
  /** `${NAME:?message}`: an empty value does not do. */
  readonly not_empty?: true;
  /** What the config says where the variable is missing. */
  readonly message?: string;
}

/** The variables of a value that must be set before it can be sent. */
export function neededVariables(value: Json | undefined): NeededVariable[] {
  return textsIn(value).flatMap((text) =>
    [...text.matchAll(MARK)].flatMap(([, name, operator, word]) => {
      if (name === undefined || (operator !== undefined && !operator.endsWith('?'))) return [];
      return [
        {
          name,
          ...(operator === ':?' ? { not_empty: true as const } : {}),
          ...(word === undefined || word === '' ? {} : { message: word }),
        },
      ];
    }),
  );
}

/** What is wrong with the variables of a text, as the rest of a sentence; undefined where nothing is. */
export function wrongVariable(text: string): string | undefined {
  for (const [whole, name, operator, word, other] of text.matchAll(MARK)) {
    if (other !== undefined)
      return `holds ${whole}…}, which is not a variable: write \${NAME}, \${NAME:-default} or \${NAME:?message}, or $$ for a dollar sign`;
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

/** How the variables of a text are found, and what is done with their values. */
export interface Filling {
  readonly find: FindSecret;
  /** Called with each value that is put in: it must never be shown. Throws to refuse it. */
  readonly on_secret: (secret: Secret) => void;
  /** The error for a variable that is not set, in the words of the config where it has some. */
  readonly missing: (name: string, message: string | undefined) => XanoError;
}

/** A text with its variables put in. Throws what `missing` gives, and CONFIG_INVALID for an expression of another form. */
export function fillText(text: string, { find, on_secret, missing }: Filling): string {
  const wrong = wrongVariable(text);
  if (wrong !== undefined)
    throw new XanoError('CONFIG_INVALID', `The config ${wrong}.`, { hint: 'Correct it in the config file.' });
  return text.replace(MARK, (_, name: string | undefined, operator?: string, word = '') => {
    if (name === undefined) return '$';
    const secret = find({ env: name });
    const isThere = secret !== undefined && !(operator?.startsWith(':') === true && secret.value === '');
    if (operator?.endsWith('+') === true) return isThere ? word : '';
    if (isThere) {
      on_secret(secret);
      return secret.value;
    }
    if (operator?.endsWith('-') === true) return word;
    throw missing(name, word === '' ? undefined : word);
  });
}
