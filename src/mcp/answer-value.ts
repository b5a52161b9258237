/** A value of a row as an answer holds it: exact, and short. Pure. */
import { type QueryValue, valueAsJson } from '../index.js';
import { clean, cleanText } from './clean.js';

/** The most characters of a value. */
const MOST_VALUE_CHARACTERS = 500;

/** A value of an answer, and whether it was cut. */
export interface AnsweredValue {
  readonly value: unknown;
  readonly is_cut: boolean;
}

/**
 * A value as JSON has it. Whole numbers beyond 2^53 and decimal numbers that JavaScript would round are
 * texts, and so is the content of a JSON column. A longer value is a text, cut.
 */
export function answeredValue(value: QueryValue, column_type: string): AnsweredValue {
  // Before it is cut: an escape is longer than its character.
  const plain = clean(plainValue(value, column_type === 'JSON'));
  if (typeof plain === 'string') return cut(plain);
  const long =
    typeof plain === 'object' && plain !== null && valueAsJson(value).length > MOST_VALUE_CHARACTERS;
  return long ? cut(cleanText(valueAsJson(value))) : { value: plain, is_cut: false };
}

function cut(text: string): AnsweredValue {
  if (text.length <= MOST_VALUE_CHARACTERS) return { value: text, is_cut: false };
  const last = text.charCodeAt(MOST_VALUE_CHARACTERS - 1);
  // Half of a character is not text.
  const end = last >= 0xd800 && last <= 0xdbff ? MOST_VALUE_CHARACTERS - 1 : MOST_VALUE_CHARACTERS;
  return { value: `${text.slice(0, end)}…`, is_cut: true };
}

function plainValue(value: QueryValue, is_json: boolean): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  // Number('1.50') and Number('1.5') are one number: nothing is lost.
  if ('json' in value) return is_json || !isExact(value.json) ? value.json : Number(value.json);
  if ('fields' in value)
    return Object.fromEntries(value.fields.map(([name, one]) => [name, plainValue(one, is_json)]));
  return value.map((one) => plainValue(one, is_json));
}

/** Whether a decimal number keeps its digits as a JavaScript number. */
function isExact(text: string): boolean {
  if (!/^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return false;
  return text.replace(/[-.]/g, '').length <= 15;
}
