/**
 * The folder on this computer that mirrors a bucket for a while, and the removal of those of killed loads.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pid } from 'node:process';
import { isOwn, look } from '../../engine/own-files.js';
import { isRunning, THIS_COMPUTER } from '../../engine/processes.js';

/** A folder that is made when it is needed. */
export interface MirrorFolder {
  readonly path: string;
  /** Makes it, and removes those that killed programs left beside it. */
  readonly make: () => void;
  readonly remove: () => void;
}

/** `bucket-<computer>-<process>-<random>`. */
const NAME = /^bucket-([0-9a-f]{8})-(\d{1,10})-[0-9a-f]{12}$/;

/** Names a folder within another one, which exists when it is made. */
export function mirrorFolder(parent: string): MirrorFolder {
  const path = join(parent, `bucket-${THIS_COMPUTER}-${pid}-${randomBytes(6).toString('hex')}`);
  return {
    path,
    make: () => {
      if (look(path) !== undefined) return;
      removeAbandoned(parent);
      mkdirSync(path, { mode: 0o700 });
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    const [, computer, process] = NAME.exec(name) ?? [];
    if (computer !== THIS_COMPUTER || process === undefined || isRunning(Number(process))) continue;
    const path = join(parent, name);
    const stats = look(path);
    if (stats?.isDirectory() === true && isOwn(stats)) rmSync(path, { recursive: true, force: true });
  }
}
