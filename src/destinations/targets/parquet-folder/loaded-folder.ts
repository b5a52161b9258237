/** A Parquet folder that was loaded into, opened to be read. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { XanoError } from '../../../errors.js';
import { CAPABILITIES } from '../../capabilities.js';
import type { LoadedPlace } from '../../reader/create-store.js';
import { FILES_ON_DISK } from './folder-files.js';
import { STAGING_NAME } from './open-folder.js';
import { readFolder } from './read-folder.js';

/** A folder at a path, as something to read. */
export function loadedFolder(path: string): LoadedPlace {
  const folder = resolve(path);
  return readFolder({
    label: path,
    container: CAPABILITIES.parquet.container,
    staging_file: join(folder, STAGING_NAME),
    withFolder: (work) => work({ folder, files: FILES_ON_DISK, bring: async () => {} }),
    nothingLoaded: () => nothingLoaded(path, folder),
  });
}

function nothingLoaded(path: string, folder: string): XanoError {
  return existsSync(folder)
    ? new XanoError('DATABASE_FAILED', `The folder ${path} holds no load.`, {
        hint: 'Name the folder of a load with --to, or load into this one: `xano load --to FOLDER/`.',
      })
    : new XanoError('DATABASE_FAILED', `The folder ${path} does not exist.`, {
        hint: 'Name another folder with --to, or load into it first: `xano load --to FOLDER/`.',
      });
}
