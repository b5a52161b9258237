/** Reads one resource into its writer: where to begin, which end to read up to, and what to do when keyset paging is not borne. */
import { XanoError } from '../errors.js';
import type { TargetWriter, Unfinished } from '../destinations/destination.js';
import type { Json } from '../json.js';
import { isJsonObject } from '../json.js';
import type { EndpointConfig } from '../rest/config.js';
import type { Http, Sender } from '../rest/http.js';
import { firstPage, type KeyRange, type PageRequest } from '../rest/paginate.js';
import { countRecords, highestKey, type Page, readPages } from '../rest/pages.js';
import type { ShapeColumn } from '../rest/records.js';
import type { Column } from '../target.js';

/** What reading a resource needs, and whom it tells. */
export interface Reading {
  readonly config: EndpointConfig;
  readonly http: Http;
  readonly sender: Sender;
  readonly writer: TargetWriter;
  /** Staged rows to go on from, or null to begin with the first page. */
  readonly unfinished: Unfinished | null;
  readonly on_page: (page: Page) => void;
  readonly on_column: (column: Column) => void;
  readonly on_fallback: (to: EndpointConfig, because: string) => void;
}

/** How reading ended. */
export interface ReadResult {
  /** What the server counts of the range that was read; null when it does not count. */
  readonly rows_expected: number | null;
  readonly read_by: string;
}

/** Reads everything from where an earlier load stopped, or from the start. Throws the XanoError that ended it. */
export async function readResource(reading: Reading): Promise<ReadResult> {
  const { config, writer } = reading;
  const resume = parseResume(reading.unfinished?.resume);
  try {
    // Unfinished rows that were read by page numbers are gone on with in the same way.
    const as = resume?.read_by === 'page_number' ? (withoutKeyset(config) ?? config) : config;
    return await readAs(reading, as, resume);
  } catch (thrown) {
    const other = withoutKeyset(config);
    if (other === undefined || !(thrown instanceof XanoError) || !isKeysetRefusal(thrown)) throw thrown;
    reading.on_fallback(other, thrown.message);
    await writer.clear();
    return readAs({ ...reading, unfinished: null }, other, undefined);
  }
}

/**
 * Comparing keys is documented for numbers; for anything else (a UUID), and for servers without content search, page numbers
 * sorted by key are the fallback. A server that forgets the order is caught by the reader, and treated alike.
 */
function isKeysetRefusal(error: XanoError): boolean {
  if (error.code === 'PAGINATION_LOOP') return true;
  const status = error.request?.status;
  return error.code === 'XANO_FAILED' && (status === 400 || status === 404 || status === 405 || status === 422 || status === 500);
}

function withoutKeyset(config: EndpointConfig): EndpointConfig | undefined {
  const { pagination } = config;
  if (pagination.type !== 'keyset') return undefined;
  const { page_param, page_size_param, page_size, sort_param, key, order, next_page_path, total_path } = pagination;
  return {
    ...config,
    body: { ...config.body, [sort_param]: { [key]: order } },
    pagination: {
      type: 'page_number',
      in: 'body',
      page_param,
      base_page: 1,
      page_size_param,
      page_size,
      ...(next_page_path === undefined ? {} : { next_page_path }),
      ...(total_path === undefined ? {} : { total_path }),
    },
  };
}

interface Resume {
  readonly read_by: string;
  readonly request: PageRequest | null;
  readonly after: string | null;
}

function parseResume(value: Json | undefined): Resume | undefined {
  if (!isJsonObject(value)) return undefined;
  // Written by readAs below, into a file of our own.
  return value as unknown as Resume;
}

async function readAs(reading: Reading, config: EndpointConfig, resume: Resume | undefined): Promise<ReadResult> {
  const { http, sender, writer } = reading;
  const { pagination } = config;
  let columns: ShapeColumn[] = [
    ...(config.columns ?? []).map((column) => ({ ...column, inferred: false })),
    ...(reading.unfinished?.columns_added ?? []).map((column) => ({ ...column, inferred: column.type !== 'JSON' })),
  ];
  let rows = reading.unfinished?.rows ?? 0;

  const take = async (pages: AsyncGenerator<Page>): Promise<Page | undefined> => {
    let last: Page | undefined;
    for await (const page of pages) {
      for (const column of page.widened) {
        columns = [...columns.filter(({ name }) => name !== column.name), column];
        await writer.widen(column);
        reading.on_column(column);
      }
      const point: Resume = { read_by: pagination.type, request: page.next, after: page.last_key };
      // A PageRequest is plain JSON.
      await writer.write(page, point as unknown as Json);
      rows += page.count;
      reading.on_page(page);
      last = page;
    }
    return last;
  };
  const options = { http, sender };

  if (pagination.type !== 'keyset') {
    const from = resume?.request;
    const last = from === null ? undefined : await take(readPages(config, { ...options, columns, from }));
    const whole = resume === undefined && last?.index === 0 && last.total === rows;
    return { rows_expected: whole ? rows : await countRecords(config, http, {}, sender), read_by: pagination.type };
  }

  let after = resume?.after ?? undefined;
  if (after === undefined) {
    const first = await take(readPages(config, { ...options, columns, only_first: true }));
    // A list that fits into one page and says so is proved by that one answer.
    if (first?.next === null && first.total === first.count) return { rows_expected: first.count, read_by: 'keyset' };
    after = first?.last_key ?? undefined;
  }
  // Everything up to the highest key of this moment is read and counted; what comes later belongs to the next load.
  const range: KeyRange = { before: beyond(await highestKey(config, http, sender)) };
  if (after !== undefined) {
    const from = firstPage(config, { ...range, after });
    await take(readPages(config, { ...options, columns, range, from, after }));
  }
  return { rows_expected: await countRecords(config, http, range, sender), read_by: 'keyset' };
}

/** The first key that is not read any more: one above the highest. Undefined where keys are no whole numbers. */
function beyond(highest: string | undefined): string | undefined {
  return highest !== undefined && /^-?\d+$/.test(highest) ? String(BigInt(highest) + 1n) : undefined;
}

