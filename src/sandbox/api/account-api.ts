/** The Account API: the owner of a token, and the instances of the account. */
import type { JsonObject } from '../../json.js';
import { type Answer, answer, isAnswer, type LocalRequest, notFound } from '../answers.js';
import type { ServedInstance } from './metadata-api.js';
import type { TokenBook } from './tokens.js';

/** Answers a call below `api:meta` of the Account API. A token of one instance lists all of the account's. */
export function answerAccount(
  request: LocalRequest,
  instances: readonly ServedInstance[],
  tokens: TokenBook,
): Answer {
  const [first, second, ...more] = request.segments;
  const isMe = first === 'auth' && second === 'me';
  if (request.method !== 'GET' || more.length > 0 || !(isMe || first === 'instance')) return notFound();
  const grant = tokens.check(request.headers.authorization);
  if (isAnswer(grant)) return grant;
  // The specification types `extras` as text; an empty map is spelled as PHP spells it.
  if (isMe) return answer({ id: 1, name: 'Ada Lovelace', email: 'ada@example.com', extras: [] });
  if (second === undefined) return answer(instances.map(describeInstance));
  const named = instances.find(({ data }) => data.name === second);
  return named === undefined ? notFound() : answer(describeInstance(named));
}

function describeInstance({ data, origin, settings }: ServedInstance): JsonObject {
  return {
    name: data.name,
    display: data.display,
    xano_domain: new URL(origin).host,
    custom_domain: '',
    rate_limit: data.rate_limit || settings.rate_limit !== null,
    meta_api: `${origin}/api:meta`,
    meta_swagger: `${origin}/apispec:meta?type=json`,
  };
}
