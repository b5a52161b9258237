/**
 * A session: finds the token, the client for Xano, and the tables of a command. Prints nothing.
 * In: flags, and what a front end provides (`SessionContext`).
 * Out: data, errors, and notes for the user (`Note`).
 */
import {
  ACCOUNT_ORIGIN,
  assertAlive,
  type Choose,
  type EndpointConfig,
  type FindSecret,
  type Http,
  isOrigin,
  type SecretRef,
  tokenStatus,
  XanoError,
} from '../index.js';
import {
  type FrontEnd,
  flagOrEnv,
  type Notify,
  type SessionContext,
  type SessionFlags,
  type SourceDefaults,
} from './context.js';
import { httpFor, withTokenHints } from './http.js';
import { isXanoAddress } from './project-addresses.js';
import type { Place } from './tokens/profiles.js';
import { type StoredToken, sameProfile, secretsOf, storedTokens } from './tokens/secrets.js';
import { type Ending, endingNote } from './tokens/token-end.js';
import { createReach, hasAccount, type Reach, refsOf, withReach } from './tokens/token-reach.js';
import { renewalHint, withRenewalHint } from './tokens/token-renewal.js';
import { type FoundToken, findToken } from './tokens/token-source.js';

/** Everything needed to send requests to Xano. */
export interface Connection {
  readonly token: FoundToken;
  readonly http: Http;
  readonly find_secret: FindSecret;
  /** The expiry of the present token, which may have been renewed. */
  readonly ending: () => Ending;
  readonly account_origin: string;
  readonly instance: string | undefined;
  readonly workspace: string | undefined;
  readonly data_source: string | undefined;
  /** What the file of a project says of the source. */
  readonly defaults?: SourceDefaults | undefined;
  /** Asks the user for the workspace; undefined without a terminal. */
  readonly choose: Choose | undefined;
}

/** Prepares a connection to Xano. Throws where the token has expired, warns where it soon will. */
export async function connect(
  flags: SessionFlags,
  context: SessionContext,
  { notify, choose }: FrontEnd,
): Promise<Connection> {
  const token = await tokenInUse(flags, context, notify);
  return { ...connectWith(token, flags, context), choose };
}

async function tokenInUse(flags: SessionFlags, context: SessionContext, notify: Notify): Promise<FoundToken> {
  const token = await findToken(flags, context);
  assertAlive(token.status, token.source, renewalHint(token));
  const ending = endingNote(token, context);
  if (ending !== undefined) notify(ending);
  return token;
}

/** Prepares a connection to Xano with a known token. */
export function connectWith(token: FoundToken, flags: SessionFlags, context: SessionContext): Connection {
  return connectionOf(token, new Map(), flags, context);
}

function connectionOf(
  token: FoundToken,
  profiles: ReadonlyMap<string, StoredToken>,
  flags: SessionFlags,
  context: SessionContext,
): Connection {
  const { place } = token;
  const { defaults } = flags;
  const secrets = secretsOf(token, profiles, context);
  const named = {
    instance: flagOrEnv(flags.instance, context, 'XANO_INSTANCE'),
    account_origin: flagOrEnv(flags.accountOrigin, context, 'XANO_ACCOUNT_ORIGIN'),
  };
  const ending = (): Ending => ({
    source: token.source,
    // The expiry from login belongs to the first token: a token renewed during a load has none recorded.
    status:
      secrets.inUse() === token.value
        ? tokenStatus(token.value, token.recorded, context.now())
        : tokenStatus(secrets.inUse(), undefined, context.now()),
  });
  const door = httpFor(secrets.find, context, secrets.refresh);
  const http = withTokenHints(
    withReach(door, reaches(token, profiles, named, door)),
    token.source,
    secrets.inUse,
  );
  return {
    token,
    find_secret: secrets.find,
    ending,
    http: withRenewalHint(http, token, ending),
    account_origin: named.account_origin ?? place.account_origin ?? ACCOUNT_ORIGIN,
    instance: named.instance ?? place.instance ?? instanceOf(defaults, token),
    workspace:
      flagOrEnv(flags.workspace, context, 'XANO_WORKSPACE') ?? place.workspace ?? defaults?.workspace,
    data_source: flagOrEnv(flags.dataSource, context, 'XANO_DATA_SOURCE') ?? defaults?.data_source,
    defaults,
    choose: undefined,
  };
}

/**
 * The instance that a project names. Throws USAGE for an address that is neither Xano's nor of this computer,
 * where the token is not of a stored login: xano limits where those are sent, and a file that somebody else
 * wrote must not choose who gets the token of this shell.
 */
function instanceOf(defaults: SourceDefaults | undefined, { kind, source }: FoundToken): string | undefined {
  const instance = defaults?.instance;
  if (instance === undefined || kind === 'profile' || kind === 'official_cli' || !isOrigin(instance))
    return instance;
  if (isXanoAddress(instance)) return instance;
  throw new XanoError(
    'USAGE',
    `${defaults?.file} names the instance ${instance}, which is not an address of Xano: ${source} is not sent there.`,
    { hint: 'If the address is yours, set XANO_INSTANCE to it, or log in with `xano auth login`.' },
  );
}

/**
 * Prepares to read endpoints of a file: lists without auth, or with their own tokens, need no token of
 * Xano's.
 */
export async function connectFor(
  endpoints: readonly EndpointConfig[],
  flags: SessionFlags,
  context: SessionContext,
  notify: Notify,
): Promise<Pick<Connection, 'http'> & Partial<Pick<Connection, 'ending'>>> {
  const refs = refsOf(endpoints);
  const names = [...new Set(refs.flatMap((ref) => ('profile' in ref ? [ref.profile] : [])))];
  const [profile] = names;
  const usesToken = refs.some((ref) => 'env' in ref && ref.env === 'XANO_TOKEN');
  if (!usesToken && profile === undefined)
    return { http: httpFor(secretsOf(undefined, new Map(), context).find, context) };
  const chosen =
    usesToken || profile === undefined || flags.token !== undefined ? flags : { profile, ...flags };
  const token = await tokenInUse(chosen, context, notify);
  const others = names.filter((name) => !sameProfile({ profile: name }, token.ref));
  return connectionOf(token, await storedTokens(others, flags, context), flags, context);
}

/**
 * Limits where tokens of stored logins are sent; a token given for this command is sent wherever the command
 * says.
 */
function reaches(
  token: FoundToken,
  profiles: ReadonlyMap<string, StoredToken>,
  named: Place,
  http: Http,
): (ref: SecretRef) => Reach | undefined {
  const isStored = token.kind === 'profile' || token.kind === 'official_cli';
  const { own_place: own = token.place } = token;
  const account_origin = named.account_origin ?? own.account_origin ?? ACCOUNT_ORIGIN;
  const inUse = createReach({
    name: token.profile ?? '',
    ref: token.ref,
    http,
    addresses: [own.instance, named.instance, named.account_origin],
    account_origin,
    has_account: named.account_origin !== undefined || hasAccount(own),
  });
  const others = new Map<string, Reach>();
  for (const [name, { place }] of profiles)
    others.set(
      name,
      createReach({
        name,
        ref: { profile: name },
        http,
        addresses: [place.instance],
        account_origin: place.account_origin ?? ACCOUNT_ORIGIN,
        has_account: hasAccount(place),
      }),
    );
  return (ref) => {
    if ('profile' in ref && !sameProfile(ref, token.ref)) return others.get(ref.profile);
    const isToken = 'profile' in ref || ref.env === 'XANO_TOKEN';
    return isToken && isStored ? inUse : undefined;
  };
}
