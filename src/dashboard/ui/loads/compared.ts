/** Compares the tables of two loads. Pure. */
import type { ShownReport, ShownResource } from '../../answers.js';
import { changeInWords } from '../words.js';

/** A table of a load, beside the same one of an earlier load. */
export interface Compared {
  readonly target: string;
  /** Undefined where the load did not read it. */
  readonly now: ShownResource | undefined;
  readonly before: ShownResource | undefined;
  /** Rows more than before; null where one of both is not known. */
  readonly rows: number | null;
  /** Milliseconds more than before. */
  readonly duration_ms: number | null;
  /** What changed in its columns after the earlier load, up to this one. */
  readonly changes: readonly string[];
}

/** Every table of either load: those of `now` in their order, then those that only `before` has. */
export function compareLoads(
  now: ShownReport,
  before: ShownReport | undefined,
  known: readonly ShownReport[],
): Compared[] {
  const since = known
    .filter(
      ({ load_id, started_at }) =>
        load_id !== now.load_id &&
        started_at < now.started_at &&
        before !== undefined &&
        started_at > before.started_at,
    )
    .toReversed();
  const find = (report: ShownReport | undefined, target: string): ShownResource | undefined =>
    report?.resources.find((resource) => resource.target === target);
  const targets = new Set([...now.resources, ...(before?.resources ?? [])].map(({ target }) => target));
  return [...targets].map((target) => {
    const [one, other] = [find(now, target), find(before, target)];
    const minus = (a: number | null | undefined, b: number | null | undefined): number | null =>
      a == null || b == null ? null : a - b;
    return {
      target,
      now: one,
      before: other,
      rows: minus(one?.rows_total, other?.rows_total),
      duration_ms: minus(one?.duration_ms, other?.duration_ms),
      changes: [...since, now].flatMap((report) =>
        (find(report, target)?.schema_changes ?? []).map(changeInWords),
      ),
    };
  });
}

/** The newest load before one that read a table of it; undefined where none did. */
export function loadBefore(now: ShownReport, known: readonly ShownReport[]): ShownReport | undefined {
  const targets = new Set(now.resources.map(({ target }) => target));
  return known.find(
    ({ started_at, resources }) =>
      started_at < now.started_at && resources.some(({ target }) => targets.has(target)),
  );
}
