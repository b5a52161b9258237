/** Detects what the config of parents' lists leaves open, from the lists of some parents. */
import { XanoError } from '../../errors.js';
import type { EndpointConfig } from '../../rest/config/endpoint-config.js';
import { isIgnored } from '../../rest/config/parent.js';
import { type Detection, detect } from '../../rest/detect/detect.js';
import type { Http } from '../../rest/http/client.js';
import type { RequestContext } from '../../rest/http/messages.js';
import { isOfOneParent } from './parent-failures.js';
import { childOf } from './parents.js';
import type { Parents } from './read-context.js';

/** So many lists are examined: one that fits into a page may not show the pagination. */
const MOST_TRIED = 5;
/** So many lists may fail: one parent without a list says nothing about the others. */
const MOST_FAILED = 20;

/**
 * Detects how the lists of parents are read. Throws what {@link detect} throws when no list can be examined.
 */
export async function detectChild(
  config: EndpointConfig,
  { found }: Parents,
  http: Http,
  sender: RequestContext,
): Promise<Detection> {
  let best: Detection | undefined;
  let failure: unknown;
  let tried = 0;
  let failed = 0;
  for await (const row of found.rows()) {
    if (tried - failed === MOST_TRIED || failed === MOST_FAILED) break;
    tried++;
    try {
      const hurried = failure === undefined ? sender : { ...sender, attempts: 2 };
      const detection = await detect(childOf(config, found, row).config, http, hurried);
      if (detection.pagination.type !== 'single_page' && config.pagination.type === 'auto') return detection;
      if (best === undefined || detection.score > best.score) best = detection;
      if (config.pagination.type !== 'auto' && detection.score > 0) return detection;
    } catch (thrown) {
      failed++;
      if (isIgnored(config, thrown)) continue;
      const isOdd = thrown instanceof XanoError && thrown.code === 'CONFIG_INVALID';
      if (!isOdd && !isOfOneParent(thrown)) throw thrown;
      failure ??= thrown;
    }
  }
  if (best !== undefined) return best;
  if (failure !== undefined) throw failure;
  const reason =
    tried === 0 ? `"${config.parent?.resource}" has no records` : 'no list was available to inspect';
  const pagination = config.pagination.type === 'auto' ? { type: 'single_page' as const } : config.pagination;
  return { data_selector: config.data_selector ?? '', pagination, reasons: [reason], score: 0 };
}
