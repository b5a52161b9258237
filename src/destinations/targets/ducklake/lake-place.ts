/** What a DuckLake has on this computer: files of its catalog, and where rows are staged. */
import { resolve } from 'node:path';
import { assertPlainWal } from '../../engine/own-files.js';
import type { PlaceOptions } from '../../target.js';
import { stagingFileOf } from '../staging-place.js';
import type { Lake } from './lake.js';

/** What a lake has on this computer. */
export interface LakePlace {
  /** The file of the catalog; where that is in Postgres, a name for what is staged for it. */
  readonly path: string;
  readonly staging_file: string;
  /** Files that the catalog is made of, beside the logs that DuckDB makes. */
  readonly catalog_files: readonly string[];
}

/** Tells what a lake has on this computer. */
export function lakePlace({ catalog }: Lake, options: PlaceOptions): LakePlace {
  if (catalog.type === 'postgres') {
    const staging_file = stagingFileOf(`ducklake:${catalog.address.database_key}/${catalog.schema}`, options);
    return { path: staging_file.replace(/\.staging$/, ''), staging_file, catalog_files: [] };
  }
  const file = resolve(catalog.file);
  const more = catalog.type === 'sqlite' ? ['-wal', '-shm', '-journal'] : [];
  return {
    path: file,
    staging_file: `${file}.staging`,
    catalog_files: [file, ...more.map((ending) => file + ending)],
  };
}

/** Refuses links and pipes in the place of the logs of a catalog in a file. Throws DATABASE_FAILED. */
export function assertPlainCatalog({ catalog }: Lake): void {
  if (catalog.type !== 'postgres') assertPlainWal(catalog.file);
}
