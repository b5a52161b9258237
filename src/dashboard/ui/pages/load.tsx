/** The page of a load: its tables compared with another load's, its requests and its waits. */
import type { ShownReport } from '../../answers.js';
import { address, hrefOf } from '../address.js';
import { loadBefore } from '../loads/compared.js';
import { LoadRequests } from '../loads/load-requests.js';
import { LoadTables } from '../loads/load-tables.js';
import { useAsked } from '../parts/asked.js';
import { Badge } from '../parts/badge.js';
import { Empty, FailureNote } from '../parts/failure.js';
import { isStored, reports, status } from '../state.js';
import { bytes, count, duration, LOAD_TONES, moment } from '../words.js';

/** Draws the page of the load of that id. */
export function LoadPage({ id }: { readonly id: string }) {
  return (
    <>
      <p class="crumb">
        <a href={hrefOf('loads')}>Loads</a>
      </p>
      <h1>Load {id}</h1>
      <Asked id={id}>{(report) => <Report report={report} />}</Asked>
    </>
  );
}

/** Draws a report once it is there: from the page's own where it is a file, else from the server. */
function Asked({
  id,
  children,
}: {
  readonly id: string;
  readonly children: (report: ShownReport) => preact.JSX.Element;
}) {
  return isStored.value ? (
    <FromFile id={id}>{children}</FromFile>
  ) : (
    <FromServer id={id}>{children}</FromServer>
  );
}

type Drawing = Parameters<typeof Asked>[0];

function FromFile({ id, children }: Drawing) {
  const report = reports.value.find(({ load_id }) => load_id === id);
  if (report === undefined)
    return <Empty title="This load is not in the file." hint="Look at it with `xano dashboard`." />;
  return children(report);
}

function FromServer({ id, children }: Drawing) {
  const asked = useAsked<ShownReport>(`/api/reports/${encodeURIComponent(id)}`);
  if (asked === undefined) return <p class="quiet">Reading …</p>;
  return 'failure' in asked ? <FailureNote failure={asked.failure} /> : children(asked.answer);
}

function Report({ report }: { readonly report: ShownReport }) {
  const { started_at, finished_at, status: result, requests, resources, load_id } = report;
  const other = address.value.query.get('with') ?? loadBefore(report, reports.value)?.load_id;
  return (
    <>
      <dl class="facts inline">
        <dt>Result</dt>
        <dd>
          <Badge tone={LOAD_TONES[result]} words={result} />
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
        <>
          <OtherLoads id={load_id} other={other} />
          {other === undefined ? (
            <LoadTables report={report} before={undefined} />
          ) : (
            <Asked id={other}>{(before) => <LoadTables report={report} before={before} />}</Asked>
          )}
          <LoadRequests report={report} />
        </>
      )}
    </>
  );
}

/** Chooses the load to compare with. */
function OtherLoads({ id, other }: { readonly id: string; readonly other: string | undefined }) {
  const known = isStored.value ? reports.value : (status.value?.loads ?? []);
  const others = known.filter(({ load_id }) => load_id !== id);
  if (others.length === 0) return null;
  return (
    <p class="actions compare">
      <label for="other-load">Compare with</label>
      <select
        id="other-load"
        value={other ?? ''}
        onChange={({ currentTarget: { value } }) => {
          location.hash = hrefOf('loads', id, value === '' ? {} : { with: value });
        }}
      >
        {other === undefined ? <option value="">no other load</option> : null}
        {others.map(({ load_id, started_at, status: result }) => (
          <option key={load_id} value={load_id}>
            {`${moment(started_at)}, ${result}, ${load_id.slice(-4)}`}
          </option>
        ))}
      </select>
    </p>
  );
}
