/** Prints the status of a file: blocks for people, one thing a line for programs. */
import { printable } from '../../../hidden-characters.js';
import type { FileStatus, HistoryStatus, PastLoad, SchemaChange } from '../../../index.js';
import { basisInWords } from '../../../index.js';
import type { StatusReport } from '../../../session/status-report.js';
import type { LocalToken } from '../../../session/tokens/local-token.js';
import { completenessWords } from '../../output/completeness.js';
import type { Cell, Printer, Tone } from '../../output/output.js';
import { count, counted, duration, moment, timeLeft } from '../../output/text.js';

type ShownTable = StatusReport['tables'][number];

/**
 * Prints the status: on a terminal tables by schema, their remarks, past loads; in a pipe one thing a line,
 * its kind first.
 */
export function printStatus(status: StatusReport, now: number, printer: Printer): void {
  if (!printer.stdout_is_terminal) {
    printLines(status, printer);
    return;
  }
  const { tables, file } = status;
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  printer.result(
    printer.paint(
      'heading',
      printable(`${file}: ${counted(tables.length, 'table')}, ${counted(rows, 'row')}`),
    ),
  );
  for (const schema of [...new Set(tables.map((table) => table.schema))]) {
    const listed = tables.filter((table) => table.schema === schema);
    printer.result('');
    printer.result(printer.paint('heading', printable(schema)) + placeInWords(listed, printer));
    printer.table(
      ['table', 'rows', 'change', 'loaded (UTC)', 'age', 'completeness'],
      listed.flatMap((table) => [tableRow(table), ...childRows(table)]),
      [1, 2, 4],
      // loaded, change
      [3, 2],
    );
  }
  const notes = tables.flatMap((table) => notesOf(table));
  if (notes.length > 0) printer.result('');
  for (const note of notes) printer.result(printable(`  ${note}`));
  if (status.loads.length > 0) {
    printer.result('');
    printer.result(printer.paint('heading', 'Past loads'));
    printer.table(
      ['load', 'started (UTC)', 'time', 'status', 'tables', 'rows'],
      status.loads.map((load, i) => loadRow(load, i === 0 && status.staging?.state === 'in_use')),
      [2, 4, 5],
      // time, load (which begins with when it started), rows
      [2, 0, 5],
    );
  }
  printer.result('');
  if (status.staging !== null) printer.result(stagingInWords(status.staging));
  printer.result(printable(tokenInWords(status.token, now)));
}

function placeInWords(tables: readonly ShownTable[], { paint }: Printer): string {
  const places = new Set(
    tables.flatMap(({ origin }) =>
      typeof origin?.['workspace'] === 'string'
        ? [`workspace "${origin['workspace']}" of ${String(origin['instance'])}`]
        : [],
    ),
  );
  return places.size === 1 ? ` ${paint('quiet', printable([...places][0]!))}` : '';
}

function tableRow({
  table,
  rows,
  rows_change,
  loaded_at,
  age_ms,
  completeness,
  history,
  ...rest
}: ShownTable): Cell[] {
  const state = stateOf(rest);
  const { words, tone } = completenessWords(completeness, history?.gaps.length);
  return [
    { text: table, tone: state === 'ok' ? 'plain' : 'warn' },
    count(rows),
    rows_change === null ? '-' : `${rows_change > 0 ? '+' : ''}${count(rows_change)}`,
    minute(loaded_at),
    { text: timeLeft(age_ms), tone: state === 'stale' ? 'bad' : 'plain' },
    { text: words, tone },
  ];
}

/** Tables of the lists in its rows, which are created and removed with it. */
function childRows({ table, child_tables = [] }: ShownTable): Cell[][] {
  return child_tables.map((child) => [child.table, count(child.rows), '', '', '', `of ${table}`]);
}

const STATUS_TONES: Readonly<Record<PastLoad['status'], Tone>> = {
  loaded: 'good',
  partial: 'warn',
  failed: 'bad',
  interrupted: 'warn',
  running: 'warn',
};

function loadRow(load: PastLoad, runs: boolean): Cell[] {
  const { load_id, started_at, duration_ms, status, tables_loaded, tables_failed, rows_written } = load;
  const words = status === 'running' && !runs ? 'not finished' : status;
  return [
    load_id,
    minute(started_at),
    duration_ms === null ? '-' : duration(duration_ms),
    { text: words, tone: STATUS_TONES[status] },
    tables_failed === 0
      ? count(tables_loaded)
      : `${count(tables_loaded)} of ${count(tables_loaded + tables_failed)}`,
    count(rows_written),
  ];
}

