/** Requests off the wire: read to their end, taken apart, written down. */
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Json } from '../json.js';
import type { LocalRequest } from './answers.js';
import type { Host } from './api/hosts.js';
import type { LoggedRequest } from './history.js';

/** A request as received: `api` is the first segment of its path, the rest is read for that API. */
export interface Received {
  readonly api: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly request: LocalRequest;
}

/** Reads a request to its end. */
export async function receive(incoming: IncomingMessage): Promise<Received> {
  const body = await text(incoming);
  const url = incoming.url ?? '/';
  const [path = '', ...query] = url.split('?');
  const [api = '', ...segments] = path.split('/').slice(1).map(decoded);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
  );
  const method = incoming.method ?? 'GET';
  return {
    api,
    url,
    request: { method, segments, query: new URLSearchParams(query.join('?')), headers, body },
  };
}

/** What is written down about a request before it is answered. */
export function describeReceived(host: Host, received: Received, at: number): LoggedRequest {
  const { url, request } = received;
  const { authorization, ...headers } = request.headers;
  return {
    method: request.method,
    origin: host.origin,
    instance: host.instance,
    path: url.split('?')[0]!,
    query: Object.fromEntries(request.query),
    body: readBody(request.body),
    headers: authorization === undefined ? headers : { ...headers, authorization: '[redacted]' },
    at,
    status: null,
    authorized: false,
  };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function readBody(body: string): Json {
  if (body === '') return null;
  try {
    // JSON text parses to JSON.
    return JSON.parse(body) as Json;
  } catch {
    return body;
  }
}
