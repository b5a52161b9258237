/**
 * Logins of Xano's own CLI: its credentials file and the `profile.yaml` of a project. This program reads both
 * and never writes them.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ACCOUNT_ORIGIN, isAddress, isOrigin, XanoError } from '../../index.js';
import type { SessionContext } from '../context.js';
import { fileText, unmarked } from './file-text.js';
import { assertOurs } from './private-files.js';
import type { Place } from './profiles.js';
import { hasAccount } from './token-reach.js';

const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => (value === null || value === undefined || value === '' ? undefined : String(value)));

const placeFields = { instance_origin: text, account_origin: text, workspace: text };

const credentialsSchema = z.object({
  default: text,
  profiles: z.record(z.string(), z.object({ ...placeFields, access_token: text })).nullish(),
});

/** A login of the credentials file. */
export interface OfficialProfile {
  /** Undefined where the entry has none. */
  readonly token: string | undefined;
  readonly place: Place;
}

/** The relevant part of the credentials file. Its `insecure` is ignored: certificates are always checked. */
export interface Credentials {
  readonly path: string;
  readonly default_name: string | undefined;
  readonly names: readonly string[];
  readonly find: (name: string) => OfficialProfile | undefined;
  /** The present token of a profile in the file. */
  readonly tokenNow: (name: string) => string;
}

/** The settings of a project: its profile, and the file that names it. */
export interface Project {
  readonly path: string;
  readonly profile: string | undefined;
  readonly place: Place;
}

type Parse = (file: string) => unknown;

/** The path of the file in which Xano's own CLI keeps its logins. */
function credentialsPath({ env, home }: Pick<SessionContext, 'env' | 'home'>): string {
  const configured = env['XANO_CONFIG'];
  return configured === undefined || configured === '' ? join(home, '.xano', 'credentials.yaml') : configured;
}

/** The logins of Xano's own CLI; undefined without such a file. Throws CONFIG_INVALID. */
export async function readCredentials(
  context: Pick<SessionContext, 'env' | 'home' | 'uid'>,
): Promise<Credentials | undefined> {
  const path = credentialsPath(context);
  if (!existsSync(path)) return undefined;
  assertOurs({ path, called: "credentials file of Xano's own command line", secret: false }, context.uid);
  const parse = await yamlParser();
  const read = (): z.infer<typeof credentialsSchema> => {
    const result = credentialsSchema.safeParse(parse(path) ?? {});
    if (result.success) return result.data;
    throw invalid(path, `is not valid at "${result.error.issues[0]?.path.map(String).join('.') ?? ''}"`);
  };
  const file = read();
  const profiles = new Map(Object.entries(file.profiles ?? {}));
  return {
    path,
    default_name: file.default,
    names: [...profiles.keys()],
    find: (name) => {
      const profile = profiles.get(name);
      return profile === undefined ? undefined : { token: profile.access_token, place: placeOf(profile) };
    },
    tokenNow: (name) => new Map(Object.entries(read().profiles ?? {})).get(name)?.access_token ?? '',
  };
}

/** Fields of a project file of Xano's own CLI; a file with none of these belongs to another program. */
const PROJECT_KEYS = ['profile', 'workspace', 'instance_origin', 'account_origin', 'branch'];

const projectSchema = z.object({ ...placeFields, profile: text });

/**
 * The nearest `profile.yaml` in this folder or above; undefined without one. Throws CONFIG_INVALID for one
 * that holds a token or a program: such a file is shared.
 */
export async function readProject({ cwd }: Pick<SessionContext, 'cwd'>): Promise<Project | undefined> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const path = join(folder, 'profile.yaml');
    if (existsSync(path)) {
      const content = (await yamlParser())(path);
      const project = projectIn(path, content);
      if (project !== undefined) return project;
    }
    if (dirname(folder) === folder) return undefined;
  }
}

