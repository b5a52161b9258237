/** The input of a paginator: an answered page, and the range of keys to read. */
import type { JsonObject } from '../../json.js';
import type { Answer } from '../http/messages.js';
import type { Surroundings } from './fields/answer-field.js';
import type { LastRecord } from './fields/last-record.js';

/** The facts of an answer that a paginator needs. */
export interface AnsweredPage extends Surroundings {
  readonly count: number;
  /** The last record's key as JSON text; null when it has none. */
  readonly last_key: string | null;
  /** Absent where no record was stored. */
  readonly last_record?: LastRecord | undefined;
  readonly holds_secret?: Answer['holds_secret'];
}

/** Both ends of a reading: keys as JSON text. */
export interface KeyRange {
  /** Only records whose key is greater. */
  readonly after?: string | undefined;
  /** Only records whose key is less. */
  readonly before?: string | undefined;
  /** Conditions beside those on the key, in the server's own words. */
  readonly also?: readonly JsonObject[] | undefined;
}
