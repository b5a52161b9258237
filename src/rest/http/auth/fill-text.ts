/** A text of a config with the values of its variables, as it is sent. Pure. */
import { XanoError } from '../../../errors.js';
import type { FindSecret, Secret } from '../../config/secret-ref.js';
import { nextMark, wrongVariable } from '../../config/template.js';

/** How to find the variables of a text, and what to do with their values. */
export interface Filling {
  readonly find: FindSecret;
  /** Receives each inserted value, which must never be shown. Throws to refuse it. */
  readonly on_secret: (secret: Secret) => void;
  /** The error for a variable that is not set, in the config's own words if it has some. */
  readonly missing: (name: string, message: string | undefined) => XanoError;
}

/**
 * A text with the values of its variables. Throws what `missing` returns, and CONFIG_INVALID for an
 * expression of another form.
 */
export function fillText(text: string, { find, on_secret, missing }: Filling): string {
  const wrong = wrongVariable(text);
  if (wrong !== undefined)
    throw new XanoError('CONFIG_INVALID', `The config ${wrong}.`, { hint: 'Correct it in the config file.' });
  const filled = (name: string, operator: string | undefined, word: string): string => {
    const secret = find({ env: name });
    const isThere = secret !== undefined && !(operator?.startsWith(':') === true && secret.value === '');
    if (operator?.endsWith('+') === true) return isThere ? word : '';
    if (isThere) {
      on_secret(secret);
      return secret.value;
    }
    if (operator?.endsWith('-') === true) return word;
    throw missing(name, word === '' ? undefined : word);
  };
  const parts: string[] = [];
  let end = 0;
  for (let mark = nextMark(text, 0); mark !== undefined; mark = nextMark(text, end)) {
    const { name = '', operator, word = '', from, to } = mark;
    if (from > end) parts.push(unescaped(text.slice(end, from)));
    parts.push(filled(name, operator, word));
    end = to;
  }
  return parts.join('') + unescaped(text.slice(end));
}

/** A text without variables as it is sent. */
const unescaped = (text: string): string => text.split('$$').join('$');
