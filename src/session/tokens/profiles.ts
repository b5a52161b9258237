/**
 * What is remembered between commands: profiles with their tokens, in a file that only its owner may read.
 */

import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Conf from 'conf';
import { z } from 'zod';
import { XanoError } from '../../errors.js';
import { flagOrEnv, type SessionContext, type SessionFlags } from '../context.js';
import { fileTrouble, isFull } from '../file-failures.js';
import { assertFolderOurs, assertOurs } from './private-files.js';

const profileSchema = z
  .object({
    token: z.string().optional(),
    /** A program that prints the token: asked each time, so that no token is kept. */
    token_command: z.string().optional(),
    /** ISO 8601 or `never`, as told at login. */
    expires: z.string().optional(),
    saved_at: z.string(),
    instance: z.string().optional(),
    account_origin: z.string().optional(),
  })
  .refine(({ token, token_command }) => token !== undefined || token_command !== undefined, {
    path: ['token'],
  });

/** One login. */
export type Profile = z.infer<typeof profileSchema>;

/** What a login says beside its token: where to go with it. */
export interface Place {
  readonly instance?: string | undefined;
  readonly account_origin?: string | undefined;
  readonly workspace?: string | undefined;
}

/** The settings file. */
export interface Settings {
  readonly path: string;
  readonly find: (name: string) => Profile | undefined;
  readonly names: () => string[];
  /** The profile that is meant when none is named; it need not exist. */
  readonly default_name: () => string;
  readonly save: (name: string, profile: Profile) => void;
  readonly remove: (name: string) => boolean;
  /** From now on this one is meant when none is named. */
  readonly use: (name: string) => void;
}

/** The profile that is meant when none is named and none was chosen. */
const DEFAULT_PROFILE = 'default';

const CALLED = 'settings file';

/**
 * Opens the settings that a command means: those of `--config-dir`, else of XANO_CONFIG_DIR, else of the
 * user. Throws what opening throws.
 */
export function settingsOf(
  flags: Pick<SessionFlags, 'configDir'>,
  context: Pick<SessionContext, 'env' | 'uid'>,
): Settings {
  return openSettings(flagOrEnv(flags.configDir, context, 'XANO_CONFIG_DIR'), context.uid);
}

/**
 * Opens the settings in a folder, by default the system's own place for them. Throws CONFIG_INVALID for a
 * file that others may read or change, or that is not ours; `uid` is the effective user id. Not made for
 * several programs that write at once: the last one wins.
 */
export function openSettings(folder: string | undefined, uid?: number): Settings {
  const file = { called: CALLED, secret: true };
  // Before anything is read: a pipe would never end.
  if (folder !== undefined) {
    makeFolder(folder);
    assertOurs({ ...file, path: resolve(folder, 'settings.json') }, uid);
  }
  const store = openStore(folder);
  closeIfEmpty(dirname(store.path), uid);
  assertOurs({ ...file, path: store.path }, uid);
  if (store.has(UNREADABLE))
    throw new XanoError('CONFIG_INVALID', `The settings file ${store.path} is not JSON.`, {
      hint: 'Correct or remove it, then run `xano auth login`.',
    });
  const profiles = (): Record<string, Profile> => profilesIn(store);
  const write = (change: Readonly<Record<string, unknown>>): void => writeStore(store, change, uid);
  const defaultName = (): string => {
    const chosen = store.get('default');
    return typeof chosen === 'string' && chosen !== '' ? chosen : DEFAULT_PROFILE;
  };
  return {
    path: store.path,
    find: (name) => (Object.hasOwn(profiles(), name) ? profiles()[name] : undefined),
    names: () => Object.keys(profiles()),
    default_name: defaultName,
    save: (name, profile) => write({ profiles: { ...profiles(), [name]: profile } }),
    remove: (name) => {
      const { [name]: removed, ...rest } = profiles();
      if (removed === undefined) return false;
      write({ profiles: rest, ...(store.get('default') === name ? { default: DEFAULT_PROFILE } : {}) });
      return true;
    },
    use: (name) => write({ default: name }),
  };
}

type Store = Conf<Record<string, unknown>>;

function openStore(folder: string | undefined): Store {
  try {
    return new Conf({
      projectName: 'xano-connector',
      projectSuffix: '',
      configName: 'settings',
      ...(folder === undefined ? {} : { cwd: folder }),
      configFileMode: 0o600,
      accessPropertiesByDotNotation: false,
      clearInvalidConfig: false,
      deserialize: parseStore,
    });
  } catch (cause) {
    throw new XanoError(
      'CONFIG_INVALID',
      `The settings file cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      { hint: 'Name another folder with XANO_CONFIG_DIR, or make this one readable.', cause },
    );
  }
}

function profilesIn(store: Store): Record<string, Profile> {
  const result = z.record(z.string(), profileSchema).safeParse(store.get('profiles') ?? {});
  if (result.success) return result.data;
  const at = result.error.issues[0]?.path.map(String).join('.') ?? '';
  throw new XanoError('CONFIG_INVALID', `The settings file ${store.path} is not valid at "profiles.${at}".`, {
    hint: 'Remove the file, then run `xano auth login`.',
  });
}

function writeStore(store: Store, change: Readonly<Record<string, unknown>>, uid: number | undefined): void {
  makeFolder(dirname(store.path));
  assertFolderOurs(dirname(store.path), CALLED, uid);
  try {
    store.set(change);
    chmodSync(store.path, 0o600);
  } catch (cause) {
    throw new XanoError(
      'CONFIG_INVALID',
      `The settings cannot be saved: ${fileTrouble(store.path, 'written', cause)}`,
      {
        hint: isFull(cause)
          ? 'Free disk space, or name another folder with XANO_CONFIG_DIR.'
          : 'Name another folder with XANO_CONFIG_DIR, or make this one writable.',
        cause,
      },
    );
  }
}

const UNREADABLE = 'unreadable';

/**
 * What is no JSON is marked, and told of where the path is known: the parser's own message may quote a token.
 */
function parseStore(text: string): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(text);
    // What is in it is checked where it is read.
    if (typeof content === 'object' && content !== null) return content as Record<string, unknown>;
  } catch {
    // Marked below.
  }
  return { [UNREADABLE]: true };
}

/**
 * Makes the folder for this user alone, where it is not there. That it cannot be made is told when the file
 * is read or written.
 */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    // Told later.
  }
}

/**
 * Conf makes the folder with the modes of the umask; one of ours in which nothing is yet is closed to others.
 */
function closeIfEmpty(folder: string, uid: number | undefined): void {
  try {
    const { mode, uid: owner } = lstatSync(folder);
    if (uid === owner && (mode & 0o022) !== 0 && (mode & 0o1000) === 0 && readdirSync(folder).length === 0)
      chmodSync(folder, 0o700);
  } catch {
    // A folder that is not there, or that may not be read, holds nothing that is trusted.
  }
}
