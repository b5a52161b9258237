/** What a load asked the server for, per table, and what it waited for. */
import type { ShownReport } from '../../answers.js';
import { Scroll } from '../parts/scroll.js';
import { bytes, count, counted, duration } from '../words.js';

/** Why requests wait, in words. */
const KINDS = { rate_limit: 'rate limit', retry: 'sent again', token: 'another token' } as const;

/** Requests, pages, bytes and waits of each table. */
export function LoadRequests({ report: { resources } }: { readonly report: ShownReport }) {
  return (
    <section>
      <h2>Requests and waits</h2>
      <Scroll label="Requests and waits">
        <table>
          <thead>
            <tr>
              <th scope="col">Table</th>
              <th scope="col">Read by</th>
              <th scope="col" class="number">
                Requests
              </th>
              <th scope="col" class="number">
                Pages
              </th>
              <th scope="col" class="number">
                Size
              </th>
              <th scope="col">Waits</th>
            </tr>
          </thead>
          <tbody>
            {resources.map(({ target, read_by, requests, pages, bytes: size, waits = [] }) => (
              <tr key={target}>
                <th scope="row">{target}</th>
                <td>{read_by.replaceAll('_', ' ')}</td>
                <td class="number">{count(requests)}</td>
                <td class="number">{count(pages)}</td>
                <td class="number">{bytes(size)}</td>
                <td class="words">
                  {waits.length === 0 ? <span class="quiet">none</span> : null}
                  {waits.map(({ kind, reason, times, wait_ms }) => (
                    <div key={`${kind} ${reason}`}>
                      {duration(wait_ms)} in {counted(times, 'wait')}, {KINDS[kind]}
                      {kind === 'rate_limit' ? '' : `: ${reason}`}
                    </div>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
