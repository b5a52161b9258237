/** The kinds of pagination that a list's first answer makes likely, the plainest first. Pure. */
import { isJsonObject } from '../../json.js';
import type { EndpointConfig } from '../config/endpoint-config.js';
import type { Pagination } from '../config/pagination.js';
import { plain } from '../decode/answer/rank-lists.js';
import type { Field, PagingFields } from '../paging/fields/field.js';
import { type PositionParam, positionParam } from '../paging/fields/partial-list.js';
import type { FirstAnswer } from './has-more.js';

/** A pagination to try. */
export interface Candidate {
  readonly pagination: Pagination;
  /** The evidence for it, as a sentence without its full stop. */
  readonly reason: string;
  /** Whether the answer shows it; otherwise it is only usual. */
  readonly shown: boolean;
  /** page_number: whether the first page's number is known. */
  readonly base_known?: boolean;
}

/** Records requested at a time, unless the config or the server sets another number. */
const PAGE_SIZE = 100;

const PARAMS = {
  page: ['page', 'pagenumber', 'pageno', 'pageindex', 'p'],
  size: ['perpage', 'pagesize', 'limit', 'size', 'take', 'itemsperpage', 'pagelimit'],
  offset: ['offset', 'skip', 'start', 'startat', 'startindex'],
} as const;

/** Parameters that may continue a list after the id of its last record. */
const LAST_RECORD_PARAMS: readonly string[] = [
  'starting_after',
  'after',
  'after_id',
  'last_id',
  'start_after',
  'since_id',
];

/** The candidates, in the order in which they are tried. */
export function candidates(config: EndpointConfig, first: FirstAnswer): Candidate[] {
  const { fields, headers } = first;
  const { next_link, next_page, page, total_pages, offset, total, more, partial } = fields;
  const counted = total === undefined ? {} : { total_path: total.path };
  const candidates: Candidate[] = [];
  if (hasPagingRelation(String(headers['link'] ?? '')))
    candidates.push({
      pagination: { type: 'header_link', ...counted },
      reason: 'its Link header says so',
      shown: true,
    });
  if (next_link !== undefined)
    candidates.push({
      pagination: { type: 'json_link', next_url_path: next_link.path, ...counted },
      reason: `"${next_link.path}" is the URL of the next page`,
      shown: true,
    });
  const byPage = pageCandidates(config, first);
  const byOffset = offsetCandidate(config, first);
  const isNumbered = next_page !== undefined || page !== undefined || total_pages !== undefined;
  if (isNumbered) candidates.push(...byPage);
  candidates.push(...cursorCandidates(config, fields));
  if (offset !== undefined || partial?.more === false || (total !== undefined && total.value > first.count))
    candidates.push(byOffset);
  if (!isNumbered) candidates.push(...byPage);
  if (!candidates.includes(byOffset)) candidates.push(byOffset);
  if (more?.value === true && first.has_ids) candidates.push(...lastRecordCandidates(config, first));
  return candidates;
}

/**
 * Lists that continue after the id of the last record, as Stripe's do: no field of the answer holds a cursor.
 */
function lastRecordCandidates(config: EndpointConfig, { fields, list_path }: FirstAnswer): Candidate[] {
  const { more, total } = fields;
  const given = givenParam(config, LAST_RECORD_PARAMS.map(plain))?.name;
  const cursor_path = `${list_path}[-1].id`;
  return [...new Set([...(given === undefined ? [] : [given]), ...LAST_RECORD_PARAMS])].map(
    (cursor_param) => ({
      pagination: {
        type: 'cursor',
        in: paramsIn(config),
        cursor_param: paramIn(config, cursor_param),
        cursor_path,
        ...(total === undefined ? {} : { total_path: total.path }),
      },
      reason: `"${more?.path}" says that more follow, and the last record has an id`,
      shown: true,
    }),
  );
}

function pageCandidates(config: EndpointConfig, { fields, count }: FirstAnswer): Candidate[] {
  const { next_page, page, page_size, total_pages, total, partial } = fields;
  const named = [page].flatMap((field) =>
    field !== undefined && PARAMS.page.some((name) => name === plain(field.name)) ? [field.name] : [],
  );
  const given = givenParam(config, PARAMS.page);
  const page_size_param = givenParam(config, PARAMS.size)?.name ?? sizeParam(fields);
  const known = [
    given?.value,
    page?.value,
    typeof next_page?.value === 'number' ? next_page.value - 1 : undefined,
  ];
  const base = known.find((number) => number !== undefined && (number === given?.value || number <= 1));
  const says = [next_page, page, total_pages].flatMap((field) =>
    field === undefined ? [] : [`"${field.path}"`],
  );
  const linked = linkedParam(partial, 'pages') ?? 'page';
  const names = given === undefined ? [...new Set([...named, linked, 'page'])] : [given.name];
  return names.map((page_param) => ({
    pagination: {
      type: 'page_number',
      in: paramsIn(config),
      page_param,
      base_page: base ?? 1,
      page_size_param,
      page_size: pageSize(config, page_size_param, Math.max(count, page_size?.value ?? 0)),
      ...(next_page === undefined ? {} : { next_page_path: next_page.path }),
      ...(total_pages === undefined ? {} : { total_pages_path: total_pages.path }),
      ...(total === undefined ? {} : { total_path: total.path }),
    },
    reason:
      says.length === 0
        ? 'many APIs paginate this way'
        : `${says.join(', ')} ${says.length === 1 ? 'counts' : 'count'} pages`,
    shown: says.length > 0,
    base_known: base !== undefined,
  }));
}

