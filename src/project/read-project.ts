/** Reads the file of a project. */
import { resolve } from 'node:path';
import { readConfig, XanoError } from '../index.js';
import { nameOfFolder } from '../schedule/scheduled-load.js';
import { readConfigText } from '../session/config-text.js';
import { namedProject, type ProjectFile, projectIn } from './find-project.js';
import { type ProjectSettings, projectSchema } from './project-schema.js';

/** A project: its file, what that says, and the lists beside it. */
export interface Project extends ProjectFile {
  /** Names timers and messages: letters, digits, `-` and `_`. */
  readonly name: string;
  readonly settings: ProjectSettings;
  /** The names of the file's `resources`. */
  readonly lists: readonly string[];
}

/**
 * What a text with a part `project` holds, in YAML or JSON: reading every other file would only take time.
 */
const HAS_PROJECT = /^[ \t{,]*["']?project["']?[ \t]*:/m;

/**
 * The named project, else that of the working directory; undefined where that has none, or a config file
 * without a part `project`. Throws USAGE for a named one that does not exist, and CONFIG_INVALID with all
 * mistakes of the file.
 */
export function readProject(given: string | undefined, cwd: string): Project | undefined {
  if (given === undefined) {
    const found = cwd === '' ? undefined : projectIn('', cwd);
    return found === undefined ? undefined : projectOf(found, cwd);
  }
  const found = namedProject(given, cwd);
  const project = projectOf(found, cwd);
  if (project !== undefined) return project;
  throw new XanoError('CONFIG_INVALID', `${found.file} has no part "project".`, {
    hint: 'Add one, such as "project: { workspace: Shop }"; docs/project.md explains it.',
  });
}

function projectOf(found: ProjectFile, cwd: string): Project | undefined {
  const path = resolve(cwd, found.file);
  const text = readConfigText(path, 'Name another project with --project.');
  if (!HAS_PROJECT.test(text)) return undefined;
  const { project, endpoints } = readConfig(text, found.file, projectSchema);
  if (project === undefined) return undefined;
  return {
    ...found,
    name: project.name ?? nameOfFolder(resolve(cwd, found.folder)),
    settings: project,
    lists: endpoints.map(({ name }) => name),
  };
}
