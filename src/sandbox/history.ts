/** The received requests: for tests to read, and for a workspace's request history. */
import { isJsonObject, type Json } from '../json.js';
import { type Answer, answer, isAnswer } from './answers.js';
import { HISTORY_LIMITS, metadataPage, readQueryPage } from './api/paging.js';
import type { LocalWorkspace } from './data/model.js';

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

/** `GET …/request_history`: Xano logs Metadata calls themselves, with their full address and body. */
export function listHistory(
  log: readonly LoggedRequest[],
  instance: string,
  workspace: LocalWorkspace,
  query: URLSearchParams,
): Answer {
  const asked = readQueryPage(query, HISTORY_LIMITS);
  if (isAnswer(asked)) return asked;
  const prefix = `/api:meta/workspace/${workspace.id}`;
  const items = log
    .filter(
      (logged) =>
        logged.status !== null && logged.instance === instance && `${logged.path}/`.startsWith(`${prefix}/`),
    )
    .map((logged, at) => describeLogged(logged, at + 1, workspace))
    .reverse();
  return answer(metadataPage(items, asked));
}

function describeLogged(logged: LoggedRequest, id: number, workspace: LocalWorkspace): Json {
  const sent = isJsonObject(logged.body) ? logged.body : {};
  const input = { ...logged.query, ...sent };
  const query = new URLSearchParams(logged.query).toString();
  return {
    id,
    created_at: logged.at,
    workspace_id: workspace.id,
    branch: null,
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
