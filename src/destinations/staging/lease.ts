/**
 * The right to load into a target: the process with the open staging file has it, and loses it when it ends.
 */
import { XanoError } from '../../errors.js';
import type { Capabilities } from '../capabilities.js';
import { databaseFailure, holderOf } from '../engine/failures.js';

/** The target in the words of a refusal. */
export interface LeasedPlace {
  readonly label: string;
  readonly staging_file: string;
  readonly container: Capabilities['container'];
}

/**
 * The staging files that this process holds. The system's locks keep other processes out, but not a second
 * load of this one.
 */
const held = new Set<string>();

/**
 * Whether a load of this process holds that staging file. To open and close it here would take away the
 * system's lock on it.
 */
export function isHeldHere(staging_file: string): boolean {
  return held.has(staging_file);
}

/**
 * Opens a staging file that no other load has open. Throws DATABASE_LOCKED where one has, and what opening
 * throws.
 */
export async function takeLease<T>(place: LeasedPlace, open: () => Promise<T>): Promise<T> {
  const { staging_file, container } = place;
  if (held.has(staging_file))
    throw otherLoad(place, `Another load into this ${container} is running in this program.`);
  held.add(staging_file);
  try {
    return await open();
  } catch (thrown) {
    held.delete(staging_file);
    const failure = databaseFailure(thrown, staging_file);
    if (failure.code !== 'DATABASE_LOCKED') throw failure;
    const { cause } = failure;
    const holder = holderOf(cause instanceof Error ? cause.message : '');
    throw otherLoad(
      place,
      `Another load into this ${container} is running: it has ${staging_file} open${holder}.`,
      cause,
    );
  }
}

/** Releases the right. */
export function releaseLease(staging_file: string): void {
  held.delete(staging_file);
}

function otherLoad({ label, container }: LeasedPlace, message: string, cause?: unknown): XanoError {
  const hint = `Wait until that load is done, or load into another ${container} than ${label} with --to.`;
  return new XanoError('DATABASE_LOCKED', message, { hint, cause });
}
