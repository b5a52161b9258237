/** The request for records between two keys. Pure. */
import { isJsonObject, type Json, type JsonObject } from '../../../json.js';
import { withoutVariables } from '../../config/template.js';
import type { PageRequest } from '../../http/request.js';
import type { KeyRange } from '../paginator.js';
import type { Of } from './request-params.js';

/** The request for the first page of a range of keys. */
export function keysetRequest(
  pagination: Of<'keyset'>,
  request: PageRequest,
  { after, before, also = [] }: KeyRange,
): PageRequest {
  const { page_param, page_size_param, page_size, sort_param, filter_param, key, order } = pagination;
  const { [filter_param]: given, ...body } = request.body ?? {};
  const conditions: JsonObject[] = [...conditionsIn(given), ...also];
  if (after !== undefined) conditions.push({ [pagination.after]: keyValue(after) });
  if (before !== undefined) conditions.push({ [pagination.before]: keyValue(before) });
  return {
    ...request,
    body: {
      ...body,
      [page_param]: 1,
      [page_size_param]: page_size,
      [sort_param]: { [key]: order },
      // Without a condition the field is omitted: some servers refuse an empty one.
      ...(conditions.length > 0 ? { [filter_param]: conditions } : {}),
    },
  };
}

/** The conditions that a config's own body holds: one, or a list of them. */
export function conditionsIn(given: Json | undefined): JsonObject[] {
  return (Array.isArray(given) ? given : [given]).filter(
    (one): one is JsonObject => isJsonObject(one) && Object.keys(one).length > 0,
  );
}

/**
 * A key's JSON text as a value that a request body can hold exactly: whole numbers beyond 2^53 travel as
 * text.
 */
export function keyValue(text: string): string | number {
  if (text.startsWith('"')) return withoutVariables(String(JSON.parse(text)));
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}
