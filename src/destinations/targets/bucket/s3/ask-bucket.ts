/** Sends requests to a bucket until they are answered: faults of the moment are waited out, within bounds. */
import type { XanoError } from '../../../../errors.js';
import type { BucketAddress } from '../bucket-address.js';
import {
  answerFailure,
  codeOf,
  type Failing,
  faultCode,
  isOfTheDisk,
  sendFailure,
} from './bucket-failures.js';
import type { FindKeys } from './credentials.js';
import type { Endpoint } from './endpoint.js';
import { type Answer, type BucketRequest, type Sending, sendOnce } from './send-once.js';

/** A bucket, and what it takes to ask it. */
export interface BucketAccess extends Sending {
  readonly address: BucketAddress;
  readonly endpoint: Endpoint;
  readonly findKeys: FindKeys;
  readonly sleep: (ms: number) => Promise<void>;
}

/** A request to the bucket. */
export interface Asked extends Omit<BucketRequest, 'url'> {
  /** The whole key; empty for the bucket. */
  readonly key: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** An answer, and whether the server may have done what was asked before it. */
export interface Answered extends Answer {
  readonly is_repeated: boolean;
}

/** Sends requests to one bucket. */
export interface Asking {
  /** Throws DATABASE_FAILED where nothing answers; answers of whatever other status are the caller's. */
  readonly ask: (asked: Asked) => Promise<Answered>;
  /** The error of an answer that is not the wanted one. */
  readonly failure: (answer: Answer) => XanoError;
}

/** Statuses of a server that may answer better in a moment. */
const PASSING = [409, 429, 500, 502, 503, 504];
/** Waits before the next attempt, in milliseconds: half a minute in all. */
const WAITS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];
/** A server that is silent takes long to notice each time. */
const MOST_FAULTS = 2;
/** Nothing that comes back by asking again at once. */
const LASTING = /ERR_ABORTED|ENOTFOUND|CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|TOO_LONG|ERR_INVALID/;

/** Makes what sends requests to a bucket. */
export function askBucket(access: BucketAccess): Asking {
  const { address, endpoint, findKeys, sleep } = access;
  let { region } = endpoint;
  let is_region_final = endpoint.is_region_set;
  // Tables that follow one which the server has failed need not wait as long.
  let is_failing = false;
  const failing = (): Failing => ({
    label: address.label,
    host: endpoint.urlOf('', region).host,
    region,
  });
  return {
    failure: (answer) => answerFailure(failing(), answer),
    ask: async ({ key, parameters = {}, ...request }) => {
      let faults = 0;
      for (let attempt = 0; ; attempt++) {
        const url = endpoint.urlOf(key, region);
        for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
        const keys = await findKeys();
        let answer: Answer;
        try {
          answer = await sendOnce({ ...request, url }, keys, region, access);
        } catch (thrown) {
          if (isOfTheDisk(thrown)) throw thrown;
          faults++;
          const wait = is_failing || faults > MOST_FAULTS ? undefined : WAITS[attempt];
          if (wait === undefined || LASTING.test(faultCode(thrown))) {
            is_failing = true;
            throw sendFailure(failing(), thrown);
          }
          await sleep(wait);
          continue;
        }
        is_failing = false;
        const named = is_region_final ? undefined : regionIn(answer);
        if (named !== undefined && named !== region) {
          region = named;
          is_region_final = true;
          continue;
        }
        const wait = WAITS[attempt];
        if (wait === undefined || !isPassing(answer)) return { ...answer, is_repeated: attempt > 0 };
        await sleep(wait);
      }
    },
  };
}

/** `RequestTimeout`: the server waited for bytes that did not arrive. */
const isPassing = (answer: Answer): boolean =>
  PASSING.includes(answer.status) || (answer.status === 400 && codeOf(answer) === 'RequestTimeout');

/** The region that a server names where it refuses the one that was asked for. */
function regionIn({ status, headers, text }: Answer): string | undefined {
  if (status !== 301 && status !== 307 && status !== 400 && status !== 403) return undefined;
  const named = headers['x-amz-bucket-region'] ?? /<Region>([a-z0-9-]{1,40})<\/Region>/.exec(text)?.[1];
  return named !== undefined && /^[a-z0-9-]{1,40}$/.test(named) ? named : undefined;
}
