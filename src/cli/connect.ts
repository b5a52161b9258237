/** A command's flags become a token, a way to Xano, and what to say about the token beforehand. */
import {
  ACCOUNT_ORIGIN,
  assertAlive,
  asXanoError,
  type Choose,
  createHttp,
  type EndpointConfig,
  type FindSecret,
  type Http,
  interpretRefusal,
  notAnAccessToken,
  type SecretRef,
  secretRefs,
  tokenStatus,
  variablesIn,
  type Wait,
  XanoError,
} from '../index.js';
import { askWorkspace, canAsk } from './ask.js';
import { type Context, steadyClock } from './context.js';
import { stopReason } from './deadline.js';
import { flagOrEnv, type XanoFlags } from './options.js';
import type { Printer } from './output.js';
import { createWaitFilter } from './repeated-waits.js';
import { openSettings } from './settings.js';
import { duration } from './text.js';
import { type Ending, warnOfEnd } from './token-end.js';
import { type FoundToken, findToken, givenByProfile } from './token-source.js';
import { VERSION } from './version.js';

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
  const token = await findToken(flags, context);
  assertAlive(token.status, token.source);
  warnOfEnd(token, context, printer);
  return connectWith(token, flags, context);
}

/** Prepares to talk to Xano with a token that was found already. */
export function connectWith(token: FoundToken, flags: XanoFlags, context: Context): Connection {
  const { place } = token;
  const secrets = secretsOf(token, context, flags);
  const mayAsk = canAsk(flags, context);
  return {
    token,
    find_secret: secrets.find,
    ending: () => ({
      source: token.source,
      // A token that came in the middle of a load was not told of at login.
      status:
        secrets.inUse() === token.value
          ? tokenStatus(token.value, token.recorded, context.now())
          : tokenStatus(secrets.inUse(), undefined, context.now()),
    }),
    http: explaining(httpFor(secrets.find, context), token.source, secrets.inUse),
    account_origin:
      flagOrEnv(flags.accountOrigin, context, 'XANO_ACCOUNT_ORIGIN') ??
      place.account_origin ??
      ACCOUNT_ORIGIN,
    instance: flagOrEnv(flags.instance, context, 'XANO_INSTANCE') ?? place.instance,
    workspace: flagOrEnv(flags.workspace, context, 'XANO_WORKSPACE') ?? place.workspace,
    data_source: flagOrEnv(flags.dataSource, context, 'XANO_DATA_SOURCE'),
    choose: mayAsk ? (found) => askWorkspace(found, context, 'Nothing was done.') : undefined,
  };
}

/** Says of a token that Xano does not accept what it looks like instead, where that shows. */
export function explaining(http: Http, source: string, inUse: () => string): Http {
  return {
    ...http,
    send: async (request, auth, accept, sender) => {
      try {
        return await http.send(request, auth, accept, sender);
      } catch (thrown) {
        const error = asXanoError(thrown);
        const what = error.code === 'TOKEN_REJECTED' ? notAnAccessToken(inUse()) : undefined;
        if (what === undefined) throw thrown;
        throw new XanoError('TOKEN_REJECTED', `Xano does not accept the token from ${source}: it ${what}.`, {
          hint: 'Make an access token in Xano (Instances → Metadata API → Access Tokens) and copy all of it.',
          cause: error,
          request: error.request,
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
  const refs = endpoints.flatMap(({ auth, params, headers, body = {} }) => [
    ...secretRefs(auth),
    ...variablesIn([params, headers, body]).map((env) => ({ env })),
  ]);
  const profile = refs.flatMap((ref) => ('profile' in ref ? [ref.profile] : []))[0];
  if (refs.some((ref) => 'env' in ref && ref.env === 'XANO_TOKEN')) return connect(flags, context, printer);
  if (profile === undefined) return { http: httpFor(secretsOf(undefined, context, flags).find, context) };
  return connect(flags.token === undefined ? { profile, ...flags } : flags, context, printer);
}

/** A door to the network that says who we are and stops when the user does. */
export function httpFor(find_secret: FindSecret, context: Context): Http {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(stopReason(context.signal, 'Stopped.'));
  if (context.signal.aborted) onAbort();
  else context.signal.addEventListener('abort', onAbort, { once: true });
  return createHttp({
    user_agent: `xano-connector/${VERSION}`,
    find_secret,
    clock: { now: context.now, steady: steadyClock(context), sleep: context.sleep },
    interpret: interpretRefusal,
    signal: stop.signal,
  });
}

function secretsOf(
  token: FoundToken | undefined,
  context: Context,
  flags: XanoFlags,
): { readonly find: FindSecret; readonly inUse: () => string } {
  let inUse = token?.value;
  const find: FindSecret = (ref, { fresh = false } = {}) => {
    // XANO_TOKEN is the token of this command, wherever it was found.
    const isInUse = 'env' in ref ? ref.env === 'XANO_TOKEN' : sameProfile(ref, token?.ref);
    if (token !== undefined && inUse !== undefined && isInUse) {
      if (fresh && token.again !== undefined) inUse = token.again();
      return { value: inUse, source: token.source, expires_at: token.status.expires_at };
    }
    if ('env' in ref) {
      const value = context.env[ref.env];
      return value === undefined ? undefined : { value, source: ref.env, expires_at: null };
    }
    const profile = openSettings(flagOrEnv(flags.configDir, context, 'XANO_CONFIG_DIR')).find(ref.profile);
    if (profile === undefined) return undefined;
    const given = givenByProfile(ref.profile, profile);
    return { value: given.read().trim(), source: given.source, expires_at: null };
  };
  return { find, inUse: () => inUse ?? '' };
}

const sameProfile = (ref: { readonly profile: string }, used: SecretRef | undefined): boolean =>
  used !== undefined && 'profile' in used && used.profile === ref.profile;

/** Says on stderr why nothing happens for a while. */
export function sayWaits(printer: Printer): (wait: Wait) => void {
  const isNew = createWaitFilter(() => performance.now());
  return (wait) => {
    if (!isNew(wait)) return;
    const { reason, wait_ms, because } = wait;
    printer.detail(
      reason === 'token'
        ? `${because}: going on with that.`
        : reason === 'rate_limit'
          ? `Waiting ${duration(wait_ms)} for ${because} …`
          : `${because} Trying again in ${duration(wait_ms)} …`,
    );
  };
}
