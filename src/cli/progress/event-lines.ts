/** Single events of a load as one line each. Pure. */
import type { LoadEvent, ResourceReport, SchemaChange } from '../../index.js';
import { byteSize, count, counted, duration } from '../output/text.js';

/** A line about an event; `detail`: only for a watching user. */
export interface EventLine {
  readonly line: string;
  readonly how: 'note' | 'detail' | 'warn';
}

/** The line of an event that needs no earlier event; undefined for one without a line. */
export function eventLine(event: LoadEvent): EventLine | undefined {
  switch (event.type) {
    case 'detected':
      return { line: detectionInWords(event), how: 'note' };
    case 'read_differently':
      return detail(event, `read by ${event.to} instead of ${event.from}: ${event.reason}`);
    case 'renamed':
      return detail(event, `"${event.from}" is named "${event.to}" here: ${event.reason}.`);
    case 'page_size_limited':
      return detail(event, `the server limits pages to ${count(event.page_size)} rows; the limit is saved.`);
    case 'read_again':
      return detail(
        event,
        `the server counts ${counted(event.rows_expected, 'row')} in a range, but ${count(event.rows_held)} ${event.rows_held === 1 ? 'was' : 'were'} read: reading the range again.`,
      );
    case 'left_as_json':
      return note(event, `"${event.column}" stays JSON: ${event.reason}.`);
    case 'schema_changed':
      return note(event, `${changeInWords(event)}.`);
    case 'history_gap':
      return {
        line: `${event.resource}: rows between ${event.from} and ${event.until} may be missing: ${event.reason}.`,
        how: 'warn',
      };
    case 'resource_gone':
      return note(
        event,
        `no longer in Xano; ${event.target} keeps its ${counted(event.rows, 'row')} of ${event.loaded_at}.`,
      );
    case 'staging_set_aside':
      return {
        line: `cannot use ${event.file}, which holds staged rows of an earlier load (${event.reason}): moved it to ${event.moved_to}, and reading its rows again`,
        how: 'warn',
      };
    default:
      return undefined;
  }
}

const note = ({ resource }: { readonly resource: string }, words: string): EventLine => ({
  line: `${resource}: ${words}`,
  how: 'note',
});

const detail = ({ resource }: { readonly resource: string }, words: string): EventLine => ({
  line: `${resource}: ${words}`,
  how: 'detail',
});

/** The result of a detection as a line. */
export function detectionInWords(detection: {
  readonly resource: string;
  readonly data_selector: string;
  readonly pagination: string;
  readonly reason: string;
}): string {
  const { resource, data_selector, pagination, reason } = detection;
  const list = data_selector === '' ? 'the whole answer' : `"${data_selector}"`;
  return `${resource}: detected records in ${list}, pagination ${pagination}: ${reason}.`;
}

function changeInWords({ change, name, from, to }: SchemaChange): string {
  switch (change) {
    case 'column_added':
      return `column "${name}" (${to}) is new`;
    case 'column_removed':
      return `column "${name}" no longer exists in the source; it stays here, empty from now on`;
    case 'column_retyped':
      return `column "${name}" was ${from} and is ${to} now`;
    case 'table_renamed':
      return `the previous name of the table was "${from}"`;
    case 'table_moved_aside':
      return `the previous table of this name is now "${to}" now`;
  }
}

/** The result of a table, and the number of finished tables. */
export function finishedLine(
  report: ResourceReport,
  totals: { readonly done: number; readonly tables: number },
): string {
  const progress = `[${totals.done}/${totals.tables}]`;
  if (report.error !== undefined)
    return `${progress} ${report.resource}: ${report.status}: ${report.error.message}`;
  return `${progress} ${report.resource}: ${count(report.rows_written)} rows, ${byteSize(report.bytes)}, ${duration(report.duration_ms)}`;
}
