/** Faults on request: the wrong answers that tests and the demo need. */
import type { Json } from '../json.js';

/** The kinds of faults. */
export type FaultAnswer =
  /** Another status; the body is text as given, or JSON; Xano's envelope when absent. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: string | Json;
      readonly headers?: { readonly [name: string]: string };
    }
  /** The connection is reset. */
  | { readonly kind: 'reset' }
  /** Nothing is ever sent. */
  | { readonly kind: 'stall' }
  /** Headers and half the body are sent, then nothing more. */
  | { readonly kind: 'stall_body' }
  /** The content-length promises all, half is sent, the connection closes. */
  | { readonly kind: 'truncate' }
  /** Half the body under a content-length that is right for half: a 200 of malformed JSON. */
  | { readonly kind: 'cut_json' }
  /** The true answer in ten parts, `chunk_ms` milliseconds apart. */
  | { readonly kind: 'slow'; readonly chunk_ms: number }
  /** The true answer's text, changed. */
  | { readonly kind: 'rewrite'; readonly rewrite: (body: string) => string }
  /** A redirect, with 307 by default: the method and the body stay the same. */
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: 301 | 302 | 303 | 307 | 308 };

/** A fault, and the requests that it applies to: those that match all given fields. */
export interface LocalFault {
  /** Found in the path and query as sent. */
  readonly path?: RegExp | string;
  readonly method?: string;
  /** An instance's name, or `account`. */
  readonly instance?: string;
  /** Found in the body as sent. */
  readonly body_includes?: string;
  /** How many matching requests pass first; none by default. */
  readonly skip?: number;
  /** How many it applies to after those; one by default, Infinity for all. */
  readonly times?: number;
  readonly answer: FaultAnswer;
}

/** The parts of a request that a fault matches. */
export interface FaultedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly instance: string;
  readonly body: string;
}

/** The faults that wait for their requests. */
export interface FaultQueue {
  add(fault: LocalFault): void;
  /** The fault for this request: the first added of those that match. Each call counts as one request. */
  take(request: FaultedRequest): FaultAnswer | undefined;
}

/** An empty queue. */
export function openFaultQueue(): FaultQueue {
  const waiting: { readonly fault: LocalFault; skip: number; times: number }[] = [];
  return {
    add(fault) {
      waiting.push({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1 });
    },
    take(request) {
      const due = waiting.find((entry) => {
        if (entry.times <= 0 || !befalls(entry.fault, request)) return false;
        if (entry.skip <= 0) return true;
        entry.skip -= 1;
        return false;
      });
      if (due === undefined) return undefined;
      due.times -= 1;
      return due.fault.answer;
    },
  };
}

function befalls(fault: LocalFault, request: FaultedRequest): boolean {
  const { path, method, instance, body_includes } = fault;
  if (typeof path === 'string' && !request.url.includes(path)) return false;
  // `search` ignores lastIndex, so a global pattern matches every request alike.
  if (path instanceof RegExp && request.url.search(path) === -1) return false;
  if (method !== undefined && request.method !== method.toUpperCase()) return false;
  if (instance !== undefined && request.instance !== instance) return false;
  return body_includes === undefined || request.body.includes(body_includes);
}