function notesOf(table: ShownTable): string[] {
  const { schema, table: name, gone, failed, values_rejected, schema_changes, rows_staged, history } = table;
  const remarks: string[] = [...leftOut(table)];
  if (gone) remarks.push('deleted in Xano; kept with its last rows.');
  if (failed !== null)
    remarks.push(
      `the load of ${minute(failed.started_at)} did not load it (${failed.code}): ${failed.message}`,
    );
  if (values_rejected > 0)
    remarks.push(
      `${counted(values_rejected, 'value')} did not fit the column and became NULL; see _xano.rejects.`,
    );
  if (schema_changes.length > 0)
    remarks.push(`in its last load: ${schema_changes.map(changeInWords).join(', ')}.`);
  if (history !== undefined) remarks.push(historyInWords(history));
  if (rows_staged !== null)
    remarks.push(`${counted(rows_staged, 'row')} staged by a load that did not finish.`);
  return remarks.map((words) => `${schema}.${name}: ${words}`);
}

function historyInWords({ since, gaps }: HistoryStatus): string {
  const last = gaps.at(-1);
  const missing =
    last === undefined
      ? 'without a gap'
      : `with ${counted(gaps.length, 'gap')}, the last from ${minute(last.from)} to ${minute(last.until)}`;
  return `history: kept since ${minute(since)}, ${missing}.`;
}

/** What the load was told to leave out. */
function leftOut({
  origin,
  completeness,
  rows,
}: Pick<ShownTable, 'origin' | 'completeness' | 'rows'>): string[] {
  const where = origin?.['where'];
  return [
    ...(completeness === 'limited' ? [`only the first ${counted(rows, 'row')} by key (--limit).`] : []),
    ...(Array.isArray(where)
      ? [`only rows that meet ${where.map((one) => JSON.stringify(one)).join(' and ')} (--where).`]
      : []),
  ];
}

function changeInWords({ change, name, from, to }: SchemaChange): string {
  if (change === 'column_added') return `column ${name} added (${to})`;
  if (change === 'column_removed') return `column ${name} is gone in Xano and kept (${from})`;
  if (change === 'column_retyped') return `column ${name} became ${to}, was ${from}`;
  return change === 'table_renamed' ? `renamed, was ${from}` : `${from} had its name and is now ${to}`;
}

function stagingInWords(staging: NonNullable<FileStatus['staging']>): string {
  if (staging.state === 'in_use') return 'A load is running.';
  return `Unfinished: ${counted(staging.rows, 'row')} of ${counted(staging.tables, 'table')} staged until ${minute(staging.saved_at)}; the next load continues from there.`;
}

function tokenInWords(token: LocalToken | null, now: number): string {
  if (token === null) return 'Token: none found.';
  if (token.state === 'unknown') return `Token: from ${token.source}; its end is ${basisInWords(token)}.`;
  if (token.expires_at === null) return `Token: from ${token.source}, never ends (${basisInWords(token)}).`;
  const left = Date.parse(token.expires_at) - now;
  const when =
    left <= 0
      ? `ended on ${moment(token.expires_at)}`
      : `ends in ${timeLeft(left)}, on ${moment(token.expires_at)}`;
  return `Token: from ${token.source}, ${when} (${basisInWords(token)}).`;
}

/** One thing a line, its kind first: for grep, cut and awk. */
function printLines({ tables, loads, staging, token }: StatusReport, printer: Printer): void {
  const lines: string[][] = [
    ...tables.flatMap((table) => [
      [
        'table',
        `${table.schema}.${table.table}`,
        String(table.rows),
        table.rows_change === null ? '' : signed(table.rows_change),
        table.loaded_at,
        String(Math.floor(table.age_ms / 1000)),
        table.completeness,
        String(table.values_rejected),
        String(table.schema_changes.length),
        stateOf(table),
      ],
      ...historyLine(table),
      ...(table.child_tables ?? []).map((child) => [
        'child',
        `${table.schema}.${child.table}`,
        String(child.rows),
        `${table.schema}.${table.table}`,
      ]),
    ]),
    ...loads.map((load) => [
      'load',
      load.load_id,
      load.started_at,
      load.duration_ms === null ? '' : (load.duration_ms / 1000).toFixed(3),
      load.status,
      String(load.tables_loaded),
      String(load.tables_failed),
      String(load.rows_written),
    ]),
    ...(staging === null
      ? []
      : [['staging', staging.state, staging.state === 'unfinished' ? String(staging.rows) : '']]),
    ...(token === null ? [] : [['token', token.source, token.state, token.expires_at ?? '']]),
  ];
  printer.table([], lines);
}

function historyLine({ schema, table, history }: ShownTable): string[][] {
  if (history === undefined) return [];
  const { since, gaps } = history;
  const { from = '', until = '' } = gaps.at(-1) ?? {};
  return [['history', `${schema}.${table}`, since, String(gaps.length), from, until]];
}

function stateOf({ gone, failed, stale }: Pick<ShownTable, 'gone' | 'failed' | 'stale'>): string {
  return gone ? 'gone' : failed !== null ? 'failed' : stale === true ? 'stale' : 'ok';
}

const signed = (value: number): string => (value > 0 ? `+${value}` : String(value));
const minute = (at: string): string => at.slice(0, 16).replace('T', ' ');
