/**
 * Chooses the workspace, tables and endpoints of a command line.
 * This room chooses what a command reads: tables, rows and columns.
 * In: a connection, and names and conditions as people write them.
 * Out: endpoint configs.
 */

import {
  didYouMean,
  type EndpointConfig,
  type ExcludedEndpoint,
  findNamed,
  type Generated,
  generateEndpoints,
  type IncrementalChoice,
  type Instance,
  type Workspace,
  type WriteDisposition,
  XanoError,
} from '../../index.js';
import { workspaceCatalog } from '../catalog.js';
import type { Connection } from '../connect.js';
import type { Notify } from '../context.js';
import { withContent, withoutTables } from './source-defaults.js';

/** The options of the generated configs. */
export interface ChooseOptions {
  readonly api_groups: boolean;
  /** The branch of the API groups; the live one by default. */
  readonly branch?: string | undefined;
  readonly page_size?: number | undefined;
  readonly write_disposition?: WriteDisposition | undefined;
  readonly incremental?: IncrementalChoice | undefined;
}

/** Endpoint configs, and the instance and workspace that they are of. */
export interface ChosenEndpoints {
  readonly endpoints: readonly EndpointConfig[];
  readonly excluded: readonly ExcludedEndpoint[];
  readonly instance: Instance;
  readonly workspace: Workspace;
}

/**
 * The endpoint configs of one workspace: the named ones, or all tables that a project does not leave out,
 * each with the rows and columns that the project wants. Throws USAGE for unknown names (with the nearest
 * one) and for a workspace without tables, and Xano's refusal if the token may not list the tables.
 */
export async function workspaceEndpoints(
  connection: Connection,
  names: readonly string[],
  options: ChooseOptions,
  notify: Notify,
): Promise<ChosenEndpoints> {
  if (options.branch !== undefined && !options.api_groups)
    throw new XanoError('USAGE', '--branch needs --api-groups: tables have no branches.', {
      hint: 'Add --api-groups, or name an endpoint as GROUP/PATH.',
    });
  const catalog = await workspaceCatalog(connection, notify, {
    api_groups: options.api_groups,
    openapi: options.api_groups,
    branch: options.branch,
    table_ids: idsIn(names),
  });
  const ungrouped = catalog.omitted.find(({ what }) => what === 'API groups');
  if (options.branch !== undefined && ungrouped !== undefined)
    throw new XanoError(
      'USAGE',
      `The API groups of branch "${options.branch}" cannot be listed: ${ungrouped.reason}`,
      { hint: 'Name a branch of this workspace by its label, or omit --branch to use the live one.' },
    );
  if (catalog.omitted.length > 0) notify({ type: 'omitted', omitted: catalog.omitted });
  const instance = catalog.instances[0];
  const workspace = instance?.workspaces[0];
  if (instance === undefined || workspace === undefined)
    throw new XanoError('USAGE', 'This token sees no workspace.', { hint: 'Name one with --workspace.' });
  const generated = generateEndpoints(catalog, {
    token: connection.token.ref,
    api_groups: options.api_groups,
    page_size: options.page_size,
    write_disposition: options.write_disposition,
    incremental: options.incremental,
    ...(connection.data_source === undefined ? {} : { data_source: connection.data_source }),
  });
  assertIncremental(generated, options.incremental, workspace);
  const { defaults } = connection;
  const wanted = names.length > 0 ? names : (defaults?.tables ?? []);
  const picked = wanted.length > 0 ? pick(generated, workspace, wanted, options) : [...generated.endpoints];
  // A name on the command line outranks the file that leaves its table out.
  const endpoints = defaults === undefined || names.length > 0 ? picked : withoutTables(picked, defaults);
  const read = defaults === undefined ? names : endpoints.map(({ name }) => name);
  notifyOfFullReads(generated, read, notify);
  if (picked.length === 0 && wanted.length === 0)
    throw new XanoError('USAGE', `Workspace "${workspace.name}" has no tables.`, {
      hint: 'Name another one with --workspace.',
    });
  return {
    endpoints: defaults === undefined ? endpoints : withContent(endpoints, workspace, defaults),
    excluded: wanted.length > 0 ? [] : generated.excluded,
    instance,
    workspace,
  };
}

/** Ids, if all names are ids: then the tables can be read without a list of all. */
function idsIn(names: readonly string[]): readonly number[] {
  return names.every((name) => /^\d{1,15}$/.test(name)) ? [...new Set(names.map(Number))] : [];
}

/** Throws USAGE for an incremental column that suits no table. */
function assertIncremental(
  { endpoints }: Generated,
  incremental: IncrementalChoice | undefined,
  workspace: Workspace,
): void {
  if (incremental === undefined || endpoints.length === 0) return;
  if (endpoints.some((endpoint) => endpoint.incremental !== undefined)) return;
  const { column } = incremental;
  const fields = workspace.tables.flatMap(({ columns }) => (columns ?? []).map(({ name }) => name));
  const others = [...new Set(fields)].filter((name) => name !== column);
  throw new XanoError(
    'USAGE',
    `No table has an incremental column "${column}"${didYouMean(others, column)}`,
    { hint: 'Name a timestamp, date or int column that grows with every change, such as updated_at.' },
  );
}

/** Tables that lack the incremental column are read from the start: one note for each reason. */
function notifyOfFullReads({ full_reads }: Generated, names: readonly string[], notify: Notify): void {
  const named = new Map<string, string[]>();
  for (const { name, reason } of full_reads)
    if (names.length === 0 || names.includes(name)) named.set(reason, [...(named.get(reason) ?? []), name]);
  for (const [reason, tables] of named) notify({ type: 'read_in_full', tables, reason });
}

function pick(
  { endpoints, excluded }: Generated,
  workspace: Workspace,
  names: readonly string[],
  { api_groups }: ChooseOptions,
): EndpointConfig[] {
  const picked = new Set<EndpointConfig>();
  for (const name of names) {
    const tables = findNamed(workspace.tables, name);
    if (tables.length > 1)
      throw new XanoError(
        'USAGE',
        `Several tables have the name "${name}" in different upper and lower case.`,
        {
          hint: `Write the exact name: ${tables.map((table) => table.name).join(', ')}.`,
        },
      );
    const endpoint = endpoints.find(({ name: ownName, origin }) =>
      tables[0] === undefined ? ownName === name : origin?.['table_id'] === tables[0].id,
    );
    if (endpoint === undefined) {
      const without = excluded.find(
        (endpoint) => endpoint.name === `GET ${name}` || endpoint.name.endsWith(` ${name}`),
      );
      if (without !== undefined)
        throw new XanoError('USAGE', `${without.name} gets no config: ${without.reason}.`, {
          hint: 'If it returns a list, write its config by hand.',
        });
      const known = endpoints.map((endpoint) => endpoint.name);
      throw new XanoError(
        'USAGE',
        `Workspace "${workspace.name}" has no table "${name}"${didYouMean(known, name)}`,
        {
          hint:
            name.includes('/') && !api_groups
              ? 'To load endpoints of API groups, write a file: `xano endpoints --api-groups --output endpoints.json`, then `xano load --endpoints endpoints.json`.'
              : known.length === 0
                ? 'The workspace has no tables.'
                : `Name one of: ${known.slice(0, 30).join(', ')}${known.length > 30 ? ', …' : ''}.`,
        },
      );
    }
    picked.add(endpoint);
  }
  return [...picked];
}
