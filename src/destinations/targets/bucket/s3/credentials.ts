/** The keys that requests to a bucket are signed with, from wherever the tools of AWS find them. */
import { XanoError } from '../../../../errors.js';
import { type Environment, type S3Keys, s3Keys } from '../../s3-environment.js';

/** Gives the keys of this moment, and new ones once they have expired. Throws USAGE where there are none. */
export type FindKeys = () => Promise<S3Keys>;

/** How long a server of this machine that gives keys is waited for. Milliseconds. */
const CHAIN_TIMEOUT_MS = 2_000;

/**
 * Finds keys: in the environment, else in profiles, a login by SSO, a web identity, and the role of a
 * container or machine. Throws USAGE where half of them is set. `label` names the bucket.
 */
export function keyFinder(label: string, env: Environment): FindKeys {
  const keys = s3Keys(env, label);
  if (keys !== undefined) return async () => keys;
  let chain: Promise<FindKeys> | undefined;
  return async () => {
    chain ??= chainOf(env);
    try {
      return await (await chain)();
    } catch (thrown) {
      throw new XanoError(
        'USAGE',
        `xano cannot sign requests to ${label}: neither the environment, nor a profile of AWS, nor a role of this computer has keys.`,
        {
          hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile that has keys with AWS_PROFILE.',
          // Its message may repeat the command of a profile, with what that holds.
          cause: new Error(thrown instanceof Error ? thrown.name : 'unknown'),
        },
      );
    }
  };
}

/** The chain of AWS's own library, which is loaded where the environment has no keys: it takes 0.2 s. */
async function chainOf(env: Environment): Promise<FindKeys> {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  const profile = env['AWS_PROFILE'];
  return defaultProvider({ timeout: CHAIN_TIMEOUT_MS, maxRetries: 1, ...(profile ? { profile } : {}) });
}
