/**
 * Recognizes an object among the records that reports a failure: a server that is already writing a list has
 * no other way to report one. Pure.
 */
import type { XanoError } from '../../../errors.js';
import { isJsonObject, type JsonObject } from '../../../json.js';
import { skipSpace, stringEnd, textAt, valueEnd } from '../json-bytes.js';
import { plain } from './rank-lists.js';
import { type Failure, failureError, saidFailure } from './said-failure.js';
import { ERROR_FIELDS } from './single-record.js';

/**
 * Plain names that failure reports share with records of any kind: having them in common does not make two
 * objects similar.
 */
const ANYBODYS: ReadonlySet<string> = new Set([
  ...ERROR_FIELDS,
  ...['reason', 'description', 'errorcode', 'errcode', 'errormessage', 'errmsg', 'errordescription'],
  ...['errorcount', 'iserror', 'haserror', 'haserrors', 'failed', 'state', 'stat', 'result', 'response'],
  ...['statustext', 'severity', 'retryable', 'meta'],
]);

/** Words of a message that alone reports a failure. */
const FAILING_WORDS =
  /\b(error|errors|fail(ed|ure|ures|s)?|abort(ed)?|exception|denied|forbidden|unauthori[sz]ed|timed? ?out|exceeded|interrupted|incomplete|unavailable)\b/i;
/** Plain names of fields that tables of logs and tasks have beside a message of any kind. */
const LABELS: ReadonlySet<string> = new Set([
  ...['title', 'description', 'type', 'severity', 'timestamp', 'path', 'instance'],
]);
/** Only this many characters of a message are compared. */
const LONGEST_MESSAGE = 300;

/** More records of one spelling than this are data, whatever they contain. */
const MOST_REPORTS = 100;
/** The most spellings of records that are told apart at a time. */
const MOST_SPELLINGS = 10_000;
/** A report at the end of a JSON list is searched in this many bytes, and at this many opening braces. */
const LONGEST_REPORT = 4_096;
const MOST_BRACES = 20;

/** The known facts of a list, beside the records at hand. */
export interface ListKnowledge {
  /** The records were lines of NDJSON. */
  readonly are_lines: boolean;
  /** Names that the config declares: an object with only these names is a record. */
  readonly declared: readonly string[];
  /** Names of the columns known so far. */
  readonly known: readonly string[];
}

/**
 * The error for a list in which an object reports a failure while the others are records; undefined where
 * none does. `records`: JSON objects joined by commas, already validated. Such an object reports a failure as
 * an answer would (see {@link saidFailure}), and shares no key with the records except those that any object
 * may have, such as `message`. If all objects are alike, as in a table of logs, they are records. Any line of
 * NDJSON may be such an object: its server writes one line after the other. Most servers write a JSON list in
 * one piece, and its elements are records; only its last one can be the failure report of a server that
 * streams, and only if it contains nothing but words of a failure.
 * A list of this one object alone is an answer that failed, unless it fits columns that are known.
 */
export function failedRecord(records: Uint8Array, list: ListKnowledge): XanoError | undefined {
  if (list.are_lines) return failureAmong(records, list);
  const last = reportAtEnd(records);
  return last === undefined ? undefined : failureAmong(records, list, last);
}

/** Records with the same keys in the same order. */
interface Spelling {
  readonly names: readonly string[];
  /** Each key with its quotes, as sent. */
  readonly keys: readonly Uint8Array[];
  /** The first of them, if all of them so far report a failure. */
  report: Report | undefined;
  reports: number;
}

interface Report {
  /** Its start, in bytes. */
  readonly at: number;
  /** Its number among the records, from 1. */
  readonly place: number;
  readonly said: Said;
}

interface Said extends Failure {
  /** Only the words of a message report the failure. */
  readonly only_words?: boolean;
}

const isLabel = (name: string): boolean => LABELS.has(plain(name));

