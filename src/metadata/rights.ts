/** The rights of a token, which Xano lists beside its owner. Pure. */
import { isJsonObject, type Json, select } from '../json.js';

/** The listed rights of one of Xano's scopes, such as `workspace:database`. */
export interface ListedRight {
  readonly scope: string;
  readonly value: number;
}

/**
 * The paths of rights in `extras`, which is undocumented: those of the token, else those of its owner's role.
 */
const LISTED_AT = [
  'access_token.scope',
  'instance.access_token.scope',
  'instance.membership.rolePermissions',
];

/**
 * Scopes with more than one listed right; null where none are listed. The meaning of the numbers is unknown.
 * If rights are added up, a single one is a power of two, so any other number means more than reading.
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
