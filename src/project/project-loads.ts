/** The sources and destinations of a project, as flags give them. */
import { join } from 'node:path';
import { didYouMean, type HistoryKind, type WriteDisposition, XanoError } from '../index.js';
import type { SourceDefaults, TableContent } from '../session/context.js';
import { partsOfDestination } from '../session/destination-path.js';
import { EVERY_TABLE } from '../session/tables/source-defaults.js';
import { LISTS, type SourceSettings, type TableSettings } from './project-schema.js';
import type { Project } from './read-project.js';

/** A source of a project. */
export interface ProjectSource {
  /** Undefined for the only source of a project without names. */
  readonly name: string | undefined;
  /** Undefined for the default. */
  readonly dataset: string | undefined;
  readonly write_disposition?: WriteDisposition | undefined;
  readonly incremental?: string | undefined;
  readonly history?: readonly HistoryKind[] | undefined;
  /** Where the source is, and its tables; undefined for the lists beside the project. */
  readonly defaults: SourceDefaults | undefined;
}

/** A destination of a project. */
export interface ProjectDestination {
  /** Undefined for the only destination of a project without names. */
  readonly name: string | undefined;
  /** As `--to` takes it; its path is as commands of the working directory name it. */
  readonly to: string;
}

/**
 * The named source, else all: those of the project, then the lists beside it. Throws USAGE for a name that
 * none has.
 */
export function sourcesOf(project: Project, wanted?: string): readonly ProjectSource[] {
  const sources = allSources(project);
  if (wanted === undefined) return sources;
  const source = sources.find(({ name }) => name === wanted);
  if (source !== undefined) return [source];
  const names = sources.flatMap(({ name }) => name ?? []);
  throw new XanoError(
    'USAGE',
    names.length === 0
      ? `--source ${wanted}: ${project.file} names no sources.`
      : `${project.file} has no source "${wanted}"${didYouMean(names, wanted)}`,
    { hint: names.length === 0 ? 'Leave --source out.' : `Name one of: ${names.join(', ')}.` },
  );
}

/** The name of the only source, where lists of other APIs are beside it. */
const WORKSPACE = 'workspace';

/** Fields by which a project says that it reads Xano, even beside lists of other APIs. */
const OF_XANO = ['profile', 'instance', 'workspace', 'data_source', 'tables', 'exclude_tables'] as const;

function allSources(project: Project): ProjectSource[] {
  const { settings, lists } = project;
  const { sources } = settings;
  const readsXano = lists.length === 0 || OF_XANO.some((field) => settings[field] !== undefined);
  const named = Object.entries(sources ?? {}).map(([name, own]) =>
    sourceOf(project, name, { ...settings, dataset: name, ...own }),
  );
  const name = lists.length === 0 ? undefined : WORKSPACE;
  const own = sources === undefined && readsXano ? [sourceOf(project, name, settings)] : [];
  const beside = lists.length === 0 ? [] : [{ name: LISTS, dataset: settings.dataset, defaults: undefined }];
  return [...named, ...own, ...beside];
}

/** A source by its settings; `file` says where those are written. */
export function sourceOf(
  { file }: Pick<Project, 'file'>,
  name: string | undefined,
  settings: SourceSettings,
): ProjectSource {
  const { profile, instance, workspace, data_source, dataset, tables, exclude_tables = [] } = settings;
  const { incremental, write_disposition, history } = settings;
  const keys = Array.isArray(tables) || tables === undefined ? tables : Object.keys(tables);
  const chosen = keys?.includes(EVERY_TABLE) === true ? undefined : keys;
  const content = Array.isArray(tables) || tables === undefined ? {} : tables;
  return {
    name,
    dataset,
    incremental,
    write_disposition,
    history,
    defaults: {
      file,
      profile,
      instance,
      workspace,
      data_source,
      tables: chosen,
      exclude_tables,
      content: Object.fromEntries(
        Object.entries(content).map(([table, wanted]) => [table, contentOf(wanted)]),
      ),
      incremental,
      write_disposition,
    },
  };
}

const contentOf = (wanted: TableSettings | null): TableContent => ({
  exclude: wanted?.exclude ?? [],
  mask: wanted?.mask ?? {},
  where: wanted?.where ?? [],
  limit: wanted?.limit,
  partition_by: wanted?.partition_by,
});

/** The destination of a project that names none. */
const DEFAULT_FILE = 'xano.duckdb';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The destinations of a project, in the order of its file. Throws CONFIG_INVALID for a variable that is not
 * set.
 */
export function destinationsOf(project: Project, env: Environment): readonly ProjectDestination[] {
  return namesOf(project).map((name) => destinationAt(project, name, env));
}

/** The names of the destinations of a project; undefined for the only one without a name. */
function namesOf({ settings: { destinations } }: Project): readonly (string | undefined)[] {
  return destinations === undefined ? [undefined] : Object.keys(destinations);
}

/**
 * The destination that commands read unless they name another one: the first. Throws CONFIG_INVALID for a
 * variable that is not set.
 */
export function firstDestination(project: Project, env: Environment): ProjectDestination {
  return destinationAt(project, namesOf(project)[0], env);
}

/** The destination of this name; undefined where the project has none. Throws CONFIG_INVALID likewise. */
export function destinationNamed(
  project: Project,
  name: string,
  env: Environment,
): ProjectDestination | undefined {
  return namesOf(project).includes(name) ? destinationAt(project, name, env) : undefined;
}

function destinationAt(project: Project, name: string | undefined, env: Environment): ProjectDestination {
  const { destination = DEFAULT_FILE, destinations = {} } = project.settings;
  const given = name === undefined ? destination : destinations[name]!;
  const field = name === undefined ? 'project.destination' : `project.destinations.${name}`;
  const unset = [...given.matchAll(/\$\{(\w+)\}/g)].map(([, variable]) => variable!);
  const missing = unset.filter((variable) => (env[variable] ?? '') === '');
  if (missing.length > 0)
    throw new XanoError(
      'CONFIG_INVALID',
      `${project.file}: ${field} needs ${missing.join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} not set.`,
      { hint: 'Set it in the environment, or name another destination with --to.' },
    );
  const named = given.replace(/\$\{(\w+)\}/g, (_, variable: string) => env[variable] ?? '');
  return { name, to: fromFolder(named, project.folder) };
}

/** A destination of the project's folder, as the working directory names it. */
function fromFolder(to: string, folder: string): string {
  const { scheme, path } = partsOfDestination(to);
  if (path === undefined || folder === '' || /^([\\/~]|[A-Za-z]:)/.test(path)) return to;
  return `${scheme}${join(folder, path)}`;
}
