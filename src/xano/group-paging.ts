/** How the list of an endpoint is read, by its inputs and by what is shown of its answer; and how sure that is. Pure. */
import type { EndpointConfig } from '../rest/config/endpoint-config.js';
import { DEFAULT_CONVENTION, ENVELOPE, EXTERNAL_PAGING, PRIMARY_KEY, REQUEST } from './conventions.js';
import type { Input, ShownList } from './openapi.js';
import type { readRecordSchema } from './openapi-columns.js';

/** The inputs that ask for pages. */
export interface PagingInputs {
  readonly page?: Input | undefined;
  readonly size?: Input | undefined;
  readonly offset?: Input | undefined;
  /** One that takes both inside a JSON object. */
  readonly external?: Input | undefined;
}

/** Finds them by their names. */
export function pagingInputs(inputs: readonly Input[]): PagingInputs {
  const called = (names: RegExp): Input | undefined => inputs.find(({ name }) => names.test(name));
  return {
    page: called(/^page(_?(number|no|index))?$/i),
    size: called(/^(per_?page|page_?size|page_?limit|limit|size)$/i),
    offset: called(/^(offset|skip)$/i),
    external: inputs.find(({ name, is_object }) => is_object && name === EXTERNAL_PAGING),
  };
}

/** How a list is read, and how sure that is. */
export type ReadingOfList = Pick<EndpointConfig, 'pagination' | 'data_selector'> & {
  readonly confidence: NonNullable<EndpointConfig['confidence']>;
  readonly reason: string;
  /** Sent while it is found out how pages are asked for. */
  readonly asked?: Record<string, string>;
};

/** How a list that the document shows is read. */
export function ofList(
  list: ShownList,
  { inputs, paging }: { readonly inputs: readonly Input[]; readonly paging: PagingInputs },
  page_size: number,
): ReadingOfList {
  const beside = (name: string): string | undefined =>
    list.beside.includes(name) ? `${list.around}${name}` : undefined;
  const next_page_path = beside(ENVELOPE.next_page);
  const total_path = beside(ENVELOPE.total);
  const total_pages_path = beside(DEFAULT_CONVENTION.total_pages);
  const counted = total_path === undefined ? {} : { total_path };
  const isXanos = list.path.endsWith(ENVELOPE.list) && next_page_path !== undefined;
  const isPaged = next_page_path !== undefined || total_pages_path !== undefined || total_path !== undefined;
  const where = list.path === '' ? 'a bare list' : `a list under "${list.path}"`;
  const data_selector = list.path;
  const saysEnd = {
    ...(next_page_path === undefined ? {} : { next_page_path }),
    ...(total_pages_path === undefined ? {} : { total_pages_path }),
    ...counted,
  };
  const { page, size, offset, external } = paging;
  if (page !== undefined && isPaged)
    return {
      data_selector,
      pagination: { ...byPage(page, size, page_size), ...saysEnd },
      confidence: isXanos && size !== undefined ? 'high' : 'medium',
      reason: `The document shows ${isXanos ? 'Xano’s own pages' : where}, ${total_path === undefined ? 'without a count' : 'with a count'}, and "${page.name}" ${size === undefined ? 'but no input for their size' : `and "${size.name}" to ask for them`}.`,
    };
  if (external !== undefined)
    return {
      data_selector,
      pagination: { ...byPage(page, size, page_size), ...saysEnd, inside: external.name },
      confidence: 'medium',
      reason: `The document shows ${where} and a JSON input "${external.name}", but not that it is the one that asks for pages.`,
    };
  if (offset !== undefined && size !== undefined)
    return {
      data_selector,
      pagination: {
        type: 'offset',
        in: 'query',
        offset_param: offset.name,
        limit_param: size.name,
        limit: page_size,
        ...counted,
      },
      confidence: 'medium',
      reason: `The document shows ${where}, with "${offset.name}" and "${size.name}" to ask for more.`,
    };
  if (page !== undefined || offset !== undefined)
    return {
      data_selector,
      pagination: { type: 'auto' },
      asked: askedAnyway(paging, page_size),
      confidence: 'medium',
      reason: `The document shows ${where} that takes "${(page ?? offset)!.name}", but nothing that says how many pages there are: the first answers tell.`,
    };
  if (size !== undefined)
    return {
      data_selector,
      pagination: { type: 'auto' },
      asked: askedAnyway(paging, page_size),
      confidence: 'low',
      reason: `The document shows ${where} that takes "${size.name}", but no input that asks for what comes after: the first answers tell.`,
    };
  if (isPaged)
    return {
      data_selector,
      pagination: { type: 'auto' },
      confidence: 'low',
      reason: `The document shows ${where} that names further pages, but no input that asks for one: the first answers tell.`,
    };
  const others = inputs.map(({ name }) => `"${name}"`).join(', ');
  const item = list.item === undefined ? ' of who knows what' : '';
  return {
    data_selector,
    pagination: { type: 'single_page' },
    // Pages may be asked for by a name that nobody would think of.
    confidence: list.path === '' && list.item !== undefined && others === '' ? 'high' : 'medium',
    reason: `The document shows ${where}${item}, and ${others === '' ? 'no input that asks for pages' : `no input that is known to ask for pages; it takes ${others}`}.`,
  };
}

/** How an endpoint is read whose answer nobody shows. */
export function ofUnknown(
  paging: PagingInputs,
  known: boolean,
  page_size: number,
): ReadingOfList & ReturnType<typeof readRecordSchema> {
  const { page, size, external } = paging;
  const isHouse = page?.name === DEFAULT_CONVENTION.page && size?.name === DEFAULT_CONVENTION.page_size;
  if (isHouse || !known)
    return {
      data_selector: DEFAULT_CONVENTION.data_selector,
      pagination: {
        ...byPage(undefined, { name: DEFAULT_CONVENTION.page_size }, page_size),
        total_pages_path: DEFAULT_CONVENTION.total_pages,
      },
      primary_key: [PRIMARY_KEY],
      excluded: [],
      confidence: 'low',
      reason: isHouse
        ? `Nothing shows the answer; "${DEFAULT_CONVENTION.page}" and "${DEFAULT_CONVENTION.page_size}" are asked for as usual, with records under "${DEFAULT_CONVENTION.data_selector}".`
        : `Nothing is known of it: records under "${DEFAULT_CONVENTION.data_selector}" and "${DEFAULT_CONVENTION.page}" with "${DEFAULT_CONVENTION.page_size}" are usual.`,
    };
  const found: ReadingOfList =
    external === undefined
      ? {
          pagination: { type: 'auto' },
          asked: askedAnyway(paging, page_size),
          confidence: 'low',
          reason: 'Nothing shows the answer: the first answers tell.',
        }
      : {
          pagination: {
            ...byPage(undefined, undefined, page_size),
            inside: external.name,
          },
          confidence: 'low',
          reason: `Nothing shows the answer; a JSON input "${external.name}" is usual for pages.`,
        };
  return { ...found, primary_key: [], excluded: [] };
}

/** Pages by their number; Xano's own names where no input has another. */
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

/** Page inputs as they are sent to find out more: their names are known, whatever the answer calls them. */
function askedAnyway({ page, size, offset }: PagingInputs, page_size: number): Record<string, string> {
  return {
    ...(page === undefined ? {} : { [page.name]: page.default ?? '1' }),
    ...(offset === undefined ? {} : { [offset.name]: offset.default ?? '0' }),
    ...(size === undefined ? {} : { [size.name]: String(page_size) }),
  };
}
