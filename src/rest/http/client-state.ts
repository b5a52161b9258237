/** State that all requests of one client share: its options, its servers, and the secrets it has sent. */
import type { Auth } from '../config/auth.js';
import type { FindSecret, SecretRef } from '../config/secret-ref.js';
import { type ApiWords, type DescribeApi, wordsForAny } from './auth/api-words.js';
import { createSecretWatch, type SecretWatch } from './auth/redact.js';
import { type ConcurrencyLimiter, createConcurrencyLimiter } from './concurrency-limiter.js';
import type { Interpretation, Refusal } from './messages.js';
import { type Clock, createRateLimiter, type RateLimiter, systemClock } from './rate-limiter.js';
import { type BufferPool, createBufferPool } from './wire/buffer-pool.js';
import { createProxies, type Environment, type ProxyServer } from './wire/proxy.js';

/** What a client is made of. */
export interface HttpOptions {
  readonly user_agent: string;
  readonly find_secret: FindSecret;
  /** Looks again at the source of a refused secret: for sources that take time, such as a program. */
  readonly refresh_secret?: ((ref: SecretRef) => Promise<void>) | undefined;
  /** Default: this computer's clock. */
  readonly clock?: Clock;
  /** The name of an API that is known by its URL, for errors. Default: its host. */
  readonly describe?: DescribeApi;
  /**
   * The environment that holds HTTPS_PROXY, ALL_PROXY and NO_PROXY, such as `process.env`. Default: no proxy.
   */
  readonly env?: Environment;
  /** Adds an API's own meaning to the refusal of a request for a path. */
  readonly interpret?: (refusal: Refusal, path: string) => Interpretation;
  readonly signal?: AbortSignal | undefined;
  /** Servers that other clients also send to: all of them keep one limit. Default: none. */
  readonly servers?: Servers | undefined;
  /** The most tries of a request. Default 6. */
  readonly attempts?: number;
  /** The largest answer that is read, in bytes. Default 256 MiB. */
  readonly max_body_bytes?: number;
  /** How long a server may send nothing, in milliseconds. Default 60 s. */
  readonly silence_ms?: number;
}

/** What a client remembers of each server. */
export interface Server {
  readonly rate_limiter: RateLimiter;
  readonly concurrency: ConcurrencyLimiter;
  /**
   * Whether a request failed because the server stayed silent, and nothing has come since: then others wait
   * once, not three times.
   */
  is_silent: boolean;
}

/** What is remembered of servers, by their origin. */
export type Servers = Map<string, Server>;

/** Makes what several clients remember together: one rate limit and one concurrency limit an origin. */
export const createServers = (): Servers => new Map();

/** The state of one client. */
export interface ClientState {
  readonly options: HttpOptions;
  readonly clock: Clock;
  readonly find_secret: FindSecret;
  readonly silence_ms: number;
  readonly servers: Servers;
  /** Origins that have accepted a request. */
  readonly reached: Set<string>;
  readonly buffers: BufferPool;
  readonly secrets: SecretWatch;
  /** Checks of refused credentials that are under way. */
  readonly checks: Map<string, Promise<boolean>>;
  readonly findProxy: (url: URL) => ProxyServer | undefined;
  readonly interpret: (refusal: Refusal, path: string) => Interpretation;
  readonly wordsFor: (url: URL, auth: Auth) => ApiWords;
}

/** Makes the state of a client that has sent nothing yet. */
export function createClientState(options: HttpOptions): ClientState {
  const {
    clock = systemClock,
    find_secret,
    silence_ms = 60_000,
    env = {},
    servers = createServers(),
  } = options;
  return {
    options,
    clock,
    find_secret,
    silence_ms,
    servers,
    reached: new Set(),
    buffers: createBufferPool(),
    secrets: createSecretWatch(),
    checks: new Map(),
    findProxy: createProxies(env),
    interpret: (refusal, path) => options.interpret?.(refusal, path) ?? {},
    wordsFor: (url, auth) => options.describe?.(url, auth) ?? wordsForAny(url, auth),
  };
}

/** The state of the server at an origin. */
export function serverAt({ servers, clock }: ClientState, origin: string): Server {
  const server = servers.get(origin) ?? {
    rate_limiter: createRateLimiter(clock),
    concurrency: createConcurrencyLimiter(),
    is_silent: false,
  };
  servers.set(origin, server);
  return server;
}
