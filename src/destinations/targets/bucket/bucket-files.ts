/**
 * The files of a Parquet folder that are kept in a bucket. A folder on this computer mirrors them: state and
 * rejected values are there as they are, and tables as files that have a footer and a hole before it, until
 * their rows are needed.
 */
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { XanoError } from '../../../errors.js';
import { STATE_FOLDER } from '../parquet-folder/file-names.js';
import type { FolderFiles, WriteBeside } from '../parquet-folder/folder-files.js';
import { fetchFooter, keepFooter } from './footer-file.js';
import { inParallel } from './in-parallel.js';
import { changedMeanwhile } from './s3/bucket-failures.js';
import type { Objects } from './s3/objects.js';
import type { ListedObject } from './s3/parse-listing.js';

/** An object that the folder mirrors. */
interface Mirrored {
  readonly etag: string;
  readonly size: number;
  /** When it was written, as the server's clock has it. Milliseconds since 1970. */
  readonly modified: number;
  readonly is_whole: boolean;
}

/** What a mirror needs. */
export interface MirrorOptions {
  readonly objects: Objects;
  /** The place in the bucket, as people call it. */
  readonly label: string;
  /** The folder on this computer. */
  readonly folder: string;
  /** Makes the folder before it is needed; absent: its parent is there. */
  readonly makeFolder?: () => void;
  readonly sleep: (ms: number) => Promise<void>;
}

/** The files, and what a bucket adds. */
export interface BucketFiles extends FolderFiles {
  /**
   * From now on, other loads' changes are not looked at: a table that one of them writes is not overwritten.
   */
  readonly pin: () => void;
  /** Whether no table and no state was there when it was pinned, nor is since; false before. */
  readonly isEmpty: () => boolean;
  /** Looks, and tells whether no table and no state is there. */
  readonly holdsNothing: () => Promise<boolean>;
  /** The bytes of a file in the bucket. */
  readonly bytesOf: (path: string) => number;
}

/** Keys of tables and state. What else lies there is neither read nor written. */
const KEY = /^(?:[A-Za-z0-9 _.%~=,-]{1,200}\/){1,4}[A-Za-z0-9 _.%~=,-]{1,210}\.parquet$/;
/** State is fetched whole, whatever its size: only what loads write. */
const STATE_KEY = /^_xano\/(?:loads|servers|rejects\/[\w-]{1,120})\.parquet$/;
/** An object of this size is fetched whole with its footer. Bytes. */
const SMALL = 64 * 1024;
/** Rejected values that no table names may be those of a load that is about to publish. */
const DAY_MS = 86_400_000;
/** How often a place is looked at that changes under the look. */
const MOST_LOOKS = 10;
/** How often a file that others write as well is written again, and the wait between two attempts. */
const MOST_SHARES = 20;
const SHARE_WAIT_MS = 100;

/** The mirror of a place. */
interface Mirror extends MirrorOptions {
  readonly known: Map<string, Mirrored>;
  readonly keyOf: (path: string) => string;
  readonly pathOf: (key: string) => string;
  /** As the listing said. */
  server_time: number;
  is_pinned: boolean;
  /** Since it was pinned, if it was. */
  is_seen: boolean;
}

/** Makes the files of a place in a bucket. */
export function bucketFiles(options: MirrorOptions): BucketFiles {
  const { folder, label } = options;
  const mirror: Mirror = {
    ...options,
    known: new Map(),
    keyOf: (path) => relative(folder, path).split(sep).join('/'),
    pathOf: (key) => join(folder, ...key.split('/')),
    server_time: 0,
    is_pinned: false,
    is_seen: false,
  };
  const { known, keyOf } = mirror;
  const look = async (): Promise<void> => {
    if (mirror.is_pinned && mirror.is_seen) return;
    await refresh(mirror);
    mirror.is_seen = true;
  };
  return {
    has_state_beside: false,
    pin: () => {
      if (!mirror.is_pinned) mirror.is_seen = false;
      mirror.is_pinned = true;
    },
    isEmpty: () => mirror.is_pinned && mirror.is_seen && known.size === 0,
    bytesOf: (path) => known.get(keyOf(path))?.size ?? 0,
    look,
    holdsNothing: async () => {
      await look();
      return known.size === 0;
    },
    isFetched: (path) => known.get(keyOf(path))?.is_whole === true,
    fetch: async (paths) => {
      for (const path of paths) await fetchWhole(mirror, path);
    },
    write: async (path, beside, write) => {
      if (!(await upload(mirror, path, beside, write))) throw changedMeanwhile(label, keyOf(path));
    },
    share: (...shared) => share(mirror, ...shared),
    remove: (path, stays) => remove(mirror, path, stays),
    sweep: async (path) => {
      const object = known.get(keyOf(path));
      if (object !== undefined && mirror.server_time - object.modified > DAY_MS)
        await remove(mirror, path, []);
    },
  };
}

