/** The page of a load: its tables with times and requests, compared with the load before. */
import type { ShownReport } from '../../answers.js';
import { hrefOf } from '../address.js';
import { useAsked } from '../parts/asked.js';
import { Badge } from '../parts/badge.js';
import { Empty, FailureNote } from '../parts/failure.js';
import { Scroll } from '../parts/scroll.js';
import { isStored, reports } from '../state.js';
import { bytes, COMPLETENESS, changeInWords, count, duration, LOAD_TONES, moment, signed } from '../words.js';

/** Draws the page of the load of that id. */
export function LoadPage({ id }: { readonly id: string }) {
  return (
    <>
      <p class="crumb">
        <a href={hrefOf('loads')}>Loads</a>
      </p>
      <h1>Load {id}</h1>
      {isStored.value ? <StoredReport id={id} /> : <AskedReport id={id} />}
    </>
  );
}

function StoredReport({ id }: { readonly id: string }) {
  const report = reports.value.find(({ load_id }) => load_id === id);
  if (report === undefined)
    return <Empty title="This load is not in the file." hint="Look at it with `xano dashboard`." />;
  return <Report report={report} />;
}

function AskedReport({ id }: { readonly id: string }) {
  const asked = useAsked<ShownReport>(`/api/reports/${encodeURIComponent(id)}`);
  return (
    <>
      {asked === undefined ? <p class="quiet">Reading …</p> : null}
      {asked !== undefined && 'failure' in asked ? <FailureNote failure={asked.failure} /> : null}
      {asked !== undefined && 'answer' in asked ? <Report report={asked.answer} /> : null}
    </>
  );
}

function Report({ report }: { readonly report: ShownReport }) {
  const { started_at, finished_at, status, requests, resources } = report;
  return (
    <>
      <dl class="facts inline">
        <dt>Result</dt>
        <dd>
          <Badge tone={LOAD_TONES[status]} words={status} />
        </dd>
        <dt>Started</dt>
        <dd>{moment(started_at)}</dd>
        <dt>Time</dt>
        <dd>{finished_at === null ? '–' : duration(Date.parse(finished_at) - Date.parse(started_at))}</dd>
        <dt>Requests</dt>
        <dd>
          {count(requests)}, {bytes(report.bytes)}
        </dd>
      </dl>
      {resources.length === 0 ? (
        <Empty title="No table is in its report." hint="The load still runs, or it was killed." />
      ) : (
        <Resources report={report} />
      )}
    </>
  );
}

/** The rows that a table had in the newest load before. */
function rowsBefore(target: string, { started_at }: ShownReport): number | null {
  for (const { started_at: earlier, resources } of reports.value) {
    if (earlier >= started_at) continue;
    const found = resources.find((resource) => resource.target === target);
    if (found?.rows_total != null) return found.rows_total;
  }
  return null;
}

function Resources({ report }: { readonly report: ShownReport }) {
  const longest = Math.max(1, ...report.resources.map(({ duration_ms }) => duration_ms));
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
              Against the load before
            </th>
            <th scope="col">Time</th>
            <th scope="col" class="number">
              Requests
            </th>
            <th scope="col">Remarks</th>
          </tr>
        </thead>
        <tbody>
          {report.resources.map((resource) => {
            const before = rowsBefore(resource.target, report);
            const total = resource.rows_total;
            return (
              <tr key={resource.target}>
                <th scope="row">
                  <a href={hrefOf('tables', resource.target)}>{resource.target}</a>
                </th>
                <td>
                  {resource.completeness === null ? (
                    <Badge tone="bad" words={resource.error?.code ?? resource.status} />
                  ) : (
                    <Badge {...COMPLETENESS[resource.completeness]} />
                  )}
                </td>
                <td class="number">{total === null ? '–' : count(total)}</td>
                <td class="number">{signed(total === null || before === null ? null : total - before)}</td>
                <td class="bar">
                  <meter min={0} max={longest} value={resource.duration_ms} aria-hidden="true" />
                  {duration(resource.duration_ms)}
                </td>
                <td class="number">{count(resource.requests)}</td>
                <td>
                  {[
                    ...(resource.error === undefined ? [] : [resource.error.message]),
                    ...(resource.resumed ? ['continued after an interrupted load'] : []),
                    ...resource.schema_changes.map(changeInWords),
                  ].join(', ')}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}
