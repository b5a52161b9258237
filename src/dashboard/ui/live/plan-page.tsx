/** Plans a load: which tables and rows, what they take, and then the load itself. */
import { computed, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ChoicesAnswer, PlanAnswer, StartedAnswer } from '../../loads/live-answers.js';
import { address, hrefOf } from '../address.js';
import { useAsked } from '../parts/asked.js';
import { Empty, FailureNote } from '../parts/failure.js';
import { type Failure, post } from '../server.js';
import { schema } from '../state.js';
import { count } from '../words.js';
import { isLoading, live } from './live.js';
import { Plan } from './plan.js';

/** The form, as it was left: a person may look at a table meanwhile. */
const isLimited = signal(false);
const chosen = signal<ReadonlySet<string>>(new Set());
const wanted = signal('');
const isIncremental = signal(false);
const column = signal('');
/** The plan; `asking` while Xano is asked. */
const plan = signal<PlanAnswer | 'asking' | undefined>(undefined);
const refused = signal<Failure | undefined>(undefined);

/** Columns that may grow with every change, those of the most tables first. */
const columns = computed(() => {
  const tables = new Map<string, number>();
  for (const table of schema.value?.tables ?? [])
    for (const { name, type } of table.columns ?? [])
      if (/^(TIMESTAMPTZ|DATE)$/.test(type ?? '')) tables.set(name, (tables.get(name) ?? 0) + 1);
  const rank = (name: string): number =>
    name === 'updated_at' ? Number.MAX_SAFE_INTEGER : tables.get(name)!;
  return [...tables.keys()].toSorted((one, other) => rank(other) - rank(one));
});

/** Draws the page. */
export function PlanPage() {
  const named = address.value.query.get('tables');
  useEffect(() => {
    const names = namesIn(named);
    if (names.length === 0) return;
    choose(() => {
      isLimited.value = true;
      chosen.value = new Set(names);
    });
  }, [named]);
  return (
    <>
      <p class="crumb">
        <a href={hrefOf('loads')}>Loads</a>
      </p>
      <h1>Load</h1>
      {live.value === undefined ? <p class="quiet">Reading …</p> : null}
      {live.value?.may_load === false ? (
        <Empty title="This dashboard only shows loads." hint="It was started with --read-only." />
      ) : null}
      {live.value?.may_load === true && isLoading.value ? (
        <p>
          A load is running. <a href={hrefOf('live')}>Watch it</a>, and plan another one when it is done.
        </p>
      ) : null}
      {live.value?.may_load === true && !isLoading.value ? <Form /> : null}
    </>
  );
}

