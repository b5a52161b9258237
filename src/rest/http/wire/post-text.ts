/** Sends one text to an address that is itself a secret, and reads no more than the status of the answer. */
import got from 'got';
import { isSafeUrl } from '../../config/safe-url.js';
import type { Environment, FindProxy } from './proxy.js';
import { createProxies } from './proxy.js';

/** A text to send. */
export interface Posting {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

/** What became of it: a status, or why there is none, in words without the address. */
export type PostResult = { readonly status: number } | { readonly fault: string };

/**
 * Makes the function that sends texts; `env` holds the proxies. It follows no redirect, tries once, and never
 * throws: got's errors name the address, which nobody may see.
 */
export function textPoster(env: Environment, user_agent: string): (posting: Posting) => Promise<PostResult> {
  const findProxy = createProxies(env);
  return async (posting) => {
    if (!isSafeUrl(posting.url)) return { fault: 'is not an https:// address' };
    try {
      return { status: await statusOf(posting, user_agent, findProxy) };
    } catch (thrown) {
      return { fault: posting.signal.aborted ? 'did not answer in time' : faultOf(thrown) };
    }
  };
}

function statusOf(
  { url, headers, body, signal }: Posting,
  user_agent: string,
  findProxy: FindProxy,
): Promise<number> {
  const proxy = findProxy(new URL(url));
  const stream = got.stream.post(url, {
    headers: { 'user-agent': user_agent, ...headers },
    body,
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
    decompress: false,
    ...(proxy === undefined ? {} : { agent: { https: proxy.agent } }),
  });
  const onAbort = (): void => {
    stream.destroy();
  };
  return new Promise<number>((done, failed) => {
    signal.addEventListener('abort', onAbort, { once: true });
    stream.once('response', ({ statusCode }: { readonly statusCode: number }) => done(statusCode));
    // The listener stays: an error after the answer without one would end the process.
    stream.on('error', failed);
    stream.once('close', () => failed(new Error('closed')));
    if (signal.aborted) onAbort();
  }).finally(() => {
    signal.removeEventListener('abort', onAbort);
    stream.destroy();
  });
}

/** Codes of faults in words; a message of Node could hold the host. */
const FAULTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'closed the connection',
  ENOTFOUND: 'has a host that does not exist',
  EAI_AGAIN: 'has a host that cannot be looked up now',
};

function faultOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  return FAULTS[code] ?? `could not be reached${/^[A-Z_]{3,40}$/.test(code) ? ` (${code})` : ''}`;
}
