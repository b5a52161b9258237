/**
 * Removes secrets from what a history holds, before any of it is stored: by the names of fields, headers and
 * parameters, and by the look of tokens. Pure.
 */
import { isJsonObject, type Json } from '../../json.js';
import { REMOVED, withoutAssignments, withoutTokens } from './secret-texts.js';

/** Parts of names, in lower case without `-`, `_` and spaces, that a secret's name holds. */
const HELD = [
  'password',
  'passwd',
  'passphrase',
  'secret',
  'apikey',
  'accesskey',
  'privatekey',
  'authorization',
  'cookie',
  'credential',
  'authtoken',
  'accesstoken',
  'signature',
  'sessionid',
];

/** Ends of such names: `tokens_used` is a count, `refresh_token` is not. */
const ENDS = ['token', 'jwt', 'pwd', 'bearer'];

/** Whole names. */
const WHOLE: ReadonlySet<string> = new Set([
  'auth',
  'pass',
  'sid',
  'sig',
  'csrf',
  'xsrf',
  'otp',
  'pin',
  'cvc',
  'cvv',
]);

/** Whole names of parameters in a URL: Google's keys, and the codes of OAuth. */
const WHOLE_IN_URL: ReadonlySet<string> = new Set(['key', 'code']);

/** Whether a field, a header or a parameter of this name holds a secret. */
function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[-_. ]/g, '');
  return (
    WHOLE.has(plain) || HELD.some((part) => plain.includes(part)) || ENDS.some((end) => plain.endsWith(end))
  );
}

/** A value without secrets: fields with such names are gone, and tokens in texts are replaced. */
export function cleanValue(value: Json): Json {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map((part: Json) => cleanValue(part));
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([name]) => !isSecretName(name));
  // A list of names and values, as forms and headers are often written.
  const named = value['name'] ?? value['key'] ?? value['header'];
  const isSecret = typeof named === 'string' && isSecretName(named);
  return Object.fromEntries(
    kept.map(([name, part]) => [name, isSecret && name === 'value' ? REMOVED : cleanValue(part)]),
  );
}

/** Headers as Xano lists them, `Name: value`, without those that hold secrets. Any other value is cleaned. */
export function cleanHeaders(headers: Json): Json {
  if (!Array.isArray(headers)) return cleanValue(headers);
  return headers.flatMap((header: Json) => {
    if (typeof header !== 'string') return [cleanValue(header)];
    const name = header.slice(0, Math.max(0, header.indexOf(':'))).trim();
    return isSecretName(name) ? [] : [cleanText(header)];
  });
}

/** A text without secrets: JSON and URLs in it by their names, everything else by the look of tokens. */
export function cleanText(text: string): string {
  if (/^\s*[[{]/.test(text)) {
    const parsed = parsedOf(text);
    if (parsed !== undefined) {
      const clean = JSON.stringify(cleanValue(parsed));
      return clean === JSON.stringify(parsed) ? text : clean;
    }
  }
  return withoutAssignments(withoutTokens(text), isSecretName);
}

/**
 * A URL without secrets: neither a login, nor parameters with names of secrets, nor tokens in its path.
 * Without its parameters where `with_query` is false.
 */
export function cleanUrl(url: string, with_query: boolean): string {
  const [before = '', ...rest] = url.split('#')[0]!.split('?');
  const path = withoutTokens(before.replace(/^(\w{1,20}:\/\/)[^/@]*@/, '$1'));
  const query = rest.join('?');
  if (!with_query || query === '') return path;
  const params = query.split('&').flatMap((param) => {
    const [name = '', ...value] = param.split('=');
    const plain = decoded(name);
    if (isSecretName(plain) || WHOLE_IN_URL.has(plain.toLowerCase())) return [];
    const sent = decoded(value.join('='));
    const clean = cleanText(sent);
    return clean === sent ? [param] : [`${name}=${encodeURIComponent(clean)}`];
  });
  return params.length === 0 ? path : `${path}?${params.join('&')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function parsedOf(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