const isState = (key: string): boolean => key.startsWith(`${STATE_FOLDER}/`);
/** Whether an object is kept in the folder as it is. */
const isKeptWhole = (key: string, size: number): boolean => isState(key) || size <= SMALL;

/** Lists the place, and brings what is new: again, where something changed between the two. */
async function refresh(mirror: Mirror): Promise<void> {
  const { folder, makeFolder, label } = mirror;
  makeFolder?.();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (let look = 0; look < MOST_LOOKS; look++) if (await bringAll(mirror)) return;
  throw busy(label, '');
}

/** Whether all that was listed was still there when it was read. */
async function bringAll(mirror: Mirror): Promise<boolean> {
  const { objects, known, pathOf } = mirror;
  const { objects: listed, now } = await objects.list();
  mirror.server_time = now;
  const wanted = listed.filter(({ key }) => isMirrored(key));
  const there = new Set(wanted.map(({ key }) => key));
  for (const key of known.keys())
    if (!there.has(key)) {
      known.delete(key);
      rmSync(pathOf(key), { force: true });
    }
  let is_all = true;
  const changed = wanted.filter(({ key, etag }) => known.get(key)?.etag !== etag);
  await inParallel(changed, async (object) => {
    if (!(await bring(mirror, object))) is_all = false;
  });
  return is_all;
}

async function bring({ objects, known, pathOf }: Mirror, object: ListedObject): Promise<boolean> {
  const { key, etag, size, modified } = object;
  const path = pathOf(key);
  mkdirSync(dirname(path), { recursive: true });
  const is_whole = isKeptWhole(key, size);
  const is_there = await (is_whole ? objects.read(object, path) : fetchFooter(objects, object, path));
  if (is_there) known.set(key, { etag, size, modified, is_whole });
  return is_there;
}

async function fetchWhole({ objects, label, known, keyOf }: Mirror, path: string): Promise<void> {
  const key = keyOf(path);
  const object = known.get(key);
  if (object === undefined || object.is_whole) return;
  if (!(await objects.read({ key, etag: object.etag }, path))) throw changedMeanwhile(label, key);
  known.set(key, { ...object, is_whole: true });
}

/** Writes a file and uploads it; false where another version is there than the known one. */
async function upload(mirror: Mirror, path: string, beside: string, write: WriteBeside): Promise<boolean> {
  const { objects, known, keyOf, server_time } = mirror;
  const key = keyOf(path);
  try {
    await write(beside);
    const written = await objects.write(key, { file: beside }, known.get(key) ?? null);
    if (written === null) return false;
    const { size } = statSync(beside);
    mkdirSync(dirname(path), { recursive: true });
    const is_whole = isKeptWhole(key, size);
    if (is_whole) renameSync(beside, path);
    else keepFooter(beside, path);
    known.set(key, { etag: written.etag, size, modified: server_time, is_whole });
    return true;
  } finally {
    rmSync(beside, { force: true });
  }
}

async function share(
  mirror: Mirror,
  path: string,
  beside: string,
  write: WriteBeside,
  takeIn: () => Promise<void>,
): Promise<void> {
  const { objects, label, known, keyOf, sleep, server_time } = mirror;
  const key = keyOf(path);
  for (let attempt = 0; !(await upload(mirror, path, beside, write)); attempt++) {
    if (attempt >= MOST_SHARES) throw busy(label, key);
    await sleep(SHARE_WAIT_MS * attempt);
    const head = await objects.head(key);
    known.delete(key);
    if (head === null) continue;
    mkdirSync(dirname(path), { recursive: true });
    const { etag, size } = head;
    // Somebody may have written it once more since: then the next attempt takes that in.
    if (!(await objects.read({ key, etag }, path))) continue;
    known.set(key, { etag, size, modified: server_time, is_whole: true });
    await takeIn();
  }
}

async function remove(mirror: Mirror, path: string, stays: readonly string[]): Promise<void> {
  const { objects, known, keyOf } = mirror;
  const key = keyOf(path);
  const object = known.get(key);
  if (object === undefined || stays.some((other) => keyOf(other) === key)) return;
  // Some servers remove whatever the condition: what another load wrote meanwhile stays.
  if ((await objects.head(key))?.etag === object.etag) await objects.remove(key);
  known.delete(key);
  rmSync(path, { force: true });
}

/** Whether the folder mirrors an object: names that no load gives lie there for somebody else. */
const isMirrored = (key: string): boolean =>
  isState(key)
    ? STATE_KEY.test(key)
    : KEY.test(key) && key.split('/').every((step) => !step.startsWith('.') && step !== '');

function busy(label: string, key: string): XanoError {
  return new XanoError('DATABASE_LOCKED', `Other loads keep writing ${label}${key}.`, {
    hint: 'Run the same command again, with fewer loads at a time.',
  });
}
