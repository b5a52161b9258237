/** Reading answers in tests: columns in a few letters, pages with their bytes as text. */
import { isDeepStrictEqual } from 'node:util';
import { XanoError } from '../../../src/errors.js';
import { isResolved, type ResolvedEndpoint } from '../../../src/rest/config/endpoint-config.js';
import { parseEndpoints } from '../../../src/rest/config/parse-endpoints.js';
import type { RecordShape, ShapeColumn } from '../../../src/rest/decode/record-schema.js';
import { type PageRecords, readRecords } from '../../../src/rest/decode/records.js';
import type { Column, ColumnType } from '../../../src/table/column.js';
import { decoded } from './decoded.js';

/** A declared column. */
export function column(
  name: string,
  type: ColumnType,
  more: Partial<Pick<Column, 'list' | 'size' | 'list_of_vectors'>> = {},
): ShapeColumn {
  return { name, type, list: false, inferred: false, ...more };
}

/** A column whose type was guessed from rows. */
export const inferred = (name: string, type: ColumnType): ShapeColumn => ({
  ...column(name, type),
  inferred: true,
});

/**
 * A page with its bytes as text, its columns as rows of JSON text and its drift as pairs, so that a whole one
 * can be compared.
 */
export interface ReadPage extends Omit<PageRecords, 'records' | 'columns' | 'drift'> {
  readonly records: string;
  readonly rows: readonly string[];
  readonly drift: readonly (readonly [string, number])[];
}

/** Reads an answer. The key is `id` unless told otherwise. */
export function read(
  body: string | Uint8Array,
  columns: readonly ShapeColumn[],
  more: Partial<RecordShape> & { readonly selector?: string } = {},
): ReadPage {
  const { selector = 'items', ...shape } = more;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const page = readRecords(bytes, selector, { columns, key: 'id', excluded: [], ...shape });
  const { columns: data, ...rest } = page;
  const told = columns.map(({ name, type, list, list_of_vectors }) => ({
    name,
    type,
    list,
    ...(list_of_vectors === true ? { list_of_vectors } : {}),
  }));
  if (
    !isDeepStrictEqual(
      data.map((one) => one.column),
      told,
    )
  )
    throw new Error('columns that nobody asked for');
  return {
    ...rest,
    records: Buffer.from(page.records).toString('utf8'),
    rows: decoded(data, page.count),
    drift: [...page.drift],
  };
}

/** What is thrown, as a XanoError; fails when nothing is thrown, or something else. */
export function thrownBy(work: () => unknown): XanoError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof XanoError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

/** What a promise is rejected with, as a XanoError; fails when it is not, or with something else. */
export async function rejectionOf(work: Promise<unknown>): Promise<XanoError> {
  const outcome = await work.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (outcome instanceof XanoError) return outcome;
  throw outcome;
}

/** The config of an endpoint of an endpoints file, which must leave nothing open. */
export function endpointOf(content: object): ResolvedEndpoint {
  const [endpoint] = parseEndpoints({ version: 1, endpoints: [content] });
  if (endpoint === undefined || !isResolved(endpoint)) throw new Error('the config leaves something open');
  return endpoint;
}
