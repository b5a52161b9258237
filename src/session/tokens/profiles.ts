/**
 * The settings that persist between commands: profiles with their tokens, in a file that only its owner may
 * read.
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
    /** A program that prints the token: it runs each time, so no token is stored. */
    token_command: z.string().optional(),
    /** ISO 8601 or `never`, as entered at login. */
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

/** The fields of a login beside its token: its instance, account and workspace. */
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
  /** The default profile; it need not exist. */
  readonly default_name: () => string;
  readonly save: (name: string, profile: Profile) => void;
  readonly remove: (name: string) => boolean;
  /** Makes this the default profile. */
  readonly use: (name: string) => void;
}

/** The default profile's name if none was chosen. */
const DEFAULT_PROFILE = 'default';

const CALLED = 'settings file';

/**
 * Opens the settings of a command: in `--config-dir`, else in XANO_CONFIG_DIR, else in the user's folder.
 * Throws what opening throws.
 */
export function settingsOf(
  flags: Pick<SessionFlags, 'configDir'>,
  context: Pick<SessionContext, 'env' | 'uid'>,
): Settings {
  return openSettings(flagOrEnv(flags.configDir, context, 'XANO_CONFIG_DIR'), context.uid);
}

/**
 * Opens the settings in a folder, by default the system's own folder for them. Throws CONFIG_INVALID for a
 * file that other users may read or change, or that another user owns; `uid` is the effective user id. It
 * does not support concurrent writers: the last one wins.
 */
export function openSettings(folder: string | undefined, uid?: number): Settings {
  const file = { called: CALLED, secret: true };
  // This check comes before reading: a pipe would never end.
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
 * Marks text that is not JSON; the caller, which knows the path, reports it: the parser's own message may
 * quote a token.
 */
function parseStore(text: string): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(text);
    // The schema is checked when a profile is read.
    if (typeof content === 'object' && content !== null) return content as Record<string, unknown>;
  } catch {
    // The marker is handled in the next function.
  }
  return { [UNREADABLE]: true };
}

/**
 * Creates the folder for this user alone, unless it exists. If that fails, reading or writing the file
 * reports it.
 */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    // Reading or writing the file reports this failure.
  }
}

/**
 * Conf creates the folder with the umask's modes. If it is empty and belongs to this user, other users lose
 * access.
 */
function closeIfEmpty(folder: string, uid: number | undefined): void {
  try {
    const { mode, uid: owner } = lstatSync(folder);
    if (uid === owner && (mode & 0o022) !== 0 && (mode & 0o1000) === 0 && readdirSync(folder).length === 0)
      chmodSync(folder, 0o700);
  } catch {
    // Other code reports a folder that does not exist or is not readable; nothing in it is trusted.
  }
}
