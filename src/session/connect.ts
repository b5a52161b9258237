/** A command's flags become a token, a way to Xano, and what to say about the token beforehand. */

import { type Context, steadyClock } from '../cli/context.js';
import { stopReason } from '../cli/deadline.js';
import { askWorkspace, canAsk } from '../cli/input/ask.js';
import { flagOrEnv, type XanoFlags } from '../cli/input/options.js';
import type { Printer } from '../cli/output/output.js';
import { duration } from '../cli/output/text.js';
import { createWaitFilter } from '../cli/progress/repeated-waits.js';
import { VERSION } from '../cli/version.js';
import {
  ACCOUNT_ORIGIN,
  amended,
  assertAlive,
  asXanoError,
  type Choose,
  createHttp,
  describeXano,
  type EndpointConfig,
  type FindSecret,
  type Http,
  interpretRefusal,
  notAnAccessToken,
  type Secret,
  type SecretRef,
  tokenStatus,
  type Wait,
  XanoError,
} from '../index.js';
import { type Place, settingsOf } from './profiles.js';
import { type Ending, warnOfEnd } from './token-end.js';
import { createReach, hasAccount, type Reach, refsOf, withReach } from './token-reach.js';
import { renewalHint, withRenewalHint } from './token-renewal.js';
import { type FoundToken, findToken, givenByProfile } from './token-source.js';

/** Everything needed to talk to Xano. */
export interface Connection {
  readonly token: FoundToken;
  readonly http: Http;
  readonly find_secret: FindSecret;
  /** The end of the token that is in use by now. */
  readonly ending: () => Ending;
  readonly account_origin: string;
  readonly instance: string | undefined;
  readonly workspace: string | undefined;
  readonly data_source: string | undefined;
  /** Asks which workspace is meant; undefined where nobody may be asked. */
  readonly choose: Choose | undefined;
}

/** Prepares to talk to Xano. Stops where the token is known to be over, warns where it soon is. */
export async function connect(flags: XanoFlags, context: Context, printer: Printer): Promise<Connection> {
  return connectWith(await tokenInUse(flags, context, printer), flags, context);
}

async function tokenInUse(flags: XanoFlags, context: Context, printer: Printer): Promise<FoundToken> {
  const token = await findToken(flags, context);
  assertAlive(token.status, token.source, renewalHint(token));
  warnOfEnd(token, context, printer);
  return token;
}

/** Prepares to talk to Xano with a token that was found already. */
export function connectWith(token: FoundToken, flags: XanoFlags, context: Context): Connection {
  return connectionOf(token, new Map(), flags, context);
}

