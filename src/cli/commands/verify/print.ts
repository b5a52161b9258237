/** Prints a comparison: a line a table, then why, then the rows that differ. */
import { printable } from '../../../hidden-characters.js';
import type { RowDifference, VerifiedState, VerifiedTable, VerifyReport } from '../../../index.js';
import type { Cell, Printer, Tone } from '../../output/output.js';
import { count, counted } from '../../output/text.js';

const STATES: Readonly<Record<VerifiedState, { readonly words: string; readonly tone: Tone }>> = {
  same: { words: 'same', tone: 'good' },
  behind: { words: 'behind', tone: 'warn' },
  wrong: { words: 'wrong', tone: 'bad' },
  not_provable: { words: 'not provable', tone: 'warn' },
};

/** How many rows the text names for each table. */
const MOST_ROWS = 20;

/** Prints the tables to stdout; how it was decided, and the seed, to stderr. */
export function printVerified(report: VerifyReport, printer: Printer): void {
  printer.table(
    ['table', 'state', 'rows', 'in Xano', 'added', 'removed', 'updated', 'wrong', 'unknown'],
    report.tables.map((table) => tableRow(table, printer)),
    [2, 3, 4, 5, 6, 7, 8],
    // updated, unknown, in Xano
    [6, 8, 3],
  );
  for (const table of report.tables) {
    const { resource, reasons, differences, columns_skipped, error } = table;
    for (const reason of reasons) printer.note(printable(`${resource}: ${reason}`));
    if (error !== undefined) printer.warn(printable(`${resource}: ${error.hint}`));
    for (const { name, reason } of columns_skipped)
      printer.detail(printable(`${resource}.${name}: not compared, ${reason}.`));
    const shown = differences.slice(0, MOST_ROWS);
    for (const difference of shown) printer.warn(printable(`${resource}: ${rowInWords(difference)}`));
    const more = Math.max(differences.length, table.rows_wrong + table.rows_unknown) - shown.length;
    if (more > 0 && shown.length > 0)
      printer.warn(`${resource}: and ${counted(more, 'more row')}; --json names some of them.`);
  }
  const compared = report.tables.reduce((sum, table) => sum + table.values_compared, 0);
  printer.note(
    `${counted(report.tables.length, 'table')} compared with ${counted(report.requests, 'request')}${report.values === 0 ? ', by counts (--values compares values)' : `, the values of ${counted(compared, 'row')}: repeat with --values ${report.values} --seed ${report.seed}`}.`,
  );
}

function tableRow(table: VerifiedTable, printer: Printer): Cell[] {
  const { resource, state, rows, rows_source, changed_since, rows_wrong, rows_unknown } = table;
  const number = (value: number | null): string => (value === null ? '-' : printer.number(value));
  const { words, tone } = STATES[state];
  return [
    resource,
    printer.stdout_is_terminal ? { text: words, tone } : state,
    number(rows),
    number(rows_source),
    number(changed_since.added),
    number(changed_since.removed),
    number(changed_since.updated),
    number(rows_wrong),
    number(rows_unknown),
  ];
}

const KINDS: Readonly<Record<RowDifference['kind'], string>> = {
  missing: 'is only in Xano',
  extra: 'is only in the destination',
  duplicate: 'is several times in the destination',
  changed: 'differs',
};
const CAUSES: Readonly<Record<RowDifference['cause'], string>> = {
  changed_at_source: 'changed in Xano since the load',
  wrong: 'wrong',
  unknown: 'nothing tells why',
};

function rowInWords({ key, kind, cause, columns = [] }: RowDifference): string {
  const values = columns.map(({ name, destination, source }) =>
    destination === undefined ? name : `${name} (${destination}, in Xano ${source ?? ''})`,
  );
  const of =
    values.length === 0
      ? ''
      : ` in ${values.slice(0, 5).join(', ')}${values.length > 5 ? `, and ${count(values.length - 5)} more` : ''}`;
  return `row ${key ?? 'without a key'} ${KINDS[kind]}${of}: ${CAUSES[cause]}.`;
}
