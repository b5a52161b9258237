/** A client for tests: a clock that stands still, a token to look for, and a record of what it waited for. */
import { inspect } from 'node:util';
import type { Auth } from '../../../src/rest/config/auth.js';
import { createHttp } from '../../../src/rest/http/client.js';
import type { HttpOptions } from '../../../src/rest/http/client-state.js';
import type { Answer, Wait } from '../../../src/rest/http/messages.js';
import type { PageRequest } from '../../../src/rest/http/request.js';
import { type FakeClock, fakeClock } from '../../fixtures/clock.js';

/** Looks like one, and is easily found where it should not be. */
export const TOKEN = 'eyJhbGciOi.S3CR3T-tok_en';
const BEARER: Auth = { type: 'bearer', token: { env: 'TOKEN' } };

/** A GET request. */
export const get = (url: string, more: Partial<PageRequest> = {}): PageRequest => ({
  method: 'GET',
  url,
  params: {},
  headers: {},
  ...more,
});

/** A client, and everything it says and does beside sending. */
export function client(more: Partial<HttpOptions> & { readonly clock?: FakeClock } = {}) {
  const clock = more.clock ?? fakeClock();
  const http = createHttp({
    user_agent: 'the test/1',
    find_secret: () => ({ value: TOKEN, source: 'the test', expires_at: null }),
    ...more,
    clock,
  });
  const waits: Wait[] = [];
  const traffic = { requests: 0, bytes: 0 };
  const sender = { traffic, on_wait: (wait: Wait) => void waits.push(wait) };
  const text = ({ body }: Answer): string => Buffer.from(body).toString('utf8');
  return {
    clock,
    waits,
    traffic,
    send: (request: PageRequest, accept: (answer: Answer) => unknown = text) =>
      http.send(request, BEARER, accept, sender),
  };
}

/** Everything that can be printed of an error, hidden properties and all. */
export const everything = (error: unknown): string =>
  inspect(error, { depth: null, showHidden: true, maxStringLength: null, maxArrayLength: null });
