/** The keys that requests to a bucket are signed with, from wherever the tools of AWS find them. */
import { XanoError } from '../../../../errors.js';
import type { Environment } from './endpoint.js';

/** Keys for a while. */
export interface BucketKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Gives the keys of this moment, and new ones once they have expired. Throws USAGE where there are none. */
export type FindKeys = () => Promise<BucketKeys>;

/** How long a server of this machine that gives keys is waited for. Milliseconds. */
const CHAIN_TIMEOUT_MS = 2_000;

/**
 * Finds keys: in the environment, else in profiles, a login by SSO, a web identity, and the role of a
 * container or machine. Throws USAGE where half of them is set. `label` names the bucket.
 */
export function keyFinder(label: string, env: Environment): FindKeys {
  const key = env['AWS_ACCESS_KEY_ID'];
  const hidden = env['AWS_SECRET_ACCESS_KEY'];
  if (key && hidden) {
    const keys = {
      accessKeyId: key,
      secretAccessKey: hidden,
      sessionToken: env['AWS_SESSION_TOKEN'] || undefined,
    };
    return async () => keys;
  }
  if (key || hidden) {
    const missing = key ? 'AWS_SECRET_ACCESS_KEY' : 'AWS_ACCESS_KEY_ID';
    throw new XanoError('USAGE', `xano cannot sign requests to ${label}: ${missing} is not set.`, {
      hint: 'Set the keys of the bucket: `aws configure export-credentials --format env` prints them.',
    });
  }
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