/** The page parameter in a link to the last page, if it counts in this unit. */
function linkedParam(partial: PagingFields['partial'], counts: PositionParam['counts']): string | undefined {
  const param = partial?.more === true ? positionParam(String(partial.value)) : undefined;
  return param?.counts === counts ? param.name : undefined;
}

/**
 * The name of the page size's parameter, by the answer's own name for it, or by the usual one beside the page
 * parameter.
 */
function sizeParam({ page_size, page, next_page, total_pages }: PagingFields): string {
  if (page_size !== undefined) return plain(page_size.name) === 'perpage' ? 'per_page' : page_size.name;
  const camel = [total_pages, page].some((field) => field !== undefined && /[a-z][A-Z]/.test(field.name));
  const isXanos = next_page !== undefined || plain(page?.name ?? '') === 'curpage';
  return camel && !isXanos ? 'pageSize' : 'per_page';
}

function offsetCandidate(config: EndpointConfig, { fields, count }: FirstAnswer): Candidate {
  const { offset, page_size, total, partial } = fields;
  const given = givenParam(config, PARAMS.offset)?.name;
  const offset_param = given ?? offset?.name ?? linkedParam(partial, 'records') ?? 'offset';
  const usual = page_size === undefined || plain(page_size.name) === 'perpage' ? 'limit' : page_size.name;
  const limit_param = givenParam(config, PARAMS.size)?.name ?? usual;
  const field = [offset, total].find((field) => field !== undefined);
  return {
    pagination: {
      type: 'offset',
      in: paramsIn(config),
      offset_param,
      limit_param,
      limit: pageSize(config, limit_param, Math.max(count, page_size?.value ?? 0)),
      ...(total === undefined ? {} : { total_path: total.path }),
    },
    reason: field === undefined ? 'many APIs paginate this way' : `"${field.path}" counts records`,
    shown: field !== undefined,
  };
}

function cursorCandidates(config: EndpointConfig, { cursor, total }: PagingFields): Candidate[] {
  if (cursor === undefined) return [];
  return cursorParams(config, cursor).map((cursor_param) => ({
    pagination: {
      type: 'cursor',
      in: paramsIn(config),
      cursor_param: paramIn(config, cursor_param),
      cursor_path: cursor.path,
      ...(total === undefined ? {} : { total_path: total.path }),
    },
    reason: `"${cursor.path}" is a cursor`,
    shown: true,
  }));
}

/** `next_page_token` usually corresponds to `page_token`; a name with "end" or "after" to `after`. */
function cursorParams(config: EndpointConfig, { path, name }: Field): string[] {
  const suffix = name.replace(/^next_?/i, '');
  const stripped = suffix.slice(0, 1).toLowerCase() + suffix.slice(1);
  const given = givenParam(
    config,
    [plain(stripped), plain(name)].filter((variant) => variant !== ''),
  )?.name;
  const after = /end_?cursor$|after$/i.test(path) ? ['after'] : [];
  // A parameter that filters records by a value also changes the answer, but is not a cursor.
  const generic = ['id', 'key', 'value', 'url', 'record', 'records', 'result', 'results', 'from', 'set'];
  const usual = [
    'cursor',
    'after',
    'page_token',
    'pageToken',
    'next_token',
    'starting_after',
    'start_cursor',
    'pagination_token',
    'continuation',
    'marker',
    'page',
    'page[after]',
    'page[cursor]',
  ];
  const names = [given ?? '', ...after, generic.includes(plain(stripped)) ? '' : stripped, name, ...usual];
  return [...new Set(names)].filter((param) => param !== '');
}

/** The parameter in its position: for a GraphQL query, among its variables. */
function paramIn({ method, body }: EndpointConfig, name: string): string {
  const isGraphql =
    method === 'POST' && typeof body?.['query'] === 'string' && isJsonObject(body['variables']);
  return isGraphql ? `variables.${name}` : name;
}

/** A parameter of the config that has one of these names. */
function givenParam(
  { method, params, body = {} }: EndpointConfig,
  names: readonly string[],
): { readonly name: string; readonly value: number | undefined } | undefined {
  const isGraphql = isJsonObject(body['variables']);
  const sent = method !== 'POST' ? params : isGraphql ? body['variables'] : body;
  const given = Object.entries(isJsonObject(sent) ? sent : {}).find(([name]) => names.includes(plain(name)));
  if (given === undefined) return undefined;
  const value = Number(given[1]);
  return { name: given[0], value: Number.isSafeInteger(value) ? value : undefined };
}

function pageSize(config: EndpointConfig, param: string, seen: number): number {
  const given = givenParam(config, [plain(param)])?.value;
  return given !== undefined && given > 0 ? given : Math.max(PAGE_SIZE, seen);
}

const paramsIn = ({ method }: EndpointConfig): 'query' | 'body' => (method === 'POST' ? 'body' : 'query');

/** Whether a Link header has a previous or next page, or either end of the list. */
function hasPagingRelation(header: string): boolean {
  return (header.match(/[^;,]+/g) ?? []).some(
    (part) => /\brel\s*=/i.test(part) && /\b(next|prev|first|last)\b/i.test(part),
  );
}
