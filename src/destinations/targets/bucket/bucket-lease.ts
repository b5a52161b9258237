/**
 * The right to load into a dataset of a bucket: an object that says who loads, and is written again while it
 * does. One that was not written for a while belongs to a load that was killed.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { pid } from 'node:process';
import { clearInterval, setInterval } from 'node:timers';
import { z } from 'zod';
import { XanoError } from '../../../errors.js';
import { isRunning, THIS_COMPUTER } from '../../engine/processes.js';
import { fileNameOf, STATE_FOLDER } from '../parquet-folder/file-names.js';
import type { Objects, ReadText } from './s3/objects.js';

/** How often the object is written again. Milliseconds. */
const BEAT_MS = 30_000;
/** Four beats: a load that has not written for so long does not run any more. Milliseconds. */
const EXPIRED_MS = 120_000;
/** Between two loads that begin at once, one has the object at the second look. */
const MOST_LOOKS = 4;
/** A version that no object has. */
const NO_VERSION = { etag: '"00000000000000000000000000000000"' };

const holderSchema = z.object({
  computer: z.string().max(20),
  host: z.string().max(300),
  process: z.number().int().positive(),
  token: z.string().max(60),
});
type Holder = z.infer<typeof holderSchema>;

/** The tokens of leases that this process holds. */
const held = new Set<string>();

/** The leases of one load. */
export interface BucketLeases {
  /** Throws DATABASE_LOCKED where another load has it, DATABASE_FAILED where the server cannot tell. */
  readonly take: (schema: string) => Promise<void>;
  /** Gives all of them back. */
  readonly release: () => Promise<void>;
}

/** Where the lease of a dataset is. */
const leaseKey = (schema: string): string => `${STATE_FOLDER}/leases/${fileNameOf(schema)}.json`;

/** Makes the leases of a load. `label` names the place. */
export function bucketLeases(objects: Objects, label: string): BucketLeases {
  const taken = new Map<string, { etag: string }>();
  const token = randomUUID();
  const text = JSON.stringify({
    computer: THIS_COMPUTER,
    host: hostname().slice(0, 300),
    process: pid,
    token,
  } satisfies Holder);
  let is_proved = false;
  let beating: Promise<void> = Promise.resolve();
  const beat = async (): Promise<void> => {
    for (const [key, version] of taken) {
      const written = await objects.write(key, { text }, version).catch(() => null);
      // Without it the load goes on: a table that another one writes is not overwritten.
      if (written !== null && taken.has(key)) taken.set(key, written);
    }
  };
  let timer: ReturnType<typeof setInterval> | undefined;
  const takeOne = async (schema: string): Promise<void> => {
    const key = leaseKey(schema);
    held.add(token);
    taken.set(key, await takeObject(objects, { key, text, label, schema }));
    timer ??= setInterval(() => {
      beating = beating.then(beat);
    }, BEAT_MS).unref();
    if (!is_proved) await proveConditions(objects, label, key, text);
    is_proved = true;
  };
  const taking = new Map<string, Promise<void>>();
  return {
    // Tables of a schema begin at the same time.
    take: (schema) => {
      const begun = taking.get(schema) ?? takeOne(schema);
      taking.set(schema, begun);
      return begun;
    },
    release: async () => {
      if (timer !== undefined) clearInterval(timer);
      await Promise.allSettled([beating, ...taking.values()]);
      for (const [key, { etag }] of taken) {
        taken.delete(key);
        try {
          if ((await objects.head(key))?.etag === etag) await objects.remove(key);
        } catch {
          // It expires.
        }
      }
      held.delete(token);
    },
  };
}

interface WantedLease {
  readonly key: string;
  readonly text: string;
  readonly label: string;
  readonly schema: string;
}

async function takeObject(objects: Objects, wanted: WantedLease): Promise<{ etag: string }> {
  const { key, text } = wanted;
  for (let look = 0; look < MOST_LOOKS; look++) {
    const written = await objects.write(key, { text }, null);
    if (written !== null) return written;
    const found = await objects.text(key);
    if (found === null) continue;
    const holder = holderOf(found);
    if (!isOver(found, holder)) throw otherLoad(wanted, found, holder);
    const over = await objects.write(key, { text }, found);
    if (over !== null) return over;
  }
  throw otherLoad(wanted, undefined, undefined);
}

function holderOf({ text }: ReadText): Holder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Whether the load that wrote the object has ended without removing it. */
function isOver({ age_ms }: ReadText, holder: Holder | undefined): boolean {
  if (age_ms > EXPIRED_MS) return true;
  if (holder?.computer !== THIS_COMPUTER) return false;
  // A container that starts again has the same name and the same number of its process.
  return holder.process === pid ? !held.has(holder.token) : !isRunning(holder.process);
}

function otherLoad(
  { label, schema }: WantedLease,
  found: ReadText | undefined,
  holder: Holder | undefined,
): XanoError {
  const who = holder === undefined ? '' : `: xano on ${holder.host}, process ${holder.process}`;
  const seen = found === undefined ? '' : `, seen ${Math.round(found.age_ms / 1_000)} s ago`;
  return new XanoError(
    'DATABASE_LOCKED',
    `Another load into "${schema}" of ${label} is running${who}${seen}.`,
    {
      hint: 'Wait until that load is done. If it was killed, run the same command again in two minutes.',
    },
  );
}

/** Refuses a server that overwrites an object whatever the condition. Throws DATABASE_FAILED. */
async function proveConditions(objects: Objects, label: string, key: string, text: string): Promise<void> {
  if (
    (await objects.write(key, { text }, null)) === null &&
    (await objects.write(key, { text }, NO_VERSION)) === null
  )
    return;
  await objects.remove(key);
  throw new XanoError(
    'DATABASE_FAILED',
    `The server of ${label} overwrites objects whatever their version: two loads would destroy each other's tables.`,
    {
      hint: 'Use a server that takes If-Match and If-None-Match (Amazon S3, R2, SeaweedFS), or load into a folder (--to out/) and copy it.',
    },
  );
}
