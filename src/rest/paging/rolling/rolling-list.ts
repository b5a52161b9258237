/**
 * Lists that forget their oldest records, such as a log of the last 24 hours: how one is read, and what is
 * known afterwards. What such a list is, and what of it may be stored, its own room says.
 */
import type { Coverage, HistoryGap, Watermark } from '../../../table/watermark.js';
import type { Http } from '../../http/client.js';

/** What is known of a list when its reading begins. */
export interface RollingStart {
  readonly http: Http;
  /** What earlier loads have kept; null without any. */
  readonly coverage: Coverage | null;
  /** The highest id that is kept; null where it is not known. */
  readonly highest: string | null;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What is known of a list once it has been read to its end, or to rows that are kept. */
export interface RollingOutcome {
  readonly watermark: Watermark & { readonly coverage: Coverage };
  /** The gap that cannot be excluded, and why; null where no row is missing. */
  readonly gap: (HistoryGap & { readonly reason: string }) | null;
}

/** One reading of such a list. */
export interface RollingReading {
  /** Gives the list's pages as they may be stored, and ends the list at rows that are kept. */
  readonly http: Http;
  readonly outcome: () => RollingOutcome;
}

/** Begins a reading of a list that forgets its oldest records. */
export type RollingList = (start: RollingStart) => RollingReading;
