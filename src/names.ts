/** Names as people type them. */
import { distance } from 'fastest-levenshtein';

/** The name nearest to a mistyped one, or undefined when none is near. */
export function nearestName(names: readonly string[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  // Nothing at all is near to everything short.
  if (wanted === '' || wanted.length > LONGEST_NAME) return undefined;
  const scored = names
    .filter(({ length }) => length <= LONGEST_NAME)
    .map((candidate) => ({ candidate, away: distance(candidate.toLowerCase(), wanted) }));
  const best = scored.toSorted((a, b) => a.away - b.away)[0];
  if (best === undefined) return undefined;
  const near =
    best.away <= Math.max(2, Math.floor(wanted.length / 3)) ||
    best.candidate.toLowerCase().startsWith(wanted);
  return near ? best.candidate : undefined;
}

/** The end of a sentence about a name that nobody has: the nearest one as a question, or a full stop. */
export function didYouMean(names: readonly string[], name: string): string {
  const nearest = nearestName(names, name);
  return nearest === undefined ? '.' : `; did you mean "${nearest}"?`;
}

/**
 * Longer names, in characters, are not compared: that takes time for each pair of characters, and nobody
 * mistypes them.
 */
const LONGEST_NAME = 500;
