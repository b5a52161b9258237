/** The loads of a table: its rows after each, and what changed in its columns. */
import { hrefOf } from '../address.js';
import { RowsOverLoads } from '../charts/rows-over-loads.js';
import { ResultBadge } from '../parts/badge.js';
import { Empty } from '../parts/failure.js';
import { Scroll } from '../parts/scroll.js';
import { pastOf } from '../state.js';
import { changeInWords, count, duration, moment } from '../words.js';

/** The newest loads that the table was part of. */
export function TablePast({ name }: { readonly name: string }) {
  const past = pastOf(name).toReversed();
  if (past.length === 0)
    return (
      <Empty
        title="None of the last 30 loads read this table."
        hint="Look at older loads with SQL: FROM _xano.loads."
      />
    );
  return (
    <>
      <RowsOverLoads target={name} />
      <Scroll label={`Loads of ${name}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Load</th>
              <th scope="col">Completeness</th>
              <th scope="col" class="number">
                Xano counted
              </th>
              <th scope="col" class="number">
                Rows after it
              </th>
              <th scope="col" class="number">
                Time
              </th>
              <th scope="col">Changes</th>
            </tr>
          </thead>
          <tbody>
            {past.map(({ report, resource }) => (
              <tr key={report.load_id}>
                <th scope="row">
                  <a href={hrefOf('loads', report.load_id)}>{moment(report.started_at)}</a>
                </th>
                <td>
                  <ResultBadge resource={resource} />
                </td>
                <td class="number">
                  {resource.rows_expected === null ? '–' : count(resource.rows_expected)}
                </td>
                <td class="number">{resource.rows_total === null ? '–' : count(resource.rows_total)}</td>
                <td class="number">{duration(resource.duration_ms)}</td>
                <td class="words">
                  {resource.error?.message ?? resource.schema_changes.map(changeInWords).join(', ')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}
