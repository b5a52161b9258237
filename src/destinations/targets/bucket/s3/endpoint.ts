/** Where the server of a bucket is, and the region that requests are signed for. */

import { XanoError } from '../../../../errors.js';
import { parseUrl } from '../../../../parse-url.js';
import type { BucketAddress } from '../bucket-address.js';

/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The server of a bucket. */
export interface Endpoint {
  /** The address of an object, or of the bucket where the key is empty. */
  readonly urlOf: (key: string, region: string) => URL;
  readonly region: string;
  /** Whether somebody has set the region: otherwise the one that the server names is taken. */
  readonly is_region_set: boolean;
  /** A file is sent in parts from this size on, in bytes. */
  readonly parts_from: number;
}

/** One request takes 5 GB; beyond this, parts lose less to a broken connection. */
const PARTS_FROM = 100 * 1024 * 1024;
/** R2 takes 5 GB in one request. Whether it heeds a condition at the end of many parts is not documented. */
const PARTS_FROM_R2 = 4 * 1024 ** 3;

/** Finds the server of a bucket, as the tools of AWS do. Throws USAGE. */
export function endpointOf({ scheme, bucket, account }: BucketAddress, env: Environment): Endpoint {
  const set = env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'];
  const address = account === undefined ? set : set || `https://${account}.r2.cloudflarestorage.com`;
  if (scheme === 'r2' && !address)
    throw new XanoError('USAGE', 'The name of an R2 bucket does not tell its server.', {
      hint: 'Name the account: r2://bucket/prefix?account=ID, or set AWS_ENDPOINT_URL.',
    });
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'];
  const common = {
    region: region || (address ? 'auto' : 'us-east-1'),
    is_region_set: Boolean(region),
    parts_from: scheme === 'r2' ? PARTS_FROM_R2 : PARTS_FROM,
  };
  const encoded = (key: string): string => key.split('/').map(encodeURIComponent).join('/');
  if (address) {
    const base = serverOf(address);
    // Buckets as a part of the path: every server takes that, and few have a name for each bucket.
    return { ...common, urlOf: (key) => new URL(`${base}/${bucket}/${encoded(key)}`) };
  }
  const isHost = /^[a-z0-9-]+$/.test(bucket);
  return {
    ...common,
    urlOf: (key, at) =>
      new URL(
        isHost
          ? `https://${bucket}.s3.${at}.${domainOf(at)}/${encoded(key)}`
          : `https://s3.${at}.${domainOf(at)}/${bucket}/${encoded(key)}`,
      ),
  };
}

const domainOf = (region: string): string =>
  region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';

function serverOf(address: string): string {
  const url = parseUrl(address);
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '')
    throw new XanoError('USAGE', 'AWS_ENDPOINT_URL is not an address; expected https://host.', {
      hint: 'Correct it, or unset it for Amazon S3.',
    });
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}
