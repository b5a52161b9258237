/** The secrets of a command: its token, tokens of other stored logins, and variables of the environment. */
import type { FindSecret, Secret, SecretRef } from '../../index.js';
import type { SessionContext, SessionFlags } from '../context.js';
import { type Place, settingsOf } from './profiles.js';
import { type FoundToken, givenByProfile } from './token-source.js';

/** The token of another stored login. */
export interface StoredToken {
  readonly secret: Secret;
  readonly again: () => Promise<string>;
  readonly place: Place;
}

/** The tokens of these stored logins; a missing one is reported when a request needs it. */
export async function storedTokens(
  names: readonly string[],
  flags: SessionFlags,
  context: SessionContext,
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

/** The secrets of a command. */
export interface Secrets {
  readonly find: FindSecret;
  /** Reads the source of a secret again: it may hold another one by now. */
  readonly refresh: (ref: SecretRef) => Promise<void>;
  /** The present token. */
  readonly inUse: () => string;
}

/** Finds the secrets of a command, and reads their sources again after a refusal. */
export function secretsOf(
  token: FoundToken | undefined,
  profiles: ReadonlyMap<string, StoredToken>,
  context: Pick<SessionContext, 'env'>,
): Secrets {
  let inUse = token?.value;
  const values = new Map([...profiles].map(([name, { secret }]) => [name, secret.value]));
  const asked = new Map<string, Promise<void>>();
  // XANO_TOKEN means the token of this command, from any source.
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
    // Many requests are refused together: one reading is enough for all of them.
    refresh: (ref) => {
      const id = isInUse(ref) ? 'in use' : JSON.stringify(ref);
      const pending = asked.get(id) ?? askAgain(ref).finally(() => asked.delete(id));
      asked.set(id, pending);
      return pending;
    },
    inUse: () => inUse ?? '',
  };
}

/** Whether a reference means the stored login that another one names. */
export const sameProfile = (ref: { readonly profile: string }, used: SecretRef | undefined): boolean =>
  used !== undefined && 'profile' in used && used.profile === ref.profile;
