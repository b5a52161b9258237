/** Random numbers that a seed decides, so that a finding can be repeated. Pure. */

/** Gives whole numbers from 0 to below `below`. */
export type Seeded = (below: number) => number;

/** Makes the numbers of a seed and a name: each table has its own, whichever others are compared. */
export function seededFor(seed: number, name: string): Seeded {
  // FNV-1a mixes the name into the seed; mulberry32 gives the numbers.
  let state = (seed ^ 0x811c9dc5) >>> 0;
  for (const byte of Buffer.from(name)) state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** So many different numbers below a count, in ascending order; all of them where the count is smaller. */
export function chooseSome(seeded: Seeded, wanted: number, count: number): number[] {
  if (wanted >= count) return Array.from({ length: count }, (_, i) => i);
  const chosen = new Set<number>();
  while (chosen.size < wanted) chosen.add(seeded(count));
  return [...chosen].toSorted((a, b) => a - b);
}
