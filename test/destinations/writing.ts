/** What tests give to a destination: plans, records and publications in a few words. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type {
  Disposition,
  Flatten,
  Guards,
  Publication,
  StagedRecords,
  TargetPlan,
} from '../../src/destinations/destination.js';
import type { LoadReport } from '../../src/events.js';
import { membersOf } from '../../src/rest/decode/members.js';
import { readRecords } from '../../src/rest/decode/records.js';
import { kindOf, typeForKinds } from '../../src/rest/decode/values/value-kind.js';
import type {
  Column,
  ColumnType,
  Nested,
  Reject,
  TargetTable,
  WriteDisposition,
} from '../../src/table/column.js';

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

/** What a test plans otherwise than {@link plan} does; fields of one strategy stand at the top. */
export interface PlanChoices
  extends Partial<Omit<TargetPlan, 'target' | 'disposition' | 'guards' | 'nested'>>,
    Partial<Guards> {
  readonly target?: Partial<TargetTable>;
  readonly write_disposition?: WriteDisposition;
  readonly skip_known?: string | null;
  readonly hard_delete?: boolean;
  readonly nested?: Nested;
  readonly flatten?: Flatten;
}

/** A disposition as a plan has it. */
export function disposition(
  type: WriteDisposition,
  {
    skip_known = null,
    hard_delete = false,
  }: { skip_known?: string | null | undefined; hard_delete?: boolean | undefined } = {},
): Disposition {
  if (type === 'append') return { type, skip_known };
  return type === 'merge' ? { type, hard_delete } : { type };
}

/** A plan for `xano_data.shop`, but for what is said otherwise. */
export function plan({
  write_disposition = 'replace',
  skip_known,
  hard_delete,
  allow_empty = true,
  allow_shrink = true,
  nested = 'json',
  flatten,
  ...more
}: PlanChoices = {}): TargetPlan {
  return {
    resource: 'shop',
    disposition: disposition(write_disposition, { skip_known, hard_delete }),
    guards: { allow_empty, allow_shrink },
    nested: { type: nested, flatten },
    identity: 'host/shop',
    fingerprint: 'f1',
    origin: { workspace_id: 1, table_id: 1 },
    load_id: 'load-1',
    ...more,
    target: { schema: 'xano_data', name: 'shop', columns: ID_NAME, primary_key: ['id'], ...more.target },
  };
}

/**
 * Rows as a page: objects, or JSON text where the spelling matters. Pages of one batch have the same columns,
 * and what does not fit them is a mistake of the test's.
 */
export function records(
  rows: readonly (object | string)[],
  rejects: readonly Reject[] = [],
  columns: readonly Column[] = columnsOf(rows),
): StagedRecords {
  const shape = { columns: columns.map((one) => ({ ...one, inferred: false })), excluded: [] };
  const page = readRecords(Buffer.from(`[${jsonOf(rows)}]`), '', shape);
  const odd = [...page.rejects.map(({ column: name }) => name), ...page.drift.keys()];
  if (odd.length > 0) throw new Error(`rows that do not fit their columns: ${odd.join(', ')}`);
  return { columns: page.columns, count: page.count, rejects };
}

const jsonOf = (rows: readonly (object | string)[]): string =>
  rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join(',');

/**
 * The two columns of most tests, and whatever else there is in rows: each of the type that a load would find.
 */
function columnsOf(rows: readonly (object | string)[]): Column[] {
  const kinds = new Map(ID_NAME.map(({ name }) => [name, 0]));
  for (const members of membersOf(Buffer.from(jsonOf(rows))))
    for (const [name, raw] of members) {
      const kind = raw === 'null' ? 0 : kindOf(Buffer.from(raw), 0, Buffer.byteLength(raw));
      kinds.set(name, (kinds.get(name) ?? 0) | kind);
    }
  return [...kinds].map(([name, seen]) => {
    const usual = ID_NAME.find((one) => one.name === name)?.type ?? 'JSON';
    return column(name, seen === 0 ? usual : typeForKinds(seen));
  });
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
  complete_ranges: [{}],
  report: report(load_id),
});
