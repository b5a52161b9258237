/**
 * Reads a list in the order of its key. Where keys are whole numbers and the server counts, it requests
 * several ranges of keys concurrently: earlier pages show how many keys make a page. Pages come out in order,
 * and each range is read to its end, so a wrong guess costs requests and never rows.
 */
import { XanoError } from '../../errors.js';
import type { ResolvedEndpoint } from '../config/endpoint-config.js';
import type { Pagination } from '../config/pagination.js';
import type { PageRecords } from '../decode/records.js';
import { wholeKey } from '../decode/whole-key.js';
import type { PageRequest } from '../http/request.js';
import { assertProgress, once, type Page, totalOf } from './page.js';
import { createPageReader, type PageReader, type ReadAnswer } from './page-reader.js';
import { createPageSizes, type PageSizes } from './page-size.js';
import type { KeyRange } from './paginator.js';
import { firstPage, nextPage } from './paginators.js';
import type { ReadOptions } from './read-options.js';

/** A range of keys that is requested. */
interface Job {
  readonly range: KeyRange;
  readonly request: PageRequest;
  /** Rows requested. */
  readonly size: number;
  /** How many keys remain in a guessed range; undefined where the range has no end. */
  readonly width: number | undefined;
  readonly answer: Promise<ReadAnswer>;
  readonly release: () => void;
}

/** A range with a smaller share of a page's rows was a bad guess. */
const POOR = 0.5;
/**
 * The first pages are read one after the other: guessing would cost more requests, and save almost no time.
 */
const FEW = 4;
/** Concurrent answers are held in memory: more of the largest ones are no faster, even at 200 ms. Bytes. */
const AHEAD_BYTES = 16 * 1024 * 1024;

/** One list that is read in the order of its key, and how far it has been read. */
interface KeysetReading {
  readonly config: ResolvedEndpoint;
  readonly pagination: Extract<Pagination, { type: 'keyset' }>;
  readonly options: ReadOptions;
  readonly reader: PageReader;
  readonly sizes: PageSizes;
  /** The range of keys to read, and its upper end if that is a whole number. */
  readonly range: KeyRange;
  readonly end: bigint | undefined;
  /** The pending requests, in the order of keys. */
  readonly queue: Job[];
  readonly leaving: AbortController;
  /** All keys up to this one are requested. Undefined while a pending request has no upper end. */
  frontier: bigint | undefined;
  /** Keys for each row, where that is known well enough for a guess. */
  spread: number | undefined;
  /** How many guesses may be pending: one after a bad guess, and twice as many after each good one. */
  daring: number;
  /** Length of the last answer. */
  usual_bytes: number;
  /** The last key so far. */
  last: string | undefined;
  /** The previous page, needed where only its bytes tell whether the next one advances; and those bytes. */
  previous: PageRecords | undefined;
  previous_body: Uint8Array | undefined;
}

/**
 * Reads a list in the order of its key. The receiver of a page releases it. Throws what {@link Http.send}
 * throws, and PAGINATION_LOOP.
 */
export async function* readKeyset(
  config: ResolvedEndpoint,
  pagination: Extract<Pagination, { type: 'keyset' }>,
  options: ReadOptions,
): AsyncGenerator<Page> {
  const { http, only_first = false } = options;
  const reading = openReading(config, pagination, options);
  const { queue, reader, leaving } = reading;
  queue.push(ask(reading, { ...reading.range, after: reading.last }, undefined));
  try {
    for (let index = 0; queue.length > 0; ) {
      const job = queue[0]!;
      const answer = await answerOf(reading, job);
      if (answer === undefined) continue;
      const { page, encoder, widened, parts } = reader.take(answer);
      const is_large = parts !== undefined;
      const { next, total } = follow(reading, job, page, answer.body.length);
      // While a large page is written, no other answer is requested: it would be held in memory as well.
      if (!only_first && !is_large) proceed(reading, job, page, next, total);
      keepToCompare(reading, page, is_large ? undefined : answer.body);
      const release = once(() => {
        reader.release(encoder);
        if (is_large) http.release(answer.body);
      });
      const { drift: _, ascending: __, records: ___, envelope: ____, ...rest } = page;
      const about = { index: index++, request: job.request, next, widened, total, implied_total: null };
      yield { ...rest, ...about, parts, release };
      if (only_first) return;
      if (is_large) proceed(reading, job, page, next, total);
    }
  } finally {
    // The reader has stopped: nobody needs the pending answers.
    leaving.abort();
    for (const { release } of queue) release();
  }
}

function openReading(
  config: ResolvedEndpoint,
  pagination: KeysetReading['pagination'],
  options: ReadOptions,
): KeysetReading {
  const { range = {}, after = range.after, sizes = createPageSizes(pagination) } = options;
  return {
    ...{ config, pagination, options, sizes, range },
    reader: createPageReader(config, options.columns),
    end: wholeKey(range.before),
    queue: [],
    leaving: new AbortController(),
    frontier: undefined,
    spread: undefined,
    daring: Number.POSITIVE_INFINITY,
    usual_bytes: 1,
    last: after,
    ...{ previous: undefined, previous_body: undefined },
  };
}

function ask(
  reading: KeysetReading,
  range: KeyRange,
  width: number | undefined,
  release = (): void => {},
): Job {
  const { config, pagination, options, reader, sizes, leaving } = reading;
  const size = sizes.now();
  const request = firstPage({ ...config, pagination: { ...pagination, page_size: size } }, range);
  const attempts = sizes.isTried(size) ? undefined : 2;
  const sender = { ...options.sender, attempts, signal: leaving.signal };
  const answer = options.http.send(request, config.auth, ({ body }) => reader.read(body), sender);
  // The answer is awaited at its turn; if the reader stops earlier, nobody needs its failure.
  answer.catch(() => {});
  return { range, request, size, width, answer, release };
}

