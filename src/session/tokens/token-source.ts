/**
 * Finds the access token of a command: from flags, then the environment, then stored logins; and reads it
 * again later.
 * In: flags, environment, the settings file, the files of Xano's own CLI.
 * Out: the token with its source, its expiry and its servers; or an error with the one action that helps.
 */

import { assertToken, type SecretRef, type TokenStatus, tokenStatus, XanoError } from '../../index.js';
import { flagOrEnv, type SessionContext, type SessionFlags } from '../context.js';
import { type Credentials, type Project, placeWithin, readCredentials, readProject } from './official-cli.js';
import { type Place, type Profile, type Settings, settingsOf } from './profiles.js';
import { fromCommand, fromFile, type Given, type ReadContext } from './token-read.js';

/** The kinds of sources; `official_cli` is the credentials file of Xano's own CLI. */
export type SourceKind = 'flag' | 'env' | 'file' | 'command' | 'profile' | 'official_cli';

/** The token of a command, its source and its expiry. */
export interface FoundToken {
  readonly value: string;
  readonly ref: SecretRef;
  readonly kind: SourceKind;
  /** For people: `XANO_TOKEN`, `--token`, `profile "default"`. */
  readonly source: string;
  readonly status: TokenStatus;
  /** The expiry that the user entered at login: ISO 8601 or `never`. */
  readonly recorded: string | undefined;
  /** The name of the login that the token, its instance or its account comes from. */
  readonly profile: string | undefined;
  readonly place: Place;
  /** The login's own instance, account and workspace, where a project chooses another of its instances. */
  readonly own_place?: Place | undefined;
  /** Reads the source again; absent where it cannot have changed. Throws what finding throws. */
  readonly again?: () => Promise<string>;
}

/** A stored login, of this program or of Xano's own CLI. */
export interface Login {
  readonly name: string;
  readonly kind: 'profile' | 'official_cli';
  readonly given: Given;
  /** Whether the token comes from a program. */
  readonly asks_program: boolean;
  readonly expires: string | undefined;
  readonly place: Place;
  /** The instance, account and workspace before the project's choice. */
  readonly own_place?: Place;
}

/** Finds the token. Throws TOKEN_MISSING, or TOKEN_REJECTED for a text that cannot be a token. */
export async function findToken(flags: SessionFlags, context: SessionContext): Promise<FoundToken> {
  const token = await lookForToken(flags, context);
  if (token !== undefined) return token;
  const known = settingsOf(flags, context).names();
  throw new XanoError('TOKEN_MISSING', 'No token found.', {
    hint:
      known.length === 0
        ? undefined
        : `Name a login with --profile, or set the default with \`xano auth use\`: ${known.join(', ')}.`,
  });
}

/** Finds the token; undefined where no source is set. Throws for a named source without a token. */
export async function lookForToken(
  flags: SessionFlags,
  context: SessionContext,
): Promise<FoundToken | undefined> {
  const named = namedProfile(flags, context);
  const given = givenToken(flags, context);
  if (given === undefined) {
    const login = await findLogin(named, flags, context);
    return login === undefined ? undefined : await tokenOfLogin(login, context);
  }
  const value = await checked(given, context);
  const login = named === undefined ? undefined : await namedLogin(named, flags, context);
  if (named !== undefined && login === undefined && flags.profile !== undefined)
    throw await noProfile(named, flags, context);
  return {
    value,
    ref: { env: 'XANO_TOKEN' },
    kind: given.kind,
    source: given.source,
    status: tokenStatus(value, undefined, context.now()),
    recorded: undefined,
    profile: login?.name,
    place: login?.place ?? {},
    ...(given.changes ? { again: () => checked(given, context) } : {}),
  };
}

/** Whether the token comes from a program. Throws for a named source that does not exist. */
export async function asksProgram(flags: SessionFlags, context: SessionContext): Promise<boolean> {
  const given = givenToken(flags, context);
  if (given !== undefined) return given.kind === 'command';
  const named = namedProfile(flags, context);
  return (await findLogin(named, flags, context))?.asks_program === true;
}

/** The login that a flag or the environment names, else the file of a project. */
const namedProfile = (flags: SessionFlags, context: SessionContext): string | undefined =>
  flagOrEnv(flags.profile, context, 'XANO_PROFILE') ?? flags.defaults?.profile;

/** The token of a login; runs its program, if it has one. Throws TOKEN_MISSING or TOKEN_REJECTED. */
export async function tokenOfLogin(login: Login, context: SessionContext): Promise<FoundToken> {
  const { name, kind, given, expires, place } = login;
  const value = await checked(given, context);
  return {
    value,
    ref: { profile: name },
    kind,
    source: given.source,
    status: tokenStatus(value, expires, context.now()),
    recorded: expires,
    profile: name,
    place,
    own_place: login.own_place,
    // The user may have logged in again in another terminal.
    again: () => checked(given, context),
  };
}

/** Every stored login, of this program or of Xano's own CLI; this program's if two have one name. */
export async function allLogins(flags: SessionFlags, context: SessionContext): Promise<Login[]> {
  const settings = settingsOf(flags, context);
  const login = settings.names().flatMap((name) => ownLogin(name, settings) ?? []);
  const credentials = await readCredentials(context);
  const others = (credentials?.names ?? []).filter((name) => settings.find(name) === undefined);
  return [...login, ...others.flatMap((name) => officialLogin(name, credentials) ?? [])];
}

