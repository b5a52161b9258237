/** Page inputs and Xano's two list envelopes. */
import type { Json, JsonObject } from '../../json.js';
import { type Answer, inputError } from '../answers.js';

/** A requested page; both numbers count from 1. */
export interface PageAsked {
  readonly page: number;
  readonly per_page: number;
}

/** The largest page, and what happens beyond it: a refusal, or a smaller page without a message. */
export interface PageLimits {
  readonly default: number;
  readonly max: number;
  readonly clamp: number | null;
}

/** Metadata lists: Xano's command line client found 50 by default and a refusal beyond 10,000. */
export const LIST_LIMITS: PageLimits = { default: 50, max: 10_000, clamp: null };
/** Request history: Xano's documentation says at most 500. */
export const HISTORY_LIMITS: PageLimits = { default: 50, max: 500, clamp: null };

const WHOLE = /^\d{1,15}$/;

/** Reads page inputs, given as text or numbers, undefined where absent; or refuses them. */
export function readPage(page: unknown, per_page: unknown, limits: PageLimits): PageAsked | Answer {
  const number = page === undefined ? 1 : wholeNumber(page);
  if (number === undefined) return inputError('Value must be a whole number of 1 or more.', 'page');
  const size = per_page === undefined ? limits.default : wholeNumber(per_page);
  if (size === undefined) return inputError('Value must be a whole number of 1 or more.', 'per_page');
  if (limits.clamp !== null) return { page: number, per_page: Math.min(size, limits.clamp) };
  if (size > limits.max) return inputError(`Value must be ${limits.max} or less.`, 'per_page');
  return { page: number, per_page: size };
}

/** Reads `page` and `per_page` from a query. */
export function readQueryPage(query: URLSearchParams, limits: PageLimits): PageAsked | Answer {
  return readPage(query.get('page') ?? undefined, query.get('per_page') ?? undefined, limits);
}

function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && WHOLE.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 1 ? number : undefined;
}

/** The part of a list on a page. */
export function slicePage<T>(list: readonly T[], asked: PageAsked): readonly T[] {
  const offset = (asked.page - 1) * asked.per_page;
  return list.slice(offset, offset + asked.per_page);
}

/** `nextPage` and `prevPage`: the server knows the end, so the last page says null even when it is full. */
export function neighbours(
  asked: PageAsked,
  total: number,
): { nextPage: number | null; prevPage: number | null } {
  return {
    nextPage: asked.page * asked.per_page < total ? asked.page + 1 : null,
    prevPage: asked.page > 1 ? asked.page - 1 : null,
  };
}

/** The envelope of metadata lists: it has no totals. */
export function metadataPage(list: readonly Json[], asked: PageAsked): JsonObject {
  const { nextPage, prevPage } = neighbours(asked, list.length);
  return { curPage: asked.page, nextPage, prevPage, items: slicePage(list, asked) };
}

/** The envelope of rows, as text around the rows' own text. */
export function rowsPage(
  items: readonly string[],
  asked: PageAsked,
  total: number,
  with_totals = true,
): string {
  const { nextPage, prevPage } = neighbours(asked, total);
  const fields = {
    itemsReceived: items.length,
    curPage: asked.page,
    nextPage,
    prevPage,
    offset: (asked.page - 1) * asked.per_page,
    perPage: asked.per_page,
    ...(with_totals ? { itemsTotal: total, pageTotal: Math.ceil(total / asked.per_page) } : {}),
  };
  return `{"items":[${items.join(',')}],${JSON.stringify(fields).slice(1)}`;
}
