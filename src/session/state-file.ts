/**
 * Small files that xano remembers things in between two runs: what a receiver was told, since when a schedule
 * holds.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { XanoError } from '../errors.js';
import { flagOrEnv, type SessionContext, type SessionFlags } from './context.js';
import { fileTrouble } from './file-failures.js';

/**
 * The folder of such files: the folder of settings where one is named, else `$XDG_STATE_HOME/xano-connector`
 * or `~/.local/state/xano-connector`, and `%LOCALAPPDATA%\xano-connector` under Windows.
 */
export function stateFolder(
  flags: Pick<SessionFlags, 'configDir'>,
  context: Pick<SessionContext, 'env' | 'home'>,
): string {
  const named = flagOrEnv(flags.configDir, context, 'XANO_CONFIG_DIR');
  if (named !== undefined) return named;
  const { env, home } = context;
  const folder =
    sep === '\\'
      ? env['LOCALAPPDATA'] || join(home, 'AppData', 'Local')
      : env['XDG_STATE_HOME'] || join(home, '.local', 'state');
  return join(folder, 'xano-connector');
}

/** What a file held. */
export interface RememberedState<T> {
  /** Undefined without a file, or with a damaged one. */
  readonly value: T | undefined;
  /** The new name of a damaged file; undefined where it was not damaged. */
  readonly moved_to: string | undefined;
}

/**
 * Reads such a file. `parse` throws for what is not its content; the file then gets another name, so that
 * nothing is lost. Throws OUTPUT_FAILED for a file that cannot be read.
 */
export function readState<T>(file: string, parse: (content: unknown) => T): RememberedState<T> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
      return { value: undefined, moved_to: undefined };
    throw new XanoError('OUTPUT_FAILED', fileTrouble(file, 'read', cause), { cause });
  }
  try {
    return { value: parse(JSON.parse(text)), moved_to: undefined };
  } catch {
    const moved_to = `${file}.damaged`;
    try {
      renameSync(file, moved_to);
    } catch (cause) {
      throw new XanoError('OUTPUT_FAILED', fileTrouble(file, 'written', cause), { cause });
    }
    return { value: undefined, moved_to };
  }
}

/** Writes such a file, whole or not at all, for this user alone. Throws OUTPUT_FAILED. */
export function writeState(file: string, value: unknown): void {
  const beside = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(beside, `${JSON.stringify(value)}\n`, { flag: 'wx', mode: 0o600 });
    renameSync(beside, file);
  } catch (cause) {
    rmSync(beside, { force: true });
    throw new XanoError('OUTPUT_FAILED', fileTrouble(file, 'written', cause), {
      hint: 'Make its folder writable, or name another one with XANO_CONFIG_DIR.',
      cause,
    });
  }
}
