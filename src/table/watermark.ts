/** How far a table has been read, by the column that shows new rows. Pure. */
import { z } from 'zod';

/** The longest name or text that is accepted from the state, in characters. */
const MOST_TEXT = 1_000_000;

/** A stretch of time of which rows may be missing, both ends as ISO 8601, UTC. */
export interface HistoryGap {
  readonly from: string;
  readonly until: string;
}

/**
 * How much of a list that forgets its oldest records has been kept, over all loads. Times are ISO 8601, UTC.
 */
export interface Coverage {
  /** The time of the oldest row that was kept first; without rows, when the first load began. */
  readonly since: string;
  /** When the newest complete reading began, by the clock of the computer that read. */
  readonly read_at: string;
  /** The newest row that is kept, by its time; null while there is none. */
  readonly newest: { readonly id: string; readonly at: string } | null;
  /** Gaps that cannot be excluded, the oldest first. */
  readonly gaps: readonly HistoryGap[];
}

/** How much of a history is kept: of a list that forgets its oldest records. */
export interface HistoryKept {
  /** ISO 8601, UTC: the oldest time that is kept. */
  readonly since: string;
  /** The gap before the rows of this load; null where every row since the previous load is kept. */
  readonly gap: HistoryGap | null;
  /** Gaps of all loads. */
  readonly gaps: number;
}

/** The highest value of an incremental column that a load has committed. */
export interface Watermark {
  readonly column: string;
  /** The column's type at that time: the watermark is invalid for another type. */
  readonly type: string;
  /** JSON text, as the source sent it. */
  readonly value: string;
  /** Only of a list that forgets its oldest records. */
  readonly coverage?: Coverage | undefined;
}

const time = z.iso.datetime();

const coverageSchema: z.ZodType<Coverage> = z.object({
  since: time,
  read_at: time,
  newest: z.object({ id: z.string().regex(/^-?\d{1,40}$/), at: time }).nullable(),
  gaps: z.array(z.object({ from: time, until: time })).max(100_000),
});

const column = z.string().max(MOST_TEXT);

/** A watermark from the state: its value must have its type, since it becomes a condition of a request. */
export const watermarkSchema: z.ZodType<Watermark> = z.union([
  z.object({
    column,
    type: z.enum(['BIGINT', 'TIMESTAMPTZ']),
    value: z.string().regex(/^-?\d{1,40}$/),
    coverage: coverageSchema.optional(),
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
