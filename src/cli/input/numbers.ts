/** Numbers and spans of time on the command line. */
import { InvalidArgumentError } from 'commander';
import type { Duration } from '../deadline.js';

/** Reads a whole number between two bounds, or says what is allowed. */
export function parseWhole(option: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max))
      throw new InvalidArgumentError(`${option} takes a whole number from ${min} to ${max}`);
    return value;
  };
}

/** Reads a span of time such as `90m`, `24h`, `7d` or `2w`, in milliseconds. */
export function parseSpan(option: string): (text: string) => number {
  return (text) => {
    const [, digits, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
    const minutes = { m: 1, h: 60, d: 1440, w: 10_080 }[unit ?? ''];
    if (minutes === undefined || Number(digits) === 0)
      throw new InvalidArgumentError(`${option} takes a span of time such as 90m, 24h or 7d`);
    return Number(digits) * minutes * 60_000;
  };
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** The longest alarm that Node can set is a little under 25 days. */
const LONGEST_MS = 24 * 86_400_000;

/** Reads a span of time such as `30m`, `90s` or `1h30m`, or says what is allowed. */
export function parseDuration(option: string): (text: string) => Duration {
  return (text) => {
    const parts = /^(?:\d{1,6}[smhd])+$/.test(text) ? [...text.matchAll(/(\d{1,6})([smhd])/g)] : [];
    const ms = parts.reduce((sum, [, number, unit]) => sum + Number(number) * UNITS_MS[unit!]!, 0);
    if (ms < 1000 || ms > LONGEST_MS)
      throw new InvalidArgumentError(`${option} takes a time such as 90s, 30m or 1h30m, up to 24d`);
    return { ms, text };
  };
}
