/**
 * Reads a list in the order of its key. Where keys are whole numbers and the server counts, several ranges of keys are under way at a
 * time: how many keys make a page is known from the pages before. They are given out in order, and each range is read to its end, so
 * that a guess that fails costs requests and never rows.
 */
import { XanoError } from '../../errors.js';
import type { ResolvedEndpoint } from '../config/endpoint-config.js';
import type { Pagination } from '../config/pagination.js';
import type { Encoder } from '../decode/encode.js';
import type { PageRecords } from '../decode/records.js';
import type { PageRequest } from '../http/request.js';
import {
  assertProgress,
  createPageReader,
  type Page,
  type ReadAnswer,
  type ReadOptions,
  totalOf,
} from './page.js';
import { createPageSizes } from './page-size.js';
import type { KeyRange } from './paginator.js';
import { firstPage, nextPage } from './paginators.js';

/** A range of keys that is asked for. */
interface Job {
  readonly range: KeyRange;
  readonly request: PageRequest;
  /** Rows asked for. */
  readonly size: number;
  /** How many keys are left in a range that was guessed; undefined where it goes on to the end of the list. */
  readonly width: number | undefined;
  readonly answer: Promise<ReadAnswer>;
  readonly release: () => void;
}

/** A range that comes back emptier than this was a bad guess. */
const POOR = 0.5;
/** So many pages are read one after the other: guessing would take more requests, and save next to no time. */
const FEW = 4;
/** Answers under way are held in memory: more of the largest ones make nothing faster, at 200 ms either. */
const AHEAD_BYTES = 16 * 1024 * 1024;

