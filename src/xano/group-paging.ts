/**
 * Decides how to read an endpoint's list, by its inputs and its documented answer, and how certain that is.
 * Pure.
 */
import type { EndpointConfig } from '../rest/config/endpoint-config.js';
import { DEFAULT_CONVENTION, ENVELOPE, EXTERNAL_PAGING, PRIMARY_KEY, REQUEST } from './conventions.js';
import type { Input, ShownList } from './openapi.js';
import type { readRecordSchema } from './openapi-columns.js';

/** The inputs for pages. */
export interface PagingInputs {
  readonly page?: Input | undefined;
  readonly size?: Input | undefined;
  readonly offset?: Input | undefined;
  /** The input that takes both inside a JSON object. */
  readonly external?: Input | undefined;
}

/** Finds these inputs by their names. */
export function pagingInputs(inputs: readonly Input[]): PagingInputs {
  const called = (names: RegExp): Input | undefined => inputs.find(({ name }) => names.test(name));
  return {
    page: called(/^page(_?(number|no|index))?$/i),
    size: called(/^(per_?page|page_?size|page_?limit|limit|size)$/i),
    offset: called(/^(offset|skip)$/i),
    external: inputs.find(({ name, is_object }) => is_object && name === EXTERNAL_PAGING),
  };
}

/** How to read a list, and how certain that is. */
export type ReadingOfList = Pick<EndpointConfig, 'pagination' | 'data_selector'> & {
  readonly confidence: NonNullable<EndpointConfig['confidence']>;
  readonly reason: string;
  /** Sent while the pagination is detected. */
  readonly asked?: Record<string, string>;
};

/** The documented facts of a list, as far as they show how to request more. */
interface Shown {
  readonly list: ShownList;
  /** The list in words, for reasons. */
  readonly where: string;
  /** The paths of the fields that show the end of the list. */
  readonly end: {
    readonly next_page_path?: string;
    readonly total_pages_path?: string;
    readonly total_path?: string;
  };
  /** Whether these are the fields of Xano's own pages. */
  readonly is_xanos: boolean;
}

function shownOf(list: ShownList): Shown {
  const beside = <K extends string>(field: K, name: string): { readonly [F in K]?: string } =>
    // TypeScript widens a computed key: this object has exactly this field.
    list.beside.includes(name) ? ({ [field]: `${list.around}${name}` } as { [F in K]: string }) : {};
  const end = {
    ...beside('next_page_path', ENVELOPE.next_page),
    ...beside('total_pages_path', DEFAULT_CONVENTION.total_pages),
    ...beside('total_path', ENVELOPE.total),
  };
  const where = list.path === '' ? 'a bare list' : `a list under "${list.path}"`;
  const is_xanos = list.path.endsWith(ENVELOPE.list) && end.next_page_path !== undefined;
  return { list, where, end, is_xanos };
}

/** How to read a list with a documented answer. */
export function ofList(
  list: ShownList,
  { inputs, paging }: { readonly inputs: readonly Input[]; readonly paging: PagingInputs },
  page_size: number,
): ReadingOfList {
  const shown = shownOf(list);
  const { where, end } = shown;
  const { page, size, offset, external } = paging;
  const data_selector = list.path;
  const isPaged = Object.keys(end).length > 0;
  if (page !== undefined && isPaged) return ofPages(shown, page, size, page_size);
  if (external !== undefined)
    return {
      data_selector,
      pagination: { ...byPage(page, size, page_size), ...end, inside: external.name },
      confidence: 'medium',
      reason: `The document shows ${where} and a JSON input "${external.name}", but not that this input selects the page.`,
    };
  if (offset !== undefined && size !== undefined) return ofOffsets(shown, offset, size, page_size);
  const undecided = { data_selector, pagination: { type: 'auto' } } as const;
  const first = page ?? offset;
  if (first !== undefined)
    return {
      ...undecided,
      asked: askedAnyway(paging, page_size),
      confidence: 'medium',
      reason: `The document shows ${where} that takes "${first.name}", but not the number of pages: xano detects it from the first answers.`,
    };
  if (size !== undefined)
    return {
      ...undecided,
      asked: askedAnyway(paging, page_size),
      confidence: 'low',
      reason: `The document shows ${where} that takes "${size.name}", but no input that selects the next page: xano detects it from the first answers.`,
    };
  if (isPaged)
    return {
      ...undecided,
      confidence: 'low',
      reason: `The document shows ${where} that names further pages, but no input that selects one: xano detects it from the first answers.`,
    };
  return ofOnePage(shown, inputs);
}

