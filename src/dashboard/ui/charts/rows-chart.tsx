/** A small line of a table's rows over its loads. */
import { pastOf } from '../state.js';
import { count } from '../words.js';

const WIDTH = 96;
const HEIGHT = 24;

/** Rows after each load, the oldest first. Screen readers get the numbers as a sentence. */
export function RowsChart({ target }: { readonly target: string }) {
  const values = pastOf(target).flatMap(({ resource: { rows_total } }) =>
    rows_total === null ? [] : [rows_total],
  );
  if (values.length < 2) return <span class="quiet">–</span>;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const y = (value: number): number =>
    high === low ? HEIGHT / 2 : HEIGHT - 3 - ((value - low) / (high - low)) * (HEIGHT - 6);
  const x = (at: number): number => 3 + (at / (values.length - 1)) * (WIDTH - 6);
  const points = values.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  const words = `Rows over the last ${values.length} loads: from ${count(values[0]!)} to ${count(values.at(-1)!)}`;
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words}>
      <polyline points={points} />
      <circle cx={x(values.length - 1)} cy={y(values.at(-1)!)} r="2.5" />
    </svg>
  );
}
