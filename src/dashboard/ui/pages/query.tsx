/** SQL on the target, read-only. The query stays in the address, so that it can be shared. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { RowsAnswer } from '../../answers.js';
import { address, hrefOf } from '../address.js';
import { ResultChart } from '../charts/result-chart.js';
import { SqlEditor } from '../editor/sql-editor.js';
import { DownloadButtons } from '../parts/download-buttons.js';
import { FailureNote } from '../parts/failure.js';
import { asMarkdown } from '../parts/markdown.js';
import { RowsTable } from '../parts/rows-table.js';
import { type Asked, post } from '../server.js';
import { status } from '../state.js';
import { counted, duration } from '../words.js';

const sql = signal('');
/** The last query that ran, and its answer. */
const asked = signal<{ readonly sql: string; readonly asked: Asked<RowsAnswer> } | undefined>(undefined);
const isRunning = signal(false);
const isChart = signal(false);

async function run(): Promise<void> {
  if (isRunning.value || sql.value.trim() === '') return;
  const running = sql.value;
  history.replaceState(null, '', hrefOf('query', undefined, { sql: running }));
  isRunning.value = true;
  asked.value = { sql: running, asked: await post<RowsAnswer>('/api/query', { sql: running }) };
  isRunning.value = false;
}

/** Draws the page. */
export function Query() {
  const given = address.value.query.get('sql');
  useEffect(() => {
    const [first] = status.value?.tables ?? [];
    if (given !== null) sql.value = given;
    else if (sql.value === '' && first !== undefined)
      sql.value = `SELECT * FROM ${first.schema}.${first.table} LIMIT 20`;
  }, [given]);
  return (
    <>
      <h1>Query</h1>
      <p class="quiet">
        SQL that reads; nothing can change the file. It stops after 30 seconds or 1,000 rows.
      </p>
      <SqlEditor sql={sql} onRun={() => void run()} />
      <p class="actions">
        <button type="button" class="primary" disabled={isRunning.value} onClick={() => void run()}>
          {isRunning.value ? 'Running …' : 'Run'}
        </button>
        <span class="quiet">Ctrl + Enter</span>
      </p>
      <Result />
    </>
  );
}

function Result() {
  const result = asked.value;
  if (result === undefined) return null;
  if ('failure' in result.asked) return <FailureNote failure={result.asked.failure} />;
  const { answer } = result.asked;
  const more = answer.stopped_at === null ? '' : `, and more: the page stops at 1,000 rows or 8 MB`;
  return (
    <section>
      <div class="heading">
        <p role="status">
          {counted(answer.rows.length, 'row')}
          {more} in {duration(answer.duration_ms)}
        </p>
        <div class="tools">
          <fieldset class="joined">
            <legend class="unseen">Show the result as</legend>
            {[false, true].map((chart) => (
              <button
                key={String(chart)}
                type="button"
                aria-pressed={isChart.value === chart}
                onClick={() => {
                  isChart.value = chart;
                }}
              >
                {chart ? 'Chart' : 'Table'}
              </button>
            ))}
          </fieldset>
          <button type="button" onClick={() => void navigator.clipboard.writeText(asMarkdown(answer))}>
            Copy as Markdown
          </button>
        </div>
      </div>
      {isChart.value ? <ResultChart answer={answer} /> : <RowsTable answer={answer} label="Result" />}
      <DownloadButtons of={{ sql: result.sql }} />
    </section>
  );
}
