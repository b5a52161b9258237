/** A token becomes a catalog: everything that may be seen, and why the rest may not. */
import pLimit from 'p-limit';
import { asXanoError, XanoError } from '../errors.js';
import type { SecretRef } from '../rest/config.js';
import { isSafeUrl } from '../rest/config.js';
import type { Http, Sender } from '../rest/http.js';
import type { ApiGroup, Catalog, Instance, Omission, Table, Workspace } from '../xano/catalog.js';
import { findNamed, nearestName } from '../xano/catalog.js';
import { ACCOUNT_ORIGIN, DEFAULT_DATA_SOURCE, groupBaseUrl, META_PATH } from '../xano/conventions.js';
import {
  type Api,
  countRows,
  type InstanceEntry,
  readApiGroups,
  readColumns,
  readEndpoints,
  readIndexes,
  readInstances,
  readOpenApi,
  readTables,
  readWorkspaces,
  type TableEntry,
} from './client.js';

/** What is to be discovered. */
export interface DiscoverOptions {
  readonly http: Http;
  readonly token: SecretRef;
  readonly sender?: Sender;
  readonly account_origin?: string | undefined;
  /** A name of the Account API, or an origin: then the Account API is not asked. */
  readonly instance?: string | undefined;
  /** Id or name. */
  readonly workspace?: string | undefined;
  /** Exactly one workspace is wanted: USAGE with the list where several could be meant. */
  readonly one_workspace?: boolean;
  readonly tables?: boolean;
  readonly api_groups?: boolean;
  /** The OpenAPI document of each API group, too. */
  readonly openapi?: boolean;
  /** Count the rows of each table: one request a table. */
  readonly counts?: boolean;
  readonly data_source?: string | undefined;
}

type WorkspaceEntry = Pick<Workspace, 'id' | 'name' | 'description' | 'branch'>;
interface Found {
  readonly instance: InstanceEntry;
  readonly workspaces: readonly WorkspaceEntry[];
}

/**
 * Discovers what a token may see. A refused part is in `omitted` and the rest still appears; throws only where nothing at all can be
 * seen, or where the named instance or workspace is not there.
 */
export async function discover(options: DiscoverOptions): Promise<Catalog> {
  const omitted: Omission[] = [];
  const entries = await chooseInstances(options);
  const found = await listWorkspaces(entries, options, omitted);
  const chosen = chooseWorkspaces(found, options);
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
  return { instances, omitted: omitted.toSorted(byPlace) };
}

/** Parts are asked for side by side: which one is refused first is chance, and a catalog must not differ by it. */
function byPlace(a: Omission, b: Omission): number {
  const place = ({ instance, workspace, what }: Omission): string =>
    [instance, workspace ?? '', what].join('\n');
  return place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0;
}

const apiOf = (options: DiscoverOptions, base_url: string): Api => ({
  http: options.http,
  token: options.token,
  base_url,
  ...(options.sender === undefined ? {} : { sender: options.sender }),
});

/** Whether a text names an instance by its address. */
export function isOrigin(instance: string): boolean {
  return /^https?:\/\//i.test(instance);
}

async function chooseInstances(options: DiscoverOptions): Promise<InstanceEntry[]> {
  const { instance, account_origin = ACCOUNT_ORIGIN } = options;
  if (instance !== undefined && isOrigin(instance)) return [instanceAt(instance)];
  if (!isSafeUrl(account_origin))
    throw new XanoError('USAGE', `"${account_origin}" is no address of an Account API.`, {
      hint: 'Give an https:// origin.',
    });
  const all = await readInstances(apiOf(options, new URL(account_origin).origin + META_PATH));
  if (instance === undefined) {
    if (all.length === 0)
      throw new XanoError('USAGE', 'This token sees no instance.', {
        hint: 'Name one by its address: --instance https://…',
      });
    return all;
  }
  const wanted = instance.toLowerCase();
  const matching = all.filter(({ name, display, hosts }) =>
    [name, display, ...hosts].some((known) => known.toLowerCase() === wanted),
  );
  if (matching.length === 1) return matching;
  const names = all.map(({ name, display }) =>
    display === '' || display === name ? name : `${name} (${display})`,
  );
  if (matching.length > 1)
    throw new XanoError('USAGE', `Several instances are called "${instance}".`, {
      hint: `Give the name in front: ${names.join(', ')}.`,
    });
  const nearest = nearestName(
    all.flatMap(({ name, display }) => [name, display]),
    instance,
  );
  throw new XanoError(
    'USAGE',
    `There is no instance "${instance}"${nearest === undefined ? '.' : `; did you mean "${nearest}"?`}`,
    {
      hint: `This token sees: ${names.join(', ')}.`,
    },
  );
}

