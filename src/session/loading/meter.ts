/** Measures a rate of growth. */

/** The recent rate of growth. */
export interface Meter {
  readonly add: (rows: number, at: number) => void;
  /** Per second; null until it can be measured. */
  readonly rate: (at: number) => number | null;
}

/** The window of the measurement, in milliseconds. */
const LATELY_MS = 15_000;
/** A rate over less time than this is chance. Milliseconds. */
const TELLING_MS = 500;

/** Begins with this many rows, at that time. */
export function meter(rows: number, at: number): Meter {
  let total = rows;
  let marks = [{ at, total }];
  return {
    add: (more, now) => {
      total += more;
      // The reading has restarted: earlier marks do not count.
      if (more < 0) marks = [{ at: now, total }];
      else marks.push({ at: now, total });
      while (marks.length > 2 && marks[1]!.at < now - LATELY_MS) marks.shift();
    },
    rate: (now) => {
      const { at: began_at, total: then } = marks[0]!;
      return now - began_at < TELLING_MS ? null : ((total - then) / (now - began_at)) * 1000;
    },
  };
}