/** `only_at`: the start of the only object that may be a report. */
function failureAmong(b: Uint8Array, list: ListKnowledge, only_at?: number): XanoError | undefined {
  const names_of_records = new Set(list.known);
  /** By the hash of their keys. Two spellings with the same hash replace each other. */
  const spellings = new Map<number, Spelling>();
  const reports: Spelling[] = [];
  let previous: Spelling | undefined;
  let position = 0;
  for (let i = skipSpace(b, 0); i < b.length; ) {
    position++;
    const at = i;
    let end = previous === undefined ? undefined : endIfAlike(b, at, previous.keys);
    let spelling = previous;
    if (end === undefined) {
      const hash = hashOfKeys(b, at);
      spelling = spellings.get(hash);
      end = spelling === undefined ? undefined : endIfAlike(b, at, spelling.keys);
    }
    if (end === undefined || spelling === undefined) {
      const read = keysAt(b, at);
      const names = read.keys.map((key) => String(JSON.parse(textAt(key, 0, key.length))));
      const failure = reportAt(b, at, read.end, names);
      const report = failure === undefined ? undefined : { at, place: position, said: failure };
      previous = { names, keys: read.keys, report, reports: report === undefined ? 0 : 1 };
      if (report === undefined) for (const name of names) names_of_records.add(name);
      else reports.push(previous);
      if (spellings.size >= MOST_SPELLINGS) spellings.clear();
      spellings.set(hashOfKeys(b, at), previous);
      i = afterComma(b, read.end);
      continue;
    }
    i = end;
    previous = spelling;
    if (spelling.report !== undefined) {
      const isData = ++spelling.reports > MOST_REPORTS || reportAt(b, at, i, spelling.names) === undefined;
      if (isData) {
        spelling.report = undefined;
        for (const name of spelling.names) names_of_records.add(name);
      }
    }
    i = afterComma(b, i);
  }
  const reported = reports.filter(({ report }) => report !== undefined);
  return failureOf(reported, { ...list, names_of_records, records: position, only_at });
}

/** The result after all objects were examined. */
interface Looked extends ListKnowledge {
  readonly names_of_records: ReadonlySet<string>;
  /** How many objects the list has. */
  readonly records: number;
  /** The start of the only object that may be a report. */
  readonly only_at: number | undefined;
}

/** The error of the first report that is not a record of the list; undefined without one. */
function failureOf(reports: readonly Spelling[], looked: Looked): XanoError | undefined {
  const { names_of_records, records, only_at, declared, are_lines } = looked;
  if (reports.length === 0) return undefined;
  const isAlone = names_of_records.size === 0;
  // A single object counts as an answer of its own; several that are alike are records.
  if (isAlone && records !== 1) return undefined;
  const distinctive = [...names_of_records].filter((name) => !ANYBODYS.has(plain(name)));
  const kin = new Set(distinctive.length > 0 ? distinctive : names_of_records);
  const failed = reports.find(
    ({ names, report }) =>
      (only_at === undefined || report?.at === only_at) &&
      !(isAlone && !are_lines && report?.said.only_words === true && names.some(isLabel)) &&
      !names.some((name) => kin.has(name)) &&
      !names.every((name) => declared.includes(name)),
  )?.report;
  if (failed === undefined) return undefined;
  return failureError(
    `${are_lines ? 'Line' : 'Record'} ${failed.place} of the answer`,
    failed.said,
    'Correct what the server reports, then run again; if this is a record, declare its fields in columns.',
  );
}

/** The failure that an object reports; undefined where it reports none. */
function reportAt(b: Uint8Array, from: number, to: number, names: readonly string[]): Said | undefined {
  // Few records are parsed here: most have none of these names.
  if (!names.some((name) => ANYBODYS.has(plain(name)) || MAY_TELL.test(name))) return undefined;
  const object: unknown = JSON.parse(textAt(b, from, to));
  return isJsonObject(object) ? reportIn(object) : undefined;
}

const MAY_TELL = /err|fail|success|succeed|fault|exception|ok|stat|result|response|head|body|data|info|meta/i;

function reportIn(object: JsonObject): Said | undefined {
  // Beside an empty list, an HTTP status reports a failure, as it does here.
  const failure = saidFailure({ ...object, [NO_RECORDS]: [] }, NO_RECORDS);
  if (failure !== undefined) return failure;
  const names = Object.keys(object);
  if (!names.every((name) => ANYBODYS.has(plain(name)))) return undefined;
  const field = names.find((name) => MESSAGES.includes(plain(name)) && typeof object[name] === 'string');
  const words = field === undefined ? '' : String(object[field]).slice(0, LONGEST_MESSAGE);
  const texts = names.map((name) => object[name]).filter((value) => typeof value === 'string');
  const isFailing = texts.some((text) =>
    FAILING_WORDS.test(text.slice(0, LONGEST_MESSAGE).replaceAll('_', ' ')),
  );
  return field !== undefined && isFailing ? { field, words, only_words: true } : undefined;
}

