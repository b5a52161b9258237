/** Reads the first rows of a list as JavaScript values, for a look at them. */
import { XanoError } from '../../errors.js';
import { isJsonObject, select } from '../../json.js';
import type { ResolvedEndpoint } from '../config/endpoint-config.js';
import type { Http } from '../http/client.js';
import type { RequestContext } from '../http/messages.js';
import { firstPage, resized } from '../paging/paginators.js';

/** Rows that are read. */
const ROWS = 100;

/** The records of a first page of a hundred: one request. Throws what {@link Http.send} throws. */
export async function sampleRows(
  config: ResolvedEndpoint,
  http: Http,
  sender: RequestContext,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const request = firstPage({ ...config, pagination: resized(config.pagination, ROWS) });
  return http.send(
    request,
    config.auth,
    ({ body }) => {
      const list = select(parsed(Buffer.from(body).toString('utf8'), config), config.data_selector);
      return Array.isArray(list) ? list.filter((record) => isJsonObject(record)) : [];
    },
    sender,
  );
}

function parsed(text: string, { name }: ResolvedEndpoint): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The cause would repeat a part of the answer.
    throw new XanoError('RESPONSE_UNEXPECTED', `The first rows of "${name}" are not valid JSON.`);
  }
}
