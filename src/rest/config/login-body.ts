/** The body of a login: fields, constants and references to secrets, at any depth. Pure. */
import { isJsonObject, type Json, type JsonObject } from '../../json.js';
import type { SecretRef } from './secret-ref.js';
import { variablesIn, wrongVariable } from './template.js';

/** A mistake in a login, and the path of its field. */
interface LoginMistake {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The fields of a login that are checked for mistakes. */
interface LoginFields {
  readonly body: JsonObject;
  readonly body_as?: 'json' | 'form' | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly token_path?: string | undefined;
  readonly token_header?: string | undefined;
}

/** A text that is one variable without a default, and nothing else. */
const ALONE = /^\$\{([A-Za-z_]\w*)(?::?\?[^{}]*)?\}$/;

/** The same body with `{ env: NAME }` for each text that is a variable alone. */
export function namedSecrets(body: JsonObject): JsonObject {
  const named = (value: Json): Json => {
    if (typeof value === 'string') {
      const env = ALONE.exec(value)?.[1];
      return env === undefined ? value : { env };
    }
    if (typeof value !== 'object' || value === null) return value;
    return Array.isArray(value) ? value.map(named) : namedSecrets(value as JsonObject);
  };
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, named(value)]));
}

/** A reference to a secret: an object of `env` alone or `profile` alone; undefined for any other value. */
export function refOf(value: Json): SecretRef | undefined {
  if (!isJsonObject(value)) return undefined;
  const [[name, target] = [], another] = Object.entries(value);
  if (another !== undefined || typeof target !== 'string' || target === '') return undefined;
  if (name === 'env') return { env: target };
  return name === 'profile' ? { profile: target } : undefined;
}

/** The references to secrets in a login's body and headers. */
export function loginRefs({ body, headers = {} }: Pick<LoginFields, 'body' | 'headers'>): SecretRef[] {
  const refsIn = (value: Json): SecretRef[] => {
    const ref = refOf(value);
    if (ref !== undefined) return [ref];
    if (typeof value === 'string') return variablesIn(value).map((env) => ({ env }));
    if (typeof value !== 'object' || value === null) return [];
    return Object.values(value).flatMap((part: Json) => refsIn(part));
  };
  return [...Object.values(body), ...Object.values(headers)].flatMap(refsIn);
}

/**
 * Whether a field's name says that it holds a secret: `password`, `clientSecret`, `api_key`; not
 * `token_type`.
 */
function namesSecret(name: string): boolean {
  if (/(type|kind|format|name|mode|ttl|lifetime|expires?(_?in)?)$/i.test(name)) return false;
  return /passw|passphrase|passcode|pwd|secret|token|credential|(key|pass|pin|otp)s?$/i.test(name);
}

/** Whether a header's or field's name says that it authorizes. */
export const isSecretHeader = (name: string): boolean =>
  /^(proxy-)?authorization$|^cookie$/i.test(name) || namesSecret(name);

/** The mistakes of a login beyond the types of its fields. */
export function loginMistakes(login: LoginFields): LoginMistake[] {
  const { body, body_as, headers = {}, token_path, token_header } = login;
  const mistakes: LoginMistake[] = [];
  const wrong = (path: readonly PropertyKey[], message: string): void =>
    void mistakes.push({ path, message });
  const literal = (path: readonly PropertyKey[], name: string): void =>
    wrong(path, `must be a variable, such as \${${variableFor(name)}}: secrets must not be in the file`);
  const look = (value: Json, path: readonly PropertyKey[], secret: string | undefined): void => {
    if (refOf(value) !== undefined) return;
    if (typeof value === 'string') {
      const mistake = wrongVariable(value);
      if (mistake !== undefined) wrong(path, mistake);
      else if (secret !== undefined && value !== '' && !isVariable(value)) literal(path, secret);
    } else if (typeof value === 'number') {
      if (secret !== undefined) literal(path, secret);
    } else if (typeof value === 'object' && value !== null) {
      if (body_as === 'form' && path.length > 1)
        wrong(path, 'cannot be sent: a form holds no objects and lists');
      for (const [name, part] of Object.entries(value) as [string, Json][]) {
        const isNth = Array.isArray(value);
        look(part, [...path, isNth ? Number(name) : name], !isNth && namesSecret(name) ? name : secret);
      }
    }
  };
  look(body, ['body'], undefined);
  for (const [name, text] of Object.entries(headers)) {
    const mistake = wrongVariable(text);
    if (mistake !== undefined) wrong(['headers', name], mistake);
    else if (isSecretHeader(name) && !isVariable(text)) literal(['headers', name], name);
  }
  if (token_path === undefined && token_header === undefined)
    wrong(['token_path'], 'is missing; allowed is a text');
  if (token_path !== undefined && token_header !== undefined)
    wrong(['token_header'], 'cannot be combined with token_path: the token has one location');
  return mistakes;
}

/** Whether a text takes its secret from a variable, without a secret as its default. */
const isVariable = (text: string): boolean => variablesIn(text).length > 0 && !/\$\{\w+:?[-+][^}]/.test(text);

/** A likely variable name for this field. */
const variableFor = (field: string): string => {
  const name = field
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/\W+/g, '_')
    .toUpperCase();
  return /^[A-Z_]/.test(name) ? name : `_${name}`;
};
