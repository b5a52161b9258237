/**
 * Reads a list that each record of another resource has: all of them into one table, in the order of their
 * parents.
 */
import { isTokenError, XanoError } from '../../errors.js';
import { isErrorStatus, isIgnored } from '../../rest/config/parent.js';
import type { PageRequest } from '../../rest/http/request.js';
import { askPage } from '../../rest/paging/ask-page.js';
import { countRecords, keysOfPage } from '../../rest/paging/list-queries.js';
import type { Page } from '../../rest/paging/page.js';
import { createPageReader } from '../../rest/paging/page-reader.js';
import { firstPage } from '../../rest/paging/paginators.js';
import { readPages } from '../../rest/paging/read-pages.js';
import { type Checkpoint, type ChildProgress, parseCheckpoint } from './checkpoint.js';
import {
  type AskedList,
  askAhead,
  type ChildLists,
  digestOf,
  digestWith,
  listsRead,
  lossesOf,
  NOTHING_DONE,
  progressOf,
  senderOf,
} from './child-lists.js';
import {
  followFailures,
  isOfOneParent,
  isWithoutList,
  type ParentLosses,
  rowsOfParents,
  withNotRead,
  withoutList,
} from './parent-failures.js';
import { boundOf, withIncluded } from './parents.js';
import type { Parents, Progress, ReadContext, ReadResult } from './read-context.js';
import { createPageStager } from './stage-pages.js';

/** After so many failures in a row, the token is tested with a list that it could read before. */
const SUSPICIOUS = 5;

/**
 * Reads the lists of all parents, and continues where an earlier load stopped. Throws the XanoError that
 * ended it.
 */
export async function readChildren(context: ReadContext, parents: Parents): Promise<ReadResult> {
  const checkpoint = parseCheckpoint(context.checkpoint);
  if (checkpoint === undefined) return readLists(context, parents);
  const stored = checkpoint.parents ?? NOTHING_DONE;
  const reason =
    (await digestOf(parents, stored.done)) === stored.digest
      ? await whyMoved(context, checkpoint)
      : `the records of "${context.config.parent?.resource}" have changed`;
  if (reason === undefined) return readLists(context, parents, checkpoint);
  context.on_change({
    from: 'where it stopped',
    to: 'the start',
    reason,
    read_by: context.config.pagination.type,
  });
  await context.writer.clear();
  context.on_restart();
  return readLists({ ...context, checkpoint: null }, parents);
}

/**
 * Why reading cannot continue; undefined when it can. In the middle of a list, its last row must be where it
 * was.
 */
async function whyMoved(
  { config, http, sender }: ReadContext,
  { last, request, after }: Checkpoint,
): Promise<string | undefined> {
  const { origin } = new URL(config.base_url);
  if ([last, request].some((stored) => stored !== null && new URL(stored.url).origin !== origin))
    return 'the saved progress belongs to a different URL';
  if (request === null || last === null) return undefined;
  const now = await keysOfPage(config, http, last, sender).catch(() => undefined);
  return after !== null && now?.last_key === after
    ? undefined
    : 'rows were added or deleted since the previous load';
}

async function readLists(
  context: ReadContext,
  parents: Parents,
  checkpoint?: Checkpoint,
): Promise<ReadResult> {
  const { found } = parents;
  const config = checkpoint === undefined ? await withIncluded(context, found) : context.config;
  const { rejected = 0, after = null, last = null } = parseCheckpoint(context.checkpoint) ?? {};
  const progress: Progress = { pages: 0, compared: false, rejected, after, last };
  progress.parents = checkpoint?.parents ?? NOTHING_DONE;
  const stager = createPageStager(context, { config, progress, window: null, stored: context.checkpoint });
  const lists: ChildLists = {
    context,
    config,
    found,
    rows: found.rows(),
    progress,
    reader: createPageReader(config, stager.columns()),
    asked: [],
    streak: followFailures(),
    resumed: checkpoint?.request ?? undefined,
    first_loss: undefined,
    last_read: undefined,
  };
  for (let skip = progress.parents.done; skip > 0; skip--) await lists.rows.next();
  const stopped = { after: after ?? undefined, last: last ?? undefined };
  await stager.take(pagesOfAll(lists, stopped), { several: true });
  const losses = lossesOf(lists);
  const halves = losses.not_read.filter(({ half }) => half === true);
  const ofHalves = rowsOfParents(config, halves);
  if (halves.length > 0 && ofHalves !== undefined) await context.writer.forgetRows(ofHalves);
  return {
    rows_expected: progressOf(lists).expected,
    config: context.config,
    moved: false,
    window: null,
    range: null,
    partial: parents.only_new || losses.not_read.length > 0,
    losses,
    stager,
  };
}

