/** The tables of a load, compared with those of another one. */
import type { ShownReport } from '../../answers.js';
import { hrefOf } from '../address.js';
import { ResultBadge } from '../parts/badge.js';
import { Scroll } from '../parts/scroll.js';
import { TimeBar } from '../parts/time-bar.js';
import { reports } from '../state.js';
import { count, duration, moment, signed } from '../words.js';
import { type Compared, compareLoads } from './compared.js';

/** The tables. `before`: the load to compare with. */
export function LoadTables({
  report,
  before,
}: {
  readonly report: ShownReport;
  readonly before: ShownReport | undefined;
}) {
  const longest = Math.max(1, ...report.resources.map(({ duration_ms }) => duration_ms));
  const against = before === undefined ? '' : ` against ${moment(before.started_at)}`;
  return (
    <Scroll label="Tables of this load">
      <table>
        <thead>
          <tr>
            <th scope="col">Table</th>
            <th scope="col">Completeness</th>
            <th scope="col" class="number">
              Rows
            </th>
            <th scope="col" class="number">
              Change<span class="unseen">{against}</span>
            </th>
            <th scope="col">Time</th>
            <th scope="col" class="number">
              Change<span class="unseen"> of time{against}</span>
            </th>
            <th scope="col">Remarks</th>
          </tr>
        </thead>
        <tbody>
          {compareLoads(report, before, reports.value).map((compared) => (
            <TableRow key={compared.target} compared={compared} longest={longest} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function TableRow({
  compared: { target, now, before, rows, duration_ms, changes },
  longest,
}: {
  readonly compared: Compared;
  readonly longest: number;
}) {
  const remarks = [
    ...(now?.error === undefined ? [] : [now.error.message]),
    ...(now?.resumed === true ? ['continued after an interrupted load'] : []),
    ...changes,
    ...(now === undefined ? [`only in the other load, with ${rowsOf(before?.rows_total)} rows`] : []),
  ];
  return (
    <tr>
      <th scope="row">
        <a href={hrefOf('tables', target)}>{target}</a>
      </th>
      <td>{now === undefined ? '–' : <ResultBadge resource={now} />}</td>
      <td class="number">{rowsOf(now?.rows_total)}</td>
      <td class="number">{signed(rows)}</td>
      <td class="bar">{now === undefined ? '–' : <TimeBar ms={now.duration_ms} longest={longest} />}</td>
      <td class="number">{duration_ms === null ? '–' : timeChange(duration_ms)}</td>
      <td class="words">{remarks.join(', ')}</td>
    </tr>
  );
}

const rowsOf = (rows: number | null | undefined): string => (rows == null ? '–' : count(rows));

const timeChange = (ms: number): string =>
  Math.abs(ms) < 1 ? '±0' : `${ms > 0 ? '+' : '−'}${duration(Math.abs(ms))}`;
