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
