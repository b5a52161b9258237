/** The workspace, tables and endpoints that a command line means. */

import type { Printer } from '../cli/output/output.js';
import { sayOmitted } from '../cli/output/warnings.js';
import {
  didYouMean,
  discover,
  type EndpointConfig,
  type ExcludedEndpoint,
  findNamed,
  type Generated,
  generateEndpoints,
  type IncrementalChoice,
  type Workspace,
  type WriteDisposition,
  XanoError,
} from '../index.js';
import type { Connection } from './connect.js';
import { sayWaits } from './connect.js';

/** What to generate. */
export interface ChooseOptions {
  readonly api_groups: boolean;
  /** The branch whose API groups are meant; the live one unless named. */
  readonly branch?: string | undefined;
  readonly page_size?: number | undefined;
  readonly write_disposition?: WriteDisposition | undefined;
  readonly incremental?: IncrementalChoice | undefined;
}

/**
 * The endpoint configs of one workspace: those named, or all tables. Throws USAGE for names that are not there (with the nearest one) and for a
 * workspace without tables, and what Xano says when the tables may not be listed.
 */
export async function workspaceEndpoints(
  connection: Connection,
  printer: Printer,
  names: readonly string[],
  options: ChooseOptions,
): Promise<{ endpoints: readonly EndpointConfig[]; excluded: readonly ExcludedEndpoint[] }> {
  if (options.branch !== undefined && !options.api_groups)
    throw new XanoError('USAGE', '--branch means nothing without --api-groups: tables have no branches.', {
      hint: 'Add --api-groups, or name an endpoint as GROUP/PATH.',
    });
  const catalog = await discover({
    http: connection.http,
    token: connection.token.ref,
    sender: { on_wait: sayWaits(printer) },
    account_origin: connection.account_origin,
    instance: connection.instance,
    workspace: connection.workspace,
    data_source: connection.data_source,
    one_workspace: true,
    choose: connection.choose,
    api_groups: options.api_groups,
    openapi: options.api_groups,
    branch: options.branch,
  });
  // Without the list there is nothing to choose from; anything else is said, and the rest goes on.
  const unlisted = catalog.omitted.find(({ what }) => what === 'tables');
  if (unlisted !== undefined) throw new XanoError(unlisted.code, unlisted.reason);
  const ungrouped = catalog.omitted.find(({ what }) => what === 'API groups');
  if (options.branch !== undefined && ungrouped !== undefined)
    throw new XanoError(
      'USAGE',
      `The API groups of branch "${options.branch}" cannot be listed: ${ungrouped.reason}`,
      { hint: 'Name a branch of this workspace by its label, or leave --branch away for the live one.' },
    );
  sayOmitted(catalog.omitted, printer);
  const workspace = catalog.instances[0]?.workspaces[0];
  if (workspace === undefined)
    throw new XanoError('USAGE', 'There is no workspace.', { hint: 'Name one with --workspace.' });
  const generated = generateEndpoints(catalog, {
    token: connection.token.ref,
    api_groups: options.api_groups,
    page_size: options.page_size,
    write_disposition: options.write_disposition,
    incremental: options.incremental,
    ...(connection.data_source === undefined ? {} : { data_source: connection.data_source }),
  });
  sayReadWhole(generated, names, options.incremental, workspace, printer);
  if (names.length > 0) return { endpoints: pick(generated, workspace, names, options), excluded: [] };
  if (generated.endpoints.length === 0)
    throw new XanoError('USAGE', `Workspace "${workspace.name}" has no tables.`, {
      hint: 'Name another one with --workspace.',
    });
  return generated;
}

/** A column that no table has is a mistake; tables that lack it are said to be read whole. */
function sayReadWhole(
  { full_reads, endpoints }: Generated,
  names: readonly string[],
  incremental: IncrementalChoice | undefined,
  workspace: Workspace,
  printer: Printer,
): void {
  if (incremental === undefined) return;
  const { column } = incremental;
  if (endpoints.length > 0 && endpoints.every((endpoint) => endpoint.incremental === undefined)) {
    const fields = workspace.tables.flatMap(({ columns }) => (columns ?? []).map(({ name }) => name));
    throw new XanoError(
      'USAGE',
      `No table can be read by what is new in "${column}"${didYouMean(
        [...new Set(fields)].filter((name) => name !== column),
        column,
      )}`,
      { hint: 'Name a timestamp, date or int column that grows with every change, such as updated_at.' },
    );
  }
  const named = new Map<string, string[]>();
  for (const { name, reason } of full_reads)
    if (names.length === 0 || names.includes(name)) named.set(reason, [...(named.get(reason) ?? []), name]);
  for (const [reason, of] of named) printer.note(`${of.join(', ')}: read whole: ${reason}.`);
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
      throw new XanoError('USAGE', `Several tables are called "${name}" but for upper and lower case.`, {
        hint: `Write one exactly: ${tables.map((table) => table.name).join(', ')}.`,
      });
    const found = endpoints.find(({ name: own, origin }) =>
      tables[0] === undefined ? own === name : origin?.['table_id'] === tables[0].id,
    );
    if (found === undefined) {
      const without = excluded.find((one) => one.name === `GET ${name}` || one.name.endsWith(` ${name}`));
      if (without !== undefined)
        throw new XanoError('USAGE', `${without.name} gets no config: ${without.reason}.`, {
          hint: 'Write its config by hand if it is a list all the same.',
        });
      const known = endpoints.map((endpoint) => endpoint.name);
      throw new XanoError(
        'USAGE',
        `There is no table "${name}" in workspace "${workspace.name}"${didYouMean(known, name)}`,
        {
          hint:
            name.includes('/') && !api_groups
              ? 'Endpoints of API groups are loaded through a file: `xano endpoints --api-groups --output endpoints.json`, then `xano load --endpoints endpoints.json`.'
              : known.length === 0
                ? 'The workspace has no tables.'
                : `There are: ${known.slice(0, 30).join(', ')}${known.length > 30 ? ', …' : ''}.`,
        },
      );
    }
    picked.add(found);
  }
  return [...picked];
}
