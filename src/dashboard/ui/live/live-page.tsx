/** The page of the load that runs, or ran last: a bar for each table, waits with their reason, Cancel. */
import { signal } from '@preact/signals';
import type { LiveLoad, LiveSnapshot, StartedAnswer } from '../../loads/live-answers.js';
import { hrefOf } from '../address.js';
import { Empty, FailureNote } from '../parts/failure.js';
import { type Failure, post } from '../server.js';
import { status } from '../state.js';
import { count, counted, type Tone } from '../words.js';
import { live, serverTime } from './live.js';
import { LiveTables } from './live-tables.js';
import { type Remaining, remainingOf, timeLeft } from './remaining.js';
import { waitInWords, wholeSeconds } from './time-words.js';

const refused = signal<Failure | undefined>(undefined);

/** Draws the page. */
export function LivePage() {
  const known = live.value;
  return (
    <>
      <p class="crumb">
        <a href={hrefOf('loads')}>Loads</a>
      </p>
      {known === undefined ? (
        <p class="quiet">Reading …</p>
      ) : known.load === null ? (
        <NoLoad may_load={known.may_load} />
      ) : (
        <Load known={known} load={known.load} />
      )}
    </>
  );
}

function NoLoad({ may_load }: { readonly may_load: boolean }) {
  const isHidden = status.value?.staging?.state === 'in_use';
  return (
    <>
      <h1>Live</h1>
      {isHidden ? (
        <Empty
          title="A load is running that this dashboard cannot see into."
          hint="It belongs to another user or computer. Tables change when it has verified them."
        />
      ) : (
        <Empty
          title="No load is running."
          hint={may_load ? 'Press Load at the top of the page.' : 'Run `xano load` in a terminal.'}
        />
      )}
    </>
  );
}

function Load({ known, load }: { readonly known: LiveSnapshot; readonly load: LiveLoad }) {
  const remaining = remainingOf(known.tables);
  const { tone, title, sentence } = headingOf(load, remaining);
  const wait = waitInWords(load.wait, serverTime.value);
  return (
    <>
      <section class={`verdict live ${load.state === 'ended' ? tone : 'running'}`}>
        <div class="heading">
          <h1>{title}</h1>
          <Action known={known} load={load} />
        </div>
        <p class="unseen" role="status">
          {title}
        </p>
        <p>{sentence}</p>
        {load.state === 'ended' ? null : (
          <progress
            class="all"
            max={1}
            {...(remaining.share === null ? {} : { value: remaining.share })}
            aria-label="All tables"
          />
        )}
        {wait === undefined ? null : <p class="wait">{wait}</p>}
      </section>
      {refused.value === undefined ? null : <FailureNote failure={refused.value} />}
      <Numbers load={load} remaining={remaining} />
      {load.messages.length === 0 ? null : (
        <ul class="messages" aria-label="Messages of the load">
          {load.messages.map((message) => (
            <li key={message}>{message}</li>
          ))}
        </ul>
      )}
      {known.tables.length === 0 ? null : <LiveTables tables={known.tables} />}
    </>
  );
}

interface Heading {
  readonly tone: Tone;
  readonly title: string;
  readonly sentence: string;
}

const KEPT = 'What was read is kept. The next load continues there.';

const ENDINGS: Readonly<Record<NonNullable<LiveLoad['result']>, Omit<Heading, 'sentence'>>> = {
  loaded: { tone: 'good', title: 'Loaded' },
  partial: { tone: 'warn', title: 'Some tables were not loaded' },
  failed: { tone: 'bad', title: 'No table was loaded' },
  interrupted: { tone: 'warn', title: 'Cancelled' },
};

function headingOf(load: LiveLoad, { tables, done, rows_read }: Remaining): Heading {
  const { state, result, error, started_by } = load;
  if (state === 'starting')
    return { tone: 'quiet', title: 'Starting', sentence: 'Asking Xano for its tables.' };
  if (state === 'stopping') return { tone: 'quiet', title: 'Stopping', sentence: 'Saving what was read.' };
  if (state === 'running') {
    const where = {
      page: '',
      schedule: ' The schedule started it.',
      elsewhere: ' Another program started it.',
    }[started_by];
    const title = `Loading ${counted(tables, 'table')}`;
    return { tone: 'quiet', title, sentence: `${count(done)} of ${count(tables)} done.${where}` };
  }
  if (error !== null)
    return { tone: 'bad', title: 'The load failed', sentence: `${error.message} ${error.hint}` };
  if (result === null)
    return { tone: 'quiet', title: 'The load has ended', sentence: 'It left no record of its result.' };
  const sentence =
    result === 'interrupted' ? KEPT : `${counted(tables, 'table')}, ${counted(rows_read, 'row')} read.`;
  return { ...ENDINGS[result], sentence };
}

function Action({ known: { may_load }, load }: { readonly known: LiveSnapshot; readonly load: LiveLoad }) {
  if (load.state === 'ended') return <Next load={load} may_load={may_load} />;
  if (load.started_by === 'elsewhere')
    return <span class="quiet">Ctrl-C in its terminal stops it cleanly.</span>;
  if (!may_load) return null;
  return (
    <button type="button" disabled={load.state === 'stopping'} onClick={() => void cancel()}>
      Cancel
    </button>
  );
}

/** What a person does after a load. */
function Next({ load, may_load }: { readonly load: LiveLoad; readonly may_load: boolean }) {
  const { load_id, result, asked } = load;
  const query = asked === null || asked.tables.length === 0 ? {} : { tables: JSON.stringify(asked.tables) };
  return (
    <p class="next">
      {may_load && result !== 'loaded' ? <a href={hrefOf('load', undefined, query)}>Plan it again</a> : null}
      {load_id === null || result === null ? null : <a href={hrefOf('loads', load_id)}>Its report</a>}
    </p>
  );
}

async function cancel(): Promise<void> {
  const asked = await post<StartedAnswer>('/api/load/cancel', {});
  refused.value = 'failure' in asked ? asked.failure : undefined;
}

function Numbers({ load, remaining }: { readonly load: LiveLoad; readonly remaining: Remaining }) {
  const { rows_read, rows_expected, is_open } = remaining;
  const end = load.finished_at === null ? serverTime.value : Date.parse(load.finished_at);
  const left_ms = timeLeft(rows_expected - rows_read, load.rows_per_second);
  const isRunning = load.state !== 'ended';
  const numbers: readonly (readonly [term: string, value: string, remark?: string | undefined])[] = [
    [
      isRunning ? 'Rows read' : 'Rows',
      count(rows_read),
      isRunning && rows_expected > rows_read ? `of ${count(rows_expected)}` : undefined,
    ],
    ['Time', wholeSeconds(Math.max(0, end - Date.parse(load.started_at)))],
    ...(isRunning
      ? ([
          ['Rows a second', load.rows_per_second === null ? '–' : count(load.rows_per_second)],
          [
            'Time left',
            left_ms === null ? '–' : wholeSeconds(left_ms),
            left_ms !== null && is_open ? 'at least: the rows of some tables are not counted yet' : undefined,
          ],
        ] as const)
      : []),
  ];
  return (
    <dl class="numbers">
      {numbers.map(([term, value, remark]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>
            {value}
            {remark === undefined ? null : <small>{remark}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
