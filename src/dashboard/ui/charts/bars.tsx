/** A bar for every name, each on a line of its own. */
import type { Series } from './chart-of.js';

const LINE = 26;
const NAMES = 180;
const BARS = 420;
const NUMBERS = 120;

const short = (text: string): string => (text.length > 24 ? `${text.slice(0, 23)}…` : text);

/** The bars. `label`: what they show, as a sentence for people who do not see them. */
export function Bars({ series: { points }, label }: { readonly series: Series; readonly label: string }) {
  const low = Math.min(0, ...points.map(({ y }) => y));
  const high = Math.max(0, ...points.map(({ y }) => y));
  const at = (y: number): number => NAMES + (high === low ? 0 : (y - low) / (high - low)) * BARS;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the keyboard
    <section class="chart bars" aria-label="Bars" tabIndex={0}>
      <svg width={NAMES + BARS + NUMBERS} height={points.length * LINE} role="img" aria-label={label}>
        {points.map(({ label: name, y }, i) => (
          <g key={i} transform={`translate(0 ${i * LINE})`}>
            <title>{`${name}: ${y.toLocaleString('en-US')}`}</title>
            <text x={NAMES - 12} y={LINE / 2} text-anchor="end" dominant-baseline="central">
              {short(name)}
            </text>
            <rect
              x={Math.min(at(0), at(y))}
              y="5"
              width={Math.max(1, Math.abs(at(y) - at(0)))}
              height={LINE - 10}
              rx="3"
            />
            <text x={Math.max(at(0), at(y)) + 8} y={LINE / 2} dominant-baseline="central">
              {y.toLocaleString('en-US')}
            </text>
          </g>
        ))}
      </svg>
    </section>
  );
}
