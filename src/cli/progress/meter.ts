/** How fast something grows. */

/** How fast something has grown of late. */
export interface Meter {
  readonly add: (rows: number, at: number) => void;
  /** A second; null before that can be told. */
  readonly rate: (at: number) => number | null;
}

/** What was longer ago than this says nothing of how fast it is now. */
const LATELY_MS = 15_000;
/** Over less than this a rate is chance. */
const TELLING_MS = 500;

/** Measures from so many rows, at that time. */
export function meter(rows: number, at: number): Meter {
  let total = rows;
  let marks = [{ at, total }];
  return {
    add: (more, now) => {
      total += more;
      // Read again from the start: what was before does not count.
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
