/** Masks one value: JSON text becomes the JSON text that is stored in its place. Pure. */
import { hashed, type Mask } from '../../../table/mask.js';

/** The text of a reject whose value must not be stored. */
export const MASKED = '"[masked]"';

/** The text that `redact` stores. */
const REDACTED = '[redacted]';

/** Characters that `last4` shows, and the shortest text of which it shows them. */
const SHOWN = 4;
const SHORTEST_SHOWN = 2 * SHOWN;

/** Masks a value that is not null, given as JSON text; undefined where the mask cannot read it. */
export type MaskValue = (json: string) => string | undefined;

/** Makes the function that masks values. `key` is the key of hashes. */
export function createMask(mask: Mask, key = ''): MaskValue {
  const masks: Record<Mask, (text: string) => string | undefined> = {
    hash: (text) => JSON.stringify(hashed(text, key)),
    last4: (text) => JSON.stringify(lastFour(text)),
    redact: () => JSON.stringify(REDACTED),
    year: yearOf,
  };
  const apply = masks[mask];
  return (json) => {
    const text = textOf(json);
    // Xano sends "" where a text or a date is not set.
    return text === '' ? (mask === 'year' ? 'null' : '""') : apply(text);
  };
}

/**
 * A value as text, the same for all spellings of one value: a text itself, a number as JavaScript writes it,
 * unless that would round a whole number.
 */
function textOf(json: string): string {
  const first = json[0];
  if (first !== '"' && /^-?\d+$/.test(json)) return json;
  const value: unknown = JSON.parse(json);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function lastFour(text: string): string {
  // Half of a surrogate pair cannot be stored.
  const characters = [...Buffer.from(text).toString()];
  return characters.length < SHORTEST_SHOWN ? '****' : `****${characters.slice(-SHOWN).join('')}`;
}

/** A year of a date or time as text, or of epoch milliseconds, which is how Xano sends timestamps. */
function yearOf(text: string): string | undefined {
  if (/^-?\d{1,16}$/.test(text)) {
    const year = new Date(Number(text)).getUTCFullYear();
    return Number.isNaN(year) ? undefined : String(year);
  }
  const [, year] = /^(\d{4})-\d{2}-\d{2}(?![\d])/.exec(text) ?? [];
  return year === undefined ? undefined : String(Number(year));
}
