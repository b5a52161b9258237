/** Where the access token of a command comes from: flag before environment before profile; and how to ask there again. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { assertToken, type SecretRef, type TokenStatus, tokenStatus, XanoError } from '../index.js';
import type { Context } from './context.js';
import { flagOrEnv, type XanoFlags } from './options.js';
import { DEFAULT_PROFILE, openSettings, type Profile, type Settings } from './settings.js';

/** The token in use: where it was found and when it ends. */
export interface FoundToken {
  readonly value: string;
  readonly ref: SecretRef;
  /** For people: `XANO_TOKEN`, `--token`, `profile "default"`. */
  readonly source: string;
  readonly status: TokenStatus;
  readonly profile: Profile | undefined;
  /** Looks at the source again; absent where it cannot have changed. Throws what finding throws. */
  readonly again?: () => string;
}

/** How long a program may take to print a token: somebody may have to touch a key first. */
const COMMAND_MS = 120_000;

/** Bytes of a file or an output that is read for a token: far more than a token has, far less than would be waited for. */
const LONGEST_BYTES = 65_536;

interface Given {
  readonly source: string;
  readonly read: () => string;
  readonly changes: boolean;
}

/** Finds the token. Throws TOKEN_MISSING, or TOKEN_REJECTED for what cannot be one. */
export function findToken(flags: XanoFlags, context: Context): FoundToken {
  const named = flagOrEnv(flags.profile, context, 'XANO_PROFILE');
  const given = givenToken(flags, context);
  if (given !== undefined) {
    const read = (): string => {
      const value = given.read().trim();
      assertToken(value, given.source);
      return value;
    };
    const value = read();
    const settings =
      named === undefined ? undefined : openSettings(flagOrEnv(flags.configDir, context, 'XANO_CONFIG_DIR'));
    const profile = named === undefined ? undefined : settings?.find(named);
    if (settings !== undefined && profile === undefined && flags.profile !== undefined)
      throw noProfile(flags.profile, settings);
    return {
      value,
      ref: { env: 'XANO_TOKEN' },
      source: given.source,
      status: tokenStatus(value, undefined, context.now()),
      profile,
      ...(given.changes ? { again: read } : {}),
    };
  }
  const name = named ?? DEFAULT_PROFILE;
  const source = `profile "${name}"`;
  const settings = openSettings(flagOrEnv(flags.configDir, context, 'XANO_CONFIG_DIR'));
  const profile = settings.find(name);
  if (profile === undefined)
    throw named === undefined
      ? new XanoError('TOKEN_MISSING', 'There is no token.')
      : noProfile(named, settings);
  assertToken(profile.token, source);
  return {
    value: profile.token,
    ref: { profile: name },
    source,
    status: tokenStatus(profile.token, profile.expires, context.now()),
    profile,
    // Somebody may have logged in again in another terminal.
    again: () => {
      const token = settings.find(name)?.token ?? '';
      assertToken(token, source);
      return token;
    },
  };
}

/** A token given with the command or its environment, before any profile; a profile named by flag is meant, whatever the environment holds. */
function givenToken(flags: XanoFlags, context: Context): Given | undefined {
  const fixed = (source: string, value: string): Given => ({ source, read: () => value, changes: false });
  const { token, tokenFile, tokenCommand } = flags;
  // An empty variable is none; an empty flag is a mistake, and no reason to take another token.
  if (token !== undefined) return fixed('--token', token);
  if (tokenFile !== undefined) return fromFile('--token-file', tokenFile);
  if (tokenCommand !== undefined) return fromCommand('--token-command', tokenCommand);
  if (flags.profile !== undefined) return undefined;
  const env = (name: string): string => (context.env[name] ?? '').trim();
  if (env('XANO_TOKEN') !== '') return fixed('XANO_TOKEN', env('XANO_TOKEN'));
  if (env('XANO_TOKEN_FILE') !== '') return fromFile('XANO_TOKEN_FILE', env('XANO_TOKEN_FILE'));
  if (env('XANO_TOKEN_COMMAND') !== '') return fromCommand('XANO_TOKEN_COMMAND', env('XANO_TOKEN_COMMAND'));
  return undefined;
}

function fromFile(source: string, file: string): Given {
  const read = (): string => {
    try {
      return readSome(file);
    } catch (cause) {
      throw new XanoError('TOKEN_MISSING', `The token file ${file} cannot be read.`, {
        hint: `Name a file with the token in it with ${source}.`,
        cause,
      });
    }
  };
  return { source, read, changes: true };
}

/** The beginning of a file, which may as well be a pipe that a shell opened. */
function readSome(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(LONGEST_BYTES);
    let at = 0;
    for (let read = -1; read !== 0 && at < bytes.length; at += read)
      read = readSync(descriptor, bytes, at, bytes.length - at, null);
    return bytes.toString('utf8', 0, at);
  } finally {
    closeSync(descriptor);
  }
}

function fromCommand(source: string, command: string): Given {
  if (command.trim() === '')
    throw new XanoError('USAGE', `${source} names no program.`, {
      hint: 'Give the command that prints the token.',
    });
  const read = (): string => {
    // What it asks of the user goes to the terminal; only its output is ours.
    const { status, stdout, error } = spawnSync(command, {
      shell: true,
      encoding: 'utf8',
      timeout: COMMAND_MS,
      maxBuffer: LONGEST_BYTES,
      stdio: ['inherit', 'pipe', 'inherit'],
    });
    const wrong =
      error !== undefined
        ? 'it could not be run, took too long, or printed far more than a token'
        : status !== 0
          ? `it ended with status ${status}`
          : stdout.trim() === ''
            ? 'it printed nothing'
            : undefined;
    if (wrong !== undefined)
      throw new XanoError('TOKEN_MISSING', `The program of ${source} gave no token: ${wrong}.`, {
        hint: 'Run it by itself and look at what it says; it must print the token and nothing else.',
      });
    return stdout;
  };
  return { source, read, changes: true };
}

function noProfile(name: string, settings: Settings): XanoError {
  const known = settings.names();
  return new XanoError('TOKEN_MISSING', `There is no profile "${name}".`, {
    hint: `${known.length === 0 ? '' : `Known profiles: ${known.join(', ')}. `}Run \`xano auth login --profile ${name}\`.`,
  });
}
