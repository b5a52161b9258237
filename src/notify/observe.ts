/**
 * What a load, or a look at its destination, says about problems. Pure. Sentences hold names and counts
 * alone.
 */
import {
  ERRORS,
  type ErrorCode,
  isStop,
  type LoadReport,
  type ResourceReport,
  type XanoError,
} from '../index.js';
import type { TableReport } from '../session/status-report.js';
import type { NoticeEvent } from './notify-schema.js';

/** A state that lasts until something ends it. */
export type ProblemEvent = Exclude<NoticeEvent, 'schema_changed' | 'recovered'>;

/** A table of a notice: names and counts, never values. */
export interface NoticeTable {
  readonly table: string;
  readonly code?: ErrorCode;
  readonly count?: number;
  readonly expected?: number;
}

/** One thing that a look found. */
export interface Finding<Event extends NoticeEvent | 'test' = NoticeEvent | 'test'> {
  readonly event: Event;
  /** The sentence behind the name of the project. */
  readonly sentence: string;
  readonly tables: readonly NoticeTable[];
}

/** What one look found. */
export interface Observation {
  readonly load_id: string | null;
  readonly problems: readonly Finding<ProblemEvent>[];
  /** What happened once. */
  readonly changes: readonly Finding<'schema_changed'>[];
  /** Whether the look says that a problem is over that began with these tables. */
  readonly isOver: (event: ProblemEvent, tables: readonly string[]) => boolean;
}

/** Most tables that a sentence names. */
const MOST_NAMED = 10;

/** The codes of tables that are not complete, although Xano answered. */
const INCOMPLETE: ReadonlySet<string> = new Set<ErrorCode>(['INCOMPLETE', 'SHRUNK']);

/** A token that is about to expire. */
export interface TokenEnd {
  readonly source: string;
  readonly state: string;
  readonly expires_at: string | null;
}

/**
 * What the report of a load says; undefined for a load that was stopped. `is_complete`: it was of all tables.
 * `token`: the token at its end.
 */
export function observeLoad(
  report: LoadReport,
  is_complete: boolean,
  token: TokenEnd | undefined,
): Observation | undefined {
  if (report.status === 'interrupted') return undefined;
  const { resources, destination } = report;
  // A table that was skipped because the load was stopped did not fail.
  const failed = resources.filter(({ status, error }) => status === 'failed' && !(error && isStop(error)));
  const of = (choose: (resource: ResourceReport) => boolean): readonly ResourceReport[] =>
    failed.filter(choose);
  const isIncomplete = ({ error }: ResourceReport): boolean => INCOMPLETE.has(error?.code ?? '');
  const isRejected = ({ error }: ResourceReport): boolean => error?.code === 'VALUES_REJECTED';
  const broken = of((one) => !isIncomplete(one) && !isRejected(one));
  const partly = [
    ...of(isIncomplete),
    ...resources.filter(({ status, completeness }) => status === 'loaded' && completeness === 'incomplete'),
  ];
  const rejected = resources.filter((one) => one.values_rejected > 0 || isRejected(one));
  const changed = resources.filter(({ schema_changes }) => schema_changes.length > 0);
  const loaded = new Set(
    resources.filter(({ status }) => status === 'loaded').map(({ resource }) => resource),
  );
  const problems: Finding<ProblemEvent>[] = [
    ...finding(
      'failed',
      broken.map(failedTable),
      `${broken.length} of ${resources.length} tables failed to load into ${destination}`,
    ),
    ...finding(
      'incomplete',
      partly.map(incompleteTable),
      `${tables(partly.length)} in ${destination} ${partly.length === 1 ? 'is' : 'are'} incomplete`,
    ),
    ...finding(
      'rejected',
      rejected.map(({ resource, values_rejected }) => ({ table: resource, count: values_rejected })),
      `values did not fit their columns in ${destination}`,
    ),
    ...tokenFinding(token),
  ];
  const open = new Set(problems.map(({ event }) => event));
  return {
    load_id: report.load_id,
    problems,
    changes: finding(
      'schema_changed',
      changed.map(({ resource, schema_changes }) => ({ table: resource, count: schema_changes.length })),
      `columns or names changed in Xano for ${destination}`,
    ),
    isOver: (event, began_with) => {
      if (open.has(event)) return false;
      if (event === 'token_expiring') return token !== undefined && token.state !== 'expiring';
      if (event === 'stale') return is_complete && report.status === 'loaded';
      return is_complete || (loaded.size > 0 && began_with.every((table) => loaded.has(table)));
    },
  };
}

