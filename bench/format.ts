/** Figures as they are told: the middle of several runs, with the lowest and the highest beside. */

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** The lowest value that so great a part of all does not exceed. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * part) - 1]!;
}

/** Seconds with as many digits as they deserve. */
export function seconds(value: number): string {
  if (value < 1) return `${value.toFixed(3)}`;
  return value < 100 ? value.toFixed(2) : value.toFixed(0);
}

/** `2.51 (2.40–2.63)`. */
export function spread(values: readonly number[], say: (value: number) => string): string {
  if (values.length === 0) return '–';
  const middle = say(median(values));
  return values.length === 1 ? middle : `${middle} (${say(Math.min(...values))}–${say(Math.max(...values))})`;
}

/** A whole number with commas. */
export const whole = (value: number): string => Math.round(value).toLocaleString('en');

/** Kilobytes and more, in thousands. */
export function bytes(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(2)} GB`;
  return value >= 1e6 ? `${(value / 1e6).toFixed(1)} MB` : `${(value / 1e3).toFixed(1)} kB`;
}
