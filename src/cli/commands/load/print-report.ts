/** Prints the report of a load, and chooses its exit status. */
import { printable } from '../../../hidden-characters.js';
import type { ErrorCode, ForeignKey, LoadReport, ParentsLeft, ResourceReport } from '../../../index.js';
import { ERRORS, isStop, isTokenError } from '../../../index.js';
import { COMPLETENESS, completenessWords } from '../../output/completeness.js';
import type { Cell, Printer } from '../../output/output.js';
import { byteSize, count, counted, duration, moment } from '../../output/text.js';

/**
 * Prints the report: a row per table, then totals, notes on single tables, and the result unless all is well.
 */
export function printReport(report: LoadReport, printer: Printer): void {
  printTables(report, printer);
  printRemarks(report, printer);
  printOutcome(report, printer);
}

/** Prints a row per table to stdout, with totals on a terminal. */
export function printTables(report: LoadReport, printer: Printer): void {
  const { paint } = printer;
  // Where rows are merged or appended, the rows read are not all rows of the table.
  const both =
    printer.stdout_is_terminal &&
    report.resources.some(
      ({ rows_total, rows_written }) => rows_total !== null && rows_total !== rows_written,
    );
  const headings: readonly string[] = ['table', 'rows', 'rows/s', 'completeness', 'time', 'status'];
  const withTotal = <T extends Cell>(row: readonly T[], total: T): readonly T[] =>
    both ? [...row.slice(0, 2), total, ...row.slice(2)] : row;
  const rows = report.resources.flatMap((resource) => [
    withTotal<Cell>(reportRow(resource, printer), totalOf(resource, printer)),
    // Each load rebuilds the tables of lists.
    ...childRows(resource, printer).map((row) => withTotal(row, String(row[1]))),
  ]);
  printer.table(
    withTotal(headings, 'in table'),
    rows,
    both ? [1, 2, 3, 5] : [1, 2, 4],
    // rows/s, time, completeness
    both ? [3, 5, 4] : [2, 4, 3],
  );
  // A pipe gets only the tables: a program that reads lines does not expect a sentence at the end.
  if (printer.stdout_is_terminal) printer.result(`\n  ${paint('heading', printable(totalsInWords(report)))}`);
}

/** Prints what became of references between tables, to stderr: those that do not hold, and how many do. */
export function printForeignKeys(keys: readonly ForeignKey[], printer: Printer): void {
  const valid = keys.filter(({ status }) => status === 'valid').length;
  printer.detail(
    `${valid} of ${counted(keys.length, 'reference')} between tables ${valid === 1 ? 'is a foreign key' : 'are foreign keys'}.`,
  );
  for (const { table, column, references, status, reason } of keys)
    if (reason !== null)
      printer.warn(
        `${printable(`${table}.${column} → ${references}`)}: ${reason}${status === 'not_valid' ? ' The foreign key checks new rows only.' : ''}`,
      );
}

/** Prints notes about a load beside its rows, to stderr. */
export function printRemarks(report: LoadReport, printer: Printer): void {
  if (!printer.stdout_is_terminal) printer.detail(totalsInWords(report));
  for (const resource of report.resources) remark(resource, printer);
  printer.error(...errorNotes(report.resources));
}

function totalsInWords(report: LoadReport): string {
  const rows = report.resources.reduce((sum, { rows_written }) => sum + rows_written, 0);
  const loaded = report.resources.filter(({ status }) => status === 'loaded').length;
  const ms = Math.max(0, Date.parse(report.finished_at) - Date.parse(report.started_at));
  const tables =
    loaded < report.resources.length
      ? `${count(loaded)} of ${counted(report.resources.length, 'table')}`
      : counted(loaded, 'table');
  const totals = [
    [tables, ...unproved(report.resources)].join(' '),
    counted(rows, 'row'),
    counted(report.requests, 'request'),
    byteSize(report.bytes),
    duration(ms),
  ];
  return `${totals.join(', ')} → ${report.destination} (load ${report.load_id})`;
}

/** The completeness of tables that is not proved: a narrow terminal has no column for it. */
function unproved(resources: readonly ResourceReport[]): string[] {
  const words = resources.flatMap(({ status, completeness, history }) =>
    status !== 'loaded' || history !== undefined || completeness === null || completeness === 'proved'
      ? []
      : [COMPLETENESS[completeness].words],
  );
  const counts = [...new Set(words)].map(
    (outcome) => `${words.filter((word) => word === outcome).length} ${outcome}`,
  );
  return counts.length === 0 ? [] : [`(${counts.join(', ')})`];
}

