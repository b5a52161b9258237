/**
 * The received requests: for tests to read, and for a workspace's histories, which forget their oldest rows.
 */
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { type Answer, answer, isAnswer } from './answers.js';
import { HISTORY_LIMITS, neighbours, readQueryPage, slicePage } from './api/paging.js';
import type { LocalHistoryRow, LocalWorkspace } from './data/model.js';

/** One request, in the order requests were read. */
export interface LoggedRequest {
  readonly method: string;
  readonly origin: string;
  /** The instance asked, `account` for the Account API. */
  readonly instance: string;
  /** Without the query, as sent. */
  readonly path: string;
  readonly query: { readonly [name: string]: string };
  /** Parsed where it is JSON, its text where it is not, null where there is none. */
  readonly body: Json;
  /** Names in lower case; the Authorization header's value is replaced. */
  readonly headers: { readonly [name: string]: string };
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The status sent; null until then, and forever if a fault prevented it. */
  readonly status: number | null;
  /** Whether the request was accepted: it needed no token, or had a valid one with the required scope. */
  readonly authorized: boolean;
}

/** The histories, and how long each keeps a row, in milliseconds: Xano's documentation, but for functions. */
const WINDOWS_MS = { requests: 86_400_000, tasks: 7 * 86_400_000, functions: 86_400_000 } as const;

/** A history of a workspace. */
export type LocalHistoryKind = keyof typeof WINDOWS_MS;

/** What listing a history needs. */
export interface HistoryAsked {
  readonly kind: LocalHistoryKind;
  readonly log: readonly LoggedRequest[];
  readonly instance: string;
  readonly workspace: LocalWorkspace;
  readonly query: URLSearchParams;
  readonly order: 'newest' | 'oldest';
  /** Milliseconds since 1970: rows appear at their time, and go when they are too old. */
  readonly now: number;
}

/**
 * `GET …/request_history` and its like, the newest rows first. Xano logs Metadata calls themselves, with
 * their full address and body.
 */
export function listHistory({ kind, log, instance, workspace, query, order, now }: HistoryAsked): Answer {
  const asked = readQueryPage(query, HISTORY_LIMITS);
  if (isAnswer(asked)) return asked;
  const isListed = ({ at }: { readonly at: number }): boolean => at <= now && at > now - WINDOWS_MS[kind];
  const prefix = `/api:meta/workspace/${workspace.id}`;
  const logged = log
    .filter(
      ({ status, path, ...request }) =>
        status !== null && request.instance === instance && `${path}/`.startsWith(`${prefix}/`),
    )
    .map((request, i) => ({ at: request.at, row: () => describeLogged(request, i + 1, workspace) }));
  const planted = (workspace.history?.[kind] ?? []).map((row) => ({
    at: row.at,
    row: () => describePlanted(row),
  }));
  const newestFirst = [...planted, ...(kind === 'requests' ? logged : [])]
    .filter(isListed)
    .toReversed()
    .toSorted((one, other) => other.at - one.at);
  const items = order === 'newest' ? newestFirst : newestFirst.toReversed();
  const withOutput = query.get('include_output') === 'true' || kind !== 'requests';
  const listed = slicePage(items, asked).map(({ row }): JsonObject => {
    const { output = null, ...rest } = row();
    return withOutput ? { ...rest, output } : rest;
  });
  const { nextPage, prevPage } = neighbours(asked, items.length);
  return answer({ curPage: asked.page, nextPage, prevPage, items: listed });
}

const describePlanted = ({ id, at, fields }: LocalHistoryRow): JsonObject => ({
  id,
  created_at: metadataTime(at),
  ...fields,
});

/** As captures spell it: `2026-01-11 21:14:28+0000`. */
const metadataTime = (at: number): string =>
  `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}+0000`;

function describeLogged(logged: LoggedRequest, id: number, workspace: LocalWorkspace): JsonObject {
  const sent = isJsonObject(logged.body) ? logged.body : {};
  const input = { ...logged.query, ...sent };
  const query = new URLSearchParams(logged.query).toString();
  return {
    id,
    created_at: metadataTime(logged.at),
    workspace_id: workspace.id,
    branch: workspace.branch,
    api_id: 0,
    query_id: 0,
    duration: 0.02,
    status: logged.status,
    verb: logged.method,
    uri: `${logged.origin}${logged.path}${query === '' ? '' : `?${query}`}`,
    // Captures show PHP's spelling of an empty map.
    input: Object.keys(input).length === 0 ? [] : input,
    request_headers: Object.entries(logged.headers).map(([name, value]) => `${name}: ${value}`),
    response_headers: [],
  };
}
