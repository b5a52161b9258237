/** Asking a local Xano over real HTTP, and closing it when the test ends. */
import type { Json } from '../../src/json.js';
import type { LocalXano, LocalXanoOptions } from '../../src/sandbox/server.js';
import { localXano } from '../fixtures/local-xano.js';
import { keys, officeOf, products } from '../fixtures/office.js';

/** What a test says about a request beyond its address. */
export interface Asked {
  readonly method?: string;
  /** Text as it is, anything else as JSON. */
  readonly body?: string | Json;
  readonly headers?: { readonly [name: string]: string };
  /** The full-access token when absent, none when null. */
  readonly token?: string | null;
}

/** An answer, read. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body parsed; undefined where it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into answers and fail where nothing is there
  readonly body: any;
}

/** A local Xano of the office with products and keys, for as long as the test. */
export function localOffice(options: LocalXanoOptions = {}): Promise<LocalXano> {
  return localXano({ instances: [officeOf(products(), keys())], ...options });
}

/** Asks any address with a token. */
export async function ask(xano: LocalXano, url: string, asked: Asked = {}): Promise<Answered> {
  const token = asked.token === undefined ? xano.token : asked.token;
  const body =
    asked.body === undefined
      ? null
      : typeof asked.body === 'string'
        ? asked.body
        : JSON.stringify(asked.body);
  const response = await fetch(url, {
    method: asked.method ?? 'GET',
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...asked.headers },
    body,
    redirect: 'manual',
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}

/** Asks the Metadata API of the first instance. */
export function askMeta(xano: LocalXano, path: string, asked?: Asked): Promise<Answered> {
  return ask(xano, `${xano.instances[0]!.meta_api}${path}`, asked);
}

/** Searches the table `products`. */
export function search(xano: LocalXano, body: Asked['body'], rest: Asked = {}): Promise<Answered> {
  return askMeta(xano, '/workspace/3/table/41/content/search', {
    method: 'POST',
    ...rest,
    ...(body === undefined ? {} : { body }),
  });
}

/** The ids in an answer of rows, as spelled. */
export function idsIn(answered: Answered): readonly string[] {
  return [...answered.text.matchAll(/\{"id":"?([^",]+)"?/g)].map(([, id]) => id!);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
