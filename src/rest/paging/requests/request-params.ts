/**
 * Requests for pages: the parameters that hold page numbers, offsets, cursors and keys. Pure.
 * In: a pagination and the previous request.
 * Out: the next request: plain data without credentials, in the query, in the body, or inside of an object.
 */
import { isJsonObject, type Json, type JsonObject } from '../../../json.js';
import type { EndpointConfig } from '../../config/endpoint-config.js';
import type { Pagination } from '../../config/pagination.js';
import { joinUrl, type PageRequest } from '../../http/request.js';
import { bodyParam, withBodyParams } from './body-param.js';

/** The pagination of one type. */
export type Of<T extends Pagination['type']> = Extract<Pagination, { type: T }>;

/** A value as text in a query. */
export const textOf = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);

/** Where a request has its parameters: in the query or the body, or in an object inside of one of these. */
export type InRequest = { readonly in: 'query' | 'body'; readonly inside?: string | undefined };

/** The request with these parameters. */
export function withParams(
  pagination: InRequest,
  request: PageRequest,
  params: Readonly<Record<string, Json>>,
): PageRequest {
  const { inside } = pagination;
  if (inside !== undefined) {
    const object = { ...objectInside(pagination, request, inside), ...params };
    return pagination.in === 'body'
      ? { ...request, body: { ...request.body, [inside]: object } }
      : { ...request, params: { ...request.params, [inside]: JSON.stringify(object) } };
  }
  if (pagination.in === 'body') return { ...request, body: withBodyParams(request.body, params) };
  const texts = Object.entries(params).map(([name, value]) => [name, String(value)] as const);
  return { ...request, params: { ...request.params, ...Object.fromEntries(texts) } };
}

/** The present content of the parameter that takes a JSON object, such as an order. */
function objectInside(pagination: InRequest, request: PageRequest, inside: string): JsonObject {
  const given = pagination.in === 'body' ? request.body?.[inside] : request.params[inside];
  if (typeof given !== 'string') return isJsonObject(given) ? given : {};
  try {
    const parsed: unknown = JSON.parse(given);
    // JSON.parse returns JSON.
    return isJsonObject(parsed) ? (parsed as JsonObject) : {};
  } catch {
    return {};
  }
}

/** The value of a parameter in a request; undefined where it has none. */
export function paramOf(pagination: InRequest, request: PageRequest, name: string): unknown {
  if (pagination.inside !== undefined) return objectInside(pagination, request, pagination.inside)[name];
  return pagination.in === 'body' ? bodyParam(request.body, name) : request.params[name];
}

/** The request for the page at an offset. */
export function withOffset(pagination: Of<'offset'>, request: PageRequest, offset: number): PageRequest {
  const { offset_param, limit_param, limit } = pagination;
  return withParams(pagination, request, { [offset_param]: offset, [limit_param]: limit });
}

/** The request for the page of a number. */
export function withPage(pagination: Of<'page_number'>, request: PageRequest, page: number): PageRequest {
  const { page_param, page_size_param, page_size } = pagination;
  return withParams(pagination, request, { [page_param]: page, [page_size_param]: page_size });
}

/** The page number that a request asks for. */
export function pageOf(pagination: Of<'page_number'>, request: PageRequest): number {
  return Number(paramOf(pagination, request, pagination.page_param) ?? pagination.base_page);
}

/** The request that {@link PageRequest}s of an endpoint start from: no page chosen yet. */
export function baseRequest(config: EndpointConfig): PageRequest {
  return {
    method: config.method,
    url: joinUrl(config.base_url, config.path),
    params: config.params,
    headers: config.headers,
    body: config.body,
  };
}
