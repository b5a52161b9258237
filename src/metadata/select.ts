/** Chooses instances and workspaces by name. */

import { asXanoError, endsEverything, isStop, XanoError } from '../errors.js';
import { didYouMean } from '../names.js';
import { withoutTrailing } from '../plain-text.js';
import { isSafeUrl } from '../rest/config/safe-url.js';
import { isAddress } from '../rest/http/request.js';
import type { Omission } from '../xano/catalog.js';
import { findNamed } from '../xano/catalog.js';
import { ACCOUNT_ORIGIN, DEFAULT_DATA_SOURCE, META_PATH } from '../xano/conventions.js';
import type { Amount } from './bounds.js';
import { type InstanceEntry, readDataSources, readInstances, readWorkspaces } from './client.js';
import type { DiscoverOptions, Found } from './options.js';
import type { Api } from './request.js';

/** The recipient of requests, with the token of these options. */
export const apiOf = (options: DiscoverOptions & { readonly catalog?: Amount }, base_url: string): Api => ({
  http: options.http,
  token: options.token,
  base_url,
  ...(options.sender === undefined ? {} : { sender: options.sender }),
  ...(options.catalog === undefined ? {} : { catalog: options.catalog }),
});

/** Whether a text is an instance's URL. */
export function isOrigin(instance: string): boolean {
  return /^https?:\/\//i.test(instance);
}

/** The chosen instances. Throws USAGE for a name that does not exist. */
export async function chooseInstances(options: DiscoverOptions): Promise<InstanceEntry[]> {
  const { instance, account_origin = ACCOUNT_ORIGIN } = options;
  if (instance !== undefined && isOrigin(instance)) return [instanceAt(instance)];
  const all = await readInstances(apiOf(options, accountApiAt(account_origin)));
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
  const known = all.flatMap(({ name, display }) => [name, display]);
  throw new XanoError('USAGE', `This token sees no instance "${instance}"${didYouMean(known, instance)}`, {
    hint: `This token sees: ${names.join(', ')}.`,
  });
}

/**
 * The URL of the Account API at an origin. Throws USAGE for a text that is not an origin, or one that would
 * show a token on the network path.
 */
export function accountApiAt(account_origin: string): string {
  if (isAddress(account_origin)) assertNoLogin(new URL(account_origin), 'the Account API');
  if (!isSafeUrl(account_origin))
    throw new XanoError('USAGE', `"${account_origin}" is not an address of an Account API.`, {
      hint: 'Give an https:// origin.',
    });
  return new URL(account_origin).origin + META_PATH;
}

/** Refuses a URL with a login in it, and does not repeat it: messages are shown, and URLs are stored. */
function assertNoLogin({ username, password }: URL, what: string): void {
  if (username === '' && password === '') return;
  throw new XanoError('USAGE', `The address of ${what} holds a user name or a password.`, {
    hint: 'Give the origin alone; the token is given separately.',
  });
}

/**
 * An instance known only by its URL: its Metadata API is at the documented path, as in Xano's own CLI. Throws
 * USAGE.
 */
export function instanceAt(address: string): InstanceEntry {
  if (!isAddress(address))
    throw new XanoError('USAGE', `"${address}" is not an address.`, {
      hint: 'Give an origin such as https://x1-2-3.n7.xano.io.',
    });
  const url = new URL(address);
  const { origin, host, pathname } = url;
  const path = withoutTrailing(pathname, '/');
  // This check comes first: no later message may repeat a password.
  assertNoLogin(url, 'an instance');
  if (!isSafeUrl(address))
    throw new XanoError('USAGE', `Refusing ${address}: plain http would expose the token on the network.`, {
      hint: 'Use https://.',
    });
  // The complete URL of a Metadata API (`meta_api`) counts as its origin; any other path would be lost
  // silently.
  if (path !== '' && !path.endsWith(META_PATH))
    throw new XanoError('USAGE', `The address of an instance does not take the path "${path}".`, {
      hint: `Give the origin alone: ${origin}.`,
    });
  return {
    name: host,
    display: '',
    meta_api: path === '' ? origin + META_PATH : origin + path,
    hosts: [host],
  };
}

