/** Lists that a server treats alike, as far as their addresses tell. Pure. */

import type { EndpointConfig } from '../../rest/config/endpoint-config.js';
import { joinUrl } from '../../rest/http/request.js';

/**
 * Names the lists that are of a kind with this one: on the same host, under the same path but for the numbers in it. The tables of a
 * workspace share one template; an endpoint that somebody made has one of its own.
 */
export function urlTemplate({ base_url, path }: Pick<EndpointConfig, 'base_url' | 'path'>): string {
  const { host, pathname } = new URL(joinUrl(base_url, path));
  const steps = pathname.split('/').map((step) => (/^\d+$/.test(step) ? '*' : step));
  return host + steps.join('/');
}
