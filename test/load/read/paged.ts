/** A server whose one list can be asked for in each of the ways that pages are known to be served. */
import type { EndpointConfig } from '../../../src/rest/config/endpoint-config.js';
import type { Pagination } from '../../../src/rest/config/pagination.js';
import { parseEndpoints } from '../../../src/rest/config/parse-endpoints.js';
import { type Received, type Reply, type Serving, serve } from '../../rest/http/serving.js';

/** A record of the list. */
export const record = (id: number) => ({ id, name: `item ${id}` });

/** What a {@link pagedServer} is like. */
export interface Paged {
  /** The list's ids; may change while it is served. */
  readonly ids: number[];
  /** The most that is given at a time. Default 3. */
  readonly most?: number;
  /** Whether answers count the whole list. Default true. */
  readonly counts?: boolean;
  /** Takes the place of an answer: the n-th request, from 0. */
  readonly instead?: (received: Received, n: number) => Reply | undefined;
  /** Which place is given for one that is asked for. Default: that very one. */
  readonly gives?: (place: number) => number;
}

/** Each way, by its path: what of a list is asked for, and how an answer says where it goes on. */
export async function pagedServer(paged: Paged): Promise<Serving> {
  const { most = 3, counts = true, gives = (place: number) => place } = paged;
  return serve((received, n) => {
    const replaced = paged.instead?.(received, n);
    if (replaced !== undefined) return replaced;
    const { pathname, searchParams } = new URL(received.url, 'http://x');
    const body = (received.body ?? {}) as Record<string, unknown>;
    const asked = (name: string): string | undefined => {
      const value = received.method === 'POST' ? body[name] : searchParams.get(name);
      return value === null || value === undefined ? undefined : String(value);
    };
    const size = Math.min(most, Number(asked('limit') ?? most));
    const place = {
      '/offset': Number(asked('offset') ?? 0),
      '/cursor': Number(asked('after')?.slice(1) ?? 0),
      '/header_link': Number(asked('from') ?? 0),
      '/json_link': Number(asked('from') ?? 0),
    }[pathname];
    if (place === undefined) return { status: 404, body: '' };
    const at = gives(place);
    const items = paged.ids.slice(at, at + size).map(record);
    const next = at + size < paged.ids.length ? at + size : null;
    const total = counts ? { total: paged.ids.length } : {};
    switch (pathname) {
      case '/cursor':
        return { body: { items, meta: { cursor: next === null ? null : `c${next}` }, ...total } };
      case '/header_link': {
        const link = `<?from=0>; rel="first"${next === null ? '' : `, </header_link?from=${next}>; rel="next"`}`;
        return { headers: { link }, body: { items, ...total } };
      }
      case '/json_link':
        return { body: { items, next: next === null ? null : `/json_link?from=${next}`, ...total } };
      default:
        return { body: { items, ...total } };
    }
  });
}

/** The ways, and how a config says each. */
export const WAYS: Readonly<Record<string, Pagination>> = {
  offset: {
    type: 'offset',
    in: 'query',
    offset_param: 'offset',
    limit_param: 'limit',
    limit: 3,
    total_path: 'total',
  },
  cursor: {
    type: 'cursor',
    in: 'query',
    cursor_param: 'after',
    cursor_path: 'meta.cursor',
    page_size_param: 'limit',
    page_size: 3,
    total_path: 'total',
  },
  header_link: { type: 'header_link', total_path: 'total' },
  json_link: { type: 'json_link', next_url_path: 'next', total_path: 'total' },
};

/** The config for a way of a {@link pagedServer}. */
export function pagedConfig({ origin }: Serving, way: string, more: object = {}): EndpointConfig {
  const endpoint = {
    name: 'items',
    base_url: origin,
    path: `/${way}`,
    method: 'GET',
    data_selector: 'items',
    primary_key: ['id'],
    pagination: WAYS[way],
    auth: { type: 'none' },
    ...more,
  };
  return parseEndpoints({ version: 1, endpoints: [endpoint] })[0]!;
}
