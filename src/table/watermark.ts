/** How far a table has been read, by the column that shows new rows. Pure. */
import { z } from 'zod';

/** The longest name or text that is accepted from the state, in characters. */
const MOST_TEXT = 1_000_000;

/** The highest value of an incremental column that a load has committed. */
export interface Watermark {
  readonly column: string;
  /** The column's type at that time: the watermark is invalid for another type. */
  readonly type: string;
  /** JSON text, as the source sent it. */
  readonly value: string;
}

const column = z.string().max(MOST_TEXT);

/** A watermark from the state: its value must have its type, since it becomes a condition of a request. */
export const watermarkSchema: z.ZodType<Watermark> = z.union([
  z.object({
    column,
    type: z.enum(['BIGINT', 'TIMESTAMPTZ']),
    value: z.string().regex(/^-?\d{1,40}$/),
  }),
  z.object({
    column,
    type: z.enum(['DATE', 'VARCHAR']),
    value: z.string().max(MOST_TEXT).refine(isJsonText).refine(isDay),
  }),
]);

function isJsonText(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'string';
  } catch {
    return false;
  }
}

/** Whether a text is a day of the calendar, where it is written as one. */
function isDay(text: string): boolean {
  return !/^"\d{4}-\d\d-\d\d"$/.test(text) || !Number.isNaN(Date.parse(`${text.slice(1, -1)}T00:00:00Z`));
}
