/** Addresses that a secret may be sent to. */
import { z } from 'zod';
import { isAddress } from '../http/request.js';

/** An address. Plain http would show secrets to everyone on the way; a program on this computer is the one exception. */
export const safeUrl = z
  .url({
    protocol: /^https?$/,
    abort: true,
    error: ({ code }) =>
      code === 'invalid_type'
        ? undefined
        : 'must be an address that begins with https://; variables are not replaced in it',
  })
  .refine((url) => !url.includes('${'), { error: 'must hold no variables: they are not replaced in it' })
  .refine((url) => isSafeUrl(url), { error: 'must be https (plain http is only accepted to this computer)' })
  .refine((url) => !URL.canParse(url) || new URL(url).username + new URL(url).password === '', {
    error: 'must hold no user name or password: name where they are found in auth, as basic',
  });

/** Tells whether a token may travel to this address: https, or http to this computer. */
export function isSafeUrl(url: string): boolean {
  if (!isAddress(url)) return false;
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:') return true;
  return protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
