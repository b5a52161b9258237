/** Writes the files of a plan, and says what it wrote. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { XanoError } from '../../../index.js';
import type { PlannedFile } from '../../../init/plan-files.js';
import { fileTrouble } from '../../../session/file-failures.js';
import type { Printer } from '../../output/output.js';
import { replaceFile } from '../../output/replace-file.js';

/** A file as it is reported. */
export type WrittenFile = Omit<PlannedFile, 'change'>;

/** Writes the files, or with `dry_run` only reports them. */
export function writeFiles(files: readonly PlannedFile[], dry_run: boolean): WrittenFile[] {
  return files.map((one) => (dry_run ? reported(one) : written(one)));
}

function reported({ change: _, ...file }: PlannedFile): WrittenFile {
  return file;
}

function written(planned: PlannedFile): WrittenFile {
  const { change } = planned;
  if (change === undefined) return planned;
  try {
    if (change.exists) replaceFile(change.path, change.bytes);
    else {
      mkdirSync(dirname(change.path), { recursive: true });
      writeFileSync(change.path, change.bytes, { flag: 'wx' });
    }
    return reported(planned);
  } catch (thrown) {
    return { ...reported(planned), action: 'failed', reason: fileTrouble(planned.file, 'written', thrown) };
  }
}

const WORDS = { write: 'wrote', unchanged: 'unchanged', left: 'left', failed: 'failed' } as const;

/** Prints a line for each file. */
export function printFiles(files: readonly WrittenFile[], dry_run: boolean, printer: Printer): void {
  printer.table(
    ['', 'file', ''],
    files.map(({ file, holds, action, reason }) => [
      dry_run && action === 'write' ? 'would write' : WORDS[action],
      file,
      reason ?? holds,
    ]),
  );
}

/** Throws OUTPUT_FAILED where a file could not be written. */
export function assertWritten(files: readonly WrittenFile[], hint: string): void {
  const failed = files.filter(({ action }) => action === 'failed');
  if (failed.length === 0) return;
  throw new XanoError('OUTPUT_FAILED', `${failed.length} of ${files.length} files could not be set up.`, {
    details: failed.flatMap(({ reason }) => reason ?? []),
    hint,
  });
}
