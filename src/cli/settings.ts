/** What is remembered between commands: profiles with their tokens, in a file that only its owner may read. */
import { chmodSync, existsSync, statSync } from 'node:fs';
import Conf from 'conf';
import { z } from 'zod';
import { XanoError } from '../index.js';

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

/**
 * Opens the settings in a folder, by default the system's own place for them. Throws CONFIG_INVALID for a file that others may read or that
 * is not ours. Not made for several programs that write at once: the last one wins.
 */
export function openSettings(folder: string | undefined): Settings {
  const options = {
    projectName: 'xano-connector',
    projectSuffix: '',
    configName: 'settings',
    ...(folder === undefined ? {} : { cwd: folder }),
  };
  let store: Conf<Record<string, unknown>>;
  try {
    store = new Conf({
      ...options,
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
  assertPrivate(store.path);
  if (store.has(UNREADABLE))
    throw new XanoError('CONFIG_INVALID', `The settings file ${store.path} is not JSON.`, {
      hint: 'Correct or remove it, then run `xano auth login`.',
    });
  const profiles = (): Record<string, Profile> => {
    const result = z.record(z.string(), profileSchema).safeParse(store.get('profiles') ?? {});
    if (result.success) return result.data;
    const at = result.error.issues[0]?.path.map(String).join('.') ?? '';
    throw new XanoError(
      'CONFIG_INVALID',
      `The settings file ${store.path} is not valid at "profiles.${at}".`,
      {
        hint: 'Remove the file, then run `xano auth login`.',
      },
    );
  };
  const write = (change: Readonly<Record<string, unknown>>): void => {
    try {
      store.set(change);
      chmodSync(store.path, 0o600);
    } catch (cause) {
      throw new XanoError(
        'CONFIG_INVALID',
        `The settings file cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`,
        { hint: 'Name another folder with XANO_CONFIG_DIR, or make this one writable.', cause },
      );
    }
  };
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

const UNREADABLE = 'unreadable';

/** What is no JSON is marked, and told of where the path is known: the parser's own message may quote a token. */
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

/** Modes mean nothing on Windows, where the file lies in the user's own folder. */
function assertPrivate(path: string): void {
  if (!existsSync(path)) return;
  const { mode } = statSync(path);
  const isWindows = /^[a-z]:\\/i.test(path);
  if (!isWindows && (mode & 0o077) !== 0)
    throw new XanoError(
      'CONFIG_INVALID',
      `Others may read your tokens: ${path} has mode ${(mode & 0o777).toString(8)}.`,
      {
        hint: `Run: chmod 600 '${path}'`,
      },
    );
}
