/** Files of a scheduler, each written by `xano schedule install` alone. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { XanoError } from '../../errors.js';
import { fileTrouble } from '../../session/file-failures.js';
import { ownerLine, type ScheduledLoad, type Unit } from '../scheduled-load.js';

/** How the text of a unit is stored. */
export type UnitEncoding = 'utf8' | 'utf16le';

/** The text of a unit; undefined where there is none. Throws OUTPUT_FAILED for one that cannot be read. */
export function readUnit(folder: string, file: string, encoding: UnitEncoding = 'utf8'): string | undefined {
  const path = join(folder, file);
  try {
    return readFileSync(path, encoding).replace(/^\uFEFF/, '');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new XanoError('OUTPUT_FAILED', fileTrouble(path, 'read', cause), { cause });
  }
}

/**
 * Throws USAGE where a unit of that name is not this project's: it belongs to another folder, or somebody
 * wrote it by hand. `spelled`: how the unit spells a text.
 */
export function assertOwnUnit(
  existing: string | undefined,
  load: ScheduledLoad,
  what: string,
  spelled: (text: string) => string = (text) => text,
): void {
  const isOwn = existing === undefined || existing.includes(spelled(ownerLine(load)));
  if (isOwn) return;
  throw new XanoError('USAGE', `${what} exists, and is not of the project in ${load.folder}.`, {
    hint: 'Give this project another name with --name, or remove that one first.',
  });
}

/** Writes units that differ from those that exist. Returns whether there were any. Throws OUTPUT_FAILED. */
export function writeUnits(folder: string, units: readonly Unit[], encoding: UnitEncoding = 'utf8'): boolean {
  const changed = units.filter(({ file, text }) => readUnit(folder, file, encoding) !== text);
  for (const { file, text } of changed) {
    const path = join(folder, file);
    try {
      mkdirSync(folder, { recursive: true });
      writeFileSync(`${path}.tmp`, encoding === 'utf8' ? text : `\uFEFF${text}`, encoding);
      renameSync(`${path}.tmp`, path);
    } catch (cause) {
      throw new XanoError('OUTPUT_FAILED', fileTrouble(path, 'written', cause), {
        hint: 'Make that folder writable, or choose another scheduler with --with.',
        cause,
      });
    }
  }
  return changed.length > 0;
}

/** Removes a unit. Throws OUTPUT_FAILED where that fails. */
export function removeUnit(folder: string, file: string): void {
  try {
    rmSync(join(folder, file), { force: true });
  } catch (cause) {
    throw new XanoError('OUTPUT_FAILED', fileTrouble(join(folder, file), 'written', cause), { cause });
  }
}
