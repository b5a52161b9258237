/** URLs that may receive a secret. */
import { z } from 'zod';
import { isAddress } from '../http/request.js';

/**
 * A URL. Plain http would show secrets to everyone on the network path; a program on this computer is the one
 * exception.
 */
export const safeUrl = z
  .string()
  .trim()
  // Not `z.url`: it parses a URL of any length, which takes seconds for a host of 80,000 characters.
  .refine((url) => /^https?:\/\//i.test(url) && isAddress(url), {
    abort: true,
    error: 'must be a URL that begins with https://; variables are not replaced here',
  })
  .refine((url) => !url.includes('${'), { error: 'must not contain variables: they are not replaced here' })
  .refine((url) => isSafeUrl(url), { error: 'must be https (plain http is only allowed for this computer)' })
  .refine((url) => new URL(url).username + new URL(url).password === '', {
    error: 'must not contain a user name or password: name them in auth, as basic',
  })
  .meta({ format: 'uri' });

/** Whether a token may be sent to this URL: https, or http to this computer. */
export function isSafeUrl(url: string): boolean {
  if (!isAddress(url)) return false;
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:') return true;
  return protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
