/** One request to the Account or Metadata API, and its answer as JSON within bounds. */
import { XanoError } from '../errors.js';
import type { SecretRef } from '../rest/config/secret-ref.js';
import type { Http } from '../rest/http/client.js';
import type { Answer, RequestContext } from '../rest/http/messages.js';
import { joinUrl } from '../rest/http/request.js';
import { type Amount, assertBounded, nothingRead } from './bounds.js';

/** The recipient of requests, and the token. */
export interface Api {
  readonly http: Http;
  /** Base of the Account API or of an instance's Metadata API. */
  readonly base_url: string;
  readonly token: SecretRef;
  readonly sender?: RequestContext;
  /** The amount read so far for the same catalog. */
  readonly catalog?: Amount;
}

/** Sends a GET, and reads its answer as JSON. */
export function get<T>(
  api: Api,
  path: string,
  params: Record<string, string>,
  read: (body: unknown) => T,
  headers: Record<string, string> = {},
): Promise<T> {
  const request = { method: 'GET', url: joinUrl(api.base_url, path), params, headers } as const;
  return api.http.send(
    request,
    { type: 'bearer', token: api.token },
    // Names and descriptions are printed: none may repeat the token.
    (answer) => read(parseJson(answer, api.http.redact, api.catalog ?? nothingRead())),
    api.sender,
  );
}

function parseJson(answer: Answer, redact: Http['redact'], catalog: Amount): unknown {
  assertBounded(answer.body, catalog);
  const text = redact(Buffer.from(answer.body).toString('utf8'));
  try {
    return JSON.parse(text);
  } catch {
    const what = text.trimStart().startsWith('<')
      ? 'a web page (HTML)'
      : text.trim() === ''
        ? 'an empty answer'
        : 'a body that is not JSON';
    throw new XanoError('RESPONSE_UNEXPECTED', `Xano returned ${what}; expected JSON.`, {
      hint: 'Check the address of the instance: it must be the instance itself, such as https://x1234-5678-9012.n7.xano.io.',
    });
  }
}
