/**
 * Numbers and times on the command line. The package parse-duration is too generous for them: it takes
 * `1.5h`, `-5m` and bare numbers.
 */
import { InvalidArgumentError } from 'commander';
import type { Duration } from '../deadline.js';

/** Reads a whole number between two bounds. Throws with the allowed ones. */
export function parseWhole(option: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max))
      throw new InvalidArgumentError(`${option} takes a whole number from ${min} to ${max}`);
    return value;
  };
}

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** The limits of a time. */
export interface DurationLimits {
  /** For the message: examples of times. */
  readonly such_as: string;
  readonly least_ms?: number;
  readonly most?: { readonly ms: number; readonly text: string };
}

/**
 * Reads a time such as `90s`, `30m`, `1h30m`, `7d` or `2w`. Throws with the allowed ones. A number needs its
 * unit.
 */
export function parseDuration(
  option: string,
  { such_as, least_ms = 1000, most }: DurationLimits,
): (text: string) => Duration {
  return (text) => {
    const parts = /^(?:\d{1,6}[smhdw])+$/.test(text) ? [...text.matchAll(/(\d{1,6})([smhdw])/g)] : [];
    const ms = parts.reduce((sum, [, number, unit]) => sum + Number(number) * UNITS_MS[unit!]!, 0);
    if (parts.length === 0 || ms < least_ms || ms > (most?.ms ?? Number.POSITIVE_INFINITY))
      throw new InvalidArgumentError(
        `${option} takes a time such as ${such_as}${most === undefined ? '' : `, up to ${most.text}`}`,
      );
    return { ms, text };
  };
}
