/** The ways to add credentials to a request. */
import { XanoError } from '../../../errors.js';
import type { Auth } from '../../config/auth.js';
import type { FindSecret, Secret, SecretRef } from '../../config/secret-ref.js';
import type { RequestContext } from '../messages.js';
import { basicCredentials, bearerCredentials, type Credentials, NO_CREDENTIALS } from './credentials.js';
import { assertHeaderValue, findSecret, secretRefs } from './secrets.js';
import { createTokens, isTokenAuth, type TokenAuth, type TokenStoreOptions } from './token-store.js';

/** Finds credentials, and remembers those that it requested. */
export interface Authorizer {
  /** Throws TOKEN_MISSING, TOKEN_REJECTED, and what the request for a token throws. */
  readonly authorize: (auth: Auth, sender: RequestContext) => Promise<Credentials>;
  /**
   * Other credentials than the refused ones; undefined where there are none. Throws what the request for a
   * token throws: its failure explains more than the first refusal does.
   */
  readonly authorizeAgain: (
    auth: Auth,
    refused: Credentials,
    sender: RequestContext,
  ) => Promise<Credentials | undefined>;
}

type GetToken = (auth: TokenAuth) => Promise<Secret>;
type Row<A extends Auth> = (auth: A, find: FindSecret, getToken: GetToken) => Promise<Credentials>;

/** A shorter word may occur in any sentence by coincidence. */
const LEAST_WORD = 4;

const authorizers: { [T in Auth['type']]: Row<Extract<Auth, { type: T }>> } = {
  none: async () => NO_CREDENTIALS,
  bearer: async ({ token }, find) => bearerCredentials(findSecret(token, 'token', find)),
  api_key: async ({ name, in: location, key }, find) => {
    const secret = findSecret(key, 'key', find);
    const { value } = secret;
    if (location === 'query') return { ...NO_CREDENTIALS, params: { [name]: value }, secrets: [value] };
    assertHeaderValue(secret, 'key');
    return { ...NO_CREDENTIALS, headers: { [name.toLowerCase()]: value }, secrets: [value] };
  },
  basic: async ({ username, password }, find) => {
    const textOf = (ref: SecretRef | string | undefined, what: string): string =>
      typeof ref === 'object' ? findSecret(ref, what, find, { may_be_empty: true }).value : (ref ?? '');
    const user = textOf(username, 'user name');
    const word = textOf(password, 'password');
    const is_constant = typeof username === 'string';
    if (word === '' && (user === '' || is_constant)) {
      const refs = [username, password].filter((ref) => typeof ref === 'object');
      const names = [
        ...new Set(refs.map((ref) => ('env' in ref ? ref.env : `the profile "${ref.profile}"`))),
      ];
      const what =
        refs.length > 1 ? 'user name and password' : password === undefined ? 'user name' : 'password';
      throw new XanoError(
        'TOKEN_MISSING',
        `The ${what} from ${names.join(' and ')} ${refs.length > 1 ? 'are' : 'is'} empty.`,
        {
          hint: `Set ${names.join(' or ')}.`,
        },
      );
    }
    return basicCredentials(user, word, { is_constant });
  },
  custom_header: async ({ name, value: ref }, find) => {
    const secret = findSecret(ref, 'value', find);
    assertHeaderValue(secret, 'value');
    // A server may repeat only the second word of `Token abc`.
    const word = secret.value.slice(secret.value.indexOf(' ') + 1);
    const secrets = word.length < LEAST_WORD ? [secret.value] : [secret.value, word];
    return { ...NO_CREDENTIALS, headers: { [name.toLowerCase()]: secret.value }, secrets };
  },
  oauth2_client_credentials: async (auth, _, getToken) => bearerCredentials(await getToken(auth)),
  login: async (auth, _, getToken) => bearerCredentials(await getToken(auth)),
};

/** Makes an authorizer. */
export function createAuthorizer(options: TokenStoreOptions): Authorizer {
  const { find_secret } = options;
  const tokens = createTokens(options);
  const authorize = (auth: Auth, find: FindSecret, getToken: GetToken): Promise<Credentials> => {
    // The table's row for a type takes exactly that type's auth; TypeScript cannot follow the index.
    const row = authorizers[auth.type] as Row<Auth>;
    return row(auth, find, getToken);
  };
  return {
    authorize: (auth, sender) => authorize(auth, find_secret, (asked) => tokens(asked, sender)),
    authorizeAgain: async (auth, refused, sender) => {
      const fresh: FindSecret = (ref) => find_secret(ref, { fresh: true });
      const getToken: GetToken = (asked) => tokens(asked, sender, refused.secrets[0]);
      const look = async (): Promise<Credentials> => {
        for (const ref of secretRefs(auth)) await options.refresh_secret?.(ref);
        return authorize(auth, fresh, getToken);
      };
      const others = await look().catch((thrown: unknown) => {
        if (isTokenAuth(auth)) throw thrown;
        // The source has no usable secret: then the first refusal is the error to report.
        return undefined;
      });
      return JSON.stringify(others) === JSON.stringify(refused) ? undefined : others;
    },
  };
}
