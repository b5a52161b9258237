/** A chart of lines, as SVG. */
import { type Series, ticksOf } from './chart-of.js';
import { useWidth } from './use-width.js';

const HEIGHT = 240;
const [ABOVE, BELOW, RIGHT] = [12, 28, 16];

/** A large number in a few characters: `12k`, `3.5M`. */
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 2 });

/** The lines. `label`: what they show, as a sentence for people who do not see them. */
export function LineChart({ series, label }: { readonly series: readonly Series[]; readonly label: string }) {
  const [place, width] = useWidth<HTMLDivElement>();
  const all = series.flatMap(({ points }) => points);
  const ys = all.map(({ y }) => y);
  const ticks = ticksOf(Math.min(...ys), Math.max(...ys));
  const [low, high] = [ticks[0]!, ticks.at(-1)!];
  const left = 16 + Math.max(...ticks.map((tick) => compact.format(tick).length)) * 8;
  const xs = all.map(({ x }) => x);
  const [first, last] = [Math.min(...xs), Math.max(...xs)];
  const atX = (x: number): number =>
    left + (last === first ? 0.5 : (x - first) / (last - first)) * (width - left - RIGHT);
  const atY = (y: number): number => ABOVE + (1 - (y - low) / (high - low)) * (HEIGHT - ABOVE - BELOW);
  const labelOf = (x: number): string => all.find((point) => point.x === x)?.label ?? '';
  return (
    <div ref={place} class="chart">
      <svg width={width} height={HEIGHT} role="img" aria-label={label}>
        {ticks.map((tick) => (
          <g key={tick}>
            <line class="grid" x1={left} x2={width - RIGHT} y1={atY(tick)} y2={atY(tick)} />
            <text x={left - 8} y={atY(tick)} text-anchor="end" dominant-baseline="central">
              {compact.format(tick)}
            </text>
          </g>
        ))}
        <text x={left} y={HEIGHT - 6}>
          {short(labelOf(first))}
        </text>
        {last === first ? null : (
          <text x={width - RIGHT} y={HEIGHT - 6} text-anchor="end">
            {short(labelOf(last))}
          </text>
        )}
        {series.map(({ name, points }, at) => (
          <g key={name} class={`series-${at}`}>
            <polyline
              points={points.map(({ x, y }) => `${atX(x).toFixed(1)},${atY(y).toFixed(1)}`).join(' ')}
            />
            {points.length > 60
              ? null
              : points.map((point, i) => (
                  <circle key={i} class="dot" cx={atX(point.x)} cy={atY(point.y)} r="3">
                    <title>{`${point.label}: ${point.y.toLocaleString('en-US')}`}</title>
                  </circle>
                ))}
          </g>
        ))}
      </svg>
      {series.length < 2 ? null : (
        <ul class="legend">
          {series.map(({ name }, at) => (
            <li key={name} class={`series-${at}`}>
              {name}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

const short = (text: string): string => (text.length > 24 ? `${text.slice(0, 23)}…` : text);
