/**
 * Limits where the token of a stored login is sent: to the login's own servers, and not to one that a file
 * names.
 */
import {
  type Auth,
  accountApiAt,
  asXanoError,
  type EndpointConfig,
  type Http,
  isAddress,
  isOrigin,
  isStop,
  isTokenError,
  readInstances,
  type SecretRef,
  secretRefs,
  variablesIn,
  XanoError,
} from '../../index.js';
import type { Place } from './profiles.js';

/** The servers that one stored token may be sent to. */
export interface Reach {
  /**
   * Throws CONFIG_INVALID for any other server. Requests the login's list of instances from its account where
   * that is needed.
   */
  readonly assertWithin: (url: URL) => Promise<void>;
  /** An answer that may be the login's own list of instances. */
  readonly learn: (url: URL, body: Uint8Array) => void;
}

/** Whether a host belongs to Xano. Xano's API hosts: docs.xano.com, Metadata API. */
function isXanoHost(hostname: string): boolean {
  return /^(?:[a-z0-9-]+\.)*xano\.(?:io|com)$/.test(hostname);
}

/**
 * Whether the account of a login may be asked for the instances of its token: the login names the account,
 * covers all its instances, or belongs to an instance of Xano's. A token of another server is never sent to
 * Xano's account.
 */
export function hasAccount({ instance, account_origin }: Place): boolean {
  if (account_origin !== undefined || instance === undefined || !isOrigin(instance)) return true;
  return isAddress(instance) && isXanoHost(new URL(instance).hostname);
}

/** The inputs of a token's reach. */
export interface ReachOptions {
  /** The name of the login. */
  readonly name: string;
  readonly ref: SecretRef;
  readonly http: Http;
  /** URLs of the login itself, and those that the user named for this command. */
  readonly addresses: readonly (string | undefined)[];
  readonly account_origin: string;
  /** Whether the account may be asked. */
  readonly has_account: boolean;
}

/** The reach of a stored token. */
export function createReach(options: ReachOptions): Reach {
  const { name, ref, http, addresses, account_origin, has_account } = options;
  const origins = new Set(
    [...addresses, ...(has_account ? [account_origin] : [])].flatMap((address) => originOf(address) ?? []),
  );
  let listed: Promise<void> | undefined;

  const list = async (): Promise<void> => {
    const api = { http, base_url: accountApiAt(account_origin), token: ref };
    for (const { meta_api, hosts } of await readInstances(api))
      for (const address of [meta_api, ...hosts.map((host) => `https://${host}`)]) {
        const origin = originOf(address);
        if (origin !== undefined) origins.add(origin);
      }
  };

  const refused = (url: URL, why: string): XanoError =>
    new XanoError(
      'CONFIG_INVALID',
      `The token of the stored login "${name}" does not go to ${url.origin}: ${why}.`,
      {
        hint: 'If you trust that address, give this command a token with XANO_TOKEN or --token-file.',
      },
    );

  return {
    assertWithin: async (url) => {
      if (origins.has(url.origin)) return;
      if (!has_account) throw refused(url, 'it is not the address of this login');
      try {
        listed ??= list();
        await listed;
      } catch (thrown) {
        const error = asXanoError(thrown);
        if (isStop(error) || error.code === 'BUG' || isTokenError(error.code)) throw thrown;
        throw refused(url, `its list of instances could not be read (${error.message})`);
      }
      if (!origins.has(url.origin)) throw refused(url, 'it is not one of its instances');
    },
    learn: (url, body) => {
      if (url.origin !== originOf(account_origin) || !url.pathname.endsWith('/instance')) return;
      for (const address of addressesIn(body)) {
        const origin = originOf(address);
        if (origin !== undefined) origins.add(origin);
      }
    },
  };
}

const originOf = (address: string | undefined): string | undefined =>
  address !== undefined && isOrigin(address) && isAddress(address) ? new URL(address).origin : undefined;

/** The URLs of Metadata APIs in the account's list of instances. */
function addressesIn(body: Uint8Array): string[] {
  let list: unknown;
  try {
    list = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return [];
  }
  return Object.values(Object(list) as object)
    .flatMap((member: unknown) => (Array.isArray(member) ? member : [member]))
    .flatMap((entry: unknown) =>
      typeof entry === 'object' && entry !== null && 'meta_api' in entry && typeof entry.meta_api === 'string'
        ? [entry.meta_api]
        : [],
    );
}

/** An HTTP client that sends a stored token only to its own servers. */
export function withReach(http: Http, reachOf: (ref: SecretRef) => Reach | undefined): Http {
  return {
    ...http,
    send: async (request, auth, accept, sender) => {
      const { params, headers, body } = request;
      const variables = variablesIn([params, headers, body ?? null]).map((env) => ({ env }));
      const uses = [
        ...secretRefs(auth).map((ref) => [ref, secretUrl(auth, request.url)] as const),
        ...variables.map((ref) => [ref, request.url] as const),
      ].flatMap(([ref, url]) => {
        const reach = reachOf(ref);
        return reach === undefined ? [] : [{ reach, url: new URL(url) }];
      });
      for (const { reach, url } of uses) await reach.assertWithin(url);
      return http.send(
        request,
        auth,
        (answer) => {
          for (const { reach, url } of uses) reach.learn(url, answer.body);
          return accept(answer);
        },
        sender,
      );
    },
  };
}

/** The URL that receives the secrets of an auth: the request's own, or the token request's. */
function secretUrl(auth: Auth, url: string): string {
  if (auth.type === 'login') return auth.url;
  return auth.type === 'oauth2_client_credentials' ? auth.token_url : url;
}

/** The secrets that configs name: those that authorize, and variables in their requests. */
export function refsOf(endpoints: readonly EndpointConfig[]): SecretRef[] {
  return endpoints.flatMap(({ auth, params, headers, body = {} }) => [
    ...secretRefs(auth),
    ...variablesIn([params, headers, body]).map((env) => ({ env })),
  ]);
}
