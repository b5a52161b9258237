/** Deals datasets out to several loaders that know nothing of each other. */
import { createHash } from 'node:crypto';
import { XanoError } from '../index.js';

/** One of several loaders. */
export interface Shard {
  /** From 0. */
  readonly index: number;
  /** How many loaders there are. */
  readonly count: number;
}

/** The most loaders of one list. */
const MOST_SHARDS = 10_000;

/** Reads `0/3`; undefined for every other text. */
export function parseShard(text: string): Shard | undefined {
  const [, first, second] = /^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? [];
  const [index, count] = [Number(first), Number(second)];
  return first !== undefined && count >= 1 && count <= MOST_SHARDS && index < count
    ? { index, count }
    : undefined;
}

/**
 * The shard that has a dataset, from 0. It depends on the name alone, in which A to Z count as lower case, so
 * that another entry of the list moves no other.
 */
export function shardOf(dataset: string, count: number): number {
  const digest = createHash('sha256').update(dataset.toLowerCase()).digest();
  return Number(digest.readBigUInt64BE() % BigInt(count));
}

/** Variables by which engines number the runs of one job, from 0: Kubernetes, Cloud Run, AWS Batch. */
const INDEXES = ['JOB_COMPLETION_INDEX', 'CLOUD_RUN_TASK_INDEX', 'AWS_BATCH_JOB_ARRAY_INDEX'] as const;
/** Variables that say how many runs there are: ours, and Cloud Run's. */
const COUNTS = ['XANO_SHARDS', 'CLOUD_RUN_TASK_COUNT'] as const;

/**
 * The shard that an engine gives to this run; undefined where none does. Throws USAGE where a number is
 * missing or wrong: every run would load everything.
 */
export function shardOfRun(env: Readonly<Record<string, string | undefined>>): Shard | undefined {
  const isSet = (name: string): boolean => (env[name] ?? '') !== '';
  const [index, count] = [INDEXES.find(isSet), COUNTS.find(isSet)];
  if (index === undefined && count === undefined) return undefined;
  if (index === undefined || count === undefined)
    throw new XanoError(
      'USAGE',
      index === undefined
        ? `${count} is set, but no variable says which shard this is: ${INDEXES.join(', ')}.`
        : `${index} is set, but no variable says how many shards there are: ${COUNTS.join(', ')}.`,
      { hint: 'Set both, or give --shard, such as --shard 0/3.' },
    );
  const shard = parseShard(`${env[index]}/${env[count]}`);
  if (shard !== undefined) return shard;
  throw new XanoError(
    'USAGE',
    `${index} is "${env[index]}" and ${count} is "${env[count]}"; expected an index from 0 and a larger count.`,
    { hint: `Set ${count} to the number of runs, up to ${MOST_SHARDS}.` },
  );
}
