/** The keys and the server of buckets, under the names in the environment that the tools of AWS read. Pure. */
import { XanoError } from '../../errors.js';
import { parseUrl } from '../../parse-url.js';

/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Keys that requests to a bucket are signed with. */
export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** The keys that are set; undefined where neither is. `label` names the bucket. Throws USAGE for half of them. */
export function s3Keys(env: Environment, label: string): S3Keys | undefined {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  if (!accessKeyId && !secretAccessKey) return undefined;
  if (!accessKeyId || !secretAccessKey) {
    const missing = accessKeyId ? 'AWS_SECRET_ACCESS_KEY' : 'AWS_ACCESS_KEY_ID';
    throw new XanoError('USAGE', `xano cannot sign requests to ${label}: ${missing} is not set.`, {
      hint: 'Set the keys of the bucket: `aws configure export-credentials --format env` prints them.',
    });
  }
  return { accessKeyId, secretAccessKey, sessionToken: env['AWS_SESSION_TOKEN'] || undefined };
}

/** The region that is set; undefined without one. */
export const s3Region = (env: Environment): string | undefined =>
  env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || undefined;

/** The server that is set; undefined for Amazon's own. Throws USAGE for what is no address. */
export function s3Server(env: Environment): URL | undefined {
  const address = env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'];
  if (!address) return undefined;
  const url = parseUrl(address);
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '')
    throw new XanoError('USAGE', 'AWS_ENDPOINT_URL is not an address; expected https://host.', {
      hint: 'Correct it, or unset it for Amazon S3.',
    });
  return url;
}

/** Keys as the fields of a secret of DuckDB. */
export const keysInSecret = ({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: S3Keys): Readonly<Record<string, string | undefined>> => ({
  KEY_ID: accessKeyId,
  SECRET: secretAccessKey,
  SESSION_TOKEN: sessionToken,
});

/**
 * A server as the fields of a secret of DuckDB. Buckets are a part of the path: every server takes that, and
 * few have a name for each bucket.
 */
export const serverInSecret = (server: URL | undefined): Readonly<Record<string, string | boolean>> =>
  server === undefined
    ? {}
    : { ENDPOINT: server.host, USE_SSL: server.protocol === 'https:', URL_STYLE: 'path' };
