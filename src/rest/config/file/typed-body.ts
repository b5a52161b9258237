/**
 * Values of a body that YAML reads as numbers: sent as JSON numbers, or refused where JSON has no such
 * number. Pure.
 */
import { isJsonObject } from '../../../json.js';
import { doubleHolds } from '../../decode/values/check-number.js';
import type { Mistake } from '../validation-messages.js';

/**
 * The mistakes in a body: numbers that cannot be sent as written. `written` holds the text of each number
 * whose spelling differs from the number in `typed`.
 */
export function numberMistakes(written: unknown, typed: unknown, at: readonly PropertyKey[]): Mistake[] {
  if (typeof typed === 'number') {
    const wrong = typeof written === 'string' ? wrongNumber(written, typed) : undefined;
    return wrong === undefined ? [] : [{ path: at, message: wrong }];
  }
  if (Array.isArray(typed))
    return typed.flatMap((part, nth) =>
      numberMistakes(Array.isArray(written) ? written[nth] : undefined, part, [...at, nth]),
    );
  if (!isJsonObject(typed)) return [];
  const texts = isJsonObject(written) ? written : {};
  return Object.entries(typed).flatMap(([name, part]) => numberMistakes(texts[name], part, [...at, name]));
}

/** Why a number cannot be sent as written, as the rest of a sentence; undefined where it can. */
function wrongNumber(source: string, value: number): string | undefined {
  // YAML 1.1 reads 010 as 8 and YAML 1.2 as 10; such a value is often meant as text, such as a postal code.
  if (/^[-+]?0\d/.test(source))
    return `found ${source}, which begins with 0: put it in quotes to send a text, or leave out the zeros to send a number`;
  if (!Number.isFinite(value)) return `found ${source}: JSON has no such number`;
  const isExact = /^0[xo]/.test(source)
    ? Number.isSafeInteger(value)
    : doubleHolds(source.replace(/^\+/, ''));
  return isExact
    ? undefined
    : `found a number of more digits than can be sent exactly (${source}): put it in quotes to send a text`;
}
