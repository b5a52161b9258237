/** What the command says of parents whose lists could not be read. */

import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { printReport, reportStatus } from '../../../../src/cli/commands/load/print-report.js';
import { createPrinter } from '../../../../src/cli/output/output.js';
import type { LoadReport, ResourceReport } from '../../../../src/index.js';

const resource = (more: Partial<ResourceReport>): ResourceReport => ({
  resource: 'lines',
  target: 'xano_data.lines',
  status: 'loaded',
  write_disposition: 'replace',
  completeness: 'incomplete',
  rows_expected: null,
  rows_read: 3,
  rows_written: 3,
  rows_deleted: 0,
  rows_total: 3,
  values_rejected: 0,
  columns_added: [],
  schema_changes: [],
  columns_excluded: [],
  read_by: 'single_page',
  requests: 4,
  pages: 3,
  bytes: 100,
  duration_ms: 1000,
  resumed: false,
  ...more,
});

const report = (resources: readonly ResourceReport[]): LoadReport => ({
  load_id: 'l',
  started_at: '2026-01-02T03:04:05.000Z',
  finished_at: '2026-01-02T03:04:06.000Z',
  status: 'partial',
  destination: 'x.duckdb',
  requests: 4,
  bytes: 100,
  resources,
  gone: [],
});

/** What is printed to stderr in a pipe. */
function said(given: LoadReport): string {
  let written = '';
  const output = (keep: boolean) => ({
    stream: new Writable({
      write: (chunk, _encoding, done) => {
        if (keep) written += String(chunk);
        done();
      },
    }),
    is_terminal: false,
    columns: () => undefined,
    rows: () => undefined,
  });
  printReport(given, createPrinter({ stdout: output(false), stderr: output(true), env: {} }, false));
  return written;
}

const error = (message: string) => ({ code: 'SCOPE_MISSING', message, hint: 'x' }) as const;

it('a report of failed parents names a few of them and their number, and exits with 7', () => {
  const lines = resource({
    parents_not_read: {
      count: 1200,
      first: [
        { parent: { id: '7' }, error: error('x answered with status 403.') },
        { parent: { id: '"a\u001b"' }, error: error('x answered with status 500.') },
      ],
    },
    parents_without_list: {
      count: 1,
      first: [{ parent: { id: '9' }, error: error('x answered with status 404.') }],
    },
  });
  const text = said(report([lines]));
  expect(text).toContain(
    'lines: the lists of 1,200 parents were not read, and their rows are missing: id 7: x answered with status 403. id "a\\u001b": x answered with status 500. and 1,198 more.',
  );
  expect(text).toContain('lines: 1 parent has no list: id 9: x answered with status 404.');
  expect(text).toContain(
    'Error: 1 of 1 table incomplete: lists of some parents were not read.\n  Run the same command again; if a status means that a parent has no list, declare it in response.\n  Code: LOAD_PARTIAL',
  );
  expect(reportStatus(report([lines]))).toBe(7);
});
