/**
 * The record of an export's folder: which files an export wrote there, so that the next one replaces these
 * and no others.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type FileMark, writeBeside } from './write-beside.js';

/** The file of the record. */
const RECORD = '.xano-export.json';

const recordSchema = z.object({
  version: z.literal(1),
  files: z.record(z.string(), z.object({ bytes: z.number(), sha256: z.string() })),
});

type ExportRecord = z.infer<typeof recordSchema>;

const NONE: ExportRecord = { version: 1, files: {} };

/** The record of a folder. One that cannot be read knows no files. */
async function readRecord(folder: string): Promise<ExportRecord> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(join(folder, RECORD), 'utf8')));
  } catch {
    return NONE;
  }
}

/** Of some files of a folder: those that exist, and that no export wrote as they are now. */
export async function foreignFiles(folder: string, names: readonly string[]): Promise<string[]> {
  const { files } = await readRecord(folder);
  const foreign: string[] = [];
  for (const name of names)
    if (!(await isFree(join(folder, name), Object.hasOwn(files, name) ? files[name] : undefined)))
      foreign.push(name);
  return foreign;
}

/** Whether a path is free, or holds the file of that mark. */
async function isFree(file: string, mark: FileMark | undefined): Promise<boolean> {
  const stats = await lstat(file).catch(() => undefined);
  if (stats === undefined) return true;
  if (mark === undefined || !stats.isFile() || stats.size !== mark.bytes) return false;
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch {
    return false;
  }
  return hash.digest('hex') === mark.sha256;
}

/** Adds a file to the record. Throws OUTPUT_FAILED. */
export async function recordFile(folder: string, name: string, mark: FileMark): Promise<void> {
  const { files } = await readRecord(folder);
  const record: ExportRecord = { version: 1, files: { ...files, [name]: mark } };
  await writeBeside(join(folder, RECORD), (write) => write(`${JSON.stringify(record, null, 2)}\n`));
}
