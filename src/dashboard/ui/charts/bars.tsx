/** A bar for every name, each on a line of its own. */
import type { Series } from './chart-of.js';
import { useWidth } from './use-width.js';

const LINE = 26;
/** Room for a number behind its bar. */
const NUMBERS = 96;
/** About the width of a character. */
const CHARACTER = 7.5;

/** The bars. `label`: what they show, as a sentence for people who do not see them. */
export function Bars({ series: { points }, label }: { readonly series: Series; readonly label: string }) {
  const [place, width] = useWidth<HTMLElement>();
  const longest = Math.max(...points.map(({ label: name }) => name.length));
  const names = Math.min(220, width * 0.35, longest * CHARACTER + 16);
  const bars = width - names - NUMBERS;
  const low = Math.min(0, ...points.map(({ y }) => y));
  const high = Math.max(0, ...points.map(({ y }) => y));
  const at = (y: number): number => names + (high === low ? 0 : (y - low) / (high - low)) * bars;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the keyboard
    <section class="chart bar-chart" aria-label="Bars" tabIndex={0} ref={place}>
      <svg width={width} height={points.length * LINE} role="img" aria-label={label}>
        {points.map(({ label: name, y }, i) => (
          <g key={i} transform={`translate(0 ${i * LINE})`}>
            <title>{`${name}: ${y.toLocaleString('en-US')}`}</title>
            <text x={names - 12} y={LINE / 2} text-anchor="end" dominant-baseline="central">
              {cut(name, (names - 16) / CHARACTER)}
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

const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, Math.max(1, Math.floor(most) - 1))}…` : text;