/** Workspaces of each instance. An instance that fails is omitted; if all fail, throws the first failure. */
export async function listWorkspaces(
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
    if (isStop(error) || error.code === 'BUG') throw error;
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

/**
 * The chosen workspaces. If one is wanted and several match, `choose` decides. Throws USAGE with the list for
 * a name that does not exist, or if nobody can choose.
 */
export async function chooseWorkspaces(listed: readonly Found[], options: DiscoverOptions): Promise<Found[]> {
  const { workspace, one_workspace } = options;
  const chosen =
    workspace === undefined
      ? listed
      : listed.map(({ instance, workspaces }) => ({
          instance,
          workspaces: findNamed(workspaces, workspace),
        }));
  const candidates = chosen.flatMap(({ instance, workspaces }) =>
    workspaces.map((one) => ({ instance, one })),
  );
  const list = (all: readonly Found[]): string =>
    all
      .flatMap(({ instance, workspaces }) =>
        workspaces.map(({ id, name }) => `${listed.length > 1 ? `${instance.name} / ` : ''}${name} (${id})`),
      )
      .join(', ');
  if (workspace !== undefined && candidates.length === 0) {
    const known = listed.flatMap(({ workspaces }) => workspaces.map(({ name }) => name));
    throw new XanoError(
      'USAGE',
      `This token sees no workspace "${workspace}"${didYouMean(known, workspace)}`,
      {
        hint: `This token sees: ${list(listed) || 'no workspace at all'}.`,
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
  if (candidates.length > 1 && options.choose !== undefined)
    return [await options.choose(chosen.filter(({ workspaces }) => workspaces.length > 0))];
  if (candidates.length > 1) {
    const several = new Set(candidates.map(({ instance }) => instance.name)).size > 1;
    throw new XanoError('USAGE', `Several workspaces match: ${list(chosen)}.`, {
      hint: several
        ? 'Name them with --instance and --workspace.'
        : 'Name one with --workspace (its name or id).',
    });
  }
  return chosen.filter(({ workspaces }) => workspaces.length > 0);
}

/**
 * Throws USAGE for a data source that none of these workspaces has. If the token may not see the list
 * (loading does not need that scope), it does nothing: the first request for rows will fail instead.
 */
export async function assertDataSource(chosen: readonly Found[], options: DiscoverOptions): Promise<void> {
  const { data_source } = options;
  if (data_source === undefined || data_source === DEFAULT_DATA_SOURCE) return;
  if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(data_source))
    throw new XanoError('USAGE', `${JSON.stringify(data_source)} is not a valid data source label.`, {
      hint: 'Use printable ASCII characters: the label is sent in a header.',
    });
  const known = new Set<string>();
  const names: string[] = [];
  for (const { instance, workspaces } of chosen)
    for (const { id, name } of workspaces) {
      const labels = await labelsOf(apiOf(options, instance.meta_api), id);
      if (labels === undefined || labels.includes(data_source)) return;
      names.push(`"${name}"`);
      for (const label of labels) known.add(label);
    }
  if (names.length === 0) return;
  throw new XanoError(
    'USAGE',
    `Data source "${data_source}" does not exist in ${names.length === 1 ? 'workspace' : 'workspaces'} ${names.join(', ')}${didYouMean([...known], data_source)}`,
    { hint: `Use one of these: ${[...known].join(', ')}.` },
  );
}

/** Labels of the data sources of a workspace; undefined where the token may not see them. */
async function labelsOf(api: Api, workspace: number): Promise<string[] | undefined> {
  try {
    return await readDataSources(api, workspace);
  } catch (thrown) {
    if (endsEverything(asXanoError(thrown))) throw thrown;
    return undefined;
  }
}
