/** Chooses the histories of a workspace that a load reads beside its tables. */
import {
  type EndpointConfig,
  type HistoryKind,
  historyLists,
  type Instance,
  type LoadOptions,
  type Workspace,
  XanoError,
} from '../../index.js';
import { catalogOf } from '../catalog.js';
import type { Connection } from '../connect.js';
import type { Notify } from '../context.js';

/** Histories as a command line or a project names them. */
export interface HistoryChoice {
  readonly kinds: readonly HistoryKind[];
  /** Keep what was sent and answered. */
  readonly payloads: boolean;
}

/** The configs of histories, and how each is read. */
export interface ChosenHistory {
  readonly endpoints: readonly EndpointConfig[];
  readonly rolling: LoadOptions['rolling'];
}

/**
 * The histories of a workspace whose tables are known. Says where a table of the workspace has their name.
 */
export function chooseHistory(
  { kinds, payloads }: HistoryChoice,
  { token }: Pick<Connection, 'token'>,
  { instance, workspace }: { readonly instance: Instance; readonly workspace: Workspace },
  notify: Notify,
): ChosenHistory {
  const lists = historyLists(kinds, { instance, workspace }, { token: token.ref, payloads });
  for (const { usual_name, endpoint } of lists)
    if (endpoint.name !== usual_name)
      notify({ type: 'history_named', table: usual_name, named: endpoint.name });
  return {
    endpoints: lists.map(({ endpoint }) => endpoint),
    rolling: new Map(lists.map(({ endpoint, rolling }) => [endpoint.name, rolling])),
  };
}

/**
 * The histories alone: the token needs no right to tables. Throws USAGE where it sees no workspace, and what
 * discovery throws.
 */
export async function onlyHistory(
  choice: HistoryChoice,
  connection: Connection,
  notify: Notify,
): Promise<ChosenHistory> {
  const { choose } = connection;
  const { instances } = await catalogOf(connection, notify, { one_workspace: true, choose });
  const instance = instances[0];
  const workspace = instance?.workspaces[0];
  if (instance === undefined || workspace === undefined)
    throw new XanoError('USAGE', 'This token sees no workspace.', { hint: 'Name one with --workspace.' });
  return chooseHistory(choice, connection, { instance, workspace }, notify);
}
