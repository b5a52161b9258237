/**
 * The lists of parents while they are read: how far reading is, and which lists are requested before their
 * turn.
 */
import { createHash } from 'node:crypto';
import { XanoError } from '../../errors.js';
import type { ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import type { Constant } from '../../rest/decode/record-schema.js';
import type { RequestContext } from '../../rest/http/messages.js';
import type { PageRequest } from '../../rest/http/request.js';
import { askPage } from '../../rest/paging/ask-page.js';
import type { LinkedAnswer } from '../../rest/paging/page-reader.js';
import { firstPage } from '../../rest/paging/paginators.js';
import type { ReadOptions } from '../../rest/paging/read-options.js';
import type { ChildProgress } from './checkpoint.js';
import { NO_LOSSES, type ParentLosses, type Streak } from './parent-failures.js';
import { childOf } from './parents.js';
import type { Parents, Progress, ReadContext } from './read-context.js';

/** At most so many lists are requested before their turn; the concurrency limiter may allow fewer. */
const MOST_AHEAD = 8;

/**
 * Attempts per list once one has failed: a server with many broken records would otherwise cost long waits
 * for each.
 */
const ATTEMPTS_AFTER_FAILURE = 3;

/** A parent's list that was requested before its turn. */
export interface AskedList {
  readonly row: readonly string[];
  /** An error when a parent's value cannot be a part of a URL. */
  readonly child: BoundList | XanoError;
}

interface BoundList {
  readonly config: ResolvedEndpoint;
  readonly constants: readonly Constant[];
  readonly from: PageRequest | undefined;
  readonly answer: Promise<LinkedAnswer>;
}

/** One reading of all lists. */
export interface ChildLists {
  readonly context: ReadContext;
  readonly config: ResolvedEndpoint;
  readonly found: Parents['found'];
  /** Parents whose lists were not requested yet. */
  readonly rows: AsyncGenerator<readonly string[]>;
  readonly progress: Progress;
  readonly reader: NonNullable<ReadOptions['reader']>;
  readonly asked: AskedList[];
  readonly streak: Streak;
  /** The next request of the list that an earlier load stopped in; undefined once it was sent. */
  resumed: PageRequest | undefined;
  first_loss: XanoError | undefined;
  /** The last list that was read: the token was valid for it. */
  last_read: ResolvedEndpoint | undefined;
}

/** No list was read yet. */
export const NOTHING_DONE: ChildProgress = { done: 0, digest: '', expected: 0, rows: 0 };

/** Adds one parent to a digest. */
export const digestWith = (digest: string, row: readonly string[]): string =>
  createHash('sha256').update(digest).update(JSON.stringify(row)).digest('hex').slice(0, 16);

/** Digest of the first `count` parents; undefined when there are fewer. */
export async function digestOf({ found }: Parents, count: number): Promise<string | undefined> {
  let digest = NOTHING_DONE.digest;
  let seen = 0;
  if (count === 0) return digest;
  for await (const row of found.rows()) {
    digest = digestWith(digest, row);
    if (++seen === count) return digest;
  }
  return undefined;
}

/** How far reading is. */
export const progressOf = ({ progress }: ChildLists): ChildProgress => progress.parents ?? NOTHING_DONE;

/** Parents that gave no rows so far. */
export const lossesOf = (lists: ChildLists): ParentLosses => progressOf(lists).losses ?? NO_LOSSES;

/** How many lists have been read. */
export function listsRead(lists: ChildLists): number {
  const { not_read, no_list } = lossesOf(lists);
  return progressOf(lists).done - not_read.length - no_list.count;
}

/** The context of the next request. */
export function senderOf(lists: ChildLists): RequestContext {
  const { sender } = lists.context;
  return lossesOf(lists).not_read.length === 0 ? sender : { ...sender, attempts: ATTEMPTS_AFTER_FAILURE };
}

/** Requests the next list, and those after it as far as the concurrency limiter allows. */
export async function askAhead(lists: ChildLists): Promise<void> {
  const { asked, config, context } = lists;
  if (asked.length === 0 && !(await askNext(lists))) return;
  while (context.side_by_side && asked.length < MOST_AHEAD) {
    const release = context.http.lane(config.base_url);
    if (release === undefined || !(await askNext(lists, release))) return;
  }
}

/** Requests the next list. False when there are no more parents. */
async function askNext(lists: ChildLists, release?: () => void): Promise<boolean> {
  const { value: row, done } = await lists.rows.next();
  if (done === true) {
    release?.();
    return false;
  }
  const from = lists.resumed;
  lists.resumed = undefined;
  let child: ReturnType<typeof childOf<ResolvedEndpoint>>;
  try {
    child = childOf(lists.config, lists.found, row);
  } catch (thrown) {
    release?.();
    if (!(thrown instanceof XanoError)) throw thrown;
    lists.asked.push({ row, child: thrown });
    return true;
  }
  const { http } = lists.context;
  const options = {
    http,
    sender: senderOf(lists),
    reader: lists.reader,
    columns: [],
    constants: child.constants,
  };
  const first = { first: from === undefined };
  const answer = askPage(child.config, from ?? firstPage(child.config), options, first);
  // It is awaited in its turn. If reading stops before that, its failure does not matter.
  answer.catch(() => {}).finally(() => release?.());
  lists.asked.push({ row, child: { ...child, from, answer } });
  return true;
}