/** An instance known by its address alone: its Metadata API is at the documented path, as Xano's own CLI has it. */
function instanceAt(address: string): InstanceEntry {
  if (!URL.canParse(address))
    throw new XanoError('USAGE', `"${address}" is no address.`, {
      hint: 'Give an origin such as https://x1-2-3.n7.xano.io.',
    });
  if (!isSafeUrl(address))
    throw new XanoError(
      'USAGE',
      `Refusing ${address}: plain http would show the token to everyone on the way.`,
      { hint: 'Use https://.' },
    );
  const { origin, host } = new URL(address);
  return { name: host, display: '', meta_api: origin + META_PATH, hosts: [host] };
}

/** Workspaces of each instance. One instance that fails is left out; when all fail, the first failure is thrown. */
async function listWorkspaces(
  entries: readonly InstanceEntry[],
  options: DiscoverOptions,
  omitted: Omission[],
): Promise<Found[]> {
  const failures: { instance: InstanceEntry; error: XanoError }[] = [];
  const tried = await Promise.all(
    entries.map(async (instance): Promise<Found[]> => {
      try {
        return [{ instance, workspaces: await readWorkspaces(apiOf(options, instance.meta_api)) }];
      } catch (thrown) {
        failures.push({ instance, error: asXanoError(thrown) });
        return [];
      }
    }),
  );
  if (failures.length === entries.length && failures[0] !== undefined) throw failures[0].error;
  for (const { instance, error } of failures) {
    if (error.code === 'INTERRUPTED' || error.code === 'BUG') throw error;
    omitted.push({
      instance: instance.name,
      workspace: null,
      what: 'workspaces',
      code: error.code,
      reason: error.message,
    });
  }
  return tried.flat();
}

function chooseWorkspaces(found: readonly Found[], options: DiscoverOptions): Found[] {
  const { workspace, one_workspace } = options;
  const chosen =
    workspace === undefined
      ? found
      : found.map(({ instance, workspaces }) => ({ instance, workspaces: findNamed(workspaces, workspace) }));
  const candidates = chosen.flatMap(({ instance, workspaces }) =>
    workspaces.map((one) => ({ instance, one })),
  );
  const list = (all: readonly Found[]): string =>
    all
      .flatMap(({ instance, workspaces }) =>
        workspaces.map(({ id, name }) => `${found.length > 1 ? `${instance.name} / ` : ''}${name} (${id})`),
      )
      .join(', ');
  if (workspace !== undefined && candidates.length === 0) {
    const nearest = nearestName(
      found.flatMap(({ workspaces }) => workspaces.map(({ name }) => name)),
      workspace,
    );
    throw new XanoError(
      'USAGE',
      `There is no workspace "${workspace}"${nearest === undefined ? '.' : `; did you mean "${nearest}"?`}`,
      {
        hint: `This token sees: ${list(found) || 'no workspace at all'}.`,
      },
    );
  }
  const twins = workspace !== undefined && chosen.some(({ workspaces }) => workspaces.length > 1);
  if (twins)
    throw new XanoError('USAGE', `Several workspaces are called "${workspace}".`, {
      hint: `Give the id with --workspace: ${list(chosen)}.`,
    });
  if (one_workspace !== true)
    return chosen.filter(({ workspaces }) => workspace === undefined || workspaces.length > 0);
  if (candidates.length === 0)
    throw new XanoError('USAGE', 'This token sees no workspace.', {
      hint: 'Create a workspace in Xano, or use a token of another instance.',
    });
  if (candidates.length > 1) {
    const several = new Set(candidates.map(({ instance }) => instance.name)).size > 1;
    const what = several ? 'instance and workspace' : 'workspace';
    throw new XanoError('USAGE', `Which ${what}? Several could be meant: ${list(chosen)}.`, {
      hint: several
        ? 'Name them with --instance and --workspace.'
        : 'Name one with --workspace (its name or id).',
    });
  }
  return chosen.filter(({ workspaces }) => workspaces.length > 0);
}

