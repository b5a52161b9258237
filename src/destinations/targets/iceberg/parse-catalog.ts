/** A catalog of Iceberg tables by its name: the address of its REST interface, and a warehouse. Pure. */

import { XanoError } from '../../../errors.js';
import { didYouMean } from '../../../names.js';
import { parseUrl } from '../../../parse-url.js';
import { withoutTrailing } from '../../../plain-text.js';

/** A catalog of Iceberg tables. */
export interface Catalog {
  /** How people call it. It has no secrets. */
  readonly label: string;
  /** The address of the REST interface, without a slash at its end. */
  readonly endpoint: string;
  /** As the catalog calls it; empty for its own default. */
  readonly warehouse: string;
  /** Whether a secret may be sent there: encrypted, or to this computer. */
  readonly is_private: boolean;
}

const PARAMETERS: readonly string[] = ['warehouse'];

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

const refusal = (message: string, hint: string): XanoError => new XanoError('USAGE', message, { hint });

/** Reads what follows `iceberg:`. Throws USAGE; messages never repeat a password. */
export function parseCatalog(name: string): Catalog {
  const url = parseUrl(name);
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.hash !== '')
    throw refusal(
      'The name of an Iceberg catalog is not an address; expected iceberg:https://host/path?warehouse=name.',
      'Name the REST address of the catalog: --to "iceberg:https://catalog.example.com?warehouse=shop".',
    );
  if (url.username !== '' || url.password !== '')
    throw refusal(
      `The address of the Iceberg catalog ${url.host} holds a user or a password.`,
      'Remove it, and set ICEBERG_TOKEN, or ICEBERG_CLIENT_ID and ICEBERG_CLIENT_SECRET.',
    );
  for (const parameter of url.searchParams.keys()) {
    if (!PARAMETERS.includes(parameter))
      throw refusal(
        `An Iceberg catalog has no parameter "${parameter}"${didYouMean(PARAMETERS, parameter)}`,
        'Use only: warehouse.',
      );
    if (url.searchParams.getAll(parameter).length > 1)
      throw refusal(`The parameter "${parameter}" is given twice.`, `Give it one value: ${parameter}=….`);
  }
  const endpoint = withoutTrailing(`${url.origin}${url.pathname}`, '/');
  const warehouse = url.searchParams.get('warehouse') ?? '';
  return {
    label: `iceberg:${endpoint}${warehouse === '' ? '' : `?warehouse=${warehouse}`}`,
    endpoint,
    warehouse,
    is_private: url.protocol === 'https:' || LOOPBACK.test(url.hostname),
  };
}
