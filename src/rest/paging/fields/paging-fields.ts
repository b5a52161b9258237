/**
 * Recognizes the paging fields of an answer by their names and values. Pure.
 * In: the envelope of an answer, its headers, and the request's own values.
 * Out: next links, cursors, page numbers, counts and flags, each with its path; and whether the list has
 * ended.
 */
import { type Json, pathKeys } from '../../../json.js';
import type { EndpointConfig } from '../../config/endpoint-config.js';
import { plain } from '../../decode/answer/rank-lists.js';
import type { Answer } from '../../http/messages.js';
import { countIn, HEADER } from './answer-field.js';
import type { Cursor, Field, Found, PagingFields } from './field.js';
import { fieldOf } from './field.js';
import {
  ADDRESS_WORDS,
  COUNTED,
  isOfPages,
  type Kind,
  leadsOn,
  MONEY,
  NAMES,
  NUMBERS,
  wordsOf,
} from './field-names.js';
import { headerFields, scalarsOf } from './fields-beside.js';
import { cutFlag, lastFlag, moreIn } from './flags.js';
import { linkTo } from './link-header.js';
import { FIRST_LINKS, LAST_LINKS, leadsBeyond, rangeWithoutEnd } from './partial-list.js';

const isAddress = (value: Json): boolean => typeof value === 'string' && /^(https?:\/\/|\/|\?)/.test(value);
const isNumeral = (value: Json): boolean => typeof value === 'string' && /^\d{1,9}$/.test(value);

/** The request's own values. */
export type Sent = Partial<Pick<EndpointConfig, 'path' | 'params' | 'body'>>;

/** Parameters by their plain names: a field that only repeats one does not describe the next page. */
function echoesOf({ path = '', params = {}, body = {} }: Sent): ReadonlyMap<string, string> {
  const query = new URLSearchParams(path.includes('?') ? path.slice(path.indexOf('?')) : '');
  return new Map(
    [...query, ...Object.entries(params), ...Object.entries(body)].map(([name, value]) => [
      plain(name),
      String(value),
    ]),
  );
}

/** The facts that help to identify fields by their names. */
interface Beside {
  readonly fields: readonly Found[];
  /** Records of the answer. */
  readonly count: number;
  /** Whether a field repeats a value of the request. */
  readonly isEcho: (field: Field) => boolean;
}

/**
 * The paging fields around the list at a path, and in the headers. Objects about something else are not
 * searched. `sent`: the request's own values, as far as the config has them.
 */
export function pagingFields(
  answer: unknown,
  list_path: string,
  count: number,
  headers: Answer['headers'] = {},
  sent: Sent = {},
): PagingFields {
  const fields = [...scalarsOf(answer, list_path), ...headerFields(headers)];
  const echoed = echoesOf(sent);
  const isEcho = ({ name, value }: Field): boolean =>
    value !== null && echoed.get(plain(name)) === String(value);
  const named = namedFields({ fields, count, isEcho });
  return {
    ...leading(
      fields.filter((field) => !isEcho(field) && !followsAnother(field, fields)),
      named,
    ),
    ...cutFlag(fields),
    ...lastFlag(fields),
    ...otherTotal(fields, list_path, count),
    ...partialOf(fields, headers),
    ...named,
    paths: fields.map(({ path }) => path),
  };
}

/**
 * The fields of usual names whose values are of their kind: the first one of each kind, in the order of its
 * names.
 */
function namedFields(beside: Beside): Partial<PagingFields> {
  const { fields, count } = beside;
  const find = <V extends Json>(kind: Kind, read: (value: Json, field: Field) => V | undefined) => {
    for (const wanted of NAMES[kind])
      for (const field of fields) {
        const value = isCalled(field, wanted) ? read(field.value, field) : undefined;
        if (value !== undefined) return { [kind]: fieldOf(field, value) };
      }
    return {};
  };
  const wholeNumber = (value: Json): number | undefined => countIn(value);
  return {
    ...find('next_link', (value, field) => nextLinkIn(value, field, beside)),
    ...find('next_page', (value, field) => nextPageIn(value, field, beside)),
    ...find('cursor', (value, field) => cursorIn(value, field, beside)),
    ...find('page', wholeNumber),
    ...find('page_size', (value) => ((countIn(value) ?? 0) > 0 ? countIn(value) : undefined)),
    ...find('total_pages', wholeNumber),
    ...find('offset', wholeNumber),
    ...find('total', (value, field) => totalIn(value, field, fields, count)),
    ...find('more', (value, { name }) => moreIn(value, name)),
  };
}

const BACK: readonly string[] = ['previous', 'prev', 'previousurl', 'prevurl'];

/**
 * Null does not show which value would be there: it ends a list of links only if the name means a URL, or a
 * "previous" URL is beside it.
 */
function nextLinkIn(value: Json, { name, path }: Field, { fields }: Beside): string | null | undefined {
  if (value !== null) return isAddress(value) ? String(value) : undefined;
  const has_back = fields.some((field) => BACK.includes(plain(field.name)));
  const isLink =
    /(url|link|href|uri)$/.test(plain(name)) || (plain(name) === 'next' && (has_back || /link/i.test(path)));
  return isLink ? null : undefined;
}

function nextPageIn(
  value: Json,
  field: Field,
  { fields, isEcho }: Beside,
): number | string | null | undefined {
  if (isEcho(field) || followsAnother(field, fields)) return undefined;
  if (value === null) return plain(field.name) === 'next' ? undefined : null;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  return isNumeral(value) || (typeof value === 'number' && countIn(value) !== undefined) ? value : undefined;
}

