/** The plan of a load: rows, requests and seconds of each table, to be confirmed. */
import { useEffect, useRef } from 'preact/hooks';
import type { PlanAnswer } from '../../loads/live-answers.js';
import { Badge } from '../parts/badge.js';
import { Scroll } from '../parts/scroll.js';
import { count, counted } from '../words.js';
import { wholeSeconds } from './time-words.js';

/** Draws it, and puts the keyboard at its title. */
export function Plan({ plan, onConfirm }: { readonly plan: PlanAnswer; readonly onConfirm: () => void }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), [plan.plan_id]);
  const { tables, seconds, messages, destination, incremental } = plan;
  const sum = (of: 'rows' | 'requests'): number => tables.reduce((all, table) => all + (table[of] ?? 0), 0);
  const most = incremental === null ? '' : 'at most ';
  return (
    <section class="plan">
      <h2 tabIndex={-1} ref={title}>
        Plan
      </h2>
      <p>
        <strong>
          {counted(tables.length, 'table')}, {most}
          {counted(sum('rows'), 'row')}, {counted(sum('requests'), 'request')}
          {seconds === null ? '' : `, about ${wholeSeconds(seconds * 1_000)}`}
        </strong>{' '}
        into {destination}.{' '}
        {seconds === null ? <span class="quiet">Its time is known after the first load.</span> : null}
      </p>
      {messages.map((message) => (
        <p class="quiet" key={message}>
          {message}
        </p>
      ))}
      <div class="actions confirm">
        <button type="button" class="primary" onClick={onConfirm}>
          Load {counted(tables.length, 'table')}
        </button>
        <span class="quiet">Old rows stay readable until the new ones are verified.</span>
      </div>
      <Scroll label="Tables of this plan">
        <table>
          <thead>
            <tr>
              <th scope="col">Table</th>
              <th scope="col">Goes to</th>
              <th scope="col" class="number">
                Rows
              </th>
              <th scope="col" class="number">
                Requests
              </th>
              <th scope="col" class="number">
                Seconds
              </th>
            </tr>
          </thead>
          <tbody>
            {tables.map((table) => (
              <tr key={table.target}>
                <th scope="row">{table.table}</th>
                <td>
                  {table.error === null ? (
                    table.target
                  ) : (
                    <>
                      <Badge tone="bad" words={table.error.code} /> {table.error.message} {table.error.hint}
                    </>
                  )}
                </td>
                <td class="number">{numberOrNone(table.rows)}</td>
                <td class="number">{numberOrNone(table.requests)}</td>
                <td class="number">{numberOrNone(table.seconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

const numberOrNone = (value: number | null): string => (value === null ? '–' : count(value));
