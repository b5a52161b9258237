/** Rights that Xano lists for a token, beside the answer to whose it is. Pure. */
import { isJsonObject, type Json, select } from '../json.js';

/** What is listed for one of Xano's scopes, such as `workspace:database`. */
export interface ListedRight {
  readonly scope: string;
  readonly value: number;
}

/**
 * Where rights were seen in `extras`, which is documented nowhere: those of the token, else those of its
 * owner's role.
 */
const LISTED_AT = [
  'access_token.scope',
  'instance.access_token.scope',
  'instance.membership.rolePermissions',
];

/**
 * Scopes for which more than one right is listed; null where none are listed at all. Which number means which
 * right is not known. A right alone is a power of two wherever rights are added up, so that a number which is
 * none holds more than reading.
 */
export function moreThanOneRight(extras: unknown): readonly ListedRight[] | null {
  const listed = LISTED_AT.map((path) => select(extras as Json, path)).find(isJsonObject);
  if (listed === undefined) return null;
  return Object.entries(listed).flatMap(([scope, value]) =>
    typeof value === 'number' &&
    Number.isSafeInteger(value) &&
    value > 0 &&
    !Number.isInteger(Math.log2(value))
      ? [{ scope, value }]
      : [],
  );
}
