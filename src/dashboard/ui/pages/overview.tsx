/**
 * The first page: is the copy complete and fresh, what needs attention, the last loads, where it comes from.
 */
import type { StatusAnswer } from '../../answers.js';
import { hrefOf } from '../address.js';
import { Empty } from '../parts/failure.js';
import { LoadsTable } from '../parts/loads-table.js';
import { TokenAccess } from '../parts/token-access.js';
import { isStored } from '../state.js';
import { problemsOf, verdictOf } from '../verdict.js';
import { count, counted, moment, span } from '../words.js';

/** The most remarks that the page lists. */
const MOST_PROBLEMS = 20;

/** Draws the page. */
export function Overview({ status }: { readonly status: StatusAnswer }) {
  const { tone, title, sentence } = verdictOf(status);
  return (
    <>
      <section class={`verdict ${tone}`}>
        <h1>{title}</h1>
        <p>{sentence}</p>
        {status.staging?.state === 'in_use' ? (
          <p class="running">A load is running. Tables change when it has verified them.</p>
        ) : null}
      </section>
      <Numbers status={status} />
      <Problems status={status} />
      <section>
        <h2>Last loads</h2>
        {status.loads.length === 0 ? (
          <Empty title="No load yet." hint="Run `xano load` in a terminal." />
        ) : (
          <LoadsTable loads={status.loads.slice(0, 5)} isRunning={status.staging?.state === 'in_use'} />
        )}
      </section>
      <Connection status={status} />
    </>
  );
}

function Numbers({ status: { tables, token, read_at } }: { readonly status: StatusAnswer }) {
  const sum = (of: (table: StatusAnswer['tables'][number]) => number): number =>
    tables.reduce((total, table) => total + of(table), 0);
  const left = token?.expires_at == null ? null : Date.parse(token.expires_at) - Date.parse(read_at);
  const ending =
    left !== null ? (left <= 0 ? 'expired' : span(left)) : token?.state === 'valid' ? 'no end' : 'unknown';
  const numbers: readonly (readonly [term: string, value: string])[] = [
    ['Tables', count(tables.length)],
    ['Rows', count(sum(({ rows }) => rows))],
    ['Values set aside', count(sum(({ values_rejected }) => values_rejected))],
    ['Token', token === null ? 'none found' : ending],
  ];
  return (
    <dl class="numbers">
      {numbers.map(([term, value]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Problems({ status }: { readonly status: StatusAnswer }) {
  const problems = problemsOf(status);
  if (problems.length === 0) return null;
  return (
    <section>
      <h2>{counted(problems.length, 'remark')}</h2>
      <ul class="problems">
        {problems.slice(0, MOST_PROBLEMS).map(({ tone, table, words }) => (
          <li key={`${table ?? ''} ${words}`} class={tone}>
            {table === undefined ? null : <a href={hrefOf('tables', table)}>{table}</a>} {words}
          </li>
        ))}
      </ul>
      {problems.length > MOST_PROBLEMS ? (
        <p class="quiet">And {problems.length - MOST_PROBLEMS} more.</p>
      ) : null}
    </section>
  );
}

function Connection({ status }: { readonly status: StatusAnswer }) {
  const { file, tables, token, read_at, next_run } = status;
  const places = new Set(
    tables.flatMap(({ origin }) =>
      typeof origin?.['workspace'] === 'string'
        ? [`workspace "${origin['workspace']}" of ${String(origin['instance'])}`]
        : [],
    ),
  );
  return (
    <section>
      <h2>Connection</h2>
      <dl class="facts">
        <dt>Shown</dt>
        <dd>{file}</dd>
        <dt>Comes from</dt>
        <dd>{places.size === 0 ? 'unknown' : [...places].join(', ')}</dd>
        <dt>Token of the next load</dt>
        <dd>{token === null ? 'none found on this computer' : `from ${token.source}`}</dd>
        {token?.expires_at == null ? null : (
          <>
            <dt>It expires</dt>
            <dd>{moment(token.expires_at)}</dd>
          </>
        )}
        {next_run == null ? null : (
          <>
            <dt>Next load</dt>
            <dd>{moment(next_run)}</dd>
          </>
        )}
        <dt>Read</dt>
        <dd>{moment(read_at)}</dd>
      </dl>
      {isStored.value ? null : <TokenAccess />}
    </section>
  );
}