/** Where an earlier load stopped in the middle of a list. */
interface Stopped {
  readonly after: string | undefined;
  readonly last: PageRequest | undefined;
}

/** The list that is being read. */
interface Turn extends AskedList {
  /** How far all lists were read before it. */
  readonly before: ChildProgress;
  /** Rows of it so far. */
  rows: number;
}

async function* pagesOfAll(lists: ChildLists, stopped: Stopped): AsyncGenerator<Page> {
  let failure: XanoError | undefined;
  for (;;) {
    await askAhead(lists);
    const next = lists.asked.shift();
    if (next === undefined) break;
    const before = progressOf(lists);
    const turn: Turn = { ...next, before, rows: before.rows };
    try {
      yield* pagesOfOne(lists, turn, stopped);
      failure = undefined;
    } catch (thrown) {
      if (turn.rows === 0 && isIgnored(lists.config, thrown)) finish(lists, turn, 0);
      else failure = await lose(lists, turn, thrown);
    }
  }
  if (failure !== undefined) await assertAllowed(lists, failure);
  // When no list could be read at all, the records are not at fault.
  if (listsRead(lists) === 0 && lists.first_loss !== undefined) throw lists.first_loss;
}

async function* pagesOfOne(lists: ChildLists, turn: Turn, stopped: Stopped): AsyncGenerator<Page> {
  const { child, before } = turn;
  const { context, progress, reader, streak } = lists;
  const { http } = context;
  if (child instanceof XanoError) throw child;
  const from = child.from === undefined ? {} : { from: child.from, ...stopped, rows: turn.rows };
  const options = {
    http,
    sender: senderOf(lists),
    reader,
    columns: [],
    constants: child.constants,
    ...from,
  };
  let implied = 0;
  for await (const page of readPages(child.config, { ...options, asked: child.answer })) {
    turn.rows += page.count;
    implied = page.implied_total ?? implied;
    if (page.next === null) {
      if (implied > turn.rows)
        throw new XanoError(
          'INCOMPLETE',
          `An answer counts ${implied} records of this list, but ${turn.rows} arrived.`,
          { hint: "Correct the pagination, or set total_path to '' if no field counts the records." },
        );
      // When the last answer does not agree, the list is counted once more.
      const counted =
        page.total === turn.rows ? turn.rows : await countRecords(child.config, http, {}, senderOf(lists));
      finish(lists, turn, counted);
    } else progress.parents = { ...before, rows: turn.rows };
    // The total of one list is not the total of all.
    yield { ...page, total: null };
  }
  streak.read();
  lists.last_read = child.config;
}

/** Counts a list as done. `total`: its rows, null when the server does not count them. */
function finish(
  { progress }: ChildLists,
  { before, row }: Turn,
  total: number | null,
  lost?: ParentLosses,
): void {
  const losses = lost ?? before.losses;
  progress.parents = {
    done: before.done + 1,
    digest: digestWith(before.digest, row),
    expected: before.expected === null || total === null ? null : before.expected + total,
    rows: 0,
    ...(losses === undefined ? {} : { losses }),
  };
}

/** Counts a list as lost. Throws what concerns more than this one list. */
async function lose(lists: ChildLists, turn: Turn, thrown: unknown): Promise<XanoError> {
  const { config, context, found, streak } = lists;
  if (thrown !== turn.child && !isOfOneParent(thrown)) throw thrown;
  // An error of one parent's list, or of its URL.
  const error = thrown as XanoError;
  if (isErrorStatus(config, error.request?.status)) throw error;
  const parent = boundOf(config, found, turn.row);
  const losses = lossesOf(lists);
  if (turn.rows === 0 && isWithoutList(error)) finish(lists, turn, null, withoutList(losses, parent, error));
  else {
    context.on_parent_lost?.(parent, error);
    finish(lists, turn, 0, withNotRead(losses, parent, error, turn.rows > 0));
  }
  lists.first_loss ??= error;
  streak.failed(error, listsRead(lists));
  if (streak.length() === SUSPICIOUS) await assertAllowed(lists, error);
  return error;
}

/**
 * Throws when the token is refused for a list that it could read before: then the token has expired, and the
 * record is not at fault.
 */
async function assertAllowed(lists: ChildLists, error: XanoError): Promise<void> {
  const { context, last_read, reader } = lists;
  if (last_read === undefined || !(isTokenError(error.code) || error.code === 'SCOPE_MISSING')) return;
  const options = { http: context.http, sender: senderOf(lists), reader, columns: [] };
  await askPage(last_read, firstPage(last_read), options, { first: true }).catch((thrown: unknown) => {
    if (thrown instanceof XanoError && isTokenError(thrown.code)) throw thrown;
  });
}
