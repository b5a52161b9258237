/** Tells the format of a list's answers: JSON, or NDJSON if its config says so or does not say. Pure. */
import { XanoError } from '../../errors.js';
import { isJsonObject } from '../../json.js';
import type { EndpointConfig } from '../config/endpoint-config.js';
import { listOfLines } from '../decode/answer/json-lines.js';
import { saysFailed } from '../decode/answer/single-record.js';
import type { Answer } from '../http/messages.js';

/**
 * The body of a list's answer. NDJSON of a single line looks like an object: only the config tells it. Throws
 * RESPONSE_UNEXPECTED where an answer is NDJSON and the config expects one JSON document: a config that says
 * that the answer itself is the list, and how it is paged, was written for JSON.
 */
export function bodyInFormat(
  { name, format }: Pick<EndpointConfig, 'name' | 'format'>,
  { body, is_lines }: Pick<Answer, 'body' | 'is_lines'>,
): Uint8Array {
  if (format === 'ndjson' && is_lines !== true) return isOneRecord(body) ? listOfLines(body) : body;
  if (is_lines !== true || format === 'ndjson') return body;
  throw new XanoError('RESPONSE_UNEXPECTED', `The answer for "${name}" is NDJSON, one JSON object a line.`, {
    hint: 'Set format to ndjson in this resource.',
    lasting: true,
  });
}

function isOneRecord(body: Uint8Array): boolean {
  try {
    const record: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return isJsonObject(record) && !saysFailed(record);
  } catch {
    return false;
  }
}