function connectionOf(
  token: FoundToken,
  profiles: ReadonlyMap<string, StoredToken>,
  flags: XanoFlags,
  context: Context,
): Connection {
  const { place } = token;
  const secrets = secretsOf(token, profiles, context);
  const mayAsk = canAsk(flags, context);
  const named = {
    instance: flagOrEnv(flags.instance, context, 'XANO_INSTANCE'),
    account_origin: flagOrEnv(flags.accountOrigin, context, 'XANO_ACCOUNT_ORIGIN'),
  };
  const ending = (): Ending => ({
    source: token.source,
    // A token that came in the middle of a load was not told of at login.
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
    instance: named.instance ?? place.instance,
    workspace: flagOrEnv(flags.workspace, context, 'XANO_WORKSPACE') ?? place.workspace,
    data_source: flagOrEnv(flags.dataSource, context, 'XANO_DATA_SOURCE'),
    choose: mayAsk ? (found) => askWorkspace(found, context, 'Nothing was done.') : undefined,
  };
}

/** Says of a token that Xano does not accept what it looks like instead, where that shows. */
export function withTokenHints(http: Http, source: string, inUse: () => string): Http {
  return {
    ...http,
    send: async (request, auth, accept, sender) => {
      try {
        return await http.send(request, auth, accept, sender);
      } catch (thrown) {
        const error = asXanoError(thrown);
        // Other tokens, of API groups or other servers, need not look like Xano's.
        const isOurs =
          auth.type === 'bearer' &&
          ('profile' in auth.token || auth.token.env === 'XANO_TOKEN') &&
          describeXano(new URL(request.url), auth) !== undefined;
        const what = error.code === 'TOKEN_REJECTED' && isOurs ? notAnAccessToken(inUse()) : undefined;
        if (what === undefined) throw thrown;
        throw amended(error, {
          message: `Xano does not accept the token from ${source}: it ${what}.`,
          hint: 'Make an access token in Xano (Instances → Metadata API → Access Tokens) and copy all of it.',
          cause: error,
        });
      }
    },
  };
}

/** Prepares to read endpoints of a file: lists that are open, or have tokens of their own, need none of Xano's. */
export async function connectFor(
  endpoints: readonly EndpointConfig[],
  flags: XanoFlags,
  context: Context,
  printer: Printer,
): Promise<Pick<Connection, 'http'> & Partial<Pick<Connection, 'ending'>>> {
  const refs = refsOf(endpoints);
  const names = [...new Set(refs.flatMap((ref) => ('profile' in ref ? [ref.profile] : [])))];
  const [profile] = names;
  const usesToken = refs.some((ref) => 'env' in ref && ref.env === 'XANO_TOKEN');
  if (!usesToken && profile === undefined)
    return { http: httpFor(secretsOf(undefined, new Map(), context).find, context) };
  const chosen =
    usesToken || profile === undefined || flags.token !== undefined ? flags : { profile, ...flags };
  const token = await tokenInUse(chosen, context, printer);
  const others = names.filter((name) => !sameProfile({ profile: name }, token.ref));
  return connectionOf(token, await storedTokens(others, flags, context), flags, context);
}

/** The token of another stored login than the one in use. */
interface StoredToken {
  readonly secret: Secret;
  readonly again: () => Promise<string>;
  readonly place: Place;
}

/** The tokens of these logins of ours; one that is not there is left out, and missed when it is needed. */
async function storedTokens(
  names: readonly string[],
  flags: XanoFlags,
  context: Context,
): Promise<ReadonlyMap<string, StoredToken>> {
  const stored = new Map<string, StoredToken>();
  if (names.length === 0) return stored;
  const settings = settingsOf(flags, context);
  for (const name of names) {
    const profile = settings.find(name);
    if (profile === undefined) continue;
    const given = givenByProfile(name, profile, () => settings.find(name));
    const again = async (): Promise<string> => (await given.read(context)).trim();
    const { instance, account_origin } = profile;
    stored.set(name, {
      secret: { value: await again(), source: given.source, expires_at: null },
      again,
      place: { instance, account_origin },
    });
  }
  return stored;
}

/** Where tokens of stored logins may go; one that was given for this command goes wherever the command says. */
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

/** A door to the network that says who we are and stops when the user does. */
export function httpFor(
  find_secret: FindSecret,
  context: Context,
  refresh_secret?: (ref: SecretRef) => Promise<void>,
): Http {
  const { signal } = context;
  const http = createHttp({
    user_agent: `xano-connector/${VERSION}`,
    find_secret,
    refresh_secret,
    clock: { now: context.now, steady: steadyClock(context), sleep: context.sleep },
    interpret: interpretRefusal,
    describe: describeXano,
    env: context.env,
    signal,
  });
  return {
    ...http,
    send: async (...asked) => {
      try {
        return await http.send(...asked);
      } catch (thrown) {
        // Not by a listener on the signal: it outlives every client that is made of it.
        if (signal.aborted && !(thrown instanceof XanoError)) throw stopReason(signal, 'Stopped.');
        throw thrown;
      }
    },
  };
}

/** The secrets of a command. */
interface Secrets {
  readonly find: FindSecret;
  /** Asks the source of a secret again: it may hold another one by now. */
  readonly refresh: (ref: SecretRef) => Promise<void>;
  /** The value of the token in use. */
  readonly inUse: () => string;
}

function secretsOf(
  token: FoundToken | undefined,
  profiles: ReadonlyMap<string, StoredToken>,
  context: Pick<Context, 'env'>,
): Secrets {
  let inUse = token?.value;
  const values = new Map([...profiles].map(([name, { secret }]) => [name, secret.value]));
  const asked = new Map<string, Promise<void>>();
  // XANO_TOKEN is the token of this command, wherever it was found.
  const isInUse = (ref: SecretRef): boolean =>
    token !== undefined && ('env' in ref ? ref.env === 'XANO_TOKEN' : sameProfile(ref, token.ref));
  const askAgain = async (ref: SecretRef): Promise<void> => {
    if (isInUse(ref)) {
      if (token?.again !== undefined) inUse = await token.again();
      return;
    }
    const stored = 'profile' in ref ? profiles.get(ref.profile) : undefined;
    if (stored !== undefined && 'profile' in ref) values.set(ref.profile, await stored.again());
  };
  return {
    find: (ref) => {
      if (token !== undefined && inUse !== undefined && isInUse(ref))
        return { value: inUse, source: token.source, expires_at: token.status.expires_at };
      if ('env' in ref) {
        const value = context.env[ref.env];
        return value === undefined ? undefined : { value, source: ref.env, expires_at: null };
      }
      const stored = profiles.get(ref.profile);
      const value = values.get(ref.profile);
      return stored === undefined || value === undefined ? undefined : { ...stored.secret, value };
    },
    // Many requests are refused together: one look is for all of them.
    refresh: (ref) => {
      const id = isInUse(ref) ? 'in use' : JSON.stringify(ref);
      const pending = asked.get(id) ?? askAgain(ref).finally(() => asked.delete(id));
      asked.set(id, pending);
      return pending;
    },
    inUse: () => inUse ?? '',
  };
}

const sameProfile = (ref: { readonly profile: string }, used: SecretRef | undefined): boolean =>
  used !== undefined && 'profile' in used && used.profile === ref.profile;

/** Says on stderr why nothing happens for a while. */
export function sayWaits(printer: Printer): (wait: Wait) => void {
  const isNew = createWaitFilter(() => performance.now());
  return (wait) => {
    if (!isNew(wait)) return;
    const { kind, wait_ms, reason } = wait;
    printer.detail(
      kind === 'token'
        ? `${reason}: going on with that.`
        : kind === 'rate_limit'
          ? `Waiting ${duration(wait_ms)} for ${reason} …`
          : `${reason} Trying again in ${duration(wait_ms)} …`,
    );
  };
}
