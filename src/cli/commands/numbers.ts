/** Numbers on the command line. */
import { InvalidArgumentError } from 'commander';

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
