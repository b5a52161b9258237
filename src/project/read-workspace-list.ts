/**
 * Reads the list of many workspaces: where each is read, with which token, and the dataset for its tables.
 */
import { dirname, isAbsolute, join } from 'node:path';
import { readChecked, XanoError } from '../index.js';
import { readConfigText } from '../session/config-text.js';
import type { SessionFlags } from '../session/context.js';
import { type ProjectSource, sourceOf } from './project-loads.js';
import {
  datasetOf,
  sharedDatasets,
  type WorkspaceEntry,
  workspaceListSchema,
} from './workspace-list-schema.js';

/** A workspace of a list. */
export interface ListedWorkspace extends ProjectSource {
  /** The list, for messages. */
  readonly file: string;
  /** Unique in its list, also where A to Z are compared in lower case. */
  readonly dataset: string;
  /** Where it is; absent fields are as the command line has them. */
  readonly place: Pick<SessionFlags, 'instance' | 'workspace' | 'dataSource'>;
  /** Where its token comes from; undefined for that of the command. */
  readonly access: WorkspaceAccess | undefined;
}

/** Where the token of a workspace comes from. */
export type WorkspaceAccess =
  | { readonly profile: string }
  | { readonly tokenFile: string }
  | { readonly tokenCommand: string }
  /** The name of a variable of the environment. */
  | { readonly variable: string };

/**
 * Reads a list of workspaces, YAML or JSON, in its order. Throws CONFIG_INVALID with all mistakes: line,
 * path, the value found and the values allowed. A token in the file is a mistake, and no message repeats it.
 */
export function readWorkspaceList(file: string): readonly ListedWorkspace[] {
  const text = readConfigText(file, 'Name a list of workspaces with --workspaces; docs/scale.md has one.');
  const entries = readChecked(text, file, {
    schema: workspaceListSchema,
    across: sharedDatasets,
    page: 'docs/scale.md',
  });
  return entries.map((entry) => listed(entry, file));
}

function listed(entry: WorkspaceEntry, file: string): ListedWorkspace {
  const { instance, workspace, data_source, dataset } = entry;
  return {
    ...sourceOf({ file }, undefined, entry),
    file,
    dataset: dataset ?? datasetOf(workspace ?? ''),
    place: {
      ...(instance === undefined ? {} : { instance }),
      ...(workspace === undefined ? {} : { workspace }),
      ...(data_source === undefined ? {} : { dataSource: data_source }),
    },
    access: accessOf(entry, file),
  };
}

function accessOf(
  { profile, token, token_file, token_command }: WorkspaceEntry,
  file: string,
): WorkspaceAccess | undefined {
  if (profile !== undefined) return { profile };
  if (token !== undefined) return { variable: token };
  if (token_file !== undefined)
    return { tokenFile: isAbsolute(token_file) ? token_file : join(dirname(file), token_file) };
  return token_command === undefined ? undefined : { tokenCommand: token_command };
}

/**
 * The options by which a session reads a workspace with its own token. Throws TOKEN_MISSING for a variable
 * that is not set.
 */
export function sessionFlagsOf(
  { access, place, file, dataset, defaults }: ListedWorkspace,
  flags: SessionFlags,
  env: Readonly<Record<string, string | undefined>>,
): SessionFlags {
  if (access === undefined) return { ...flags, ...place, defaults };
  const { token: _, tokenFile: __, tokenCommand: ___, profile: ____, ...others } = flags;
  const rest = { ...others, ...place, defaults };
  if (!('variable' in access)) return { ...rest, ...access };
  const { variable } = access;
  const token = env[variable] ?? '';
  if (token === '')
    throw new XanoError('TOKEN_MISSING', `${file}: "${dataset}" needs ${variable}, which is not set.`, {
      hint: `Set ${variable} in the environment.`,
    });
  return { ...rest, token, tokenName: variable };
}