function cursorIn(value: Json, field: Field, { fields, isEcho }: Beside): Cursor | null | undefined {
  const name = plain(field.name);
  if (value === null)
    return /cursor|token|marker|bookmark|continuation|lastkey|startkey|state/.test(name) ? null : undefined;
  if (isEcho(field) || followsAnother(field, fields)) return undefined;
  if (name === 'offset' && !isOpaque(value)) return undefined;
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  return isAddress(value) || value === '' ? undefined : value;
}

/** Whether a bare `next` only continues a field that counts something else: `{ level: 3, next: 4 }`. */
function followsAnother({ path, name, value }: Field, fields: readonly Found[]): boolean {
  if (plain(name) !== 'next' || typeof value !== 'number') return false;
  const parent = parentOf(path);
  return fields.some(
    (field) =>
      parentOf(field.path) === parent &&
      field.value === value - 1 &&
      ![...NAMES.page, ...NAMES.offset, ...NAMES.total, ...NAMES.page_size].includes(plain(field.name)),
  );
}

/** A link to a last page beyond this one, or a range of a list whose length the server does not know. */
function partialOf(fields: readonly Found[], headers: Answer['headers']): Pick<PagingFields, 'partial'> {
  const link = (names: readonly string[], relation: string): Field<string> | undefined => {
    const field = fields.find(
      (candidate) => isAddress(candidate.value) && names.some((name) => isCalled(candidate, name)),
    );
    if (field !== undefined) return fieldOf(field, String(field.value));
    const target = linkTo(headers['link'], relation);
    return target === undefined ? undefined : { path: `${HEADER}link`, name: relation, value: target };
  };
  const last = link(LAST_LINKS, 'last');
  if (last !== undefined && leadsBeyond(last.value, link(FIRST_LINKS, 'first')?.value))
    return { partial: { ...last, more: true } };
  const range = fields.find(({ name, value }) => plain(name) === 'contentrange' && rangeWithoutEnd(value));
  return range === undefined ? {} : { partial: { ...fieldOf(range, range.value), more: false } };
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('.')));

/** A text under `offset` that is neither a number nor a time zone's offset. */
const isOpaque = (value: Json): boolean =>
  typeof value === 'string' &&
  /[a-z0-9]/i.test(value) &&
  !/^([+-]?[\d:.,]+$|utc|gmt|z$|-?pt?\d|[a-z]+\/)/i.test(value);

function totalIn(value: Json, field: Field, fields: readonly Found[], count: number): number | undefined {
  const total = countIn(value);
  if (total === undefined || total < count) return undefined;
  const parent = parentOf(field.path);
  const isMoney =
    plain(field.name) === 'total' &&
    fields.some(({ path, name }) => parentOf(path) === parent && MONEY.includes(plain(name)));
  return isMoney ? undefined : total;
}

/** A count whose name is made of `total` or `found` and words for records, or the name of the list. */
function otherTotal(fields: readonly Found[], list_path: string, count: number): Pick<PagingFields, 'total'> {
  const listWords = wordsOf(pathKeys(list_path).at(-1) ?? '');
  for (const field of fields) {
    const words = wordsOf(field.name);
    const others = words.filter((word) => word !== 'total' && word !== 'found');
    if (others.length === 0 || others.length === words.length) continue;
    if (!others.every((word) => COUNTED.includes(word) || listWords.includes(word))) continue;
    const total = totalIn(field.value, field, fields, count);
    if (total !== undefined) return { total: fieldOf(field, total) };
  }
  return {};
}

/**
 * Fields of unusual names whose words mean "next page", such as `nextPageKey`; nothing where a usual name was
 * found.
 */
function leading(
  fields: readonly Found[],
  { next_link, next_page, cursor }: Partial<PagingFields>,
): Pick<PagingFields, 'next_link' | 'cursor' | 'more'> {
  if ([next_link, next_page, cursor].some((field) => field !== undefined && field.value !== null)) return {};
  let links: Pick<PagingFields, 'next_link' | 'cursor' | 'more'> = {};
  for (const field of fields) {
    const { name, around, value } = field;
    const words = wordsOf(name);
    // Any field of an object whose name means "next" continues the list: `LastEvaluatedKey: { id: 5 }`,
    // `next: { offset: 10 }`.
    if (!(leadsOn(words) || leadsOn(wordsOf(around))) || value === null || value === '') continue;
    if (typeof value === 'boolean') links = { more: fieldOf(field, value), ...links };
    else if (
      isAddress(value) ||
      (typeof value === 'string' && words.some((word) => ADDRESS_WORDS.includes(word)))
    )
      links = { next_link: fieldOf(field, String(value)), ...links };
    else if (typeof value === 'string' || typeof value === 'number') {
      if (typeof value === 'number' && words.some((word) => NUMBERS.includes(word)) && !isOfPages(words))
        continue;
      // The next id may be the one that a new record will get.
      const isDoubtful = typeof value === 'number' && words.at(-1) === 'id';
      links = { cursor: { ...fieldOf(field, value), ...(isDoubtful ? { doubtful: true } : {}) }, ...links };
    }
  }
  return links;
}

function isCalled({ name, around }: Found, wanted: string): boolean {
  return wanted.includes(' ') ? `${plain(around)} ${plain(name)}` === wanted : plain(name) === wanted;
}
