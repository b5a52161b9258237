/**
 * What a token may do, found out by asking for the smallest thing that each scope guards. Nothing is changed.
 */
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
 * What one small request says of a scope, by its name in Xano. `Content` stands for Live Data Source, too,
 * where that is the data source that is read: a refusal does not tell which of them is missing. `unknown`:
 * there was nothing to ask for, or no answer.
 */
export interface ScopeProbe {
  readonly scope: 'Database' | 'Content' | 'API Groups';
  readonly state: 'granted' | 'missing' | 'unknown';
  /** Why it is missing or unknown; null where it is granted. */
  readonly reason: string | null;
}

/** Who a token belongs to, what it sees and what it may read. */
export interface Access {
  readonly me: Me;
  readonly instances: readonly string[];
  readonly scopes: readonly ScopeProbe[];
  /**
   * Scopes for which Xano lists more than one right, and so more than reading; null where it lists none at
   * all.
   */
  readonly more_rights: readonly ListedRight[] | null;
}

/** Workspaces that are looked into for something to ask for. */
const MOST_WORKSPACES = 5;

interface Spot {
  readonly api: Api;
  readonly workspace: number;
}

/**
 * Asks what a token may do. Throws where it is not accepted, nobody answers, or what is named is not there.
 */
export async function probeAccess(options: DiscoverOptions): Promise<Access> {
  const { instance, account_origin = ACCOUNT_ORIGIN, data_source = DEFAULT_DATA_SOURCE } = options;
  const entries = await chooseInstances(options);
  const home = instance !== undefined && isOrigin(instance) ? entries[0]?.meta_api : undefined;
  const me = await readMe(apiOf(options, home ?? accountApiAt(account_origin)));
  const found = await chooseWorkspaces(await listWorkspaces(entries, options, []), options);
  const spots = found
    .flatMap((one) =>
      one.workspaces.map(({ id }) => ({ api: apiOf(options, one.instance.meta_api), workspace: id })),
    )
    .slice(0, MOST_WORKSPACES);

  // A list that is refused is refused for want of the scope that its entries need, too: older servers guard
  // both.
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
 * What an instance lists, which knows more of a token than the account. Nothing is promised of it, so that no
 * failure matters.
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

/**
 * A token that is refused and an interruption end everything; any other failure says something of this scope
 * alone.
 */
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
