/** What is kept of Xano's histories, and what the requests among them show: the same SQL as docs/query.md. */
import { useEffect, useState } from 'preact/hooks';
import type { TableReport } from '../../../session/status-report.js';
import type { RowsAnswer, StatusAnswer } from '../../answers.js';
import { hrefOf } from '../address.js';
import { ResultChart } from '../charts/result-chart.js';
import { Empty, FailureNote } from '../parts/failure.js';
import { type Asked, post } from '../server.js';
import { counted, moment } from '../words.js';
import { type HistoryQuery, historyQueries } from './history-queries.js';

/** Draws the page. */
export function History({ status }: { readonly status: StatusAnswer }) {
  const kept = status.tables.filter(({ history }) => history !== undefined);
  if (kept.length === 0)
    return <Empty title="No history is kept." hint="Keep one with `xano load --history requests`." />;
  return (
    <>
      <h1>History</h1>
      <ul class="kept">
        {kept.map((table) => (
          <Kept key={`${table.schema}.${table.table}`} table={table} />
        ))}
      </ul>
      {kept
        .filter(({ origin }) => origin?.['history'] === 'requests')
        .map((table) => (
          <Requests key={`${table.schema}.${table.table}`} table={table} />
        ))}
    </>
  );
}

/** Since when a history is kept, and where rows may be missing. */
function Kept({ table: { schema, table, rows, history } }: { readonly table: TableReport }) {
  if (history === undefined) return null;
  const { since, gaps } = history;
  const last = gaps.at(-1);
  return (
    <li>
      <a href={hrefOf('tables', `${schema}.${table}`)}>{table}</a>: {counted(rows, 'row')}, kept since{' '}
      {moment(since)}
      {last === undefined
        ? ' without a gap.'
        : ` with ${counted(gaps.length, 'gap')}: rows may be missing, the last between ${moment(last.from)} and ${moment(last.until)}.`}
    </li>
  );
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function Requests({ table: { schema, table, load_id } }: { readonly table: TableReport }) {
  const asked = useAnswers(`${quote(schema)}.${quote(table)}`, load_id);
  if (asked === undefined) return <p class="quiet">Reading …</p>;
  return (
    <>
      {asked.map(({ query: { title, sql }, answer }) => (
        <section key={title}>
          <div class="heading">
            <h2>{title}</h2>
            <a href={hrefOf('query', undefined, { sql })} aria-label={`${title}: SQL`}>
              SQL
            </a>
          </div>
          {'failure' in answer ? (
            <FailureNote failure={answer.failure} />
          ) : (
            <ResultChart answer={answer.answer} />
          )}
        </section>
      ))}
    </>
  );
}

interface Answered {
  readonly query: HistoryQuery;
  readonly answer: Asked<RowsAnswer>;
}

/** The answers of a table, asked for again after each load; undefined before the first. */
function useAnswers(table: string, load_id: string): readonly Answered[] | undefined {
  const [answers, setAnswers] = useState<readonly Answered[] | undefined>();
  useEffect(() => {
    let isWanted = true;
    const asking = historyQueries(table).map(async (query) => {
      return { query, answer: await post<RowsAnswer>('/api/query', { sql: query.sql }) };
    });
    void Promise.all(asking).then((all) => {
      if (isWanted) setAnswers(all);
    });
    return () => {
      isWanted = false;
    };
  }, [table, load_id]);
  return answers;
}