/** A name that no record has. */
const NO_RECORDS = ' records ';
const MESSAGES: readonly string[] = ['message', 'msg', 'detail', 'title', 'reason', 'description'];

/**
 * The start of the last record, if it is an object of nothing but words of a failure; undefined otherwise.
 */
function reportAtEnd(b: Uint8Array): number | undefined {
  const from = Math.max(0, b.length - LONGEST_REPORT);
  const text = Buffer.from(b.buffer, b.byteOffset + from, b.length - from).toString('latin1');
  let at = text.length;
  for (let tries = 0; tries < MOST_BRACES && at > 0; tries++) {
    at = text.lastIndexOf('{', at - 1);
    if (at < 0) return undefined;
    const first = /^\{\s*"([^"\\]{1,100})"/.exec(text.slice(at, at + 200))?.[1];
    if (first === undefined || !ANYBODYS.has(plain(first))) continue;
    if (from + at > 0 && !isAfterComma(b, from + at)) continue;
    let object: unknown;
    try {
      object = JSON.parse(textAt(b, from + at, b.length));
    } catch {
      // This is an object within the record.
      continue;
    }
    const isReport =
      isJsonObject(object) &&
      Object.keys(object).every((name) => ANYBODYS.has(plain(name))) &&
      reportIn(object) !== undefined;
    return isReport ? from + at : undefined;
  }
  return undefined;
}

function isAfterComma(b: Uint8Array, i: number): boolean {
  let at = i - 1;
  while (at > 0 && (b[at] === 0x20 || b[at] === 0x0a || b[at] === 0x0d || b[at] === 0x09)) at--;
  return b[at] === 0x2c;
}

/** The end of the object at `i` if it has these keys in this order and spelling; undefined for any other. */
function endIfAlike(b: Uint8Array, i: number, keys: readonly Uint8Array[]): number | undefined {
  i = skipSpace(b, i + 1);
  for (const key of keys) {
    for (let at = 0; at < key.length; at++) if (b[i + at] !== key[at]) return undefined;
    const end = valueEnd(b, skipSpace(b, skipSpace(b, i + key.length) + 1));
    i = skipSpace(b, end);
    if (b[i] === 0x2c) i = skipSpace(b, i + 1);
  }
  return b[i] === 0x7d ? i + 1 : undefined;
}

/** A hash of an object's keys in their order (FNV-1a). */
function hashOfKeys(b: Uint8Array, i: number): number {
  let hash = 0x811c9dc5;
  i = skipSpace(b, i + 1);
  while (b[i] === 0x22) {
    const key_end = Math.abs(stringEnd(b, i));
    for (let at = i; at < key_end; at++) hash = Math.imul(hash ^ b[at]!, 0x01000193);
    i = skipSpace(b, valueEnd(b, skipSpace(b, skipSpace(b, key_end) + 1)));
    if (b[i] === 0x2c) i = skipSpace(b, i + 1);
  }
  return hash;
}

/** The keys of the object at `i`, and the index after it. */
function keysAt(b: Uint8Array, i: number): { readonly keys: Uint8Array[]; readonly end: number } {
  const keys: Uint8Array[] = [];
  i = skipSpace(b, i + 1);
  while (b[i] === 0x22) {
    const key_end = Math.abs(stringEnd(b, i));
    // A copy, because the answer's memory will be reused.
    keys.push(b.slice(i, key_end));
    i = skipSpace(b, valueEnd(b, skipSpace(b, skipSpace(b, key_end) + 1)));
    if (b[i] === 0x2c) i = skipSpace(b, i + 1);
  }
  return { keys, end: i + 1 };
}

function afterComma(b: Uint8Array, end: number): number {
  const at = skipSpace(b, end);
  return b[at] === 0x2c ? skipSpace(b, at + 1) : at;
}
