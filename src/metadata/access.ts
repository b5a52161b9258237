/**
 * Access to Xano for programs that use the library: tokens from variables, and Xano's own meaning of
 * refusals.
 */

import type { FindSecret } from '../rest/config/secret-ref.js';
import { createHttp, type Http } from '../rest/http/client.js';
import type { HttpOptions } from '../rest/http/client-state.js';
import { describeXano, interpretRefusal } from '../xano/conventions.js';

/** Optional settings of the access to Xano. */
export type XanoHttpOptions = Partial<Pick<HttpOptions, 'user_agent' | 'find_secret' | 'clock' | 'signal'>>;

/**
 * Makes the client for Xano. A secret `{ env: NAME }` is looked up in the given variables, such as
 * `process.env`, unless `find_secret` finds it elsewhere. Aborting `signal` ends running requests and waits.
 */
export function createXanoHttp(
  env: Readonly<Record<string, string | undefined>>,
  options: XanoHttpOptions = {},
): Http {
  return createHttp({
    user_agent: 'xano-connector',
    find_secret: secretsOf(env),
    interpret: interpretRefusal,
    describe: describeXano,
    env,
    ...options,
  });
}

function secretsOf(env: Readonly<Record<string, string | undefined>>): FindSecret {
  return (ref) => {
    const value = 'env' in ref ? env[ref.env]?.trim() : undefined;
    return 'env' in ref && value !== undefined && value !== ''
      ? { value, source: ref.env, expires_at: null }
      : undefined;
  };
}
