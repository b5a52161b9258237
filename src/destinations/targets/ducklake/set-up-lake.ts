/** What DuckDB needs before it can attach a DuckLake: extensions, and secrets that end with the process. */

import { env } from 'node:process';
import { XanoError } from '../../../errors.js';
import { type ExtensionOptions, loadExtensions } from '../../engine/extensions.js';
import type { Session } from '../../engine/session.js';
import { temporarySecret } from '../../engine/sql.js';
import { keysInSecret, s3Keys, s3Region, s3Server, serverInSecret } from '../s3-environment.js';
import { isInBucket, type Lake, type PostgresCatalog } from './lake.js';

/** The name of the secret for the catalog's Postgres. */
export const CATALOG_SECRET = 'xano_catalog';

/**
 * How long a bucket may be silent within a request, in seconds. A slow one that sends or takes bytes may take
 * longer. DuckDB 1.5.5 repeats a write up to twelve times, so that it fails after five minutes.
 */
const SILENCE_S = 20;

/** The extensions that a lake needs, in the order that they are loaded in. */
function extensionsOf(lake: Lake): readonly string[] {
  const { type } = lake.catalog;
  return [
    'ducklake',
    ...(type === 'postgres' ? ['postgres_scanner'] : type === 'sqlite' ? ['sqlite_scanner'] : []),
    ...(isInBucket(lake) ? ['httpfs'] : []),
  ];
}

/**
 * Loads the extensions of a lake and makes its secrets: temporary ones, so that no statement and no error
 * holds a password. Throws EXTENSION_MISSING, USAGE where there are no keys for the bucket.
 */
export async function setUpLake(
  session: Pick<Session, 'run'>,
  lake: Lake,
  options: ExtensionOptions,
): Promise<void> {
  const keys = isInBucket(lake) ? s3Keys(env, bucketOf(lake)) : undefined;
  await loadExtensions(session, extensionsOf(lake), options);
  const { catalog } = lake;
  if (catalog.type === 'postgres') await session.run(catalogSecret(catalog));
  if (!isInBucket(lake)) return;
  await session.run(`SET http_timeout = ${SILENCE_S}`);
  if (keys === undefined) await useProfile(session, lake, options);
  else await session.run(bucketSecret(lake, keysInSecret(keys)));
}

/** Every secret that a lake is reached with: none of them may be seen. */
export function secretsOf({ catalog }: Lake): readonly string[] {
  const password = catalog.type === 'postgres' ? catalog.address.password : undefined;
  return [password, env['PGPASSWORD'], env['AWS_SECRET_ACCESS_KEY'], env['AWS_SESSION_TOKEN']].flatMap(
    (secret) => (secret ? [secret] : []),
  );
}

/** What is not said here libpq takes from PGHOST, PGPASSWORD, ~/.pgpass and the like. */
function catalogSecret({ address }: PostgresCatalog): string {
  const { host, port, user, password, database, sslmode } = address;
  return temporarySecret(CATALOG_SECRET, 'postgres', {
    HOST: host,
    PORT: port === undefined ? undefined : String(port),
    USER: user,
    PASSWORD: password,
    DATABASE: database,
    // What libpq calls so; the connection that holds the lock has checked the certificate before
    // (connection.ts).
    SSLMODE: sslmode === 'no-verify' ? 'require' : sslmode,
  });
}

const bucketOf = ({ data }: Lake): string => /^s3:\/\/[^/]+/.exec(data)?.[0] ?? data;

/**
 * Where the tools of AWS look after the environment: the files of profiles, a login by SSO, the machine's
 * role.
 */
const CHAIN = 'config;web_identity;sso;process;instance';

/** Lets DuckDB find the keys as the tools of AWS do, and find them again when they expire. Throws USAGE. */
async function useProfile(
  session: Pick<Session, 'run'>,
  lake: Lake,
  options: ExtensionOptions,
): Promise<void> {
  const where = 'neither the environment, nor a profile of AWS, nor a role of this computer';
  try {
    await loadExtensions(session, ['aws'], options);
    await session.run(
      bucketSecret(lake, {
        PROVIDER: 'credential_chain',
        CHAIN,
        REFRESH: 'auto',
      }),
    );
  } catch (cause) {
    const isMissing = cause instanceof XanoError;
    throw new XanoError(
      'USAGE',
      isMissing
        ? `xano cannot sign requests to ${bucketOf(lake)}: AWS_ACCESS_KEY_ID is not set, and DuckDB's extension "aws" is missing.`
        : `xano cannot sign requests to ${bucketOf(lake)}: ${where} has keys.`,
      {
        hint: isMissing
          ? 'Set the keys of the bucket: `aws configure export-credentials --format env` prints them.'
          : 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile that has keys with AWS_PROFILE.',
        cause,
      },
    );
  }
}

/** Keys, and the address of the bucket. */
function bucketSecret(lake: Lake, keys: Readonly<Record<string, string | undefined>>): string {
  const server = s3Server(env);
  // A profile has a region of its own.
  const usual = server !== undefined ? 'auto' : keys['CHAIN'] === undefined ? 'us-east-1' : undefined;
  return temporarySecret('xano_bucket', 's3', {
    ...keys,
    REGION: s3Region(env) ?? usual,
    SCOPE: bucketOf(lake),
    ...serverInSecret(server),
  });
}
