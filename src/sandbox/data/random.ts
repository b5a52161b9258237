/** Pseudo-random numbers that are the same every time. */

/** A seeded source of choices. */
export interface Dice {
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number;
  /** One of a list. */
  pick<T>(list: readonly T[]): T;
  /** True in about `share` of the calls. */
  chance(share: number): boolean;
  /** A version 4 UUID. */
  uuid(): string;
}

/** A generator with a seed: Mulberry32, 32 bits of state. */
export function rollingFrom(seed: number): Dice {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  const hex = (digits: number) => Array.from({ length: digits }, () => integer(0, 15).toString(16)).join('');
  return {
    whole: integer,
    pick: (list) => list[integer(0, list.length - 1)]!,
    chance: (share) => next() < share,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'[integer(0, 3)]}${hex(3)}-${hex(12)}`,
  };
}
