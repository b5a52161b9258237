/** Lists as servers are known to give them: envelopes, parameters and habits, each in one function. */
import type { Received, Reply } from '../http/serving.js';

/** A record. */
export const row = (id: number) => ({ id, name: `row ${id}` });

/** A request's parameters, whichever way they came. */

/** Answers for a list of so many records. */
export type Shape = (total: number) => (received: Received) => Reply;

/** How many records come when none is asked for. */
export const USUAL = 20;

const paramsOf = ({ method, url, body }: Received): ((name: string) => string | undefined) => {
  const query = new URL(url, 'http://x').searchParams;
  const inputs = (body ?? {}) as Record<string, unknown>;
  return (name) => {
    const value = method === 'POST' ? inputs[name] : query.get(name);
    return value === null || value === undefined ? undefined : String(value);
  };
};

const rows = (total: number, from: number, size: number) =>
  Array.from({ length: Math.max(0, Math.min(size, total - from)) }, (_, i) => row(from + i + 1));

interface PageAsked {
  readonly items: ReturnType<typeof row>[];
  readonly page: number;
  readonly size: number;
  readonly pages: number;
  readonly next: number | null;
  readonly total: number;
}

/**
 * A list by page numbers: what they and sizes are called, where counting begins, and what is said around it.
 */
export function byPage(
  say: (asked: PageAsked, received: Received) => unknown,
  { page = 'page', size = 'per_page', base = 1, most = 1000, refuses = false, usual = USUAL } = {},
): Shape {
  return (total) => (received) => {
    const param = paramsOf(received);
    const wanted = Number(param(size) ?? usual);
    if (refuses && wanted > most) return { status: 400, body: { message: `at most ${most}` } };
    const per = Math.min(wanted, most);
    const at = Number(param(page) ?? base);
    const from = (at - base) * per;
    const items = rows(total, from, per);
    const next = from + per < total ? at + 1 : null;
    return {
      body: say(
        { items, page: at, size: per, pages: Math.ceil(total / per), next, total },
        received,
      ) as object,
    };
  };
}

/** A list by offsets. */
export function byOffset(
  say: (asked: { items: object[]; offset: number; limit: number; total: number }) => unknown,
  { offset = 'offset', limit = 'limit', most = 1000 } = {},
): Shape {
  return (total) => (received) => {
    const param = paramsOf(received);
    const size = Math.min(most, Number(param(limit) ?? USUAL));
    const from = Number(param(offset) ?? 0);
    return { body: say({ items: rows(total, from, size), offset: from, limit: size, total }) as object };
  };
}

/** A list by cursors that only the server understands. */
export function byCursor(
  say: (asked: { items: object[]; next: string | null; total: number }) => unknown,
  param = 'cursor',
): Shape {
  return (total) => (received) => {
    const given = paramsOf(received)(param);
    if (given !== undefined && !/^c\d+$/.test(given))
      return { status: 400, body: { message: 'Bad cursor.' } };
    const from = Number(given?.slice(1) ?? 0);
    const next = from + USUAL < total ? `c${from + USUAL}` : null;
    return { body: say({ items: rows(total, from, USUAL), next, total }) as object };
  };
}

/** A list by links, which stand wherever `say` puts them. */
export function byLink(
  say: (asked: { items: object[]; next: string | null; total: number }) => Reply,
  origin = '',
): Shape {
  return (total) => (received) => {
    const from = Number(paramsOf(received)('from_row') ?? 0);
    const next = from + USUAL < total ? `${origin}/list?from_row=${from + USUAL}` : null;
    return say({ items: rows(total, from, USUAL), next, total });
  };
}

/** A list that comes whole, whatever is asked for. */
export function whole(say: (items: object[]) => unknown): Shape {
  return (total) => () => ({ body: say(rows(total, 0, total)) as object });
}

/** A list of which only the first page ever comes. */
export function stuck(say: (items: object[], total: number) => unknown): Shape {
  return (total) => () => ({ body: say(rows(total, 0, USUAL), total) as object });
}
