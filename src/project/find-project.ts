/** Finds the file of a project. */
import { existsSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { XanoError } from '../index.js';

/** The names that the file of a project may have, the first one that exists counts. */
const PROJECT_FILES = ['xano.yaml', 'xano.yml', 'xano.json'] as const;

/** Where the file of a project is. */
export interface ProjectFile {
  /** As commands of this working directory name it: `xano.yaml`, `shop/xano.yaml`. */
  readonly file: string;
  /** The folder of it, in the same way; empty for the working directory. */
  readonly folder: string;
}

/** The file of a project in a folder; undefined where it has none. */
export function projectIn(folder: string, cwd: string): ProjectFile | undefined {
  const name = PROJECT_FILES.find((one) => existsSync(join(resolve(cwd, folder), one)));
  return name === undefined ? undefined : { file: folder === '' ? name : join(folder, name), folder };
}

/**
 * The file of the named project: a folder with such a file, or the file itself. Throws USAGE where there is
 * none.
 */
export function namedProject(given: string, cwd: string): ProjectFile {
  const kind = kindOf(resolve(cwd, given));
  if (kind?.isFile() === true) return { file: given, folder: dirname(given) === '.' ? '' : dirname(given) };
  const found = kind === undefined ? undefined : projectIn(given, cwd);
  if (found !== undefined) return found;
  throw new XanoError(
    'USAGE',
    kind === undefined
      ? `--project ${given}: there is no such folder or file.`
      : `--project ${given}: the folder has no ${PROJECT_FILES.join(', ')}.`,
    { hint: `Write one with \`xano init ${given}\`, or name another.` },
  );
}

/** What is at a path; undefined where nothing is, also below a file. */
function kindOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
