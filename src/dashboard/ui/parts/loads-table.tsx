/** Past loads as a list, their durations as bars. */
import type { PastLoad } from '../../../index.js';
import { hrefOf } from '../address.js';
import { count, LOAD_TONES, moment } from '../words.js';
import { Badge } from './badge.js';
import { Scroll } from './scroll.js';
import { TimeBar } from './time-bar.js';

/** The loads, the newest first. `isRunning`: whether the newest still runs. */
export function LoadsTable({
  loads,
  isRunning,
}: {
  readonly loads: readonly PastLoad[];
  readonly isRunning: boolean;
}) {
  const longest = Math.max(1, ...loads.map(({ duration_ms }) => duration_ms ?? 0));
  return (
    <Scroll label="Loads">
      <table>
        <thead>
          <tr>
            <th scope="col">Started</th>
            <th scope="col">Result</th>
            <th scope="col">Time</th>
            <th scope="col" class="number">
              Tables
            </th>
            <th scope="col" class="number">
              Rows
            </th>
          </tr>
        </thead>
        <tbody>
          {loads.map((load, at) => (
            <tr key={load.load_id}>
              <td>
                <a href={hrefOf('loads', load.load_id)}>{moment(load.started_at)}</a>
              </td>
              <td>
                <Badge
                  tone={LOAD_TONES[load.status]}
                  words={load.status === 'running' && !(at === 0 && isRunning) ? 'not finished' : load.status}
                />
              </td>
              <td class="bar">
                <TimeBar ms={load.duration_ms} longest={longest} />
              </td>
              <td class="number">
                {load.tables_failed === 0
                  ? count(load.tables_loaded)
                  : `${count(load.tables_loaded)} of ${count(load.tables_loaded + load.tables_failed)}`}
              </td>
              <td class="number">{count(load.rows_written)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
