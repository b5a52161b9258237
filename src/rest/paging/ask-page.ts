/** Asks for one page of a list. */
import { XanoError } from '../../errors.js';
import type { ResolvedEndpoint } from '../config/endpoint-config.js';
import type { PageRequest } from '../http/request.js';
import { bodyInFormat } from './answer-format.js';
import { emptyAnswer, isEmptyList, isNoContent, isNoPage, isNothing } from './end-of-list.js';
import type { LinkedAnswer, PageReader } from './page-reader.js';
import type { ReadOptions } from './read-options.js';

/** Requests one page of a list. A `first` page without content is an empty list. */
export function askPage(
  config: ResolvedEndpoint,
  request: PageRequest,
  { http, sender, reader, constants }: ReadOptions & { readonly reader: PageReader },
  { first = false }: { readonly first?: boolean } = {},
): Promise<LinkedAnswer> {
  return http.send(
    request,
    config.auth,
    (answer) => {
      const { status, headers, holds_secret } = answer;
      const body = bodyInFormat(config, answer);
      const isEmpty =
        first && (isNoContent(status) || (config.single_record !== true && isEmptyList(config, body)));
      return { ...reader.read(isEmpty ? emptyAnswer(config) : body, constants), headers, holds_secret };
    },
    sender,
  );
}

/**
 * Requests a page that may not exist; returns the server's refusal then, if any. With `any_refusal`, every
 * error status means immediately that the page does not exist.
 */
export async function findPage(
  config: ResolvedEndpoint,
  request: PageRequest,
  { http, sender, reader, constants }: ReadOptions & { readonly reader: PageReader },
  any_refusal = false,
): Promise<LinkedAnswer | { readonly missing: XanoError }> {
  try {
    return await http.send(
      request,
      config.auth,
      (answer) => {
        const { headers, holds_secret } = answer;
        const body = bodyInFormat(config, answer);
        try {
          return { ...reader.read(body, constants), headers, holds_secret };
        } catch (thrown) {
          // Another try would return no more than this one.
          if (thrown instanceof XanoError && isNothing(config, body)) return { missing: thrown };
          throw thrown;
        }
      },
      any_refusal ? { ...sender, attempts: 1 } : sender,
    );
  } catch (thrown) {
    if (isNoPage(thrown)) return { missing: thrown };
    if (any_refusal && thrown instanceof XanoError && thrown.code === 'XANO_FAILED')
      return { missing: thrown };
    throw thrown;
  }
}
