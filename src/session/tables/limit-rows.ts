/** Applies `--limit`: how many rows of a table a load reads. */
import { didYouMean, type EndpointConfig, XanoError } from '../../index.js';

/**
 * The configs with these limits: `1000` for every table, `orders=1000` for one, which wins. Throws USAGE.
 */
export function limitRows(
  endpoints: readonly EndpointConfig[],
  limits: readonly string[],
): readonly EndpointConfig[] {
  let general: number | undefined;
  const own = new Map<string, number>();
  for (const given of limits) {
    const at = given.lastIndexOf('=');
    const rows = rowsIn(given.slice(at + 1), given);
    if (at < 0) general = rows;
    else own.set(tableIn(endpoints, given.slice(0, at), given), rows);
  }
  return endpoints.map((endpoint) => {
    const limit = own.get(endpoint.name) ?? general;
    return limit === undefined ? endpoint : withLimit(endpoint, limit);
  });
}

/** The largest number that a limit may have. */
const MOST_ROWS = 1_000_000_000;

function rowsIn(text: string, given: string): number {
  const rows = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (rows >= 1 && rows <= MOST_ROWS) return rows;
  throw new XanoError('USAGE', `--limit ${given} does not name a number of rows.`, {
    hint: `Write it as 1000, or as TABLE=1000 for one table; a limit is between 1 and ${MOST_ROWS}.`,
  });
}

function tableIn(endpoints: readonly EndpointConfig[], name: string, given: string): string {
  const names = endpoints.map((endpoint) => endpoint.name);
  if (names.includes(name)) return name;
  throw new XanoError(
    'USAGE',
    `--limit ${given}: this load has no table "${name}"${didYouMean(names, name)}`,
    { hint: 'Write it as TABLE=1000, with the exact name of a table of this load.' },
  );
}

function withLimit(endpoint: EndpointConfig, limit: number): EndpointConfig {
  const { name, pagination, write_disposition } = endpoint;
  if (pagination.type !== 'keyset')
    throw new XanoError('USAGE', `--limit: "${name}" is not a table of a workspace.`, {
      hint: 'Omit --limit, or give it as TABLE=1000 for the tables that are.',
    });
  if (write_disposition !== 'replace')
    throw new XanoError('USAGE', `--limit with ${write_disposition}: "${name}" would keep other rows.`, {
      hint: 'Omit --incremental and --write-disposition: a limit needs replace.',
    });
  return { ...endpoint, limit };
}
