/** Reads no more rows than a config allows: the first ones in the order of their key. */
import { XanoError } from '../../errors.js';
import type { ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import { countRecords, keyAfter } from '../../rest/paging/list-queries.js';
import { conditionsIn, keyValue } from '../../rest/paging/requests/keyset-request.js';
import type { ReadContext } from '../read/read-context.js';

/** A config, and whether its limit leaves rows out. */
export interface LimitedRead {
  readonly config: ResolvedEndpoint;
  readonly is_cut: boolean;
}

/**
 * The config with the key of the first row beyond its limit as a condition of every request, so that reading
 * and counting agree on which rows are wanted. Unchanged without a limit, and where the server has no more
 * rows than that. Throws RESPONSE_UNEXPECTED for a server that does not compare its keys.
 */
export async function withLimit(
  config: ResolvedEndpoint,
  { http, sender }: Pick<ReadContext, 'http' | 'sender'>,
): Promise<LimitedRead> {
  const { limit, pagination } = config;
  if (limit === undefined || pagination.type !== 'keyset') return { config, is_cut: false };
  const beyond = await keyAfter(config, http, limit, sender);
  if (beyond === undefined) return { config, is_cut: false };
  // The fallback is a plain list, which takes no conditions.
  const { fallback: _, ...rest } = config;
  const { filter_param, before } = pagination;
  const conditions = [...conditionsIn(config.body?.[filter_param]), { [before]: keyValue(beyond) }];
  const limited = { ...rest, body: { ...config.body, [filter_param]: conditions } };
  // Some servers answer comparisons that they cannot make with an empty list, others with all rows.
  const rows = await countRecords(limited, http, {}, sender);
  if (rows !== null && (rows === 0 || rows > limit))
    throw new XanoError(
      'RESPONSE_UNEXPECTED',
      `The server counts ${rows} rows of "${config.name}" before the key ${beyond}, which ${limit} precede: it does not compare "${pagination.key}".`,
      { hint: 'Load this table without a limit.' },
    );
  return { config: limited, is_cut: true };
}
