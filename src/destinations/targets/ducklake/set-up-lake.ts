/** What DuckDB needs before it can attach a DuckLake: extensions, and secrets that end with the process. */
import { env } from 'node:process';
import { XanoError } from '../../../errors.js';
import { type ExtensionOptions, loadExtensions } from '../../engine/extensions.js';
import type { Session } from '../../engine/session.js';
import { literal, quote } from '../../engine/sql.js';
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
  const bucket = isInBucket(lake) ? bucketSecret(lake) : undefined;
  await loadExtensions(session, extensionsOf(lake), options);
  const { catalog } = lake;
  if (catalog.type === 'postgres') await session.run(catalogSecret(catalog));
  if (bucket !== undefined) await session.run(`SET http_timeout = ${SILENCE_S}; ${bucket}`);
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
  return secret(CATALOG_SECRET, 'postgres', {
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

/** Keys and address of a bucket, under the names that the tools of AWS read. */
function bucketSecret({ data }: Lake): string {
  const [bucket = ''] = /^s3:\/\/[^/]+/.exec(data) ?? [];
  const key = env['AWS_ACCESS_KEY_ID'];
  const hidden = env['AWS_SECRET_ACCESS_KEY'];
  if (!key || !hidden)
    throw new XanoError(
      'USAGE',
      `xano cannot sign requests to ${bucket}: ${key ? 'AWS_SECRET_ACCESS_KEY' : 'AWS_ACCESS_KEY_ID'} is not set.`,
      { hint: 'Set the keys of the bucket: `aws configure export-credentials --format env` prints them.' },
    );
  const address = env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'];
  const endpoint = address ? endpointOf(address) : {};
  return secret('xano_bucket', 's3', {
    KEY_ID: key,
    SECRET: hidden,
    SESSION_TOKEN: env['AWS_SESSION_TOKEN'] || undefined,
    REGION: env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || (address ? 'auto' : 'us-east-1'),
    SCOPE: bucket,
    ...endpoint,
  });
}

function endpointOf(address: string): Readonly<Record<string, string | boolean>> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '')
    throw new XanoError('USAGE', 'AWS_ENDPOINT_URL is not an address; expected https://host.', {
      hint: 'Correct it, or unset it for Amazon S3.',
    });
  // Buckets as a part of the path: every server takes that, and few have a name for each bucket.
  return { ENDPOINT: url.host, USE_SSL: url.protocol === 'https:', URL_STYLE: 'path' };
}

function secret(
  name: string,
  type: string,
  values: Readonly<Record<string, string | boolean | undefined>>,
): string {
  const given = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key} ${typeof value === 'string' ? literal(value) : String(value)}`],
  );
  return `CREATE OR REPLACE TEMPORARY SECRET ${quote(name)} (${[`TYPE ${type}`, ...given].join(', ')})`;
}