function projectIn(path: string, content: unknown): Project | undefined {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return undefined;
  const secret = ['access_token', 'token', 'token_command'].find((key) => Object.hasOwn(content, key));
  const isOurs = PROJECT_KEYS.some((key) => Object.hasOwn(content, key));
  if (!isOurs && secret !== 'access_token') return undefined;
  if (secret !== undefined)
    throw new XanoError('CONFIG_INVALID', `The project file ${path} holds ${secret}.`, {
      hint: 'Remove it, since projects are shared, and log in with `xano auth login`.',
    });
  const result = projectSchema.safeParse(content);
  if (!result.success)
    throw invalid(path, `is not valid at "${result.error.issues[0]?.path.map(String).join('.') ?? ''}"`);
  return { path, profile: result.data.profile, place: placeOf(result.data) };
}

/**
 * The instance, account and workspace of a login within a project. Anybody may have written the project file,
 * so it only chooses among the login's own instances: a URL of the login stays as it is, and any other one is
 * looked up by its host in the list of the login's account. Throws CONFIG_INVALID for a URL that the login
 * cannot confirm.
 */
export function placeWithin({ path, place }: Project, login: Place): Place {
  const { instance, account_origin, ...rest } = place;
  const refused = (key: string, address: string): XanoError =>
    new XanoError(
      'CONFIG_INVALID',
      `The project file ${path} would send your token to ${hostOf(address)}, which is not an address of the login (${key}).`,
      {
        hint: 'If you trust it, name it with --instance or --account-origin, and the login with --profile.',
      },
    );
  if (account_origin !== undefined && !sameOrigin(account_origin, login.account_origin ?? ACCOUNT_ORIGIN))
    throw refused('account_origin', account_origin);
  if (instance === undefined || instance === login.instance || sameOrigin(instance, login.instance))
    return { ...login, ...rest };
  if (!hasAccount(login)) throw refused('instance_origin', instance);
  return { ...login, ...rest, instance: isOrigin(instance) ? hostOf(instance) : instance };
}

/** Whether two URLs have one origin; a name has none. A user name in front of a host changes nothing. */
function sameOrigin(a: string, b: string | undefined): boolean {
  if (b === undefined || !isOrigin(a) || !isOrigin(b)) return a === b;
  return isAddress(a) && isAddress(b) && new URL(a).origin === new URL(b).origin;
}

const hostOf = (address: string): string => (isAddress(address) ? new URL(address).host : address);

function placeOf(entry: {
  readonly instance_origin?: string | undefined;
  readonly account_origin?: string | undefined;
  readonly workspace?: string | undefined;
}): Place {
  const { instance_origin, account_origin, workspace } = entry;
  return {
    ...(instance_origin === undefined ? {} : { instance: instance_origin }),
    ...(account_origin === undefined ? {} : { account_origin }),
    ...(workspace === undefined ? {} : { workspace }),
  };
}

/**
 * The YAML parser takes seconds for some files of a few megabytes; logins and profiles take a few hundred
 * bytes.
 */
const LARGEST_PROFILE_BYTES = 64 * 1024;

/** Loaded only when a file exists: loading the parser takes longer than a command's start should. */
async function yamlParser(): Promise<Parse> {
  const { parse } = await import('yaml');
  return (file) => {
    let bytes: Uint8Array;
    try {
      if (statSync(file).size > LARGEST_PROFILE_BYTES)
        throw invalid(file, `is larger than ${LARGEST_PROFILE_BYTES} bytes`);
      bytes = readFileSync(file);
    } catch (cause) {
      if (cause instanceof XanoError) throw cause;
      throw new XanoError('CONFIG_INVALID', `The file ${file} cannot be read.`, {
        hint: 'Make it readable, or name a stored login with --profile.',
        cause,
      });
    }
    const read = fileText(bytes);
    if (read === undefined) throw invalid(file, 'is not text in UTF-8 or UTF-16');
    try {
      return parse(unmarked(read.text), { logLevel: 'error' });
    } catch {
      // The parser quotes the line, which may hold a token.
      throw invalid(file, 'is not YAML');
    }
  };
}

const invalid = (path: string, what: string): XanoError =>
  new XanoError('CONFIG_INVALID', `The file ${path} of Xano's own command line ${what}.`, {
    hint: 'Correct it, or give a token with XANO_TOKEN.',
  });