/** Reads a list in the order of its key. Throws what {@link Http.send} throws, and PAGINATION_LOOP. */
export async function* readKeyset(
  config: ResolvedEndpoint,
  pagination: Extract<Pagination, { type: 'keyset' }>,
  options: ReadOptions,
): AsyncGenerator<Page> {
  const { http, sender, range: whole = {}, after = whole.after, lane = () => undefined } = options;
  const reader = createPageReader(config, options.columns);
  const { sizes = createPageSizes(pagination) } = options;
  const end = wholeKey(whole.before);
  const queue: Job[] = [];
  /** Up to this key everything is asked for. Undefined while that is so up to the end of the list. */
  let frontier: bigint | undefined;
  /** Keys for each row, where that is known well enough to guess by. */
  let spread: number | undefined;
  /** How many guesses may be under way: one after a bad guess, and twice as many with each that was good. */
  let daring = Number.POSITIVE_INFINITY;
  /** Length of the last answer. */
  let usual_bytes = 1;
  const leaving = new AbortController();

  const ask = (range: KeyRange, width: number | undefined, release = (): void => {}): Job => {
    const size = sizes.now();
    const request = firstPage({ ...config, pagination: { ...pagination, page_size: size } }, range);
    const attempts = sizes.isTried(size) ? undefined : 2;
    const answer = http.send(request, config.auth, ({ body }) => reader.read(body), {
      ...sender,
      attempts,
      signal: leaving.signal,
    });
    // It is awaited when its turn comes; should the reader stop before that, its failure concerns nobody.
    answer.catch(() => {});
    return { range, request, size, width, answer, release };
  };

  /** Asks for what comes after the frontier: in guessed ranges while there are lanes for them, else for whatever rows are next. */
  const advance = (): void => {
    while (frontier !== undefined && (end === undefined || frontier < end - 1n)) {
      const room = queue.length < Math.max(usual_bytes > AHEAD_BYTES ? 1 : 2, AHEAD_BYTES / usual_bytes);
      const guess = room && spread !== undefined && end !== undefined && queue.length < daring;
      const release = guess ? lane(config.base_url) : undefined;
      if (release === undefined || spread === undefined || end === undefined) {
        if (queue.length > 0) return;
        queue.push(ask({ ...whole, after: String(frontier) }, undefined));
        frontier = undefined;
        return;
      }
      const width = widthOf(sizes.now(), spread);
      const beyond = frontier + BigInt(width) + 1n;
      const stop = beyond < end ? beyond : end;
      const range = { ...whole, after: String(frontier), before: String(stop) };
      queue.push(ask(range, keysIn(range), release));
      frontier = stop - 1n;
    }
  };

  let last = after;
  let before: PageRecords | undefined;
  /** What the page before is made of. */
  let read: { readonly body: Uint8Array | undefined; readonly encoder: Encoder } | undefined;
  queue.push(ask({ ...whole, after }, undefined));
  try {
    for (let index = 0; queue.length > 0; ) {
      const job = queue[0]!;
      let answer: ReadAnswer;
      try {
        answer = await job.answer;
      } catch (thrown) {
        if (!(thrown instanceof XanoError) || !sizes.refused(job.size, thrown)) throw thrown;
        queue[0] = ask(job.range, job.width, job.release);
        continue;
      }
      const { page, encoder, widened, parts } = reader.take(answer);
      assertProgress(config, page, last, before);
      const { drift: _, ascending: __, records: ___, envelope, ...rest } = page;
      const total = totalOf(config, { envelope });
      const answered = { envelope, count: page.count, last_key: page.last_key };
      const next = nextPage(config, job.request, answered, job.range);
      const more = next !== null && (total === null || total > page.count);
      usual_bytes = answer.body.length;
      sizes.took(job.size, page.count, answer.body.length, more);
      const isLarge = parts !== undefined;
      const proceed = (): void => {
        if (job.width === undefined) {
          // Without a count a range would only end with an empty page: a request for nothing, each time.
          const enough = total !== null && total - page.count > sizes.now() * FEW;
          spread = enough ? spreadOf(page) : undefined;
          frontier = spread === undefined || next === null ? undefined : wholeKey(page.last_key);
        } else if (page.count > 0 && page.count >= job.size * POOR && next === null) {
          spread = job.width / page.count;
          daring *= 2;
        } else {
          // Keys lie otherwise here: the next request goes to wherever the next rows are.
          spread = undefined;
          daring = 1;
        }
        if (next === null || (job.width === undefined && frontier !== undefined)) {
          queue.shift();
          job.release();
        } else {
          const left = { ...job.range, after: page.last_key ?? undefined };
          queue[0] = ask(left, job.width === undefined ? undefined : keysIn(left), job.release);
        }
        advance();
      };
      // What is asked for while a large page is written would be held beside it.
      if (options.only_first !== true && !isLarge) proceed();
      last = page.last_key ?? last;
      // Who asks for this page is done with the one before it.
      if (read?.body !== undefined) http.release(read.body);
      if (read !== undefined) reader.release(read.encoder);
      // Where keys are numbers they tell whether pages get on: nobody compares their bytes.
      const are_numbers = wholeKey(page.last_key) !== undefined;
      if (are_numbers && !isLarge) http.release(answer.body);
      before = are_numbers ? undefined : page;
      read = { body: are_numbers || isLarge ? undefined : answer.body, encoder };
      const about = { index: index++, request: job.request, next, widened, total, implied_total: null };
      yield { ...rest, ...about, parts };
      if (options.only_first === true) return;
      if (isLarge) {
        http.release(answer.body);
        proceed();
      }
    }
  } finally {
    // Nobody waits for what is still under way.
    leaving.abort();
    for (const { release } of queue) release();
  }
}

/** Keys for each row of a page: 1 where none is missing. */
function spreadOf({ first_key, last_key, count }: PageRecords): number | undefined {
  const [first, last] = [wholeKey(first_key), wholeKey(last_key)];
  return first === undefined || last === undefined || count < 2
    ? undefined
    : Number(last - first) / (count - 1);
}

/** How many keys there may be in a range; undefined for one that is not bounded by whole numbers. */
function keysIn({ after, before }: KeyRange): number | undefined {
  const [low, high] = [wholeKey(after), wholeKey(before)];
  return low === undefined || high === undefined ? undefined : Number(high - low) - 1;
}

/**
 * How many keys to ask for so that their rows fill a page and seldom more than that: where keys are missing by chance, their number is
 * within three standard deviations. So many keys as a page has rows never hold more rows than that.
 */
function widthOf(size: number, spread: number): number {
  const deviation = Math.sqrt(size * Math.max(0, 1 - 1 / spread));
  return Math.max(size, Math.floor((size - 3 * deviation) * spread));
}

/** A key as a number; undefined for any other key than a whole number. */
function wholeKey(key: string | null | undefined): bigint | undefined {
  return typeof key === 'string' && /^-?\d+$/.test(key) ? BigInt(key) : undefined;
}
