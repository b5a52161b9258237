/**
 * The histories of a workspace that a load can read, each with its config and the way to read it.
 * This room knows what Xano's histories hold, and keeps secrets out of what is stored of them.
 * In: a workspace of the catalog, and kinds of histories.
 * Out: endpoint configs, and readings that end at rows that are kept.
 */
import type { ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import type { RollingList } from '../../rest/paging/rolling/rolling-list.js';
import type { Instance, Workspace } from '../catalog.js';
import { followHistory } from './follow-history.js';
import { HISTORIES, type HistoryKind, type HistoryListOptions, historyEndpoint } from './history-kinds.js';

/** One history that a load can read. */
export interface HistoryList {
  readonly endpoint: ResolvedEndpoint;
  readonly rolling: RollingList;
  /** The name of its table where the workspace has no table of that name. */
  readonly usual_name: string;
}

/** The histories of a workspace; for `load`, with the readings as its option `rolling`. */
export function historyLists(
  kinds: readonly HistoryKind[],
  { instance, workspace }: { readonly instance: Instance; readonly workspace: Workspace },
  options: HistoryListOptions,
): HistoryList[] {
  return [...new Set(kinds)].map((kind) => ({
    endpoint: historyEndpoint(kind, instance, workspace, options),
    rolling: followHistory(HISTORIES[kind], options.payloads),
    usual_name: HISTORIES[kind].table,
  }));
}
