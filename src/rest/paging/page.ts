/**
 * Turns one answer into a page: its records, the columns that they require, and a check that they advance.
 */
import { XanoError } from '../../errors.js';
import type { ResolvedEndpoint } from '../config/endpoint-config.js';
import type { ShapeColumn } from '../decode/record-schema.js';
import type { PageRecords, RecordPart } from '../decode/records.js';
import { wholeKey } from '../decode/whole-key.js';
import type { PageRequest } from '../http/request.js';
import { countIn, fieldAt, type Surroundings } from './fields/answer-field.js';

/** One answer's records, and the request that follows them. */
export interface Page extends Omit<PageRecords, 'drift' | 'ascending' | 'envelope' | 'records'> {
  readonly index: number;
  readonly request: PageRequest;
  readonly next: PageRequest | null;
  /** Records that match the conditions of this request by the server's count; null without a count. */
  readonly total: number | null;
  /**
   * Records that the first or the last answer counts although the config names no such field; null where none
   * does.
   */
  readonly implied_total: number | null;
  /** Columns that this page requires: new ones, and those whose guessed type became JSON. */
  readonly widened: readonly ShapeColumn[];
  /** Reads the columns of a large page in parts, once; absent where `columns` holds them. */
  readonly parts?: (() => Iterable<RecordPart>) | undefined;
  /**
   * Returns the memory of `columns` and `parts` for reuse by another page: they must not be read afterwards.
   * Further calls do nothing. An unreleased page only costs memory.
   */
  readonly release: () => void;
}

/** Runs work at the first call, and drops its reference to it. */
export function once(work: () => void): () => void {
  let left: (() => void) | undefined = work;
  return () => {
    const run = left;
    left = undefined;
    run?.();
  };
}

/** The values of a page that did not fit their columns. */
export function rejectedOf({ rejects, rejected }: Pick<Page, 'rejects' | 'rejected'>): number {
  return rejected ?? rejects.length;
}

/** The column that identifies records and orders pages, when there is exactly one. */
export function keyOf(config: ResolvedEndpoint): string | undefined {
  if (config.pagination.type === 'keyset') return config.pagination.key;
  return config.primary_key.length === 1 ? config.primary_key[0] : undefined;
}

/** Throws PAGINATION_LOOP where a page does not come after the previous one. */
export function assertProgress(
  config: ResolvedEndpoint,
  page: PageRecords,
  last: string | undefined,
  previous: PageRecords | undefined,
): void {
  if (page.count === 0) return;
  if (config.pagination.type === 'keyset') {
    const { key } = config.pagination;
    if (isNone(page.first_key) || isNone(page.last_key))
      throw new XanoError('PAGINATION_LOOP', `Records of "${config.name}" lack their key "${key}".`);
    if (!page.ascending || (last !== undefined && !isAfter(page.first_key, last)))
      throw new XanoError(
        'PAGINATION_LOOP',
        `The server does not keep records of "${config.name}" in the order of "${key}".`,
      );
  }
  if (previous !== undefined && Buffer.compare(previous.records, page.records) === 0)
    throw new XanoError(
      'PAGINATION_LOOP',
      `The server returns the same page of "${config.name}" repeatedly.`,
    );
}

const isNone = (key: string | null): key is null => key === null || key === 'null';

/** Whether a key (JSON text) comes after another: whole numbers by value, any other key if it differs. */
function isAfter(key: string, last: string): boolean {
  const [number, last_number] = [wholeKey(key), wholeKey(last)];
  return number === undefined || last_number === undefined ? key !== last : number > last_number;
}

/** The count of an answer under its conditions, from a number or a text; null without one. */
export function totalOf(
  { pagination }: Pick<ResolvedEndpoint, 'pagination'>,
  answer: Surroundings,
): number | null {
  const { total_path: path = '' } = pagination;
  return (path === '' ? undefined : countIn(fieldAt(answer, path))) ?? null;
}
