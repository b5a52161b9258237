/** A server that lists rows by key as Xano's content search does, and does otherwise where a test says so. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { serve } from '../http/serving.js';

/** A request for rows. */
export interface Asked {
  readonly after: bigint | undefined;
  readonly before: bigint | undefined;
  readonly per_page: number;
  readonly page: number;
  readonly order: 'asc' | 'desc';
}

/**
 * What a test does with a request: a body (text or to become JSON) with a status, or the end of the
 * connection.
 */
export type Said = { readonly status?: number; readonly body: string | object } | 'reset';

/** A list that is served. */
export interface Listing {
  readonly origin: string;
  /** In the order in which requests came. */
  readonly asked: Asked[];
  /** In the order in which answers were sent. */
  readonly answered: Asked[];
  /** Resolves when so many answers were sent of those that this is true of. */
  readonly sent: (which: (asked: Asked) => boolean, times?: number) => Promise<void>;
}

/** Rows as JSON text, with a whole number `id`, and what is done instead of answering with them. */
export async function list(
  rows: readonly string[],
  instead: (
    asked: Asked,
    listing: Listing,
    truth: (as?: Asked) => string,
  ) => Said | undefined | Promise<Said | undefined> = () => undefined,
): Promise<Listing> {
  const keyed = rows
    .map((json) => ({ json, id: idOf(json) }))
    .toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const truth = ({ after, before, per_page, page, order }: Asked): string => {
    const matching = keyed.filter(
      ({ id }) => (after === undefined || id > after) && (before === undefined || id < before),
    );
    const from = (page - 1) * per_page;
    const items = (order === 'asc' ? matching : matching.toReversed()).slice(from, from + per_page);
    const nextPage = from + items.length < matching.length ? page + 1 : null;
    return `{"itemsReceived":${items.length},"nextPage":${nextPage},"itemsTotal":${matching.length},"items":[${items.map(({ json }) => json).join(',')}]}`;
  };
  const answer = async (asked: Asked, response: ServerResponse): Promise<void> => {
    const said = (await instead(asked, listing, (as = asked) => truth(as))) ?? { body: truth(asked) };
    if (said === 'reset') {
      response.destroy();
    } else {
      const body = typeof said.body === 'string' ? said.body : JSON.stringify(said.body);
      response.writeHead(said.status ?? 200, { 'content-type': 'application/json' }).end(body);
      // A client that has gone takes its answer with it.
      await Promise.race([once(response, 'finish'), once(response, 'close')]);
    }
    listing.answered.push(asked);
  };
  const { origin } = await serve(({ body }) => {
    const asked = readAsked(body as Body);
    listing.asked.push(asked);
    return (response) => void answer(asked, response);
  });
  const listing: Listing = {
    origin,
    asked: [],
    answered: [],
    sent: async (which, times = 1) => {
      while (listing.answered.filter(which).length < times) await new Promise(setImmediate);
    },
  };
  return listing;
}

interface Body {
  readonly page: number;
  readonly per_page: number;
  readonly sort: { readonly id: 'asc' | 'desc' };
  readonly search?: readonly Readonly<Record<string, string | number>>[];
}

function readAsked({ page, per_page, sort, search = [] }: Body): Asked {
  const bound = (name: string): bigint | undefined => {
    const value = search.find((condition) => name in condition)?.[name];
    return value === undefined ? undefined : BigInt(value);
  };
  return { after: bound('id|>'), before: bound('id|<'), per_page, page, order: sort.id };
}

// JSON.parse would round keys beyond 2^53.
const idOf = (json: string): bigint => BigInt(/"id":\s*(-?\d+)/.exec(json)![1]!);

/** The keys from one to another. */
export const fromTo = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

/** Rows of a key and a name, as JSON text. */
export const named = (ids: readonly (number | bigint)[]): string[] =>
  ids.map((id) => `{"id":${id},"name":"item ${id}"}`);
