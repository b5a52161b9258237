/** Parents whose lists were not read: which failures are a parent's own, what is kept of them, and when asking on is of no use. */

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
  /** Absent after the first few: thousands of sentences tell no more. */
  readonly error?: ErrorReport;
  /** Some pages of its list were read before. */
  readonly half?: true;
}

/** The parents of one reading that gave no rows, kept with the rows that are staged. */
export interface ParentLosses {
  /** Their lists were refused, or answered with something else: rows may be missing. */
  readonly not_read: readonly LostParent[];
  /** The server has no list at their address: 404, 410. */
  readonly no_list: { readonly count: number; readonly first: readonly LostParent[] };
}

/** Nothing lost so far. */
export const NO_LOSSES: ParentLosses = { not_read: [], no_list: { count: 0, first: [] } };

/** Parents that are told with their errors. */
const MOST_TOLD = 5;
/** So many failures alike, with no list read before, are a mistake in the config or the token, not in the records. */
const MOST_ALIKE = 20;
/** The same of addresses that do not exist: lists that only some records have may be rare. */
const MOST_WITHOUT_LIST = 100;

/** Failures that say something of one list. All others (network, destination, interruption) concern the load. */
const OWN: readonly string[] = [
  ...['TOKEN_REJECTED', 'SCOPE_MISSING', 'XANO_FAILED', 'RESPONSE_UNEXPECTED', 'SELECTOR_EMPTY'],
  ...['PAGINATION_LOOP', 'INCOMPLETE'],
];

/** Whether a failure is that of one parent's list, so that the others can be read. */
export function isOfOneParent(thrown: unknown): thrown is XanoError {
  if (!(thrown instanceof XanoError) || !OWN.includes(thrown.code)) return false;
  return !isServerDown(thrown);
}

/** Whether a failure says that there is no such list. */
export function isWithoutList(error: XanoError): boolean {
  return isMissing(error);
}

/** The losses with one more parent among those without a list. */
export function withoutList(
  losses: ParentLosses,
  parent: LostParent['parent'],
  error: XanoError,
): ParentLosses {
  const { count, first } = losses.no_list;
  const told = first.length < MOST_TOLD ? [...first, { parent, error: errorReport(error) }] : first;
  return { ...losses, no_list: { count: count + 1, first: told } };
}

/** The losses with one more parent whose list was not read; `half`: after some of its pages. */
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

/** Counts failures in a row, to stop where all parents fail alike. */
export interface Streak {
  /** Failures in a row, whatever their kind. */
  readonly length: () => number;
  readonly read: () => void;
  /** Throws the error where it is the last of too many alike, with no list read before. */
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

/** The losses as a report tells them; undefined where there are none. */
export function leftOf({
  count,
  first,
}: {
  readonly count: number;
  readonly first: readonly LostParent[];
}): ParentsLeft | undefined {
  if (count === 0) return undefined;
  const told = first.flatMap(({ parent, error }) => (error === undefined ? [] : [{ parent, error }]));
  return { count, first: told };
}

/**
 * How rows of these parents are known in the child's table: by included columns. Undefined where a bound column is not among those, so that nobody can
 * tell.
 */
export function rowsOfParents(
  { parent }: EndpointConfig,
  lost: readonly LostParent[],
): readonly RowMatch[] | undefined {
  if (parent === undefined) return undefined;
  const columns = [...new Set(Object.values(parent.bind))];
  if (!columns.every((column) => parent.include.includes(column))) return undefined;
  return lost.map((one) =>
    Object.fromEntries(
      columns.map((column) => [includedName(parent.resource, column), one.parent[column] ?? 'null']),
    ),
  );
}
