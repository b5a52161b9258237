/** What a client and its callers tell each other: answers, refusals, waits, and the context of a request. */
import type { ErrorCode, XanoError } from '../../errors.js';
import type { JsonObject } from '../../json.js';
import type { RateLimit } from './rate-limit.js';

/** An answer with status 2xx, whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
  /** The body was NDJSON, and is a list of its records now. */
  readonly is_lines?: true | undefined;
  /** Whether a text holds a secret that authorized the request, or a good part of one. */
  readonly holds_secret?: ((text: string) => boolean) | undefined;
}

/** A refusal as it came: what an API's own rules may read more into. */
export interface Refusal {
  readonly status: number;
  /** The parsed body when it is a JSON object, else undefined. */
  readonly body: JsonObject | undefined;
}

/** What an API's own rules say of a refusal. */
export interface Interpretation {
  readonly code?: ErrorCode;
  readonly limit?: RateLimit;
  /** How long to wait after a 429 that does not say so itself. */
  readonly wait_ms?: number;
  /** The credentials themselves are refused: every other request with them to this server will be. */
  readonly refuses_credentials?: boolean;
  /**
   * The path of a request that all good credentials may make. Refused as well, it shows that the credentials
   * themselves are refused.
   */
  readonly check_path?: string;
}

/** Something is being waited for; told before the wait begins. */
export interface Wait {
  readonly kind: 'rate_limit' | 'retry' | 'token';
  readonly wait_ms: number;
  /** Why the request is sent again, in a few words. */
  readonly reason: string;
}

/** What has been sent and received so far. */
export interface Traffic {
  requests: number;
  /** Bytes of bodies, after decompression. */
  bytes: number;
}

/** Who sends, as far as the door to the network needs to know. */
export interface RequestContext {
  /** Counted up with every try. */
  readonly traffic?: Traffic | undefined;
  readonly on_wait?: ((wait: Wait) => void) | undefined;
  /** How often this request is sent at most, where that is less than the client's own number. */
  readonly attempts?: number | undefined;
  /**
   * Whether to stop trying after this failure of the attempt of this number, from 1, although trying again
   * may help.
   */
  readonly gives_up?: ((error: XanoError, attempt: number) => boolean) | undefined;
  /**
   * Whether nobody else waits to learn if the credentials themselves are refused: then a refusal is not
   * checked.
   */
  readonly is_alone?: (() => boolean) | undefined;
  /** Aborting it ends this request alone. */
  readonly signal?: AbortSignal | undefined;
  /** Aborting it ends all that this sender waits for, also a token that several requests wait for. */
  readonly stop?: AbortSignal | undefined;
}
