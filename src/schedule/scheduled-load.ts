/** What a scheduler of the system runs. */
import { basename } from 'node:path';
import { XanoError } from '../errors.js';
import type { Schedule } from './schedule-schema.js';

/** A load that a scheduler of the system starts. */
export interface ScheduledLoad {
  /** Letters, digits, `-` and `_`. */
  readonly name: string;
  readonly schedule: Schedule;
  /** The folder of the project, absolute. It may hold a file `.env`. */
  readonly folder: string;
  /** The program and its arguments, with absolute paths, so that no PATH matters. It holds no secret. */
  readonly command: readonly string[];
}

/** A file that a scheduler reads, or a part of one. */
export interface Unit {
  /** Its name, without a folder. */
  readonly file: string;
  readonly text: string;
}

/** A name for the load of a folder: its last part, with `-` for every other character. */
export function nameOfFolder(folder: string): string {
  const name = basename(folder)
    .replace(/[^A-Za-z0-9_-]/g, '-')
    .slice(0, 60);
  return /[A-Za-z0-9]/.test(name) ? name : 'xano';
}

/** The sentence that tells whose a unit is; a unit without it belongs to somebody else. */
export function ownerLine({ folder }: Pick<ScheduledLoad, 'folder'>): string {
  return `Written by \`xano schedule install\` for ${folder}`;
}

/** Throws USAGE for a folder or program that no line of a unit can hold. */
export function assertPlainPaths({ folder, command }: ScheduledLoad): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  const odd = [folder, ...command].find((text) => /[\u0000-\u001f\u007f]/.test(text));
  if (odd !== undefined)
    throw new XanoError('USAGE', `A scheduler cannot hold the path ${JSON.stringify(odd)}.`, {
      hint: 'Rename that folder or file: its name has a control character.',
    });
}

/** Throws USAGE where a scheduler goes by the time zone of the computer, and the schedule by another one. */
export function assertLocalTimezone({ timezone }: Schedule, local: string, scheduler: string): void {
  if (timezone !== null && timezone !== local)
    throw new XanoError(
      'USAGE',
      `${scheduler} goes by the time zone of this computer, ${local}; the schedule has ${timezone}.`,
      { hint: 'Use --with systemd or `xano serve`, or write the schedule in this time zone.' },
    );
}

/** A word for `/bin/sh`. */
function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * The load as one line for `/bin/sh`: in the folder, with the variables of its `.env`, after a random delay.
 * Node makes the delay, since not every shell has random numbers.
 */
export function shellLine({ folder, command, schedule: { jitter_ms } }: ScheduledLoad): string {
  const [node = ''] = command;
  const delay =
    jitter_ms === 0 ? '' : `${shellQuoted(node)} -e 'setTimeout(Date, Math.random() * ${jitter_ms})'; `;
  return `cd ${shellQuoted(folder)} || exit 1; if [ -f .env ]; then set -a; . ./.env; set +a; fi; ${delay}exec ${command.map(shellQuoted).join(' ')}`;
}
