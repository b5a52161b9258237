/** A page of a history as Xano sends it, and the rows that are stored of it. Pure. */
import { XanoError } from '../../errors.js';
import { isJsonObject, type Json, type JsonObject } from '../../json.js';
import { ENVELOPE } from '../conventions.js';
import { cleanHeaders, cleanText, cleanUrl, cleanValue } from './clean-value.js';
import type { HistoryFacts } from './history-kinds.js';

/** One row as it is stored. */
export interface HistoryRow {
  readonly id: string;
  /** Epoch milliseconds; undefined for a time that cannot be read. */
  readonly at: number | undefined;
  readonly record: JsonObject;
}

/** One page. */
export interface HistoryPage {
  readonly rows: readonly HistoryRow[];
  /** The number of the next page, null on the last one. */
  readonly next: Json;
}

/** Marks numbers that JavaScript would round, while they are texts. */
const MARK = '\uE000';

/**
 * Reads a page: `{items, nextPage}`, or a bare list. Its rows hold no secrets, and payloads only where they are
 * wanted. Throws RESPONSE_UNEXPECTED for anything else, and for a row without an id.
 */
export function readHistoryPage(body: Uint8Array, facts: HistoryFacts, payloads: boolean): HistoryPage {
  const answer = parsed(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString(), facts);
  const items = isJsonObject(answer) ? answer[ENVELOPE.list] : answer;
  if (!Array.isArray(items)) throw unexpected(facts, 'has no list "items"');
  return {
    rows: items.map((item: Json) => rowOf(item, facts, payloads)),
    next: isJsonObject(answer) ? (answer[ENVELOPE.next_page] ?? null) : null,
  };
}

/** A page as bytes again, for the reader of lists. */
export function writeHistoryPage(rows: readonly HistoryRow[], next: Json): Uint8Array {
  const page = { [ENVELOPE.list]: rows.map(({ record }) => record), [ENVELOPE.next_page]: next };
  return Buffer.from(JSON.stringify(page).replace(/"\uE000(-?\d[\d.eE+-]*)"/g, '$1'));
}

/** JSON in which each number that JavaScript would change is a text, so that it is stored as it was sent. */
function parsed(text: string, facts: HistoryFacts): Json {
  const exact = text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/gs, (token) =>
    token.startsWith('"') || String(Number(token)) === token ? token : `"${MARK}${token}"`,
  );
  try {
    return JSON.parse(exact) as Json;
  } catch {
    throw unexpected(facts, 'is not JSON');
  }
}

function rowOf(item: Json, facts: HistoryFacts, payloads: boolean): HistoryRow {
  const id = isJsonObject(item) ? item['id'] : undefined;
  const isWhole = typeof id === 'number' && Number.isSafeInteger(id);
  if (!isJsonObject(item) || !(isWhole || (typeof id === 'string' && /^\uE000-?\d{1,18}$/.test(id))))
    throw unexpected(facts, 'holds a row whose "id" is not a whole number');
  const at = timeOf(item['created_at']);
  const columns = [...facts.columns, ...(payloads ? facts.payloads : [])];
  const record = Object.fromEntries(
    columns.map(({ name }) => [name, FIELDS[name]?.(item, payloads) ?? item[name] ?? null]),
  );
  return {
    id: String(id).replace(MARK, ''),
    at,
    record: { ...record, created_at: at ?? record['created_at'] ?? null },
  };
}

/**
 * The fields that are not stored as they are sent. Xano's specification and its MCP server spell some of them
 * in two ways: both are read.
 */
const FIELDS: Readonly<Record<string, (item: JsonObject, payloads: boolean) => Json | undefined>> = {
  branch: ({ branch, branch_id }) => {
    const named = branch ?? branch_id ?? null;
    return named === null ? null : String(named);
  },
  duration: ({ duration, duration_ms }) =>
    duration ?? (typeof duration_ms === 'number' ? duration_ms / 1000 : null),
  uri: ({ uri, path }, payloads) => textWith(uri ?? path, (url) => cleanUrl(url, payloads)),
  error: ({ error }) =>
    isJsonObject(error) ? JSON.stringify(cleanValue(error)) : textWith(error, cleanText),
  task_id: ({ task_id, resource_id }) => task_id ?? resource_id,
  function_id: ({ function_id, resource_id }) => function_id ?? resource_id,
  input: ({ input, request_payload }) => cleanValue(emptyAsObject(input ?? request_payload ?? null)),
  output: ({ output, response_payload }) => cleanValue(output ?? response_payload ?? null),
  request_headers: ({ request_headers }) => cleanHeaders(request_headers ?? null),
  response_headers: ({ response_headers }) => cleanHeaders(response_headers ?? null),
};

const textWith = (value: Json | undefined, clean: (text: string) => string): Json =>
  typeof value === 'string' ? clean(value) : (value ?? null);

/** Captures show `[]` for an empty map: PHP spells it so. */
const emptyAsObject = (input: Json): Json => (Array.isArray(input) && input.length === 0 ? {} : input);

/**
 * A time as epoch milliseconds: `2023-04-12 18:34:01+0000` in Xano's specification, ISO 8601 in its MCP server,
 * milliseconds in its documentation of searches.
 */
function timeOf(value: Json | undefined): number | undefined {
  const time =
    typeof value === 'string'
      ? Date.parse(
          value
            .trim()
            .replace(' ', 'T')
            .replace(/([+-]\d\d)(\d\d)$/, '$1:$2'),
        )
      : value;
  return typeof time === 'number' && Math.abs(time) < 8.64e15 ? Math.floor(time) : undefined;
}

const unexpected = ({ kind }: HistoryFacts, what: string): XanoError =>
  new XanoError('RESPONSE_UNEXPECTED', `The history of ${kind} ${what}.`);