/**
 * The answer of the first job; undefined where its size was refused, and smaller pages are requested instead.
 */
async function answerOf(reading: KeysetReading, job: Job): Promise<ReadAnswer | undefined> {
  try {
    return await job.answer;
  } catch (thrown) {
    if (!(thrown instanceof XanoError) || !reading.sizes.refused(job.size, thrown)) throw thrown;
    reading.queue[0] = ask(reading, job.range, job.width, job.release);
    return undefined;
  }
}

/** Checks that a page advances, and returns the request that follows. */
function follow(
  reading: KeysetReading,
  job: Job,
  page: PageRecords,
  bytes: number,
): Pick<Page, 'next' | 'total'> {
  const { config, last, previous, sizes } = reading;
  assertProgress(config, page, last, previous);
  const { envelope, count, last_key } = page;
  const total = totalOf(config, { envelope });
  const next = nextPage(config, job.request, { envelope, count, last_key }, job.range);
  reading.usual_bytes = bytes;
  sizes.took(job.size, count, bytes, next !== null && (total === null || total > count));
  return { next, total };
}

/** Requests the rest of a page's range, and the keys after the frontier. */
function proceed(
  reading: KeysetReading,
  job: Job,
  page: PageRecords,
  next: PageRequest | null,
  total: number | null,
): void {
  const { sizes, queue } = reading;
  if (job.width === undefined) {
    // Without a count, a range would end only with an empty page: one useless request for each range.
    const enough = total !== null && total - page.count > sizes.now() * FEW;
    reading.spread = enough ? spreadOf(page) : undefined;
    reading.frontier = reading.spread === undefined || next === null ? undefined : wholeKey(page.last_key);
  } else if (page.count > 0 && page.count >= job.size * POOR && next === null) {
    reading.spread = job.width / page.count;
    reading.daring *= 2;
  } else {
    // The density of keys has changed: the next request takes the next rows, without a guess.
    reading.spread = undefined;
    reading.daring = 1;
  }
  if (next === null || (job.width === undefined && reading.frontier !== undefined)) {
    queue.shift();
    job.release();
  } else {
    const left = { ...job.range, after: page.last_key ?? undefined };
    queue[0] = ask(reading, left, job.width === undefined ? undefined : keysIn(left), job.release);
  }
  advance(reading);
}

/**
 * Requests the keys after the frontier: in guessed ranges while slots are free, else simply the next rows.
 */
function advance(reading: KeysetReading): void {
  const { config, queue, end, range: all, sizes, options } = reading;
  const { lane = () => undefined } = options;
  while (reading.frontier !== undefined && (end === undefined || reading.frontier < end - 1n)) {
    const { frontier, spread, daring, usual_bytes } = reading;
    const room = queue.length < Math.max(usual_bytes > AHEAD_BYTES ? 1 : 2, AHEAD_BYTES / usual_bytes);
    const guess = room && spread !== undefined && end !== undefined && queue.length < daring;
    const release = guess ? lane(config.base_url) : undefined;
    if (release === undefined || spread === undefined || end === undefined) {
      if (queue.length > 0) return;
      queue.push(ask(reading, { ...all, after: String(frontier) }, undefined));
      reading.frontier = undefined;
      return;
    }
    const beyond = frontier + BigInt(widthOf(sizes.now(), spread)) + 1n;
    const stop = beyond < end ? beyond : end;
    const range = { ...all, after: String(frontier), before: String(stop) };
    queue.push(ask(reading, range, keysIn(range), release));
    reading.frontier = stop - 1n;
  }
}

/**
 * Keeps the parts of a page that the next one is compared with, and releases the bytes that are not needed:
 * numeric keys show whether pages advance. The bytes of a large page stay with it until it is released.
 */
function keepToCompare(reading: KeysetReading, page: PageRecords, body: Uint8Array | undefined): void {
  const { http } = reading.options;
  reading.last = page.last_key ?? reading.last;
  if (reading.previous_body !== undefined) http.release(reading.previous_body);
  const are_numbers = wholeKey(page.last_key) !== undefined;
  if (are_numbers && body !== undefined) http.release(body);
  reading.previous = are_numbers ? undefined : page;
  reading.previous_body = are_numbers ? undefined : body;
}

/** Keys for each row of a page: 1 where none is missing. */
function spreadOf({ first_key, last_key, count }: PageRecords): number | undefined {
  const [first, last] = [wholeKey(first_key), wholeKey(last_key)];
  return first === undefined || last === undefined || count < 2
    ? undefined
    : Number(last - first) / (count - 1);
}

/** How many keys a range may have; undefined for a range without whole numbers at both ends. */
function keysIn({ after, before }: KeyRange): number | undefined {
  const [low, high] = [wholeKey(after), wholeKey(before)];
  return low === undefined || high === undefined ? undefined : Number(high - low) - 1;
}

/**
 * How many keys to request so that their rows fill a page, and seldom more: if keys are missing at random,
 * their number is within three standard deviations. A range with as many keys as a page has rows never
 * exceeds a page.
 */
function widthOf(size: number, spread: number): number {
  const deviation = Math.sqrt(size * Math.max(0, 1 - 1 / spread));
  return Math.max(size, Math.floor((size - 3 * deviation) * spread));
}
