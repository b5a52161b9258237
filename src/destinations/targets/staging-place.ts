/** Where rows are staged for a target that is not a file or folder on this computer. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { env, platform } from 'node:process';
import { XanoError } from '../../errors.js';
import { assertOwnFolder } from '../engine/own-files.js';
import type { PlaceOptions } from '../target.js';

/**
 * The folder that keeps what programs of this user remember between two runs: `$XDG_STATE_HOME` or
 * `~/.local/state`, and `%LOCALAPPDATA%` under Windows.
 */
function userStateFolder(): string {
  const folder =
    platform === 'win32'
      ? (env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'))
      : env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  return join(folder, 'xano-connector');
}

/**
 * The staging file of one dataset of a target: the same in every load. `address` names the target without
 * secrets.
 */
export function stagingFileOf(address: string, options: PlaceOptions): string {
  const name = createHash('sha256')
    .update(JSON.stringify([address, options.dataset]))
    .digest('hex');
  return join(resolve(options.staging_folder ?? userStateFolder()), `${name.slice(0, 16)}.staging`);
}

/**
 * Makes the folder for staging files, readable for this user alone: rows lie in it. Throws DATABASE_FAILED
 * where that is not possible.
 */
export function makeStagingFolder(folder: string): void {
  assertOwnFolder(folder);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new XanoError(
      'DATABASE_FAILED',
      `xano-connector cannot make the folder ${folder} for staged rows.`,
      {
        hint: 'Name another folder with --staging.',
        cause,
      },
    );
  }
}