/** A list with a page input, whose answer shows the end. */
function ofPages(
  { list, where, end, is_xanos }: Shown,
  page: Input,
  size: Input | undefined,
  page_size: number,
): ReadingOfList {
  const pages = is_xanos ? 'Xano’s own pages' : where;
  const count = end.total_path === undefined ? 'without a count' : 'with a count';
  const inputs = size === undefined ? 'but no page size input' : `and "${size.name}" to request them`;
  return {
    data_selector: list.path,
    pagination: { ...byPage(page, size, page_size), ...end },
    confidence: is_xanos && size !== undefined ? 'high' : 'medium',
    reason: `The document shows ${pages}, ${count}, and "${page.name}" ${inputs}.`,
  };
}

function ofOffsets(
  { list, where, end: { total_path } }: Shown,
  offset: Input,
  size: Input,
  page_size: number,
): ReadingOfList {
  return {
    data_selector: list.path,
    pagination: {
      type: 'offset',
      in: 'query',
      offset_param: offset.name,
      limit_param: size.name,
      limit: page_size,
      ...(total_path === undefined ? {} : { total_path }),
    },
    confidence: 'medium',
    reason: `The document shows ${where}, with "${offset.name}" and "${size.name}" to request more.`,
  };
}

/** A list without a known page input. */
function ofOnePage({ list, where }: Shown, inputs: readonly Input[]): ReadingOfList {
  const others = inputs.map(({ name }) => `"${name}"`).join(', ');
  const item = list.item === undefined ? ' of undescribed records' : '';
  return {
    data_selector: list.path,
    pagination: { type: 'single_page' },
    // The page input may have a name that cannot be guessed.
    confidence: list.path === '' && list.item !== undefined && others === '' ? 'high' : 'medium',
    reason: `The document shows ${where}${item}, and ${others === '' ? 'no paging input' : `no known paging input; it takes ${others}`}.`,
  };
}

/** How to read an endpoint without a documented answer. */
export function ofUnknown(
  paging: PagingInputs,
  known: boolean,
  page_size: number,
): ReadingOfList & ReturnType<typeof readRecordSchema> {
  const { page, size, external } = paging;
  const isDefault = page?.name === DEFAULT_CONVENTION.page && size?.name === DEFAULT_CONVENTION.page_size;
  if (isDefault || !known)
    return {
      data_selector: DEFAULT_CONVENTION.data_selector,
      pagination: {
        ...byPage(undefined, { name: DEFAULT_CONVENTION.page_size }, page_size),
        total_pages_path: DEFAULT_CONVENTION.total_pages,
      },
      primary_key: [PRIMARY_KEY],
      excluded: [],
      confidence: 'low',
      reason: isDefault
        ? `The answer is undocumented: xano assumes the usual "${DEFAULT_CONVENTION.page}" and "${DEFAULT_CONVENTION.page_size}", with records under "${DEFAULT_CONVENTION.data_selector}".`
        : `The endpoint is undocumented: xano assumes records under "${DEFAULT_CONVENTION.data_selector}" and the usual "${DEFAULT_CONVENTION.page}" and "${DEFAULT_CONVENTION.page_size}".`,
    };
  const reading: ReadingOfList =
    external === undefined
      ? {
          pagination: { type: 'auto' },
          asked: askedAnyway(paging, page_size),
          confidence: 'low',
          reason: 'The answer is undocumented: xano detects the list from the first answers.',
        }
      : {
          pagination: {
            ...byPage(undefined, undefined, page_size),
            inside: external.name,
          },
          confidence: 'low',
          reason: `The answer is undocumented: a JSON input "${external.name}" usually selects the page.`,
        };
  return { ...reading, primary_key: [], excluded: [] };
}

/** Pages by their number; Xano's own names where no input has another one. */
function byPage(
  page: Pick<Input, 'name' | 'default'> | undefined,
  size: Pick<Input, 'name'> | undefined,
  page_size: number,
) {
  return {
    type: 'page_number',
    in: 'query',
    page_param: page?.name ?? REQUEST.page,
    base_page: page?.default === '0' ? 0 : 1,
    page_size_param: size?.name ?? REQUEST.page_size,
    page_size,
  } as const;
}

/** The page inputs that detection sends: their names are known, whatever the answer calls them. */
function askedAnyway({ page, size, offset }: PagingInputs, page_size: number): Record<string, string> {
  return {
    ...(page === undefined ? {} : { [page.name]: page.default ?? '1' }),
    ...(offset === undefined ? {} : { [offset.name]: offset.default ?? '0' }),
    ...(size === undefined ? {} : { [size.name]: String(page_size) }),
  };
}
