/** What the config of a list that each parent has leaves open: found out of the lists of some of them. */
import type { EndpointConfig } from '../rest/config.js';
import { type Detection, detect } from '../rest/detect.js';
import type { Http, Sender } from '../rest/http.js';
import { isIgnored } from '../rest/parent.js';
import { childOf, type Parents } from './children.js';

/** So many lists are looked at: one that fits into a page may show nothing of pages. */
const MOST_TRIED = 5;

/** Finds out how the lists of parents are read. Throws what {@link detect} throws where no list tells anything. */
export async function detectChild(
  config: EndpointConfig,
  { found }: Parents,
  http: Http,
  sender: Sender,
): Promise<Detection> {
  let best: Detection | undefined;
  let failure: unknown;
  let tried = 0;
  for await (const row of found.rows()) {
    if (tried++ === MOST_TRIED) break;
    try {
      const detection = await detect(childOf(config, found, row).config, http, sender);
      if (detection.pagination.type !== 'single_page' && config.pagination.type === 'auto') return detection;
      if (best === undefined || detection.score > best.score) best = detection;
      if (config.pagination.type !== 'auto' && detection.score > 0) return detection;
    } catch (thrown) {
      if (!isIgnored(config, thrown)) failure ??= thrown;
    }
  }
  if (best !== undefined) return best;
  if (failure !== undefined) throw failure;
  const because =
    tried === 0 ? `"${config.parent?.resource}" has no records` : 'no list was there to look at';
  const pagination = config.pagination.type === 'auto' ? { type: 'single_page' as const } : config.pagination;
  return { data_selector: config.data_selector ?? '', pagination, reasons: [because], score: 0 };
}
