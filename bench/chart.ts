/** The chart: how long a load takes, program by program, with the lowest and the highest run as a line. */

import type { About } from './about.js';
import { median, seconds, whole } from './format.js';
import type { Measured } from './run.js';

interface Panel {
  readonly title: string;
  readonly bars: readonly Measured[];
}

const WIDTH = 960;
const LABELS = 450;
const FIGURES = 90;
const BAR = 20;
const STEP = 28;

const COLOURS: Readonly<Record<string, string>> = { floors: '#9aa0a6', ours: '#1a73e8', dlt: '#e8710a' };

/** The chart as SVG; undefined where nothing was measured that belongs together. */
export function chartOf(all: readonly Measured[], about: About): string | undefined {
  const full = Math.max(
    0,
    ...all.filter(({ case: { group } }) => group === 'ours').map(({ case: one }) => one.rows),
  );
  const loads = all.filter(({ case: one }) => one.group in COLOURS && one.rows === full);
  const at = (latency: number, tables: number): Measured[] =>
    loads.filter(({ case: one }) => one.latency_ms === latency && one.tables === tables);
  const floors = loads.filter(({ case: { key } }) => key.startsWith('disk'));
  const panels: Panel[] = [
    { title: `${whole(full)} rows, one table, no latency`, bars: [...floors, ...at(0, 1)] },
    { title: `${whole(full)} rows, four tables, 50 ms latency`, bars: at(50, 4) },
  ].filter(({ bars }) => bars.length > 1);
  if (panels.length === 0) return undefined;

  let y = 40;
  const drawn = panels.map((panel) => {
    const top = y;
    y += 34 + panel.bars.length * STEP + 22;
    return draw(panel, top);
  });
  const foot = [
    'Seconds of the whole process: median, and the lowest to the highest run as a line.',
    `${about.cpu}, ${about.cores} cores; Node ${about.node}, ${about.dlt ?? 'dlt not measured'}; ${about.date}.`,
  ].map(
    (line, nth) => `<text x="20" y="${y + nth * 16}" font-size="11" fill="#5f6368">${escaped(line)}</text>`,
  );
  const height = y + 32;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" font-family="system-ui, sans-serif" font-size="13" fill="#202124">
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
${[...drawn, ...foot].join('\n')}
</svg>
`;
}

function draw({ title, bars }: Panel, top: number): string {
  const walls = bars.map(({ runs }) => runs.map(({ wall_s }) => wall_s));
  const scale = (WIDTH - LABELS - FIGURES) / Math.max(...walls.flat());
  const lines = bars.map(({ case: one }, nth) => {
    const values = walls[nth]!;
    const y = top + 16 + nth * STEP;
    const [low, middle, high] = [Math.min(...values), median(values), Math.max(...values)].map(
      (value) => value * scale,
    ) as [number, number, number];
    const centre = y + BAR / 2;
    return [
      `<text x="${LABELS - 10}" y="${centre + 4}" text-anchor="end">${escaped(one.name)}</text>`,
      `<rect x="${LABELS}" y="${y}" width="${round(middle)}" height="${BAR}" fill="${COLOURS[one.group]}"/>`,
      `<path d="M${round(LABELS + low)} ${centre}H${round(LABELS + high)}" stroke="#202124" stroke-width="1.5"/>`,
      `<text x="${round(LABELS + Math.max(middle, high) + 8)}" y="${centre + 4}">${seconds(median(values))} s</text>`,
    ].join('');
  });
  return [`<text x="20" y="${top}" font-size="15" font-weight="600">${escaped(title)}</text>`, ...lines].join(
    '\n',
  );
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** Text as SVG has it. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
