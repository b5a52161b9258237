/** Verifies and stores a login: for `xano auth login`, the wizard, and other front ends. */
import {
  ACCOUNT_ORIGIN,
  accountApiAt,
  assertAlive,
  assertToken,
  didYouMean,
  instanceAt,
  isOrigin,
  type Me,
  readInstances,
  readMe,
  type TokenStatus,
  tokenStatus,
  type Wait,
  XanoError,
} from '../index.js';
import { flagOrEnv, type Notify, type SessionContext, type SessionFlags } from './context.js';
import { httpFor, withTokenHints } from './http.js';
import { type Profile, type Settings, settingsOf } from './tokens/profiles.js';

/** The target of a login: the profile to store, and the servers for its token. */
export interface LoginPlan {
  readonly name: string;
  readonly settings: Settings;
  /** The stored login of that name: its fields stay unless new ones are given. */
  readonly before: Profile | undefined;
  readonly instance: string | undefined;
  readonly account_origin: string;
}

/** The stored fields of a login beside its instance and account. */
export interface LoginSecret {
  /** The token: verified, and stored unless a program prints it. */
  readonly value: string;
  /** For people: its source. */
  readonly source: string;
  readonly token_command?: string | undefined;
  /** ISO 8601 or `never`, as entered. */
  readonly expires?: string | undefined;
}

/** A verified and stored login. */
export interface LoggedIn {
  readonly me: Me;
  readonly instances: readonly string[];
  readonly status: TokenStatus;
}

/**
 * Plans a login. Throws USAGE and CONFIG_INVALID for mistakes that do not depend on the token, before the
 * user enters one.
 */
export function planLogin(flags: SessionFlags, context: SessionContext): LoginPlan {
  const settings = settingsOf(flags, context);
  const name = flagOrEnv(flags.profile, context, 'XANO_PROFILE') ?? settings.default_name();
  // `__proto__` has a meaning of its own in JavaScript: a profile of that name would be stored and never
  // found.
  if (name === '__proto__')
    throw new XanoError('USAGE', `"${name}" cannot be the name of a profile.`, {
      hint: 'Give another one with --profile.',
    });
  const previous = settings.find(name);
  const instance = flagOrEnv(flags.instance, context, 'XANO_INSTANCE') ?? previous?.instance;
  const account_origin =
    flagOrEnv(flags.accountOrigin, context, 'XANO_ACCOUNT_ORIGIN') ??
    previous?.account_origin ??
    ACCOUNT_ORIGIN;
  baseUrl(instance, account_origin);
  return { name, settings, before: previous, instance, account_origin };
}

/**
 * Verifies a token by requesting its owner, and stores it. Throws if the token is refused; then nothing is
 * stored.
 */
export async function logIn(
  plan: LoginPlan,
  secret: LoginSecret,
  context: SessionContext,
  notify: Notify,
): Promise<LoggedIn> {
  const { name, settings, before, instance, account_origin } = plan;
  const { value, source, token_command, expires } = secret;
  assertToken(value, source);
  const status = tokenStatus(value, expires, context.now());
  assertAlive(status, source);

  const http = httpFor(() => ({ value, source, expires_at: status.expires_at }), context);
  const api = {
    http: withTokenHints(http, source, () => value),
    base_url: baseUrl(instance, account_origin),
    token: { env: 'XANO_TOKEN' },
    sender: { on_wait: (wait: Wait) => notify({ type: 'waiting', wait }) },
  };
  const me = await readMe(api);
  const itself = instance !== undefined && isOrigin(instance) ? [instanceAt(instance)] : undefined;
  const seen = itself ?? (await readInstances(api));
  const instances = seen.map((entry) => entry.name);
  if (instance !== undefined && itself === undefined) {
    const known = seen.flatMap((entry) => [entry.name, entry.display, ...entry.hosts]);
    if (!known.some((word) => word.toLowerCase() === instance.toLowerCase())) {
      if (instance === before?.instance)
        throw new XanoError(
          'USAGE',
          `Profile "${name}" belongs to instance "${instance}", which this token does not see.`,
          {
            hint: `This token sees: ${instances.join(', ') || 'no instance'}. Name one with --instance, or another profile with --profile.`,
          },
        );
      throw new XanoError('USAGE', `There is no instance "${instance}"${didYouMean(known, instance)}`, {
        hint: `This token sees: ${instances.join(', ') || 'no instance'}.`,
      });
    }
  }
  settings.save(name, {
    ...(token_command === undefined ? { token: value } : { token_command }),
    ...(expires === undefined ? {} : { expires }),
    saved_at: new Date(context.now()).toISOString(),
    ...(instance === undefined ? {} : { instance }),
    ...(account_origin === ACCOUNT_ORIGIN ? {} : { account_origin }),
  });
  return { me, instances, status };
}

function baseUrl(instance: string | undefined, account_origin: string): string {
  return instance !== undefined && isOrigin(instance)
    ? instanceAt(instance).meta_api
    : accountApiAt(account_origin);
}
