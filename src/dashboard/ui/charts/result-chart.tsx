/** The chart of a query's result. The result's table is behind it. */
import type { RowsAnswer } from '../../answers.js';
import { Empty } from '../parts/failure.js';
import { count, counted } from '../words.js';
import { Bars } from './bars.js';
import { type Chart, chartOf } from './chart-of.js';
import { LineChart } from './line-chart.js';

/** Draws the chart, or says why there is none. */
export function ResultChart({ answer }: { readonly answer: RowsAnswer }) {
  const chart = chartOf(answer);
  if (chart === undefined)
    return (
      <Empty
        title="No chart of this result."
        hint="A chart needs a column of numbers, beside one with names or times."
      />
    );
  const words = sentenceOf(chart);
  return (
    <figure>
      {chart.type === 'bars' ? (
        <Bars series={chart.series[0]!} label={words} />
      ) : (
        <LineChart series={chart.series} label={words} />
      )}
      <figcaption class="quiet small">
        {words}
        {chart.more === 0 ? '' : ` ${count(chart.more)} more are only in the table.`}
      </figcaption>
    </figure>
  );
}

function sentenceOf({ by, series }: Chart): string {
  const names = series.map(({ name }) => name).join(', ');
  const points = Math.max(...series.map(({ points: own }) => own.length));
  return `${names} by ${by ?? 'row'}: ${counted(points, 'point')}.`;
}
