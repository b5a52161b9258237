/**
 * Parents whose lists were not read: which failures concern one parent, what is stored of them, and when to
 * give up.
 */

import type { RowMatch } from '../../destinations/destination.js';
import { type ErrorReport, errorReport, XanoError } from '../../errors.js';
import type { ParentsLeft } from '../../events.js';
import type { EndpointConfig } from '../../rest/config/endpoint-config.js';
import { includedName } from '../../rest/config/parent.js';
import { isMissing, isServerDown } from '../../rest/http/failures.js';

/** A parent whose list was not read. */
export interface LostParent {
  /** The bound columns and their values, as JSON texts. */
  readonly parent: Readonly<Record<string, string>>;
  /** Absent after the first few. */
  readonly error?: ErrorReport;
  /** Some pages of its list were read before. */
  readonly half?: true;
}

/** Parents that gave no rows; stored with the staged rows. */
export interface ParentLosses {
  /** Parents whose lists could not be read: rows may be missing. */
  readonly not_read: readonly LostParent[];
  /** Parents without a list: status 404 or 410. */
  readonly no_list: { readonly count: number; readonly first: readonly LostParent[] };
}

/** Nothing lost so far. */
export const NO_LOSSES: ParentLosses = { not_read: [], no_list: { count: 0, first: [] } };

/** So many parents are reported with their errors. */
const MOST_TOLD = 5;
/** So many equal failures before any list was read point to the config or the token, not to the records. */
const MOST_ALIKE = 20;
/** The same for URLs that do not exist: only a few records may have a list. */
const MOST_WITHOUT_LIST = 100;

/**
 * Errors that may concern one list alone. All others (network, destination, interruption) concern the load.
 */
const OWN: readonly string[] = [
  ...['TOKEN_REJECTED', 'SCOPE_MISSING', 'XANO_FAILED', 'RESPONSE_UNEXPECTED', 'SELECTOR_EMPTY'],
  ...['PAGINATION_LOOP', 'INCOMPLETE'],
];

/** Whether an error concerns one parent's list, so that the others can be read. */
export function isOfOneParent(thrown: unknown): thrown is XanoError {
  if (!(thrown instanceof XanoError) || !OWN.includes(thrown.code)) return false;
  return !isServerDown(thrown);
}

/** Whether an error says that the list does not exist. */
export function isWithoutList(error: XanoError): boolean {
  return isMissing(error);
}

/** Adds a parent without a list. */
export function withoutList(
  losses: ParentLosses,
  parent: LostParent['parent'],
  error: XanoError,
): ParentLosses {
  const { count, first } = losses.no_list;
  const described = first.length < MOST_TOLD ? [...first, { parent, error: errorReport(error) }] : first;
  return { ...losses, no_list: { count: count + 1, first: described } };
}

/** Adds a parent whose list was not read; `half`: after some of its pages. */
export function withNotRead(
  losses: ParentLosses,
  parent: LostParent['parent'],
  error: XanoError,
  half: boolean,
): ParentLosses {
  const lost: LostParent = {
    parent,
    ...(losses.not_read.length < MOST_TOLD ? { error: errorReport(error) } : {}),
    ...(half ? { half } : {}),
  };
  return { ...losses, not_read: [...losses.not_read, lost] };
}

/** Counts failures in a row, to give up when all parents fail alike. */
export interface Streak {
  /** Failures in a row, whatever their kind. */
  readonly length: () => number;
  readonly read: () => void;
  /** Throws the error after too many equal ones before any list was read. */
  readonly failed: (error: XanoError, lists_read: number) => void;
}

/** Begins to count. */
export function followFailures(): Streak {
  let length = 0;
  let alike = 0;
  let kind = '';
  return {
    length: () => length,
    read: () => {
      length = 0;
      alike = 0;
    },
    failed: (error, lists_read) => {
      const now = `${error.code} ${error.request?.status ?? ''}`;
      alike = now === kind ? alike + 1 : 1;
      kind = now;
      length++;
      const most = isWithoutList(error) ? MOST_WITHOUT_LIST : MOST_ALIKE;
      if (lists_read === 0 && alike >= most) throw error;
    },
  };
}

/** Losses as a report has them; undefined without any. */
export function leftOf({
  count,
  first,
}: {
  readonly count: number;
  readonly first: readonly LostParent[];
}): ParentsLeft | undefined {
  if (count === 0) return undefined;
  const described = first.flatMap(({ parent, error }) => (error === undefined ? [] : [{ parent, error }]));
  return { count, first: described };
}

/**
 * Matches the rows of these parents in the child's table, by its included columns; undefined when a bound
 * column is not included.
 */
export function rowsOfParents(
  { parent }: EndpointConfig,
  lost: readonly LostParent[],
): readonly RowMatch[] | undefined {
  if (parent === undefined) return undefined;
  const columns = [...new Set(Object.values(parent.bind))];
  if (!columns.every((column) => parent.include.includes(column))) return undefined;
  return lost.map((loss) =>
    Object.fromEntries(
      columns.map((column) => [includedName(parent.resource, column), loss.parent[column] ?? 'null']),
    ),
  );
}
