/**
 * What becomes of the files that `xano init` would write: each is written, merged, or stays as it is. Reads
 * the folder, and writes nothing.
 */
import { join, relative, resolve } from 'node:path';
import type { Merge, Merged } from './merged.js';
import { readPlace } from './read-place.js';

/** A file of a plan. */
export interface PlannedFile {
  /** Below the folder, with slashes. */
  readonly file: string;
  /** What it holds, in a few words. */
  readonly holds: string;
  readonly action: Merged['action'];
  /** Why it stays as it is: a sentence. */
  readonly reason?: string;
  /** For a file to be written: where it is behind links, whether it exists, and all its bytes. */
  readonly change?: { readonly path: string; readonly exists: boolean; readonly bytes: Uint8Array };
}

/** A file that a folder should have. */
export interface WantedFile {
  readonly file: string;
  readonly holds: string;
  readonly merge: Merge;
}

/** Adds files to a plan, under their paths behind links. */
export function planInto(
  planned: Map<string, PlannedFile>,
  folder: string,
  files: readonly WantedFile[],
): void {
  for (const wanted of files) {
    const place = readPlace(folder, wanted.file);
    if ('reason' in place) {
      const { file, holds } = wanted;
      planned.set(resolve(folder, file), { file, holds, action: 'failed', reason: place.reason });
      continue;
    }
    // Two clients may share a file, or a link may make one of two.
    const same = planned.get(place.path);
    if (same !== undefined) {
      if (same.file !== wanted.file) planned.set(`${place.path}\n${wanted.file}`, sharedWith(same, wanted));
      continue;
    }
    planned.set(place.path, outcome(wanted, wanted.merge(place.text), place));
  }
}

function outcome(
  { file, holds }: WantedFile,
  merged: Merged,
  place: { path: string; text: string | undefined; encode: (text: string) => Uint8Array },
): PlannedFile {
  const { action } = merged;
  if (action === 'write')
    return {
      file,
      holds,
      action,
      change: { path: place.path, exists: place.text !== undefined, bytes: place.encode(merged.text) },
    };
  return { file, holds, action, ...('reason' in merged ? { reason: `${file} ${merged.reason}.` } : {}) };
}

const sharedWith = (same: PlannedFile, { file, holds }: WantedFile): PlannedFile => ({
  file,
  holds,
  action: 'unchanged',
  reason: `${file} is the same file as ${same.file}.`,
});

/** A path as commands in a folder name it: relative where it is below, else absolute. */
export function pathFrom(folder: string, path: string): string {
  const short = relative(folder, path);
  return short === '' || short.startsWith('..') ? path : join(short);
}
