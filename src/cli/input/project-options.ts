/** Gives a command the options that the project of its folder has, where the command line has none. */
import { resolve } from 'node:path';
import type { Command, Option } from 'commander';
import type { Receiver } from '../../notify/notify-schema.js';
import type { ProjectDestination, ProjectSource } from '../../project/project-loads.js';
import type { Project } from '../../project/read-project.js';
import type { Schedule } from '../../schedule/schedule-schema.js';
import type { SourceDefaults } from '../../session/context.js';
import type { Context } from '../context.js';
import { homePath } from './home-path.js';

/** One load of a project: a source into a destination. */
export interface ProjectLoad {
  /** Their names; undefined for an only one. */
  readonly source: string | undefined;
  readonly destination: string | undefined;
  /** The options in which the loads of a project differ, by their names in code. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The lists of the file that names may mean; undefined for tables of a workspace. */
  readonly lists?: readonly string[] | undefined;
}

/** What a project says beside its loads. */
export interface ProjectFacts {
  readonly name: string;
  /** The folder of its file, absolute. */
  readonly folder: string;
  /** The schema that its first source is loaded into. */
  readonly dataset: string;
  readonly schedule: Schedule | undefined;
  readonly notify: readonly Receiver[];
}

/** What the project of a command adds to its options. */
export interface ProjectFlags {
  /** Absent without a project. */
  readonly projectFacts?: ProjectFacts;
  /** A folder, or the file in it. */
  readonly project?: string;
  readonly source?: string;
  readonly defaults?: SourceDefaults;
  /** Every load of the project; absent without a project. */
  readonly projectLoads?: readonly ProjectLoad[];
}

/** Adds the option that names a project. */
export function withProjectOption(command: Command): Command {
  return command.option(
    '--project <folder>',
    'use the xano.yaml of this folder (default: that of the working directory)',
  );
}

/**
 * Sets the options of a command that its project has and the command line has not. Throws what reading the
 * project throws, and USAGE for `--source` without a project.
 */
export async function applyProject(command: Command, context: Context): Promise<void> {
  if (optionOf(command, 'project') === undefined) return;
  // A list of workspaces says all that a project would.
  if (given(command, 'workspaces') !== undefined) return;
  const { readProject } = await import('../../project/read-project.js');
  const project = readProject(given(command, 'project'), context.cwd);
  if (project === undefined) {
    await assertNoSource(command);
    return;
  }
  const loads = await loadsOf(project, command, context);
  const [first] = loads;
  const { max_age } = project.settings;
  const options = {
    ...free(command, { project: '.' }),
    ...(command.name() === 'load' ? {} : free(command, { source: first?.source })),
    ...(max_age === undefined ? {} : free(command, { maxAge: max_age })),
    ...first?.options,
    projectLoads: loads,
    projectFacts: await factsOf(project, context),
  };
  for (const [name, value] of Object.entries(options))
    command.setOptionValueWithSource(name, value, 'config');
}

async function factsOf(project: Project, { cwd }: Context): Promise<ProjectFacts> {
  const { sourcesOf } = await import('../../project/project-loads.js');
  const { schedule, notify = [] } = project.settings;
  const { dataset = 'xano_data' } = sourcesOf(project)[0] ?? {};
  return { name: project.name, folder: resolve(cwd, project.folder), dataset, schedule, notify };
}

async function assertNoSource(command: Command): Promise<void> {
  const source = given(command, 'source');
  if (source === undefined) return;
  const { XanoError } = await import('../../index.js');
  throw new XanoError('USAGE', `--source ${source} needs a project, and this folder has none.`, {
    hint: 'Write one with `xano init`, or name its folder with --project.',
  });
}

const optionOf = (command: Command, name: string): Option | undefined =>
  command.options.find((option) => option.attributeName() === name);

/** The value of an option on the command line. */
function given(command: Command, name: string): string | undefined {
  const value: unknown =
    command.getOptionValueSource(name) === 'cli' ? command.getOptionValue(name) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/**
 * The options that a command takes, and that the command line does not have. A text is read as on the command
 * line; an option without a value has its default, so that each load of several says all.
 */
function free(command: Command, options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, value]) => {
      const option = optionOf(command, name);
      if (option === undefined || command.getOptionValueSource(name) === 'cli') return [];
      const read = typeof value === 'string' && option.parseArg ? option.parseArg(value, undefined) : value;
      return [[name, read ?? option.defaultValue]];
    }),
  );
}

async function loadsOf(project: Project, command: Command, context: Context): Promise<ProjectLoad[]> {
  const { sourcesOf } = await import('../../project/project-loads.js');
  const isFile = given(command, 'endpoints') !== undefined;
  const sources = isFile ? [fileSource(project)] : sourcesOf(project, given(command, 'source'));
  const destinations = await destinationsFor(project, command, context);
  return sources.flatMap((source) =>
    destinations.map((destination) => {
      const to = destination.to === '' ? undefined : homePath(destination.to, context);
      return {
        source: source.name,
        destination: destination.name,
        options: {
          ...free(command, { ...sourceOptions(source, project, command), to }),
          // A destination that the command line names by its name in the project.
          ...(destination.name === undefined ? {} : { to }),
          defaults: source.defaults,
          isProjectFile: source.defaults === undefined && !isFile,
        },
        lists: source.defaults === undefined && !isFile ? project.lists : undefined,
      };
    }),
  );
}

/** A file of lists that the command line names: of the project, only the place of its rows counts. */
const fileSource = ({ settings: { dataset } }: Project): ProjectSource => ({
  name: undefined,
  dataset,
  defaults: undefined,
});

/** The named destination, else all of them for a load, and the first for a command that reads. */
async function destinationsFor(
  project: Project,
  command: Command,
  { env }: Context,
): Promise<readonly ProjectDestination[]> {
  const { destinationNamed, destinationsOf, firstDestination } = await import(
    '../../project/project-loads.js'
  );
  const none = { name: undefined, to: '' };
  if (optionOf(command, 'to') === undefined) return [none];
  const to = given(command, 'to');
  if (to !== undefined) return [destinationNamed(project, to, env) ?? { name: undefined, to }];
  // `xano schema` shows Xano unless it is asked for a destination.
  if (command.name() === 'schema') return [none];
  return command.name() === 'load' ? destinationsOf(project, env) : [firstDestination(project, env)];
}

function sourceOptions(
  { dataset, incremental, write_disposition, history, defaults }: ProjectSource,
  project: Project,
  command: Command,
): Readonly<Record<string, unknown>> {
  const isList = defaults === undefined;
  // A flag that contradicts the file outranks it.
  const isReplaced = given(command, 'writeDisposition') === 'replace';
  const isIncremental = given(command, 'incremental') !== undefined && write_disposition === 'replace';
  // For these, --dataset needs another option.
  const takesDataset =
    command.name() !== 'schema' && (command.name() !== 'mcp' || command.getOptionValue('allowLoad') === true);
  return {
    ...(takesDataset ? { dataset } : {}),
    endpoints: isList ? project.file : undefined,
    incremental: isList || isReplaced ? undefined : incremental,
    writeDisposition: isList || isIncremental ? undefined : write_disposition,
    history: isList ? undefined : history?.join(','),
  };
}
