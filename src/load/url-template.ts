/** URL templates: lists that a server most likely treats alike. Pure. */

import type { EndpointConfig } from '../rest/config/endpoint-config.js';
import { joinUrl } from '../rest/http/request.js';

/**
 * The host and path of a list with a wildcard for each number. The tables of a workspace share one template;
 * an endpoint that somebody made has one of its own.
 */
export function urlTemplate({ base_url, path }: Pick<EndpointConfig, 'base_url' | 'path'>): string {
  const { host, pathname } = new URL(joinUrl(base_url, path));
  const steps = pathname.split('/').map((step) => (/^\d+$/.test(step) ? '*' : step));
  return host + steps.join('/');
}
