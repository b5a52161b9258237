/** All tables: rows, change, age, completeness. Sorted by any column, filtered by name. */
import { signal } from '@preact/signals';
import type { TableReport } from '../../../session/status-report.js';
import type { StatusAnswer } from '../../answers.js';
import { hrefOf } from '../address.js';
import { RowsChart } from '../charts/rows-chart.js';
import { Badge, Proof } from '../parts/badge.js';
import { Empty } from '../parts/failure.js';
import { Scroll } from '../parts/scroll.js';
import { count, counted, signed, span } from '../words.js';

/** A column that sorts. */
interface Sorting {
  readonly title: string;
  readonly isNumber: boolean;
  readonly key: (table: TableReport) => string | number;
}

const fullName = ({ schema, table }: TableReport): string => `${schema}.${table}`;
const WORST_FIRST = ['incomplete', 'changed_while_reading', 'not_provable', 'limited', 'proved'];

const SORTINGS: readonly Sorting[] = [
  { title: 'Table', isNumber: false, key: fullName },
  { title: 'Rows', isNumber: true, key: ({ rows }) => rows },
  { title: 'Change', isNumber: true, key: ({ rows_change }) => rows_change ?? Number.NEGATIVE_INFINITY },
  { title: 'Age', isNumber: true, key: ({ age_ms }) => age_ms },
  {
    title: 'Completeness',
    isNumber: false,
    key: ({ completeness }) => WORST_FIRST.indexOf(completeness),
  },
  { title: 'Set aside', isNumber: true, key: ({ values_rejected }) => values_rejected },
];

const wanted = signal('');
const sorted = signal({ by: 'Table', isDown: false });

function sortedTables(tables: readonly TableReport[]): TableReport[] {
  const { by, isDown } = sorted.value;
  const { key } = SORTINGS.find(({ title }) => title === by)!;
  const found = tables.filter((table) => fullName(table).toLowerCase().includes(wanted.value.toLowerCase()));
  const inOrder = found.toSorted((one, other) => {
    const [a, b] = [key(one), key(other)];
    return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
  });
  return isDown ? inOrder.toReversed() : inOrder;
}

/** Draws the page. */
export function Tables({ status: { tables } }: { readonly status: StatusAnswer }) {
  const shown = sortedTables(tables);
  if (tables.length === 0)
    return (
      <>
        <h1>Tables</h1>
        <Empty title="No tables yet." hint="Run `xano load` in a terminal." />
      </>
    );
  return (
    <>
      <div class="heading">
        <h1>Tables</h1>
        <label>
          <span class="unseen">Filter by name</span>
          <input
            type="search"
            placeholder="Filter by name"
            value={wanted.value}
            onInput={(event) => {
              wanted.value = event.currentTarget.value;
            }}
          />
        </label>
      </div>
      <p class="quiet" role="status">
        {shown.length === tables.length
          ? counted(tables.length, 'table')
          : `${count(shown.length)} of ${counted(tables.length, 'table')}`}
      </p>
      <Scroll label="Tables">
        <table>
          <thead>
            <tr>
              {SORTINGS.map((sorting) => (
                <Heading key={sorting.title} title={sorting.title} isNumber={sorting.isNumber} />
              ))}
              <th scope="col">Rows over loads</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((table) => (
              <TableRow key={fullName(table)} table={table} />
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

function Heading({ title, isNumber }: Pick<Sorting, 'title' | 'isNumber'>) {
  const { by, isDown } = sorted.value;
  const isHere = by === title;
  return (
    <th
      scope="col"
      class={isNumber ? 'number' : undefined}
      aria-sort={isHere ? (isDown ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        class="sort"
        onClick={() => {
          sorted.value = { by: title, isDown: isHere ? !isDown : isNumber };
        }}
      >
        {title}
        <span aria-hidden="true">{isHere ? (isDown ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  );
}

function TableRow({ table }: { readonly table: TableReport }) {
  const name = fullName(table);
  return (
    <tr>
      <th scope="row">
        <a href={hrefOf('tables', name)}>{name}</a>
        {table.failed === null ? null : <Badge tone="bad" words="failed" />}
        {table.gone ? <Badge tone="quiet" words="deleted in Xano" /> : null}
      </th>
      <td class="number">{count(table.rows)}</td>
      <td class="number">{signed(table.rows_change)}</td>
      <td class="number">
        {span(table.age_ms)}
        {table.stale === true ? <Badge tone="warn" words="stale" /> : null}
      </td>
      <td>
        <Proof table={table} />
      </td>
      <td class="number">{count(table.values_rejected)}</td>
      <td>
        <RowsChart target={name} />
      </td>
    </tr>
  );
}
