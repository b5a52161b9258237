/** How to renew an expired token, by its source; every request of a command reports it. */

import { type Auth, amended, asXanoError, type Http, type SecretRef, XanoError } from '../../index.js';
import type { Ending } from './token-end.js';
import type { FoundToken } from './token-source.js';

/** The source of a token, as far as renewal depends on it. */
export type TokenOrigin = Pick<FoundToken, 'kind' | 'source' | 'profile'>;

const MAKE = 'Make a new token in Xano (Instances → Metadata API → Access Tokens), then';

/** The one action that renews a token: a source that precedes the stored login has to be renewed itself. */
export function renewalHint({ kind, source, profile }: TokenOrigin): string {
  switch (kind) {
    case 'env':
      return `${MAKE} set ${source} to it, or unset ${source} and run \`xano auth login\`.`;
    case 'flag':
      return `${MAKE} give it with ${source}, or leave ${source} out and run \`xano auth login\`.`;
    case 'file':
      return `${MAKE} write it into the file that ${source} names.`;
    case 'command':
      return `${MAKE} make the program of ${source} print it.`;
    case 'official_cli':
      return `${MAKE} store it in ${source}.`;
    case 'profile':
      // The profile of this name has no token, only the program that prints it.
      if (source.startsWith('the token_command')) return `${MAKE} make ${source} print it.`;
      return `${MAKE} run \`xano auth login${profile === undefined || profile === 'default' ? '' : ` --profile ${shown(profile)}`}\`.`;
  }
}

const shown = (name: string): string => (/^[\w.@-]+$/.test(name) ? name : JSON.stringify(name));

/**
 * A client whose errors explain how to renew the token, and say that it has expired where the server only
 * refuses it.
 */
export function withRenewalHint(
  http: Http,
  token: TokenOrigin & { readonly ref: SecretRef },
  ending: () => Ending,
): Http {
  const isInUse = (auth: Auth): boolean =>
    auth.type === 'bearer' && JSON.stringify(auth.token) === JSON.stringify(token.ref);
  return {
    ...http,
    send: async (request, auth, accept, sender) => {
      try {
        return await http.send(request, auth, accept, sender);
      } catch (thrown) {
        const error = asXanoError(thrown);
        if (!isInUse(auth)) throw thrown;
        const hint = renewalHint(token);
        if (error.code === 'TOKEN_EXPIRED') throw amended(error, { hint });
        const { state, expires_at } = ending().status;
        if (error.code !== 'TOKEN_REJECTED' || state !== 'expired' || expires_at === null) throw thrown;
        const message = `The token from ${token.source} expired on ${expires_at.slice(0, 16).replace('T', ' ')} UTC: ${error.message}`;
        const { request: about, rules_out, said } = error;
        throw new XanoError('TOKEN_EXPIRED', message, {
          hint,
          cause: error,
          request: about,
          rules_out,
          said,
        });
      }
    },
  };
}
