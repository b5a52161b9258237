/** Tests what a token may do with the smallest request of each scope. Nothing is changed. */
import { asXanoError, isTokenError } from '../errors.js';
import { ACCOUNT_ORIGIN, DEFAULT_DATA_SOURCE } from '../xano/conventions.js';
import { countRows, type Me, readColumns, readEndpointOpenApi, readFirstId, readMe } from './client.js';
import type { DiscoverOptions } from './options.js';
import type { Api } from './request.js';
import { type ListedRight, moreThanOneRight } from './rights.js';
import {
  accountApiAt,
  apiOf,
  chooseInstances,
  chooseWorkspaces,
  isOrigin,
  listWorkspaces,
} from './select.js';

/**
 * The result of one small request for a scope, by its name in Xano. `Content` also stands for Live Data
 * Source if that is the data source to read: a refusal does not tell which of them is missing. `unknown`: no
 * request was possible, or no answer came.
 */
export interface ScopeProbe {
  readonly scope: 'Database' | 'Content' | 'API Groups';
  readonly state: 'granted' | 'missing' | 'unknown';
  /** Why it is missing or unknown; null where it is granted. */
  readonly reason: string | null;
}

/** The owner of a token, what it sees and what it may read. */
export interface Access {
  readonly me: Me;
  readonly instances: readonly string[];
  readonly scopes: readonly ScopeProbe[];
  /**
   * Scopes for which Xano lists more than one right, so more than reading; null where Xano lists no rights.
   */
  readonly more_rights: readonly ListedRight[] | null;
}

/** The most workspaces that are searched for something to request. */
const MOST_WORKSPACES = 5;

interface Spot {
  readonly api: Api;
  readonly workspace: number;
}

/**
 * Tests what a token may do. Throws where the token is not accepted, the server does not answer, or a named
 * thing does not exist.
 */
export async function probeAccess(options: DiscoverOptions): Promise<Access> {
  const { instance, account_origin = ACCOUNT_ORIGIN, data_source = DEFAULT_DATA_SOURCE } = options;
  const entries = await chooseInstances(options);
  const home = instance !== undefined && isOrigin(instance) ? entries[0]?.meta_api : undefined;
  const me = await readMe(apiOf(options, home ?? accountApiAt(account_origin)));
  const chosen = await chooseWorkspaces(await listWorkspaces(entries, options, []), options);
  const spots = chosen
    .flatMap((entry) =>
      entry.workspaces.map(({ id }) => ({ api: apiOf(options, entry.instance.meta_api), workspace: id })),
    )
    .slice(0, MOST_WORKSPACES);

  // A refused list means that the scope of its entries is missing as well: older servers check both.
  const table = await firstOf(spots, ({ api, workspace }) =>
    readFirstId(api, `/workspace/${workspace}/table`, 'tables'),
  );
  const group = await firstOf(spots, ({ api, workspace }) =>
    readFirstId(api, `/workspace/${workspace}/apigroup`, 'apigroups'),
  );
  return {
    me,
    instances: entries.map(({ name }) => name),
    more_rights: moreThanOneRight(me.extras) ?? (home === undefined ? await rightsAt(spots[0]) : null),
    scopes: [
      await probe('Database', table, 'the token sees no table to test', ({ api, workspace }, id) =>
        readColumns(api, workspace, id),
      ),
      'error' in table
        ? { scope: 'Content', state: 'unknown', reason: 'the token cannot list tables' }
        : await probe('Content', table, 'the token sees no table to test', ({ api, workspace }, id) =>
            countRows(api, workspace, id, data_source),
          ),
      await probe(
        'API Groups',
        group,
        'the token sees no API group to test',
        async ({ api, workspace }, id) => {
          const endpoint = await readFirstId(api, `/workspace/${workspace}/apigroup/${id}/api`, 'apis');
          await readEndpointOpenApi(api, workspace, id, endpoint);
        },
      ),
    ],
  };
}

/**
 * The instance's own list of rights, which knows more of a token than the account. It is undocumented, so
 * failures are ignored.
 */
async function rightsAt(spot: Spot | undefined): Promise<readonly ListedRight[] | null> {
  if (spot === undefined) return null;
  try {
    return moreThanOneRight((await readMe(spot.api)).extras);
  } catch (thrown) {
    const { code } = asXanoError(thrown);
    if (code === 'INTERRUPTED' || code === 'BUG') throw thrown;
    return null;
  }
}

type First =
  | { readonly spot: Spot; readonly id: number }
  | { readonly error: unknown }
  | { readonly nothing: true };

async function firstOf(
  spots: readonly Spot[],
  read: (spot: Spot) => Promise<number | undefined>,
): Promise<First> {
  for (const spot of spots) {
    try {
      const id = await read(spot);
      if (id !== undefined) return { spot, id };
    } catch (error) {
      return { error };
    }
  }
  return { nothing: true };
}

/** A refused token and an interruption end everything; any other failure concerns this scope alone. */
async function probe(
  scope: ScopeProbe['scope'],
  first: First,
  nothing: string,
  ask: (spot: Spot, id: number) => Promise<unknown>,
): Promise<ScopeProbe> {
  if ('nothing' in first) return { scope, state: 'unknown', reason: nothing };
  try {
    if ('error' in first) throw first.error;
    await ask(first.spot, first.id);
    return { scope, state: 'granted', reason: null };
  } catch (thrown) {
    const { code, message } = asXanoError(thrown);
    if (isTokenError(code) || code === 'INTERRUPTED' || code === 'BUG') throw thrown;
    return { scope, state: code === 'SCOPE_MISSING' ? 'missing' : 'unknown', reason: message };
  }
}
