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
 * Reads a page: `{items, nextPage}`, or a bare list. Its rows hold no secrets, and payloads only where they
 * are wanted. Throws RESPONSE_UNEXPECTED for anything else, and for a row without an id.
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
  try {
    return JSON.parse(withMarkedNumbers(text)) as Json;
  } catch {
    throw unexpected(facts, 'is not JSON');
  }
}

function withMarkedNumbers(text: string): string {
  let marked = '';
  let done = 0;
  for (let at = 0; at < text.length; ) {
    const unit = text[at]!;
    const end = unit === '"' ? stringEnd(text, at) : isNumberUnit(unit) ? numberEnd(text, at) : at + 1;
    const token = unit === '"' || end === at + 1 ? '' : text.slice(at, end);
    if (token !== '' && String(Number(token)) !== token) {
      marked += `${text.slice(done, at)}"${MARK}${token}"`;
      done = end;
    }
    at = end;
  }
  return done === 0 ? text : marked + text.slice(done);
}

/** Behind the quote that ends a string. */
function stringEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

const isNumberUnit = (unit: string): boolean => (unit >= '0' && unit <= '9') || unit === '-';

function numberEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && /[\d.eE+-]/.test(text[at]!)) at++;
  return at;
}

function rowOf(item: Json, facts: HistoryFacts, payloads: boolean): HistoryRow {
  const id = isJsonObject(item) ? item['id'] : undefined;
  const isWhole = typeof id === 'number' && Number.isSafeInteger(id);
  if (!isJsonObject(item) || !(isWhole || (typeof id === 'string' && /^\uE000-?\d{1,18}$/.test(id))))
    throw unexpected(facts, 'holds a row whose "id" is not a whole number');
  const at = timeOf(item['created_at']);
  const columns = [...facts.columns, ...(payloads ? facts.payloads : [])];
  const record = Object.fromEntries(
    columns.map(({ name }) => {
      const read = FIELDS[name];
      return [name, (read === undefined ? cleanValue(item[name] ?? null) : read(item, payloads)) ?? null];
    }),
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
    return typeof named === 'string' || typeof named === 'number' ? cleanText(String(named)) : null;
  },
  duration: ({ duration, duration_ms }) =>
    cleanValue(duration ?? (typeof duration_ms === 'number' ? duration_ms / 1000 : null)),
  uri: ({ uri, path }, payloads) => textWith(uri ?? path, (url) => cleanUrl(url, payloads)),
  error: ({ error }) =>
    isJsonObject(error) ? JSON.stringify(cleanValue(error)) : textWith(error, cleanText),
  task_id: ({ task_id, resource_id }) => cleanValue(task_id ?? resource_id ?? null),
  function_id: ({ function_id, resource_id }) => cleanValue(function_id ?? resource_id ?? null),
  input: ({ input, request_payload }) => cleanValue(emptyAsObject(input ?? request_payload ?? null)),
  output: ({ output, response_payload }) => cleanValue(output ?? response_payload ?? null),
  request_headers: ({ request_headers }) => cleanHeaders(request_headers ?? null),
  response_headers: ({ response_headers }) => cleanHeaders(response_headers ?? null),
};

const textWith = (value: Json | undefined, clean: (text: string) => string): Json =>
  typeof value === 'string' ? clean(value) : cleanValue(value ?? null);

/** Captures show `[]` for an empty map: PHP spells it so. */
const emptyAsObject = (input: Json): Json => (Array.isArray(input) && input.length === 0 ? {} : input);

/**
 * A time as epoch milliseconds: `2023-04-12 18:34:01+0000` in Xano's specification, ISO 8601 in its MCP
 * server, milliseconds in its documentation of searches.
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
