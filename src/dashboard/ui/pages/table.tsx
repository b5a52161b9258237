/** One table: its rows in pages, columns, profile, values that were set aside, and its loads. */
import type { ComponentChildren } from 'preact';
import type { TableReport } from '../../../session/status-report.js';
import type { RowsAnswer, StatusAnswer } from '../../answers.js';
import { address, hrefOf } from '../address.js';
import { live } from '../live/live.js';
import { useAsked } from '../parts/asked.js';
import { Proof } from '../parts/badge.js';
import { DownloadButtons } from '../parts/download-buttons.js';
import { Empty, FailureNote } from '../parts/failure.js';
import { RowsTable } from '../parts/rows-table.js';
import { isStored } from '../state.js';
import { TableColumns } from '../table/table-columns.js';
import { TablePast } from '../table/table-past.js';
import { count, counted, signed, span } from '../words.js';

/** Rows on a page. */
const AT_A_TIME = 100;

const PARTS = ['rows', 'columns', 'profile', 'set aside', 'loads'] as const;
/** The parts that need no rows. */
const STORED_PARTS = ['columns', 'loads'] as const;

/** Draws the page of the table of that full name. */
export function TablePage({ status, name }: { readonly status: StatusAnswer; readonly name: string }) {
  const table = status.tables.find((one) => `${one.schema}.${one.table}` === name);
  if (table === undefined)
    return (
      <>
        <h1>{name}</h1>
        <Empty title="No such table." hint="Choose one on the page Tables." />
      </>
    );
  const parts: readonly (typeof PARTS)[number][] = isStored.value ? STORED_PARTS : PARTS;
  const part = parts.find((one) => one === address.value.query.get('part')) ?? parts[0]!;
  const offset = Math.max(0, Number(address.value.query.get('from') ?? '0') || 0);
  return (
    <>
      <p class="crumb">
        <a href={hrefOf('tables')}>Tables</a>
      </p>
      <h1>{name}</h1>
      <Facts table={table} />
      {mayLoad(table) ? (
        <p>
          <a href={hrefOf('load', undefined, { tables: JSON.stringify([table.resource]) })}>
            Load this table
          </a>
        </p>
      ) : null}
      <nav class="parts" aria-label="Parts of this table">
        {parts.map((one) => (
          <a
            key={one}
            href={hrefOf('tables', name, { part: one })}
            aria-current={one === part ? 'page' : undefined}
          >
            {one === 'set aside' ? `set aside (${count(table.values_rejected)})` : one}
          </a>
        ))}
      </nav>
      {part === 'rows' ? <Rows name={name} table={table} offset={offset} /> : null}
      {part === 'columns' ? <TableColumns name={name} /> : null}
      {part === 'profile' ? (
        <Answer
          path={`/api/tables/${encodeURIComponent(name)}/profile?load=${table.load_id}`}
          label="Profile"
        />
      ) : null}
      {part === 'set aside' ? <SetAside name={name} table={table} /> : null}
      {part === 'loads' ? <TablePast name={name} /> : null}
    </>
  );
}

/** Whether this dashboard loads this table alone: a history is no table of Xano. */
const mayLoad = ({ history }: TableReport): boolean =>
  !isStored.value && history === undefined && live.value?.may_load === true && !live.value.all_tables_only;

function Facts({ table }: { readonly table: TableReport }) {
  return (
    <>
      <dl class="facts inline">
        <dt>Rows</dt>
        <dd>
          {count(table.rows)} <span class="quiet">({signed(table.rows_change)})</span>
        </dd>
        <dt>Loaded</dt>
        <dd>
          {span(table.age_ms)} ago{table.stale === true ? ', stale' : ''}
        </dd>
        <dt>Completeness</dt>
        <dd>
          <Proof table={table} />
        </dd>
      </dl>
      {table.failed === null ? null : (
        <div class="note bad">
          <strong>{table.failed.code}</strong> {table.failed.message}
        </div>
      )}
    </>
  );
}

function Answer({
  path,
  label,
  children,
}: {
  readonly path: string;
  readonly label: string;
  readonly children?: ComponentChildren;
}) {
  const asked = useAsked<RowsAnswer>(path);
  if (asked === undefined) return <p class="quiet">Reading …</p>;
  if ('failure' in asked) return <FailureNote failure={asked.failure} />;
  return (
    <>
      <RowsTable answer={asked.answer} label={label} />
      {children}
    </>
  );
}

function Rows({
  name,
  table: { rows, load_id },
  offset,
}: {
  readonly name: string;
  readonly table: TableReport;
  readonly offset: number;
}) {
  if (rows === 0)
    return <Empty title="This table has no rows." hint="Xano has none either, or they were deleted." />;
  const to = (from: number): string => hrefOf('tables', name, { part: 'rows', from: String(from) });
  const path = `/api/tables/${encodeURIComponent(name)}/rows?offset=${offset}&limit=${AT_A_TIME}&load=${load_id}`;
  return (
    <Answer path={path} label={`Rows of ${name}`}>
      <nav class="pager" aria-label="Pages of rows">
        {offset > 0 ? <a href={to(Math.max(0, offset - AT_A_TIME))}>Previous</a> : null}
        <span>
          {count(offset + 1)}–{count(Math.min(rows, offset + AT_A_TIME))} of {count(rows)}
        </span>
        {offset + AT_A_TIME < rows ? <a href={to(offset + AT_A_TIME)}>Next</a> : null}
      </nav>
      <DownloadButtons of={{ table: name }} />
    </Answer>
  );
}

function SetAside({ name, table }: { readonly name: string; readonly table: TableReport }) {
  if (table.values_rejected === 0)
    return <Empty title="No value was set aside." hint="Every value of the last load fits its column." />;
  return (
    <>
      <p>
        {counted(table.values_rejected, 'value')} did not fit the column. The row has NULL there, and
        _xano.rejects keeps the value as Xano sent it.
      </p>
      <Answer path={`/api/tables/${encodeURIComponent(name)}/rejects?limit=1000`} label="Values set aside" />
    </>
  );
}
