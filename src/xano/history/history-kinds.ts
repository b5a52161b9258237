/**
 * The histories that Xano keeps for a while: where each is read, what it holds, and when it ends. Pure data.
 */
import { foldName } from '../../names.js';
import type { ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import type { SecretRef } from '../../rest/config/secret-ref.js';
import type { Column, ColumnType } from '../../table/column.js';
import type { Instance, Workspace } from '../catalog.js';
import { ENVELOPE, REQUEST } from '../conventions.js';

/** A history of a workspace. */
export type HistoryKind = (typeof HISTORY_KINDS)[number];

/** Every {@link HistoryKind}. */
export const HISTORY_KINDS = ['requests', 'tasks', 'functions'] as const;

const HOUR_MS = 3_600_000;

/** What is known of one history. */
export interface HistoryFacts {
  readonly kind: HistoryKind;
  /** Below the workspace. */
  readonly path: string;
  /** The table that it is appended to. */
  readonly table: string;
  readonly description: string;
  /**
   * How long Xano keeps a row, in milliseconds; null where nobody says. Xano's documentation: requests for 24
   * hours, runs of tasks for 7 days.
   */
  readonly window_ms: number | null;
  /**
   * How far before the newest row that is kept reading goes: a row may be listed when it ends, with the time
   * at which it began. Milliseconds.
   */
  readonly lag_ms: number;
  /** The scopes to tick: Xano's specification names that of requests; those of the others are their names. */
  readonly scopes: string;
  readonly columns: readonly Column[];
  /** Columns that hold what was sent and answered. */
  readonly payloads: readonly Column[];
}

const column = (name: string, type: ColumnType, description?: string): Column => ({
  name,
  type,
  list: false,
  ...(description === undefined ? {} : { description }),
});

const INPUT = column('input', 'JSON', 'what was sent, without secrets');
const OUTPUT = column('output', 'JSON', 'the answer, without secrets');
const DURATION = column('duration', 'DOUBLE', 'seconds');

/** The columns of a history of runs: items as Xano's own MCP server describes them. */
const runColumns = (id: string): readonly Column[] => [
  column('id', 'BIGINT'),
  column('created_at', 'TIMESTAMPTZ'),
  column(id, 'BIGINT'),
  column('status', 'VARCHAR', 'success or error'),
  DURATION,
  column('error', 'VARCHAR'),
];

/** What is known of each history. */
export const HISTORIES: Readonly<Record<HistoryKind, HistoryFacts>> = {
  requests: {
    kind: 'requests',
    path: 'request_history',
    table: 'xano_request_history',
    description: 'Requests to the APIs of the workspace, which Xano keeps for 24 hours',
    window_ms: 24 * HOUR_MS,
    lag_ms: HOUR_MS,
    scopes: 'Request History',
    columns: [
      column('id', 'BIGINT'),
      column('created_at', 'TIMESTAMPTZ'),
      column('workspace_id', 'BIGINT'),
      column('branch', 'VARCHAR'),
      column('api_id', 'BIGINT', 'the API group'),
      column('query_id', 'BIGINT', 'the endpoint'),
      DURATION,
      column('status', 'BIGINT'),
      column('verb', 'VARCHAR'),
      column('uri', 'VARCHAR', 'without secrets; without parameters unless payloads are kept'),
    ],
    payloads: [
      INPUT,
      OUTPUT,
      column('request_headers', 'JSON', 'without secrets'),
      column('response_headers', 'JSON', 'without secrets'),
    ],
  },
  tasks: {
    kind: 'tasks',
    path: 'task_history',
    table: 'xano_task_history',
    description: 'Runs of background tasks, which Xano keeps for 7 days',
    window_ms: 7 * 24 * HOUR_MS,
    lag_ms: 24 * HOUR_MS,
    scopes: 'Request History and Tasks',
    columns: runColumns('task_id'),
    payloads: [INPUT, OUTPUT],
  },
  functions: {
    kind: 'functions',
    path: 'function_history',
    table: 'xano_function_history',
    description: 'Runs of functions, which Xano keeps for a while',
    window_ms: null,
    lag_ms: HOUR_MS,
    scopes: 'Request History and Functions',
    columns: runColumns('function_id'),
    payloads: [INPUT, OUTPUT],
  },
};

/** Rows a page. Xano's documentation: at most 500 of requests; of the others nobody says. */
const PAGE_SIZE = 500;

/** What the config of a history is made for. */
export interface HistoryListOptions {
  readonly token: SecretRef;
  /** Keep what was sent and answered. */
  readonly payloads: boolean;
}

/**
 * How to read one history of a workspace: pages from the newest row on, as far as `nextPage` leads; appended
 * by id. The name is free among the workspace's own tables.
 */
export function historyEndpoint(
  kind: HistoryKind,
  instance: Instance,
  workspace: Workspace,
  { token, payloads }: HistoryListOptions,
): ResolvedEndpoint {
  const facts = HISTORIES[kind];
  return {
    name: freeName(facts.table, workspace),
    description: facts.description,
    base_url: instance.meta_api,
    path: `/workspace/${workspace.id}/${facts.path}`,
    method: 'GET',
    params: {},
    headers: {},
    data_selector: ENVELOPE.list,
    primary_key: ['id'],
    write_disposition: 'append',
    incremental: { cursor_path: 'id', lag: 0 },
    columns: [...facts.columns, ...(payloads ? facts.payloads : [])],
    // Records have no others: what was sent and answered never leaves the reading of pages unless it is kept.
    excluded: [],
    // A cursor, since pages shift with each new row: a page number is only a position in this reading.
    pagination: {
      type: 'cursor',
      in: 'query',
      cursor_param: REQUEST.page,
      cursor_path: ENVELOPE.next_page,
      page_size_param: REQUEST.page_size,
      page_size: PAGE_SIZE,
    },
    auth: { type: 'bearer', token },
    origin: {
      instance: instance.name,
      workspace_id: workspace.id,
      workspace: workspace.name,
      history: kind,
      // It stays for every login, as the id of a table does.
      table_id: facts.path,
    },
  };
}

/** A name that no table of the workspace has. */
function freeName(wanted: string, { tables }: Workspace): string {
  const taken = new Set(tables.map(({ name }) => foldName(name)));
  for (let number = 2, name = wanted; ; number++) {
    if (!taken.has(foldName(name))) return name;
    name = `${wanted}_${number}`;
  }
}
