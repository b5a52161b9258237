/** An answer that is one record, not a list of them: `posts/{id}`, or the settings of an account. Pure. */
import { XanoError } from '../../../errors.js';
import { isJsonObject, type JsonObject, select } from '../../../json.js';
import type { EndpointConfig } from '../../config/endpoint-config.js';
import { noList } from './envelope.js';
import { plain, rankLists } from './rank-lists.js';
import { failureOf, saidFailure } from './said-failure.js';

/**
 * What an object at the selector is: never a record, a record unless it evidently holds a list of records, or
 * a record whatever it holds.
 */
export type SingleRecord = 'never' | 'unless_envelope' | 'always';

/**
 * What a config says of an object at its selector. Only one that says both where the record is and that
 * nothing comes after it can mean a single record; what was detected is a list.
 */
export function singleRecordOf({
  single_record,
  data_selector,
  pagination,
}: Pick<EndpointConfig, 'single_record' | 'data_selector' | 'pagination'>): SingleRecord {
  if (data_selector === undefined || pagination.type !== 'single_page' || single_record === false)
    return 'never';
  return single_record === true ? 'always' : 'unless_envelope';
}

/** A list with this score is as likely as not one of records. */
const LIKELY = 50;

/** Whether an answer's value at a selector is one record. An answer that says it failed is none. */
export function isSingleRecord(answer: unknown, selector: string, single: SingleRecord): boolean {
  const value = select(answer, selector);
  if (single === 'never' || !isJsonObject(value)) return false;
  if (single === 'always') return saidFailure(answer, selector) === undefined;
  if (isJsonObject(answer) && saysFailed(answer, selector)) return false;
  if (hasId(value)) return true;
  // Names of the resource say nothing here: an order that holds `lines` is a record of the resource `lines`,
  // too.
  return !rankLists(value, { name: '', path: '' }).some(({ score }) => score >= LIKELY);
}

const hasId = ({ id }: JsonObject): boolean => typeof id === 'string' || typeof id === 'number';

/**
 * Fields of answers that say what went wrong: RFC 9457, Xano (`code`, `message`, `payload`), and common
 * frameworks.
 */
export const ERROR_FIELDS: ReadonlySet<string> = new Set([
  ...['message', 'msg', 'detail', 'details', 'title', 'type', 'instance', 'code', 'status', 'statuscode'],
  ...['error', 'errors', 'payload', 'timestamp', 'path', 'traceid', 'requestid', 'success', 'ok'],
]);

/**
 * Whether an object says that the request failed, whatever its status: as {@link saidFailure} finds it, or by
 * a message and nothing else.
 */
export function saysFailed(answer: JsonObject, selector = ''): boolean {
  // A record may tell of an error of its own.
  if (hasId(answer)) return ['success', 'ok'].some((name) => answer[name] === false);
  if (saidFailure(answer, selector) !== undefined) return true;
  const names = Object.keys(answer).map(plain);
  const has_message = ['message', 'msg', 'detail'].some((name) => names.includes(name));
  return has_message && names.every((name) => ERROR_FIELDS.has(name));
}

/**
 * What to say of an object at the selector that is no record: RESPONSE_UNEXPECTED with the server's own
 * words, or SELECTOR_EMPTY naming its lists.
 */
export function noRecord(body: Uint8Array, selector: string, answer: unknown): XanoError {
  if (isJsonObject(answer) && saysFailed(answer, selector))
    return (
      failureOf(answer, selector) ??
      new XanoError(
        'RESPONSE_UNEXPECTED',
        `The answer says that the request failed: ${String(
          answer['message'] ?? answer['msg'] ?? answer['detail'],
        )
          .slice(0, 300)
          .replace(/\.$/, '')}.`,
        { hint: 'Check the path and the parameters of this endpoint config; --debug shows the request.' },
      )
    );
  const error = noList(body, selector);
  return new XanoError(error.code, error.message, {
    hint: `${error.hint} If the object itself is the record, set single_record to true.`,
  });
}
