/** In which format a list's answers are written: JSON, or NDJSON where its config says so or leaves it open. Pure. */
import { XanoError } from '../errors.js';
import type { EndpointConfig } from './config.js';
import type { Answer } from './http.js';

/**
 * Throws RESPONSE_UNEXPECTED where an answer is NDJSON and the config expects one JSON document: whoever says that the answer itself is the
 * list, and how it is paged, has seen JSON there.
 */
export function assertFormat(
  { name, format }: Pick<EndpointConfig, 'name' | 'format'>,
  { is_lines }: Answer,
): void {
  if (is_lines !== true || format === 'ndjson') return;
  throw new XanoError('RESPONSE_UNEXPECTED', `The answer for "${name}" is NDJSON, one JSON object a line.`, {
    hint: 'Set format to ndjson in this resource.',
    lasting: true,
  });
}