/** What the error of a load without a report says; undefined for a load that was stopped. */
export function observeFailure(error: XanoError, destination: string): Observation | undefined {
  if (isStop(error)) return undefined;
  const { code } = error;
  // The message of an error may hold values; the meaning of its code does not.
  const sentence = `the load into ${destination} failed: ${ERRORS[code].meaning} (${code})`;
  return {
    load_id: null,
    problems: [{ event: 'failed', sentence: `${sentence}.`, tables: [] }],
    changes: [],
    isOver: () => false,
  };
}

/** The status of a destination, as far as notices are about it. */
export interface SeenStatus {
  /** Without secrets. */
  readonly file: string;
  /** Milliseconds; null where no age is too old. */
  readonly max_age_ms: number | null;
  readonly tables: readonly Pick<TableReport, 'table' | 'stale'>[];
  readonly token: TokenEnd | null;
}

/** What the status of a destination says: tables that are too old, and a token that expires. */
export function observeStatus({ tables: all, file, token, max_age_ms }: SeenStatus): Observation {
  const old = all.filter(({ stale }) => stale === true);
  const problems = [
    ...finding(
      'stale' as const,
      old.map(({ table }) => ({ table })),
      `${tables(old.length)} of ${file} ${old.length === 1 ? 'is' : 'are'} older than allowed`,
    ),
    ...tokenFinding(token ?? undefined),
  ];
  return {
    load_id: null,
    problems,
    changes: [],
    isOver: (event) =>
      (event === 'stale' && max_age_ms !== null && old.length === 0) ||
      (event === 'token_expiring' && token !== null && token.state !== 'expiring'),
  };
}

const tables = (count: number): string => `${count} table${count === 1 ? '' : 's'}`;

const failedTable = ({ resource, error }: ResourceReport): NoticeTable => ({
  table: resource,
  ...(error === undefined ? {} : { code: error.code }),
});

const incompleteTable = ({ resource, error, rows_read, rows_expected }: ResourceReport): NoticeTable => ({
  table: resource,
  ...(error === undefined ? {} : { code: error.code }),
  count: rows_read,
  ...(rows_expected === null ? {} : { expected: rows_expected }),
});

function tokenFinding(token: TokenEnd | undefined): Finding<'token_expiring'>[] {
  if (token?.state !== 'expiring' || token.expires_at === null) return [];
  const at = `${token.expires_at.slice(0, 16).replace('T', ' ')} UTC`;
  const sentence = `the token from ${token.source} expires on ${at}. Create a new one, then run \`xano auth login\`.`;
  return [{ event: 'token_expiring', sentence, tables: [] }];
}

/** Nothing, or one finding about these tables. */
function finding<Event extends NoticeEvent>(
  event: Event,
  found: readonly NoticeTable[],
  begin: string,
): Finding<Event>[] {
  if (found.length === 0) return [];
  const named = found.slice(0, MOST_NAMED).map(({ table, code, count, expected }) => {
    const parts = [
      code === undefined ? '' : `${ERRORS[code].meaning}, ${code}`,
      count === undefined ? '' : expected === undefined ? String(count) : `${count} of ${expected} rows`,
    ].filter((part) => part !== '');
    return parts.length === 0 ? table : `${table} (${parts.join(', ')})`;
  });
  const more = found.length > MOST_NAMED ? `, and ${found.length - MOST_NAMED} more` : '';
  return [{ event, sentence: `${begin}: ${named.join(', ')}${more}.`, tables: found }];
}