/** Prints how a load ended, unless all is well: the same three lines that every error has. */
export function printOutcome(report: LoadReport, printer: Printer): void {
  const outcome = outcomeOf(report);
  if (outcome === undefined) return;
  const failed = report.resources.filter(({ status }) => status !== 'loaded').length;
  const { meaning } = ERRORS[outcome];
  if (failed === 0) {
    const lacking = report.resources.filter(({ parents_not_read }) => parents_not_read !== undefined).length;
    printer.error(
      `Error: ${count(lacking)} of ${counted(report.resources.length, 'table')} incomplete: lists of some parents were not read.`,
      '  Run the same command again; if a status means that a parent has no list, declare it in response.',
      `  Code: ${outcome}`,
    );
    return;
  }
  printer.error(
    `Error: ${count(failed)} of ${counted(report.resources.length, 'table')} not loaded: ${meaning}.`,
    `  ${[hintFor(outcome, report), ...whatIsKept(outcome, report)].join(' ')}`,
    `  Code: ${outcome}`,
  );
}

/** The hint: the one that all failures share; else that of the outcome, or of its first failure. */
function hintFor(outcome: ErrorCode, { resources }: LoadReport): string {
  const errors = resources.flatMap(({ error }) => error ?? []);
  const hints = new Set(
    errors.filter(({ code }) => code === outcome || outcome === 'LOAD_PARTIAL').map(({ hint }) => hint),
  );
  const { hint } = ERRORS[outcome];
  const [first = hint] = hints;
  // Servers differ: the code's own hint may not fit this one.
  return hints.size === 1 || (outcome !== 'LOAD_PARTIAL' && !hints.has(hint)) ? first : hint;
}

/** For a load that its token's expiry ended: the rows after which the same command continues. */
function whatIsKept(outcome: ErrorCode, { resources }: LoadReport): string[] {
  if (!isTokenError(outcome)) return [];
  const stored = resources.flatMap(({ resource, rows_kept = 0 }) =>
    rows_kept === 0 ? [] : [`${counted(rows_kept, 'row')} of ${resource}`],
  );
  return stored.length === 0
    ? []
    : [`Kept: ${stored.join(', ')}; with a new token, the same command continues there.`];
}

const totalOf = ({ rows_total }: ResourceReport, printer: Printer): string =>
  rows_total === null ? '-' : printer.number(rows_total);

function reportRow(resource: ResourceReport, printer: Printer): Cell[] {
  const { rows_written, duration_ms, completeness, status, error, history } = resource;
  const { words, tone } =
    completeness === null
      ? { words: '-', tone: 'plain' as const }
      : completenessWords(completeness, history?.gaps);
  // Rows of an earlier load did not arrive in this load's time.
  const rate =
    status === 'loaded' && !resource.resumed
      ? printer.number(Math.round((rows_written / Math.max(1, duration_ms)) * 1000))
      : '-';
  const outcome = status === 'loaded' ? 'loaded' : `${status} ${error?.code ?? ''}`.trim();
  return [
    resource.resource,
    status === 'loaded' ? printer.number(rows_written) : '-',
    rate,
    printer.stdout_is_terminal ? { text: words, tone } : (completeness ?? '-'),
    printer.span(duration_ms),
    { text: outcome, tone: status === 'loaded' ? 'good' : 'bad' },
  ];
}

/** Tables of the lists in its rows, below it. */
function childRows({ resource, child_tables = [] }: ResourceReport, printer: Printer): Cell[][] {
  return child_tables.map(({ table, rows }) => [
    table,
    printer.number(rows),
    '-',
    '-',
    '-',
    `of ${resource}`,
  ]);
}

function remark(resource: ResourceReport, printer: Printer): void {
  const { resource: name, values_rejected, columns_excluded, rows_deleted } = resource;
  if (values_rejected > 0)
    printer.warn(
      `${name}: ${counted(values_rejected, 'value')} did not fit the column; the rows have NULL there, and _xano.rejects has the values.`,
    );
  if (columns_excluded.length > 0 && resource.status === 'loaded')
    printer.detail(`${name}: excluded columns: ${columns_excluded.join(', ')}.`);
  if (resource.history !== undefined)
    printer.detail(`${name}: history: kept since ${moment(resource.history.since)}.`);
  const masked = Object.entries(resource.columns_masked ?? {}).map(([column, mask]) => `${column} (${mask})`);
  if (masked.length > 0 && resource.status === 'loaded')
    printer.detail(`${name}: masked columns: ${masked.join(', ')}.`);
  if (rows_deleted > 0)
    printer.detail(
      `${name}: ${counted(rows_deleted, 'row')} of the previous load no longer ${rows_deleted === 1 ? 'exists' : 'exist'} in the source${resource.write_disposition === 'merge' ? ' (see _xano_deleted_at, unless --hard-delete was given)' : ''}.`,
    );
  const { rows_same_key = 0 } = resource;
  if (rows_same_key > 0 && resource.status === 'loaded')
    printer.note(
      `${name}: ${counted(rows_same_key, 'row')} had the key of another row: the table has the last row of each key.`,
    );
  sayNames(resource, printer);
  sayParents(resource, printer);
  if (resource.completeness === 'limited')
    printer.note(
      `${name}: limited to ${counted(resource.rows_written, 'row')}, the first by key; the source has more.`,
    );
  if (resource.completeness === 'changed_while_reading')
    printer.note(
      `${name}: the table changed while it was read: ${counted(resource.rows_written, 'row')} read, ${count(resource.rows_expected ?? 0)} counted in the end.`,
    );
}

