/** Turns a token into a catalog: everything that it may see, and why the rest is missing. */

import pLimit from 'p-limit';
import { asXanoError, endsEverything, XanoError } from '../errors.js';
import type { ApiGroup, Catalog, Instance, Omission, Table, Workspace } from '../xano/catalog.js';
import { DEFAULT_DATA_SOURCE, groupBaseUrl } from '../xano/conventions.js';
import { nothingRead } from './bounds.js';
import {
  countRows,
  type InstanceEntry,
  readApiGroups,
  readColumns,
  readEndpoints,
  readIndexes,
  readOpenApi,
  readTable,
  readTables,
  type TableEntry,
} from './client.js';
import type { DiscoverOptions, WorkspaceEntry } from './options.js';
import type { Api } from './request.js';
import { apiOf, assertDataSource, chooseInstances, chooseWorkspaces, listWorkspaces } from './select.js';

/**
 * Discovers everything that a token may see. A refused part is in `omitted` and the rest still appears;
 * throws only where the token sees nothing at all, or where the named instance or workspace does not exist.
 */
export async function discover(wanted: DiscoverOptions): Promise<Catalog> {
  const options = { ...wanted, catalog: nothingRead() };
  const omitted: Omission[] = [];
  const entries = await chooseInstances(options);
  const workspaces = await listWorkspaces(entries, options, omitted);
  const chosen = await chooseWorkspaces(workspaces, options);
  await assertDataSource(chosen, options);
  const limit = pLimit(4);
  const instances = await Promise.all(
    chosen.map(async ({ instance, workspaces }): Promise<Instance> => {
      const details = await Promise.all(
        workspaces.map((workspace) => describeWorkspace({ instance, workspace, options, omitted, limit })),
      );
      const { name, display, meta_api } = instance;
      return { name, display, origin: new URL(meta_api).origin, meta_api, workspaces: details };
    }),
  );
  return { instances, omitted: omitted.toSorted(byName) };
}

/**
 * Parts are requested concurrently: which one is refused first is chance, so omissions are sorted to keep the
 * catalog stable.
 */
function byName(a: Omission, b: Omission): number {
  const name = ({ instance, workspace, what }: Omission): string =>
    [instance, workspace ?? '', what].join('\n');
  return name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0;
}

interface WorkspaceTask {
  readonly instance: InstanceEntry;
  readonly workspace: WorkspaceEntry;
  readonly options: DiscoverOptions;
  readonly omitted: Omission[];
  readonly limit: ReturnType<typeof pLimit>;
}

/**
 * Discovers a part; Xano's refusal becomes an omission. An expired token or an interruption ends everything.
 */
async function attempt<T>(
  task: WorkspaceTask,
  what: string,
  otherwise: T,
  work: (api: Api) => Promise<T>,
): Promise<T> {
  try {
    return await work(apiOf(task.options, task.instance.meta_api));
  } catch (thrown) {
    const error = asXanoError(thrown);
    if (endsEverything(error)) throw error;
    task.omitted.push({
      instance: task.instance.name,
      workspace: task.workspace.name,
      what,
      code: error.code,
      reason: error.message,
    });
    return otherwise;
  }
}

async function describeWorkspace(task: WorkspaceTask): Promise<Workspace> {
  const { workspace, options } = task;
  const { id, name, description, branch } = workspace;
  const [tables, api_groups] = await Promise.all([
    options.tables === false ? [] : describeTables(task),
    options.api_groups === false ? [] : describeGroups(task),
  ]);
  return { id, name, description, branch, tables, api_groups };
}

