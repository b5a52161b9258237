/** What is known once a history was read: how much is kept, and which gap cannot be excluded. Pure. */
import type { RollingOutcome, RollingStart } from '../../rest/paging/rolling/rolling-list.js';
import type { Coverage, HistoryGap } from '../../table/watermark.js';
import type { HistoryFacts } from './history-kinds.js';

/** What the rows of one reading have shown. Changes with each page. */
export interface ReadHistory {
  /** Epoch milliseconds. */
  oldest: number | undefined;
  newest: { readonly id: string; readonly at: number } | undefined;
  lowest_id: bigint | undefined;
  highest_id: bigint | undefined;
  pages: number;
  /** The newest rows came first, as far as the lag. */
  in_order: boolean;
  /** The newest row of earlier loads came again. */
  met: boolean;
  /** False where the list kept moving each time that it was read. */
  settled: boolean;
}

/** Clocks differ, and nobody says when exactly a row is dropped. */
const MARGIN_MS = 3_600_000;

/** Gaps that the state keeps, the newest ones. */
const MOST_GAPS = 10_000;

/** What is kept after this reading. */
export function outcomeOf(read: ReadHistory, start: RollingStart, facts: HistoryFacts): RollingOutcome {
  const { coverage, highest, now } = start;
  const gap = gapOf(read, start, facts);
  const gaps = [...(coverage?.gaps ?? []), ...(gap === null ? [] : [{ from: gap.from, until: gap.until }])];
  const read_at = iso(now);
  const ids = [read.highest_id, highest === null ? undefined : BigInt(highest)].filter(
    (id) => id !== undefined,
  );
  return {
    watermark: {
      column: 'id',
      type: 'BIGINT',
      value: String(ids.reduce((most, id) => (id > most ? id : most), 0n)),
      coverage: {
        since: coverage?.since ?? iso(read.oldest ?? now),
        read_at,
        newest: newestOf(read, coverage),
        gaps: gaps.slice(-MOST_GAPS),
      },
    },
    gap,
  };
}

function newestOf({ newest }: ReadHistory, coverage: Coverage | null): Coverage['newest'] {
  const kept = coverage?.newest ?? null;
  if (newest === undefined || (kept !== null && Date.parse(kept.at) > newest.at)) return kept;
  return { id: newest.id, at: iso(newest.at) };
}

/**
 * The gap that cannot be excluded. There is none where the newest row that is kept came again, where rows
 * older than it came, where the ids continue without a break, or where the whole list was read again before
 * Xano drops what had been in it.
 */
function gapOf(
  read: ReadHistory,
  { coverage, highest, now }: RollingStart,
  { kind, window_ms }: HistoryFacts,
): RollingOutcome['gap'] {
  if (coverage === null) return null;
  const { newest, read_at } = coverage;
  const from = newest?.at ?? read_at;
  if (!read.settled) return ordered(from, now, `the list of ${kind} changed each time that it was read`);
  if (read.met) return null;
  if (newest !== null && read.oldest !== undefined && read.oldest < Date.parse(newest.at)) return null;
  if (highest !== null && read.lowest_id === BigInt(highest) + 1n) return null;
  if (window_ms !== null && now - Date.parse(read_at) <= window_ms - MARGIN_MS) return null;
  // Of a history without a known end, an empty list says nothing: the next row shows whether it continues.
  if (window_ms === null && read.oldest === undefined) return null;
  const until = read.oldest ?? now - (window_ms ?? 0);
  return ordered(
    from,
    until,
    newest === null
      ? `the previous load, at ${read_at}, found no ${kind}, and Xano has dropped rows since`
      : `the newest row that is kept, ${newest.id} of ${newest.at}, is no longer in Xano`,
  );
}

const ordered = (from: string, until: number, reason: string): HistoryGap & { readonly reason: string } => ({
  from,
  until: iso(Math.max(until, Date.parse(from))),
  reason,
});

const iso = (ms: number): string => new Date(ms).toISOString();
