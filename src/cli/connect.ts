/** A command's flags become a token, a way to Xano, and what to say about the token beforehand. */
import {
  ACCOUNT_ORIGIN,
  assertAlive,
  basisInWords,
  createHttp,
  type EndpointConfig,
  type FindSecret,
  type Http,
  interpretRefusal,
  type SecretRef,
  secretRefs,
  variablesIn,
  type Wait,
  XanoError,
} from '../index.js';
import type { Context } from './context.js';
import { flagOrEnv, type XanoFlags } from './options.js';
import type { Printer } from './output.js';
import { openSettings } from './settings.js';
import { duration, timeLeft } from './text.js';
import { type FoundToken, findToken } from './token-source.js';
import { VERSION } from './version.js';

/** Everything needed to talk to Xano. */
export interface Connection {
  readonly token: FoundToken;
  readonly http: Http;
  readonly find_secret: FindSecret;
  readonly account_origin: string;
  readonly instance: string | undefined;
  readonly workspace: string | undefined;
  readonly data_source: string | undefined;
}

/** Prepares to talk to Xano. Stops where the token is known to be over, warns where it soon is. */
export function connect(flags: XanoFlags, context: Context, printer: Printer): Connection {
  const token = findToken(flags, context);
  assertAlive(token.status, token.source);
  warnOfEnd(token, context, printer);
  const find_secret = secretsOf(token, context, flags);
  return {
    token,
    find_secret,
    http: httpFor(find_secret, context),
    account_origin:
      flagOrEnv(flags.accountOrigin, context, 'XANO_ACCOUNT_ORIGIN') ??
      token.profile?.account_origin ??
      ACCOUNT_ORIGIN,
    instance: flagOrEnv(flags.instance, context, 'XANO_INSTANCE') ?? token.profile?.instance,
    workspace: flagOrEnv(flags.workspace, context, 'XANO_WORKSPACE'),
    data_source: flagOrEnv(flags.dataSource, context, 'XANO_DATA_SOURCE'),
  };
}

/** Prepares to read endpoints of a file: lists that are open, or have tokens of their own, need none of Xano's. */
export function connectFor(
  endpoints: readonly EndpointConfig[],
  flags: XanoFlags,
  context: Context,
  printer: Printer,
): Pick<Connection, 'http'> {
  const refs = endpoints.flatMap(({ auth, params, headers, body = {} }) => [
    ...secretRefs(auth),
    ...variablesIn([params, headers, body]).map((env) => ({ env })),
  ]);
  const profile = refs.flatMap((ref) => ('profile' in ref ? [ref.profile] : []))[0];
  if (refs.some((ref) => 'env' in ref && ref.env === 'XANO_TOKEN')) return connect(flags, context, printer);
  if (profile === undefined) return { http: httpFor(secretsOf(undefined, context, flags), context) };
  return connect(flags.token === undefined ? { profile, ...flags } : flags, context, printer);
}

/** A door to the network that says who we are and stops when the user does. */
export function httpFor(find_secret: FindSecret, context: Context): Http {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(new XanoError('INTERRUPTED', 'Stopped.'));
  if (context.signal.aborted) onAbort();
  else context.signal.addEventListener('abort', onAbort, { once: true });
  return createHttp({
    user_agent: `xano-connector/${VERSION}`,
    find_secret,
    clock: { now: context.now, sleep: context.sleep },
    interpret: interpretRefusal,
    signal: stop.signal,
  });
}

function secretsOf(token: FoundToken | undefined, context: Context, flags: XanoFlags): FindSecret {
  let inUse = token?.value;
  return (ref, { fresh = false } = {}) => {
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
    return profile === undefined
      ? undefined
      : { value: profile.token, source: `profile "${ref.profile}"`, expires_at: null };
  };
}

const sameProfile = (ref: { readonly profile: string }, used: SecretRef | undefined): boolean =>
  used !== undefined && 'profile' in used && used.profile === ref.profile;

function warnOfEnd({ status, source }: FoundToken, context: Context, printer: Printer): void {
  if (status.state !== 'expiring' || status.expires_at === null) return;
  const left = timeLeft(Date.parse(status.expires_at) - context.now());
  printer.warn(
    `the token from ${source} ends in ${left}, on ${status.expires_at} (${basisInWords(status)}). Make a new one, then run \`xano auth login\`.`,
  );
}

/** Says on stderr why nothing happens for a while. */
export function sayWaits(printer: Printer): (wait: Wait) => void {
  return ({ reason, wait_ms, because }) =>
    printer.note(
      reason === 'token'
        ? `${because}: going on with that.`
        : reason === 'rate_limit'
          ? `Waiting ${duration(wait_ms)} for ${because} …`
          : `${because} Trying again in ${duration(wait_ms)} …`,
    );
}
