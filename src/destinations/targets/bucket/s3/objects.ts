/**
 * The objects of a place in a bucket: list, read, write if nobody else has, remove. Keys are those below it.
 */
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { XanoError } from '../../../../errors.js';
import { type Answered, type Asking, askBucket, type BucketAccess } from './ask-bucket.js';
import { conditionOf, type Expected, isRefused, MARK } from './condition.js';
import { digestOf } from './digest.js';
import { type ListedObject, parseListing } from './parse-listing.js';
import { uploadInParts } from './upload-in-parts.js';

/** What was found out about one object. */
export interface ObjectHead {
  readonly etag: string;
  readonly size: number;
  /** The mark of the request that wrote it, if a load did. */
  readonly mark: string;
}

/** What an object is made of. */
type Written = { readonly file: string } | { readonly text: string };

/** A small object. */
export interface ReadText {
  readonly text: string;
  readonly etag: string;
  /** How long ago it was written, by the server's clock. 0 where the server does not say it. */
  readonly age_ms: number;
}

/** The objects of one place in a bucket. Every member throws DATABASE_FAILED. */
export interface Objects {
  /** Lists them all, with the server's time. */
  readonly list: () => Promise<{ readonly objects: readonly ListedObject[]; readonly now: number }>;
  readonly head: (key: string) => Promise<ObjectHead | null>;
  /** Reads a small object; null where there is none. */
  readonly text: (key: string) => Promise<ReadText | null>;
  /**
   * Reads an object of this version into a file, or its last bytes; false where it has changed since.
   */
  readonly read: (
    object: Pick<ListedObject, 'key' | 'etag'>,
    into: string,
    last_bytes?: number,
  ) => Promise<boolean>;
  /** Writes a file or a text as an object; null where another version is there than the expected one. */
  readonly write: (
    key: string,
    what: Written,
    expected: Expected,
  ) => Promise<{ readonly etag: string } | null>;
  readonly remove: (key: string) => Promise<void>;
}

/** More objects than a place of loads has. Listing them takes a second for each 10,000. */
const MOST_OBJECTS = 200_000;
/** A server that goes on without naming objects never ends. */
const MOST_PAGES = 2_000;

/** A place in a bucket while it is asked. */
interface Place extends Asking {
  readonly access: BucketAccess;
  /** The whole key of an object. */
  readonly keyOf: (key: string) => string;
}

/** Opens a place in a bucket. Sends nothing yet. */
export function openObjects(access: BucketAccess): Objects {
  const place: Place = {
    ...askBucket(access),
    access,
    keyOf: (key) => access.address.prefix + key,
  };
  return {
    list: () => list(place),
    head: (key) => head(place, key),
    text: (key) => readText(place, key),
    read: (object, into, last_bytes) => read(place, object, into, last_bytes),
    write: (key, what, expected) => write(place, key, what, expected),
    remove: async (key) => {
      const answer = await place.ask({ method: 'DELETE', key: place.keyOf(key) });
      if (![200, 204, 404].includes(answer.status)) throw place.failure(answer);
    },
  };
}

async function list({ ask, failure, access }: Place): ReturnType<Objects['list']> {
  const { prefix, label } = access.address;
  const objects: ListedObject[] = [];
  let now = Date.now();
  let pages = 0;
  for (let next: string | undefined = ''; next !== undefined; ) {
    const answer: Answered = await ask({
      method: 'GET',
      key: '',
      parameters: {
        'list-type': '2',
        'encoding-type': 'url',
        prefix,
        ...(next === '' ? {} : { 'continuation-token': next }),
      },
    });
    const page = answer.status === 200 ? parseListing(answer.text) : null;
    if (page === null) throw failure(answer);
    const date = Date.parse(answer.headers['date'] ?? '');
    if (Number.isFinite(date)) now = date;
    for (const { key, ...rest } of page.objects)
      if (key.startsWith(prefix)) objects.push({ key: key.slice(prefix.length), ...rest });
    if (objects.length > MOST_OBJECTS) throw tooMany(label);
    if (++pages > MOST_PAGES) throw failure(answer);
    next = page.next;
  }
  return { objects, now };
}

async function head({ ask, failure, keyOf }: Place, key: string): Promise<ObjectHead | null> {
  const answer = await ask({ method: 'HEAD', key: keyOf(key) });
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw failure(answer);
  const { etag = '', 'content-length': size = '0', [MARK]: mark = '' } = answer.headers;
  return { etag, size: Number(size), mark };
}

async function readText({ ask, failure, keyOf }: Place, key: string): Promise<ReadText | null> {
  const answer = await ask({ method: 'GET', key: keyOf(key) });
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw failure(answer);
  const { etag = '', date = '', 'last-modified': modified = '' } = answer.headers;
  return { text: answer.text, etag, age_ms: Math.max(0, Date.parse(date) - Date.parse(modified)) || 0 };
}

async function read(
  { ask, failure, keyOf }: Place,
  { key, etag }: Pick<ListedObject, 'key' | 'etag'>,
  into: string,
  last_bytes: number | undefined,
): Promise<boolean> {
  const range = last_bytes === undefined ? {} : { range: `bytes=-${last_bytes}` };
  const headers = { 'if-match': etag, ...range };
  const answer = await ask({ method: 'GET', key: keyOf(key), into, headers });
  if (answer.status === 412 || answer.status === 404) return false;
  if (answer.status !== 200 && answer.status !== 206) throw failure(answer);
  return true;
}

async function write(
  place: Place,
  key: string,
  what: Written,
  expected: Expected,
): Promise<{ readonly etag: string } | null> {
  const { ask, failure, keyOf, access } = place;
  const mark = randomUUID();
  const bytes = 'text' in what ? Buffer.byteLength(what.text) : statSync(what.file).size;
  const isWritten = async (): Promise<{ readonly etag: string } | null> => {
    const found = await head(place, key);
    return found?.mark === mark ? { etag: found.etag } : null;
  };
  if ('file' in what && bytes >= access.endpoint.parts_from) {
    // Some servers check the condition only before the first part, or not at all.
    const found = await head(place, key);
    if ((found?.etag ?? null) !== (expected?.etag ?? null)) return null;
    return uploadInParts(place, { key: keyOf(key), file: what.file, bytes, expected, mark }, isWritten);
  }
  const answer = await ask({
    method: 'PUT',
    key: keyOf(key),
    headers: { ...conditionOf(expected), [MARK]: mark },
    body:
      'text' in what
        ? what.text
        : { file: what.file, start: 0, bytes, sha256: await digestOf(what.file, 0, bytes) },
  });
  // The answer to an earlier attempt may have been lost on its way.
  if (isRefused(answer)) return answer.is_repeated ? isWritten() : null;
  if (answer.status !== 200) throw failure(answer);
  const { etag } = answer.headers;
  return etag === undefined ? isWritten() : { etag };
}

function tooMany(label: string): XanoError {
  return new XanoError(
    'DATABASE_FAILED',
    `${label} has more than ${MOST_OBJECTS.toLocaleString('en')} objects.`,
    { hint: 'Name a prefix of its own: --to s3://bucket/prefix.' },
  );
}
