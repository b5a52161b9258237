/** What tests give to a destination: plans, records and publications in a few words. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Publication, StagedRecords, TargetPlan } from '../../src/destinations/destination.js';
import type { LoadReport } from '../../src/events.js';
import type { Column, ColumnType, Reject, TargetTable } from '../../src/target.js';

/** A folder of the test's own, gone when it ends. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'xano-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A column of the target. */
export const column = (name: string, type: ColumnType, more: Partial<Column> = {}): Column => ({
  name,
  type,
  list: false,
  ...more,
});

/** The two columns of most tests. */
export const ID_NAME = [column('id', 'BIGINT'), column('name', 'VARCHAR')];

/** A plan for `xano_data.shop`, but for what is said otherwise. */
export function plan(
  more: Partial<Omit<TargetPlan, 'target'>> & { readonly target?: Partial<TargetTable> } = {},
): TargetPlan {
  return {
    resource: 'shop',
    write_disposition: 'replace',
    identity: 'host/shop',
    fingerprint: 'f1',
    origin: { workspace: 1, table: 1 },
    load_id: 'load-1',
    skip_known: null,
    hard_delete: false,
    allow_empty: true,
    allow_shrink: true,
    ...more,
    target: { schema: 'xano_data', name: 'shop', columns: ID_NAME, primary_key: ['id'], ...more.target },
  };
}

/** Rows as a page: objects, or JSON text where the spelling matters. */
export function records(rows: readonly (object | string)[], rejects: readonly Reject[] = []): StagedRecords {
  const texts = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row)));
  return {
    records: Buffer.from(texts.join(',')),
    count: rows.length,
    longest_bytes: Math.max(0, ...texts.map((text) => Buffer.byteLength(text))),
    rejects,
  };
}

/** A load's report. */
export const report = (load_id = 'load-1', more: Partial<LoadReport> = {}): LoadReport => ({
  load_id,
  started_at: '2026-01-02T03:04:05.000Z',
  finished_at: '2026-01-02T03:05:00.000Z',
  status: 'loaded',
  destination: 'here',
  requests: 3,
  bytes: 400,
  resources: [],
  gone: [],
  ...more,
});

/** What is told of rows when they are published. */
export const publication = (load_id = 'load-1', rows_expected: number | null = null): Publication => ({
  completeness: rows_expected === null ? 'not_provable' : 'proved',
  rows_expected,
  watermark: null,
  whole: [{}],
  report: report(load_id),
});
