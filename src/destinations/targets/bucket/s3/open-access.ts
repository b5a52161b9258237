/** What it takes to ask a bucket, from its address and the environment. */
import { env } from 'node:process';
import { createProxies } from '../../../../rest/http/wire/proxy.js';
import type { BucketAddress } from '../bucket-address.js';
import type { BucketAccess } from './ask-bucket.js';
import { keyFinder } from './credentials.js';
import { endpointOf } from './endpoint.js';

/** A server that is silent for longer within a request fails it. Milliseconds. */
const SILENCE_MS = 20_000;

/** Opens the way to a bucket. Sends nothing yet. Throws USAGE. */
export function openAccess(address: BucketAddress, sleep: (ms: number) => Promise<void>): BucketAccess {
  return {
    address,
    endpoint: endpointOf(address, env),
    findKeys: keyFinder(address.label, env),
    sleep,
    findProxy: createProxies(env),
    user_agent: 'xano-connector',
    silence_ms: SILENCE_MS,
  };
}
