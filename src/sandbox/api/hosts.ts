/**
 * The APIs of the sandbox: the host of the account and of each instance, and which API answers which URL.
 * In: a request that was received, an instance and its data.
 * Out: an answer: status, headers and body. What sends it is `server.ts`.
 */

import { type Answer, type LocalRequest, notFound, tooManyRequests } from '../answers.js';
import { slidingWindow } from '../rate-limit.js';
import { answerAccount } from './account-api.js';
import { answerGroup, answerSpec, findApiGroup } from './group-api.js';
import { openLoginBook } from './logins.js';
import { answerMetadata, type ServedInstance } from './metadata-api.js';
import type { TokenBook } from './tokens.js';

/** One origin, and its APIs. */
export interface Host {
  /** The instance's name, `account` for the Account API. */
  readonly instance: string;
  readonly origin: string;
  /** `api` is the first segment of the path: `api:meta`, `api:Lh0JwImX:v1`, `apispec:Lh0JwImX`. */
  readonly answer: (api: string, request: LocalRequest) => Answer;
}

/** The host of the Account API, at `/api:meta`. */
export function accountHost(origin: string, instances: readonly ServedInstance[], tokens: TokenBook): Host {
  return {
    instance: 'account',
    origin,
    answer: (api, request) => (api === 'api:meta' ? answerAccount(request, instances, tokens) : notFound()),
  };
}

/** The host of an instance: its Metadata API, its API groups and their documents, under one rate limit. */
export function instanceHost(instance: ServedInstance): Host {
  const { data, origin, settings } = instance;
  const limit = settings.rate_limit;
  const mayAsk = limit === null ? () => true : slidingWindow(limit.requests, limit.per_ms, settings.now);
  const logins = openLoginBook(settings.now);
  return {
    instance: data.name,
    origin,
    answer: (api, request) => {
      if (limit !== null && !mayAsk()) return tooManyRequests(limit.requests, limit.per_ms);
      if (api === 'api:meta') return answerMetadata(request, instance);
      const [, kind, address] = /^(api|apispec):(.+)$/.exec(api) ?? [];
      if (address === undefined) return notFound();
      const group = findApiGroup(data, address);
      if (kind === 'api') return answerGroup(request, group, logins);
      return request.method === 'GET' && request.segments.length === 0
        ? answerSpec(group, origin)
        : notFound();
    },
  };
}
