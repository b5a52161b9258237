/**
 * Masks: what a load stores in place of the values of a column that must not leave the source as they are.
 */
import { createHmac } from 'node:crypto';
import type { ColumnType } from './column.js';

/**
 * What takes the place of a value. `hash`: 32 hexadecimal digits of HMAC-SHA256, equal for equal values, so
 * that tables still join. `last4`: the last four characters. `redact`: a fixed text. `year`: the year of a
 * date.
 */
export type Mask = (typeof MASKS)[number];

/** Every {@link Mask}. */
export const MASKS = ['hash', 'last4', 'redact', 'year'] as const;

/** The type of a column whose values are masked. */
export const maskedType = (mask: Mask): ColumnType => (mask === 'year' ? 'BIGINT' : 'VARCHAR');

/** The shortest key of hashes, in characters: shorter ones can be found by trial. */
export const SHORTEST_MASK_KEY = 16;

/**
 * A mask as the state keeps it: a hash with eight digits that tell its key from others, since hashes of two
 * keys never join.
 */
export function storedMask(mask: Mask, key = ''): string {
  return mask === 'hash' ? `hash:${hashed('xano-connector: the key of masks', key).slice(0, 8)}` : mask;
}

/** The hash of a text with a key: 32 hexadecimal digits of HMAC-SHA256. */
export const hashed = (text: string, key: string): string =>
  createHmac('sha256', key).update(text).digest('hex').slice(0, 32);