async function describeTables(task: WorkspaceTask): Promise<Table[]> {
  const { workspace } = task;
  const entries = await listedTables(task);
  return Promise.all(
    entries.map((entry) =>
      task.limit(async (): Promise<Table> => {
        const { id, guid, name, description, auth, updated_at } = entry;
        // Older servers and narrow tokens leave these out of the list.
        const columns =
          entry.columns ??
          (await attempt(task, `columns of "${name}"`, null, (api) => readColumns(api, workspace.id, id)));
        const indexes =
          entry.indexes ??
          (await attempt(task, `indexes of "${name}"`, null, (api) => readIndexes(api, workspace.id, id)));
        const { counts, data_source = DEFAULT_DATA_SOURCE } = task.options;
        const rows =
          counts === true
            ? await attempt(task, `row count of "${name}"`, null, (api) =>
                countRows(api, workspace.id, id, data_source),
              )
            : null;
        return {
          id,
          guid,
          name,
          description,
          auth,
          updated_at,
          columns,
          indexes,
          ...(rows === null ? {} : { rows }),
        };
      }),
    ),
  );
}

/** The tables of a workspace; where the token may not list them, those that are asked for by id. */
async function listedTables(task: WorkspaceTask): Promise<TableEntry[]> {
  const { workspace, options, instance, omitted } = task;
  const { table_ids = [] } = options;
  if (table_ids.length === 0)
    return attempt(task, 'tables', [] as TableEntry[], (api) => readTables(api, workspace.id));
  const api = apiOf(options, instance.meta_api);
  try {
    return await readTables(api, workspace.id);
  } catch (thrown) {
    const { code, message } = asXanoError(thrown);
    if (code !== 'SCOPE_MISSING') throw thrown;
    const place = { instance: instance.name, workspace: workspace.name };
    omitted.push({ ...place, what: 'other tables', code, reason: message });
  }
  return Promise.all(table_ids.map((id) => task.limit(() => tableById(task, api, id))));
}

/** A table by its id. Where the token may not ask for it, its name is made of the id. */
async function tableById(
  { workspace, instance, omitted }: WorkspaceTask,
  api: Api,
  id: number,
): Promise<TableEntry> {
  try {
    return await readTable(api, workspace.id, id);
  } catch (thrown) {
    const error = asXanoError(thrown);
    if (error.request?.status === 404)
      throw new XanoError('USAGE', `Workspace "${workspace.name}" has no table with the id ${id}.`, {
        hint: 'The address of a table in Xano ends in its id.',
        cause: thrown,
      });
    if (error.code !== 'SCOPE_MISSING') throw thrown;
    const name = `table_${id}`;
    const place = { instance: instance.name, workspace: workspace.name };
    omitted.push({
      ...place,
      what: `name of table ${id}, which becomes "${name}"`,
      code: error.code,
      reason: error.message,
    });
    const unknown = { guid: null, description: '', auth: false, updated_at: null };
    return { id, name, ...unknown, columns: undefined, indexes: undefined };
  }
}

async function describeGroups(task: WorkspaceTask): Promise<ApiGroup[]> {
  const { workspace, instance, options } = task;
  const groups = await attempt(task, 'API groups', [], (api) =>
    readApiGroups(api, workspace.id, options.branch),
  );
  return Promise.all(
    groups.map((group) =>
      task.limit(async (): Promise<ApiGroup> => {
        const { id, name, description, canonical, branch } = group;
        const endpoints = await attempt(task, `endpoints of "${name}"`, null, (api) =>
          readEndpoints(api, workspace.id, id),
        );
        const openapi =
          options.openapi === true
            ? await attempt(task, `OpenAPI document of "${name}"`, null, (api) =>
                readOpenApi(api, workspace.id, id),
              )
            : null;
        const base_url = groupBaseUrl(
          new URL(instance.meta_api).origin,
          canonical,
          branchSuffix(branch, workspace.branch, options.branch),
        );
        return {
          id,
          name,
          description,
          canonical,
          branch,
          base_url,
          endpoints,
          ...(openapi === null ? {} : { openapi }),
        };
      }),
    ),
  );
}

/** The branch in a URL; undefined for the live one. */
function branchSuffix(
  configured: string | null,
  live: string | null,
  asked: string | undefined,
): string | undefined {
  const branch = configured ?? asked;
  return branch === undefined || branch === live || (live === null && asked === undefined)
    ? undefined
    : branch;
}
