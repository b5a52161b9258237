/** The catalog of a connection. */
import { type Catalog, type DiscoverOptions, discover, XanoError } from '../index.js';
import type { Connection } from './connect.js';
import type { Notify } from './context.js';

/** The optional parts of a catalog, beside tables. */
export type CatalogOptions = Pick<
  DiscoverOptions,
  'api_groups' | 'openapi' | 'branch' | 'counts' | 'table_ids'
>;

/** Everything that the token of a connection may see, in the named instances and workspaces. */
export function catalogOf(
  connection: Connection,
  notify: Notify,
  options: CatalogOptions & Pick<DiscoverOptions, 'one_workspace' | 'choose'> = {},
): Promise<Catalog> {
  const { http, token, account_origin, instance, workspace, data_source } = connection;
  return discover({
    http,
    token: token.ref,
    sender: { on_wait: (wait) => notify({ type: 'waiting', wait }) },
    account_origin,
    instance,
    workspace,
    data_source,
    ...options,
  });
}

/**
 * One workspace: the named one, the only one, or the chosen one. Throws Xano's refusal if the token may not
 * list its tables.
 */
export async function workspaceCatalog(
  connection: Connection,
  notify: Notify,
  options: CatalogOptions,
): Promise<Catalog> {
  const { choose } = connection;
  const catalog = await catalogOf(connection, notify, { ...options, one_workspace: true, choose });
  const unlisted = catalog.omitted.find(({ what }) => what === 'tables');
  if (unlisted !== undefined) throw new XanoError(unlisted.code, unlisted.reason);
  return catalog;
}