interface Place {
  readonly instance: InstanceEntry;
  readonly workspace: WorkspaceEntry;
  readonly options: DiscoverOptions;
  readonly omitted: Omission[];
  readonly limit: ReturnType<typeof pLimit>;
}

/** Runs a part of discovering; what Xano refuses becomes an omission. A dead token or an interruption ends everything. */
async function attempt<T>(
  place: Place,
  what: string,
  otherwise: T,
  work: (api: Api) => Promise<T>,
): Promise<T> {
  try {
    return await work(apiOf(place.options, place.instance.meta_api));
  } catch (thrown) {
    const error = asXanoError(thrown);
    if (error.code.startsWith('TOKEN_') || error.code === 'INTERRUPTED' || error.code === 'BUG') throw error;
    place.omitted.push({
      instance: place.instance.name,
      workspace: place.workspace.name,
      what,
      code: error.code,
      reason: error.message,
    });
    return otherwise;
  }
}

async function describeWorkspace(place: Place): Promise<Workspace> {
  const { workspace, options } = place;
  const { id, name, description, branch } = workspace;
  const [tables, api_groups] = await Promise.all([
    options.tables === false ? [] : describeTables(place),
    options.api_groups === false ? [] : describeGroups(place),
  ]);
  return { id, name, description, branch, tables, api_groups };
}

async function describeTables(place: Place): Promise<Table[]> {
  const { workspace } = place;
  const entries = await attempt(place, 'tables', [] as TableEntry[], (api) => readTables(api, workspace.id));
  return Promise.all(
    entries.map((entry) =>
      place.limit(async (): Promise<Table> => {
        const { id, guid, name, description, auth, updated_at } = entry;
        // Older servers and narrow tokens leave these out of the list.
        const columns =
          entry.columns ??
          (await attempt(place, `columns of "${name}"`, null, (api) => readColumns(api, workspace.id, id)));
        const indexes =
          entry.indexes ??
          (await attempt(place, `indexes of "${name}"`, null, (api) => readIndexes(api, workspace.id, id)));
        const { counts, data_source = DEFAULT_DATA_SOURCE } = place.options;
        const rows =
          counts === true
            ? await attempt(place, `row count of "${name}"`, null, (api) =>
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

async function describeGroups(place: Place): Promise<ApiGroup[]> {
  const { workspace, instance, options } = place;
  const groups = await attempt(place, 'API groups', [], (api) => readApiGroups(api, workspace.id));
  return Promise.all(
    groups.map((group) =>
      place.limit(async (): Promise<ApiGroup> => {
        const { id, name, description, canonical, branch } = group;
        const endpoints = await attempt(place, `endpoints of "${name}"`, null, (api) =>
          readEndpoints(api, workspace.id, id),
        );
        const openapi =
          options.openapi === true
            ? await attempt(place, `OpenAPI document of "${name}"`, null, (api) =>
                readOpenApi(api, workspace.id, id),
              )
            : null;
        const base_url = groupBaseUrl(new URL(instance.meta_api).origin, canonical);
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