/** The tables that a link names, as a JSON list; none where the address holds anything else. */
function namesIn(text: string | null): readonly string[] {
  try {
    const names: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}

function Form() {
  const known = plan.value;
  return (
    <>
      <p class="quiet">
        xano asks Xano what the load takes, and shows it. Nothing is written before you confirm.
      </p>
      <form
        class="choice"
        onSubmit={(event) => {
          event.preventDefault();
          void makePlan();
        }}
      >
        <fieldset>
          <legend>Tables</legend>
          <Radio of={isLimited} value={false} name="tables" words="All tables of the workspace" />
          <Radio
            of={isLimited}
            value={true}
            name="tables"
            words={
              live.value?.all_tables_only === true
                ? 'Some tables: not in this dashboard, which leaves out or masks a part of some'
                : 'Some tables'
            }
            isDisabled={live.value?.all_tables_only === true}
          />
          {isLimited.value ? <Choices /> : null}
        </fieldset>
        <fieldset>
          <legend>Rows</legend>
          <Radio of={isIncremental} value={false} name="rows" words="All rows" />
          <Radio
            of={isIncremental}
            value={true}
            name="rows"
            words={
              columns.value.length === 0
                ? 'Only rows that are new or changed: after the first load'
                : 'Only rows that are new or changed'
            }
            isDisabled={columns.value.length === 0}
          />
          {isIncremental.value ? <Column /> : null}
        </fieldset>
        <div class="actions">
          <button
            type="submit"
            class={typeof known === 'object' ? undefined : 'primary'}
            disabled={known === 'asking' || (isLimited.value && chosen.value.size === 0)}
          >
            {known === 'asking' ? 'Asking Xano …' : typeof known === 'object' ? 'Plan again' : 'Plan'}
          </button>
          {known === 'asking' ? (
            <span class="quiet" role="status">
              Xano limits requests: many tables take a while.
            </span>
          ) : null}
        </div>
      </form>
      {refused.value === undefined ? null : <FailureNote failure={refused.value} />}
      {typeof known === 'object' ? <Plan plan={known} onConfirm={() => void start(known)} /> : null}
    </>
  );
}

/** A choice that no longer belongs to the plan takes the plan away. */
function choose(change: () => void): void {
  change();
  plan.value = undefined;
  refused.value = undefined;
}

function Radio({
  of,
  value,
  name,
  words,
  isDisabled = false,
}: {
  readonly of: typeof isLimited;
  readonly value: boolean;
  readonly name: string;
  readonly words: string;
  readonly isDisabled?: boolean;
}) {
  return (
    <label class="option">
      <input
        type="radio"
        name={name}
        checked={of.value === value}
        disabled={isDisabled}
        onChange={() =>
          choose(() => {
            of.value = value;
          })
        }
      />
      {words}
    </label>
  );
}

function Choices() {
  const asked = useAsked<ChoicesAnswer>('/api/load/tables');
  if (asked === undefined) return <p class="quiet">Asking Xano for its tables …</p>;
  if ('failure' in asked) return <FailureNote failure={asked.failure} />;
  const { tables } = asked.answer;
  const shown = tables.filter((name) => name.toLowerCase().includes(wanted.value.toLowerCase()));
  const toggle = (name: string): void =>
    choose(() => {
      const next = new Set(chosen.value);
      if (!next.delete(name)) next.add(name);
      chosen.value = next;
    });
  return (
    <div class="choices">
      <div class="heading">
        <label>
          <span class="unseen">Filter tables by name</span>
          <input
            type="search"
            placeholder="Filter by name"
            value={wanted.value}
            onInput={(event) => {
              wanted.value = event.currentTarget.value;
            }}
          />
        </label>
        <span class="quiet" role="status">
          {count(chosen.value.size)} of {count(tables.length)} chosen
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the keyboard */}
      <section class="list" aria-label="Tables in Xano" tabIndex={0}>
        {shown.map((name) => (
          <label class="option" key={name}>
            <input type="checkbox" checked={chosen.value.has(name)} onChange={() => toggle(name)} />
            {name}
          </label>
        ))}
      </section>
    </div>
  );
}

function Column() {
  const names = columns.value;
  return (
    <label class="column">
      by the column{' '}
      <select
        value={column.value === '' ? names[0] : column.value}
        onChange={(event) => {
          const { value } = event.currentTarget;
          choose(() => {
            column.value = value;
          });
        }}
      >
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <span class="quiet"> Tables without it are read completely.</span>
    </label>
  );
}

async function makePlan(): Promise<void> {
  plan.value = 'asking';
  refused.value = undefined;
  const incremental = isIncremental.value ? column.value || columns.value[0] || null : null;
  const tables = isLimited.value ? [...chosen.value] : [];
  const asked = await post<PlanAnswer>('/api/load/plan', { tables, incremental });
  // Another choice since then has no plan.
  if (plan.value !== 'asking') return;
  plan.value = 'answer' in asked ? asked.answer : undefined;
  refused.value = 'failure' in asked ? asked.failure : undefined;
}

async function start({ plan_id }: PlanAnswer): Promise<void> {
  const asked = await post<StartedAnswer>('/api/load/start', { plan_id });
  plan.value = undefined;
  refused.value = 'failure' in asked ? asked.failure : undefined;
  if ('answer' in asked) location.hash = hrefOf('live');
}