/**
 * The chosen login: the named one; else the project's; else the default; else the default of Xano's own CLI.
 * A name overrides the project. Throws TOKEN_MISSING for an unknown name.
 */
async function findLogin(
  named: string | undefined,
  flags: SessionFlags,
  context: SessionContext,
): Promise<Login | undefined> {
  if (named !== undefined) {
    const login = await namedLogin(named, flags, context);
    const isOfFile = flagOrEnv(flags.profile, context, 'XANO_PROFILE') === undefined;
    const who = isOfFile ? `, which ${flags.defaults?.file} names,` : '';
    if (login === undefined) throw await noProfile(named, flags, context, who);
    return login;
  }
  const project = await readProject(context);
  const login = await unnamedLogin(project, flags, context);
  if (project === undefined || login === undefined) return login;
  return { ...login, place: placeWithin(project, login.place), own_place: login.place };
}

async function unnamedLogin(
  project: Project | undefined,
  flags: SessionFlags,
  context: SessionContext,
): Promise<Login | undefined> {
  if (project?.profile !== undefined) {
    const login = await namedLogin(project.profile, flags, context);
    if (login === undefined)
      throw await noProfile(project.profile, flags, context, `, which ${project.path} names,`);
    return login;
  }
  const settings = settingsOf(flags, context);
  const login = ownLogin(settings.default_name(), settings);
  if (login !== undefined) return login;
  const credentials = await readCredentials(context);
  return credentials?.default_name === undefined
    ? undefined
    : officialLogin(credentials.default_name, credentials);
}

async function namedLogin(
  name: string,
  flags: SessionFlags,
  context: SessionContext,
): Promise<Login | undefined> {
  const settings = settingsOf(flags, context);
  return ownLogin(name, settings) ?? officialLogin(name, await readCredentials(context));
}

function ownLogin(name: string, settings: Settings): Login | undefined {
  const profile = settings.find(name);
  if (profile === undefined) return undefined;
  const { expires, instance, account_origin } = profile;
  const given = givenByProfile(name, profile, () => settings.find(name));
  const asks_program = profile.token_command !== undefined;
  return { name, kind: 'profile', given, asks_program, expires, place: { instance, account_origin } };
}

/** How to read the token of a stored login. */
export function givenByProfile(
  name: string,
  profile: Profile,
  now: () => Profile | undefined = () => profile,
): Given {
  if (profile.token_command !== undefined)
    return fromCommand(`the token_command of profile "${name}"`, profile.token_command);
  return { source: `profile "${name}"`, read: async () => now()?.token ?? '', changes: true };
}

function officialLogin(name: string, credentials: Credentials | undefined): Login | undefined {
  const profile = credentials?.find(name);
  if (credentials === undefined || profile === undefined) return undefined;
  const source = `profile "${name}" of Xano's own command line`;
  const given = { source, read: async () => credentials.tokenNow(name), changes: true };
  const { place } = profile;
  return { name, kind: 'official_cli', given, asks_program: false, expires: undefined, place };
}

async function checked(given: Given, reading: ReadContext): Promise<string> {
  const value = (await given.read(reading)).trim();
  assertToken(value, given.source);
  return value;
}

/**
 * The token from a flag or the environment, before any profile; a profile named by flag outranks the
 * environment.
 */
function givenToken(
  flags: SessionFlags,
  context: SessionContext,
): (Given & { readonly kind: SourceKind }) | undefined {
  const fixed = (kind: SourceKind, source: string, value: string) => ({
    kind,
    source,
    read: async () => value,
    changes: false,
  });
  const { token, tokenName = '--token', tokenFile, tokenCommand } = flags;
  // An empty variable counts as unset; an empty flag is a mistake, and must not select another token.
  if (token !== undefined) return fixed('flag', tokenName, token);
  if (tokenFile !== undefined) return { kind: 'file', ...fromFile('--token-file', tokenFile) };
  if (tokenCommand !== undefined) return { kind: 'command', ...fromCommand('--token-command', tokenCommand) };
  if (flags.profile !== undefined) return undefined;
  const env = (name: string): string => (context.env[name] ?? '').trim();
  const [plain, file, command] = [env('XANO_TOKEN'), env('XANO_TOKEN_FILE'), env('XANO_TOKEN_COMMAND')];
  if (plain !== '') return fixed('env', 'XANO_TOKEN', plain);
  if (file !== '') return { kind: 'file', ...fromFile('XANO_TOKEN_FILE', file) };
  if (command !== '') return { kind: 'command', ...fromCommand('XANO_TOKEN_COMMAND', command) };
  return undefined;
}

async function noProfile(
  name: string,
  flags: SessionFlags,
  context: SessionContext,
  who = '',
): Promise<XanoError> {
  const known = (await allLogins(flags, context)).map((login) => login.name);
  return new XanoError('TOKEN_MISSING', `Profile "${name}"${who} does not exist.`, {
    hint: `${known.length === 0 ? '' : `Known profiles: ${known.join(', ')}. `}Run \`xano auth login --profile ${name}\`.`,
  });
}
