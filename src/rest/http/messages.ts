/** What a client and its callers exchange: answers, refusals, waits, and the context of a request. */
import type { ErrorCode, XanoError } from '../../errors.js';
import type { JsonObject } from '../../json.js';
import type { RateLimit } from './rate-limit.js';

/** A complete answer with status 2xx. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
  /** The body was NDJSON, and is now a list of its records. */
  readonly is_lines?: true | undefined;
  /** Whether a text holds a secret that authorized the request, or a good part of one. */
  readonly holds_secret?: ((text: string) => boolean) | undefined;
}

/** A refusal as it came, for an API's own rules to interpret. */
export interface Refusal {
  readonly status: number;
  /** The parsed body when it is a JSON object, else undefined. */
  readonly body: JsonObject | undefined;
}

/** An API's own interpretation of a refusal. */
export interface Interpretation {
  readonly code?: ErrorCode;
  readonly limit?: RateLimit;
  /** How long to wait after a 429 without a Retry-After. */
  readonly wait_ms?: number;
  /** The credentials themselves are refused: the server will refuse every other request with them. */
  readonly refuses_credentials?: boolean;
  /**
   * The path of a request that all good credentials may make. If the server refuses it too, the credentials
   * themselves are refused.
   */
  readonly check_path?: string;
}

/** A wait, reported before it begins. */
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

/** The sender of a request, as far as the HTTP client needs to know it. */
export interface RequestContext {
  /** Incremented with every try. */
  readonly traffic?: Traffic | undefined;
  readonly on_wait?: ((wait: Wait) => void) | undefined;
  /** The most tries of this request, where that is less than the client's own number. */
  readonly attempts?: number | undefined;
  /** Whether to stop after this failure although another try may help. `attempt` counts from 1. */
  readonly gives_up?: ((error: XanoError, attempt: number) => boolean) | undefined;
  /** Whether nobody else waits to learn if the credentials themselves are refused: then no check is made. */
  readonly is_alone?: (() => boolean) | undefined;
  /** Aborting it ends this request alone. */
  readonly signal?: AbortSignal | undefined;
  /** Aborting it ends all that this sender waits for, including a token that several requests wait for. */
  readonly stop?: AbortSignal | undefined;
}
