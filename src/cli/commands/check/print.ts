/** Prints checks: a line and a sample record for each resource, and the findings. */

import { printable } from '../../../hidden-characters.js';
import type { EndpointCheck } from '../../../index.js';
import type { Cell, Printer } from '../../output/output.js';
import { counted, spacedJson } from '../../output/text.js';

const TONES = { ok: 'good', differs: 'warn', failed: 'bad' } as const;
const HEADINGS = ['resource', 'status', 'http', 'records', 'of', 'list', 'pages by', 'key'];

/** Prints checks: on a terminal a table with samples below it, in a pipe a line for each, its sample last. */
export function printChecks(checks: readonly EndpointCheck[], printer: Printer): void {
  const rows = checks.map((check) => rowOf(check, printer));
  const samples = checks.map(({ sample }) => (sample === null ? '' : JSON.stringify(sample)));
  if (!printer.stdout_is_terminal) {
    printer.table(
      HEADINGS,
      rows.map((row, at) => [...row, samples[at]!]),
    );
  } else {
    // http, key, records, of, pages by
    printer.table(HEADINGS, rows, [2, 3, 4], [2, 7, 3, 4, 6]);
    for (const { resource, sample } of checks)
      if (sample !== null)
        printer.result(`  ${printer.paint('quiet', printable(`${resource}: ${spacedJson(sample)}`))}`);
  }
  for (const check of checks) sayFindings(check, printer);
}

function rowOf(check: EndpointCheck, printer: Printer): Cell[] {
  const { resource, status, http_status, records, total, data_selector, pagination, primary_key } = check;
  const number = (value: number | null): string => (value === null ? '-' : printer.number(value));
  return [
    resource,
    { text: status, tone: TONES[status] },
    http_status === null ? '-' : String(http_status),
    number(records),
    number(total),
    data_selector === null ? '-' : data_selector === '' ? 'the whole answer' : data_selector,
    pagination?.type ?? '-',
    primary_key.join(', ') || '-',
  ];
}

function sayFindings({ resource, findings, error }: EndpointCheck, printer: Printer): void {
  for (const { is_problem, says } of findings)
    (is_problem ? printer.warn : printer.note)(`${resource}: ${says}.`);
  if (error !== null) printer.warn(`${resource}: ${error.message} ${error.hint}`);
}

/** Prints how many are right. */
export function sayOutcome(checks: readonly EndpointCheck[], wrong: number, printer: Printer): void {
  const all = counted(checks.length, 'resource');
  printer.note(
    wrong === 0
      ? `${all} checked: a load can read all of them.`
      : `${wrong} of ${all} would not load as configured.`,
  );
}