/** How many names a line shows that the destination changes. */
const MOST_NAMES = 3;

/** Names that the destination cannot hold as they are, in one line for each table. */
function sayNames({ resource, names_changed = [] }: ResourceReport, printer: Printer): void {
  if (names_changed.length === 0) return;
  const shown = names_changed.slice(0, MOST_NAMES).map(({ of, from, to }) => `${of} "${from}" to "${to}"`);
  const more = names_changed.length - shown.length;
  const list = [...shown, ...(more > 0 ? [`and ${count(more)} more`] : [])].join(', ');
  printer.note(
    `${resource}: the destination changes ${counted(names_changed.length, 'name')}: ${printable(list)}.`,
  );
}

/** Records of another resource that gave no rows: the first failures, and their number. */
function sayParents(resource: ResourceReport, printer: Printer): void {
  const { resource: name, parents_not_read, parents_without_list, parents_unbound = 0 } = resource;
  if (parents_not_read !== undefined) {
    const { count: lists } = parents_not_read;
    printer.warn(
      `${name}: ${lists === 1 ? 'the list of 1 parent was' : `the lists of ${count(lists)} parents were`} not read, and their rows are missing: ${examples(parents_not_read)}`,
    );
  }
  if (parents_without_list !== undefined) {
    const { count: lists } = parents_without_list;
    printer.note(
      `${name}: ${counted(lists, 'parent')} ${lists === 1 ? 'has' : 'have'} no list: ${examples(parents_without_list)}`,
    );
  }
  if (parents_unbound > 0)
    printer.detail(
      `${name}: ${counted(parents_unbound, 'parent')} ${parents_unbound === 1 ? 'has' : 'have'} no value to bind, and no list.`,
    );
}

/** `id 7: 127.0.0.1 answered with status 403 (GET /orders/7/lines).` */
function examples({ count: all, first }: ParentsLeft): string {
  const failures = first.map(({ parent, error }) => {
    const values = Object.entries(parent).map(([column, json]) => `${column} ${json}`);
    return `${printable(values.join(', '))}: ${error.message}`;
  });
  const more = all - first.length;
  return [...failures, ...(more > 0 ? [`and ${count(more)} more.`] : [])].join(' ');
}

/** The failures, each once for all tables that share it. */
function errorNotes(resources: readonly ResourceReport[]): string[] {
  const names = new Map<string, string[]>();
  for (const { resource, error } of resources) {
    // The line about the whole load says that it was stopped, and how to continue.
    if (error === undefined || isStop(error)) continue;
    const sentence = `${error.message} ${error.hint}`;
    names.set(sentence, [...(names.get(sentence) ?? []), resource]);
  }
  return [...names].map(([sentence, of]) => `${of.join(', ')}: ${sentence}`);
}

/** The code that a load's outcome has, or undefined when all is well. */
function outcomeOf(report: LoadReport): ErrorCode | undefined {
  if (report.status === 'loaded') return undefined;
  const codes = new Set(report.resources.flatMap(({ error }) => (error === undefined ? [] : [error.code])));
  if (report.status === 'interrupted') return codes.has('TIME_OVER') ? 'TIME_OVER' : 'INTERRUPTED';
  // A token that does not work comes first: nothing else can be fixed before it.
  const token = [...codes].find((code) => isTokenError(code));
  if (token !== undefined) return token;
  return report.status === 'failed' && codes.size === 1 ? [...codes][0] : 'LOAD_PARTIAL';
}

/** The exit status of a load. */
export function reportStatus(report: LoadReport): number {
  const code = outcomeOf(report);
  return code === undefined ? 0 : ERRORS[code].exit;
}
