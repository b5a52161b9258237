/** The tables of a running load, each with its bar. */
import type { LiveTable } from '../../loads/live-answers.js';
import { hrefOf } from '../address.js';
import { Badge } from '../parts/badge.js';
import { Scroll } from '../parts/scroll.js';
import { COMPLETENESS, count, counted, duration } from '../words.js';
import { serverTime } from './live.js';
import { shareOf, timeLeft } from './remaining.js';
import { waitInWords, wholeSeconds } from './time-words.js';

/** What somebody watches comes first. */
const ORDER: readonly LiveTable['state'][] = ['failed', 'skipped', 'reading', 'pending', 'loaded'];

/** Draws them. */
export function LiveTables({ tables }: { readonly tables: readonly LiveTable[] }) {
  const shown = tables.toSorted((one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state));
  return (
    <Scroll label="Tables of this load" kind="bars">
      <table>
        <thead>
          <tr>
            <th scope="col">Table</th>
            <th scope="col">Progress</th>
            <th scope="col" class="number">
              Rows
            </th>
            <th scope="col" class="number">
              Time
            </th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((table) => (
            <Bar key={table.resource} table={table} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Bar({ table }: { readonly table: LiveTable }) {
  const { resource, state, rows_read, rows_expected, rows_per_second, result } = table;
  const share = shareOf(table);
  const left_ms =
    state === 'reading' && rows_expected !== null
      ? timeLeft(rows_expected - rows_read, rows_per_second)
      : null;
  return (
    <tr>
      <th scope="row">
        {result !== null && state === 'loaded' ? (
          <a href={hrefOf('tables', result.target)}>{resource}</a>
        ) : (
          resource
        )}
      </th>
      <td class="bar">
        <progress
          max={1}
          value={state === 'pending' ? 0 : (share ?? 0)}
          aria-label={`${resource}: ${share === null ? 'no total' : `${Math.floor(share * 100)} %`}`}
        />
        {state === 'pending' || share === null ? '' : `${Math.floor(share * 100)} %`}
      </td>
      <td class="number">
        {state === 'pending'
          ? '–'
          : rows_expected === null || state === 'loaded'
            ? count(rows_read)
            : `${count(rows_read)} of ${count(rows_expected)}`}
        {rows_per_second === null ? null : <small>{count(rows_per_second)} a second</small>}
      </td>
      <td class="number">
        {result === null
          ? left_ms === null
            ? ''
            : `${wholeSeconds(left_ms)} left`
          : duration(result.duration_ms)}
      </td>
      <td>
        <State table={table} />
      </td>
    </tr>
  );
}

function State({ table }: { readonly table: LiveTable }) {
  const { state, result, rows_resumed, ranges_read_again } = table;
  const remarks = [
    ...(rows_resumed > 0 ? [`continued after ${counted(rows_resumed, 'row')}`] : []),
    ...(ranges_read_again > 0 ? [`${counted(ranges_read_again, 'range')} read again`] : []),
  ];
  const wait = state === 'reading' ? waitInWords(table.wait, serverTime.value) : undefined;
  return (
    <>
      {result?.error != null ? (
        <Badge
          tone={state === 'skipped' ? 'warn' : 'bad'}
          words={state === 'skipped' ? 'stopped' : 'failed'}
        />
      ) : result?.completeness != null ? (
        <Badge {...COMPLETENESS[result.completeness]} />
      ) : wait !== undefined ? (
        <Badge tone="warn" words="waiting" />
      ) : (
        <Badge tone="quiet" words={workOf(table)} />
      )}{' '}
      {[
        ...(wait === undefined ? [] : [wait]),
        ...(result?.error != null && state !== 'skipped'
          ? [`${result.error.message} ${result.error.hint}`]
          : []),
        ...remarks,
      ].join(' · ')}
    </>
  );
}

/** What the load does with a table that has no result. */
function workOf({ state, rows_read, rows_expected }: LiveTable): string {
  if (state !== 'reading') return 'not begun';
  return rows_expected !== null && rows_read >= rows_expected ? 'verifying' : 'reading';
}
