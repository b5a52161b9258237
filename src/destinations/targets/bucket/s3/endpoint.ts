/** Where the server of a bucket is, and the region that requests are signed for. */

import { XanoError } from '../../../../errors.js';
import { type Environment, s3Region, s3Server } from '../../s3-environment.js';
import type { BucketAddress } from '../bucket-address.js';

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
  const ofAccount = account === undefined ? undefined : `https://${account}.r2.cloudflarestorage.com`;
  const server = s3Server(env) ?? (ofAccount === undefined ? undefined : new URL(ofAccount));
  if (scheme === 'r2' && server === undefined)
    throw new XanoError('USAGE', 'The name of an R2 bucket does not tell its server.', {
      hint: 'Name the account: r2://bucket/prefix?account=ID, or set AWS_ENDPOINT_URL.',
    });
  const region = s3Region(env);
  const common = {
    region: region ?? (server === undefined ? 'us-east-1' : 'auto'),
    is_region_set: region !== undefined,
    parts_from: scheme === 'r2' ? PARTS_FROM_R2 : PARTS_FROM,
  };
  const encoded = (key: string): string => key.split('/').map(encodeURIComponent).join('/');
  if (server !== undefined) {
    const base = `${server.origin}${server.pathname.replace(/\/$/, '')}`;
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
