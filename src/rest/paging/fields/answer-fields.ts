/** Reads the paging fields of an answer once, and keeps them as long as the answer. */
import type { JsonObject } from '../../../json.js';
import type { EndpointConfig } from '../../config/endpoint-config.js';
import type { Surroundings } from './answer-field.js';
import type { PagingFields } from './field.js';
import { pagingFields, type Sent } from './paging-fields.js';

/** What is known of an answer whose records have been read. */
export interface CountedAnswer extends Surroundings {
  /** Its records. */
  readonly count: number;
}

/** The config fields that tell where an answer's list is, and the request's own values. */
export type Asked = Pick<EndpointConfig, 'data_selector'> & Sent;

interface Kept {
  readonly answer: CountedAnswer;
  readonly config: Asked;
  readonly fields: PagingFields;
}

/** By the envelope: each answer has its own, and the entry disappears with it. */
const cache = new WeakMap<JsonObject, Kept>();

/** The paging fields of an answer. A load asks for them several times a page. */
export function fieldsOf(answer: CountedAnswer, config: Asked): PagingFields {
  const { envelope, headers, count } = answer;
  const known = cache.get(envelope);
  if (
    known !== undefined &&
    known.config === config &&
    known.answer.headers === headers &&
    known.answer.count === count
  )
    return known.fields;
  const fields = pagingFields(envelope, config.data_selector ?? '', count, headers, config);
  cache.set(envelope, { answer: { envelope, headers, count }, config, fields });
  return fields;
}
