/**
 * Recognizes an answer that is one record instead of a list: `posts/{id}`, or the settings of an account.
 * Pure.
 */
import { XanoError } from '../../../errors.js';
import { isJsonObject, type JsonObject, select } from '../../../json.js';
import type { EndpointConfig } from '../../config/endpoint-config.js';
import { noList } from './envelope.js';
import { plain, rankLists } from './rank-lists.js';
import { failureOf, saidFailure } from './said-failure.js';

/**
 * How to treat an object at the selector: never as a record, as a record unless it evidently contains a list
 * of records, or always as a record.
 */
export type SingleRecord = 'never' | 'unless_envelope' | 'always';

/**
 * How a config treats an object at its selector. Only a config with both a selector and a single page can
 * mean a single record; detection only finds lists.
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

/** A list with this score is as likely as not a list of records. */
const LIKELY = 50;

/**
 * Whether an answer's value at a selector is one record. An answer that reports a failure is not a record.
 */
export function isSingleRecord(answer: unknown, selector: string, single: SingleRecord): boolean {
  const value = select(answer, selector);
  if (single === 'never' || !isJsonObject(value)) return false;
  if (single === 'always') return saidFailure(answer, selector) === undefined;
  if (isJsonObject(answer) && saysFailed(answer, selector)) return false;
  if (hasId(value)) return true;
  // The resource's name does not matter here: an order that contains `lines` is also a record of the resource
  // `lines`.
  return !rankLists(value, { name: '', path: '' }).some(({ score }) => score >= LIKELY);
}

const hasId = ({ id }: JsonObject): boolean => typeof id === 'string' || typeof id === 'number';

/**
 * Fields of answers that explain a failure: RFC 9457, Xano (`code`, `message`, `payload`), and common
 * frameworks.
 */
export const ERROR_FIELDS: ReadonlySet<string> = new Set([
  ...['message', 'msg', 'detail', 'details', 'title', 'type', 'instance', 'code', 'status', 'statuscode'],
  ...['error', 'errors', 'payload', 'timestamp', 'path', 'traceid', 'requestid', 'success', 'ok'],
]);

/**
 * Whether an object reports a failure of the request, whatever its status: found by {@link saidFailure}, or
 * because it has only a message.
 */
export function saysFailed(answer: JsonObject, selector = ''): boolean {
  // A record may describe an error of its own.
  if (hasId(answer)) return ['success', 'ok'].some((name) => answer[name] === false);
  if (saidFailure(answer, selector) !== undefined) return true;
  const names = Object.keys(answer).map(plain);
  const has_message = ['message', 'msg', 'detail'].some((name) => names.includes(name));
  return has_message && names.every((name) => ERROR_FIELDS.has(name));
}

/**
 * The error for an object at the selector that is not a record: RESPONSE_UNEXPECTED with the server's own
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
