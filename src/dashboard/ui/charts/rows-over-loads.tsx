/** The rows of a table after each load, as a line. */
import { pastOf } from '../state.js';
import { count, moment } from '../words.js';
import { LineChart } from './line-chart.js';

/** The chart; nothing where fewer than two loads wrote the table. Its numbers are in the list of loads. */
export function RowsOverLoads({ target }: { readonly target: string }) {
  const points = pastOf(target).flatMap(({ report, resource: { rows_total } }) =>
    rows_total === null
      ? []
      : [{ label: moment(report.started_at), x: Date.parse(report.started_at), y: rows_total }],
  );
  if (points.length < 2) return null;
  const words = `Rows after each of the last ${points.length} loads: from ${count(points[0]!.y)} to ${count(points.at(-1)!.y)}.`;
  return (
    <figure>
      <LineChart series={[{ name: 'Rows', points }]} label={words} />
      <figcaption class="quiet small">{words}</figcaption>
    </figure>
  );
}
