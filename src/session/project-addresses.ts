/** Where the file of a project may send a token that the environment or a flag gives. */

import { type EndpointConfig, XanoError } from '../index.js';
import { parseUrl } from '../parse-url.js';
import { refsOf } from './tokens/token-reach.js';

/** Whether an address is Xano's own, over https, or of this computer. */
export function isXanoAddress(address: string): boolean {
  const url = parseUrl(address);
  const host = url?.hostname ?? '';
  const isHere = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/.test(host);
  return isHere || (url?.protocol === 'https:' && /(^|\.)xano\.(io|com)$/.test(host));
}

/**
 * Throws USAGE for a list of a project that would send the access token to another address: nobody named that
 * file for the command, and somebody else may have written it. `--endpoints` names it.
 */
export function assertXanoAddresses(endpoints: readonly EndpointConfig[], file: string): void {
  for (const endpoint of endpoints) {
    const usesToken = refsOf([endpoint]).some((ref) => 'env' in ref && ref.env === 'XANO_TOKEN');
    const other = addressesOf(endpoint).find((address) => !isXanoAddress(address));
    if (usesToken && other !== undefined)
      throw new XanoError(
        'USAGE',
        `${file}: the list "${endpoint.name}" would send the access token to ${other}, which is not an address of Xano.`,
        { hint: `If the address is yours, name the file: xano load --endpoints ${file}.` },
      );
  }
}

/** Every address that an endpoint sends secrets to. */
function addressesOf({ base_url, auth }: EndpointConfig): string[] {
  if (auth.type === 'login') return [base_url, auth.url];
  return auth.type === 'oauth2_client_credentials' ? [base_url, auth.token_url] : [base_url];
}
