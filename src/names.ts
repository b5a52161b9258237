/** Names: as people mistype them, and as DuckDB compares them. */
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

/**
 * The end of a sentence about a name that does not exist: `; did you mean "orders"?`, or a full stop when
 * none is near.
 */
export function didYouMean(names: readonly string[], name: string): string {
  const nearest = nearestName(names, name);
  return nearest === undefined ? '.' : `; did you mean "${nearest}"?`;
}

/** A name as DuckDB compares it: A to Z in lower case, all else untouched (`É` and `é` are two names). */
export function foldName(name: string): string {
  if (!/[A-Z]/.test(name)) return name;
  if (!/[\u0080-\uffff]/.test(name)) return name.toLowerCase();
  const units = Buffer.from(name, 'utf16le');
  for (let at = 0; at < units.length; at += 2) {
    const unit = units.readUInt16LE(at);
    if (unit >= 0x41 && unit <= 0x5a) units.writeUInt16LE(unit + 0x20, at);
  }
  return units.toString('utf16le');
}

/**
 * Longer names, in characters, are not compared: that takes time for each pair of characters, and nobody
 * mistypes them.
 */
const LONGEST_NAME = 500;
