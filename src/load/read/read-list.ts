/**
 * Reads one list: continues from a checkpoint or begins with the first page, and falls back when the server
 * refuses.
 */
import { XanoError } from '../../errors.js';
import type { ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import { isBadRequest, isMissing } from '../../rest/http/failures.js';
import { keyAtIndex, keysOfPage } from '../../rest/paging/list-queries.js';
import { openWindow, type Window } from '../incremental/window.js';
import { type Checkpoint, parseCheckpoint } from './checkpoint.js';
import { asBefore, fallbackFor } from './fallbacks.js';
import type { Progress, ReadContext, ReadResult } from './read-context.js';
import { type Restart, readOnce } from './read-once.js';

/**
 * Reads one list from where an earlier load stopped, or from the start. Throws the XanoError that ended it.
 */
export async function readList(context: ReadContext): Promise<ReadResult> {
  const { config, writer } = context;
  const checkpoint = parseCheckpoint(context.checkpoint);
  if (checkpoint === undefined) return readFromStart(context);
  // New rows are of no use without the rows before them.
  const isNew = checkpoint.window !== null && checkpoint.window.also.length > 0;
  const isOther = (checkpoint.start ?? null) !== (context.start ?? null);
  if (!((writer.previous === null && isNew) || isOther)) {
    const result = await readOn(context, checkpoint);
    if (!('restart' in result)) return result;
    context.on_change({
      from: 'where it stopped',
      to: 'the start',
      reason: result.restart,
      read_by: config.pagination.type,
    });
  }
  await writer.clear();
  context.on_restart();
  return readFromStart({ ...context, checkpoint: null });
}

/** Continues from a checkpoint; gives a reason when it must be read from the start instead. */
async function readOn(context: ReadContext, checkpoint: Checkpoint): Promise<ReadResult | Restart> {
  const config = asBefore(context.config, checkpoint);
  const from = context.config.pagination.type;
  const to = config.pagination.type;
  if (to !== from)
    context.on_change({
      from,
      to,
      reason: 'the saved rows of the previous load were read that way',
      read_by: to,
    });
  const { compared, rejected, after, last, window } = checkpoint;
  const progress: Progress = { pages: 0, compared, rejected, after, last };
  try {
    const restart = await whyMoved(context, config, checkpoint);
    if (restart !== undefined) return { restart };
    return await readOnce(context, { config, progress, window, checkpoint });
  } catch (thrown) {
    // A checkpoint that the server no longer accepts must not hold up every later load.
    if (!(thrown instanceof XanoError) || !isCheckpointRefused(thrown, progress)) throw thrown;
    return { restart: thrown.message };
  }
}

function isCheckpointRefused(error: XanoError, { pages }: Progress): boolean {
  return error.code === 'PAGINATION_LOOP' || (pages === 0 && (isBadRequest(error) || isMissing(error)));
}

/**
 * Why a list cannot continue; undefined when it can. A list that is not read by key continues only while the
 * last staged row is still where it was: otherwise rows have moved across the break.
 */
async function whyMoved(
  { http, sender, checkpoint }: ReadContext,
  config: ResolvedEndpoint,
  { after, last, request }: Checkpoint,
): Promise<string | undefined> {
  const rows = checkpoint?.rows ?? 0;
  const { type } = config.pagination;
  const { origin } = new URL(config.base_url);
  // Whatever the pagination: requests carry a credential.
  if ([last, request].some((stored) => stored !== null && new URL(stored.url).origin !== origin))
    return 'The saved progress belongs to a different URL.';
  if (type === 'keyset' || type === 'single_page' || rows === 0) return undefined;
  const inPlace =
    after !== null &&
    ((await keyAtIndex(config, http, rows - 1, sender)) === after ||
      // As in page-drift.ts: a server with a page size of its own.
      (last !== null && (await keysOfPage(config, http, last, sender)).last_key === after));
  return inPlace
    ? undefined
    : `Rows were added or deleted since the previous load, so ${type === 'page_number' ? 'page numbers refer to other rows' : 'its pages have shifted'}.`;
}

/**
 * Reads from the first page: in smaller pages when large ones are refused, by page numbers when keyset paging
 * is refused.
 */
async function readFromStart(context: ReadContext): Promise<ReadResult> {
  const { config: wanted, writer } = context;
  let window: Window | null | undefined;
  for (let config = wanted; ; ) {
    const progress: Progress = { pages: 0, compared: false, rejected: 0, after: null, last: null };
    try {
      const on_doubt = (reason: string): void => sayEverything(context, reason);
      window ??= await openWindow(wanted, writer, { ...context, on_doubt });
      if (window !== null && context.everything === true) window = { ...window, also: [] };
      const result = await readOnce(context, { config, progress, window });
      if (!('restart' in result)) return result;
      sayEverything(context, result.restart);
      window = { watermark: null, ...window, also: [] };
    } catch (thrown) {
      if (!(thrown instanceof XanoError)) throw thrown;
      const known_page_size = context.known_page_size();
      const attempt = { wanted, config, progress, window: window ?? null, known_page_size };
      const fallback = fallbackFor(thrown, attempt);
      if (fallback === undefined) throw thrown;
      context.on_change(fallback.change);
      // The plain list takes no conditions: everything is read.
      if (fallback.is_plain_list) window = { watermark: null, ...window, also: [] };
      config = fallback.config;
    }
    await writer.clear();
    context.on_restart();
  }
}

/** Says that all of an incremental list is read, because the server cannot filter by what is new. */
function sayEverything({ config, on_change }: ReadContext, reason: string): void {
  const column = config.incremental?.cursor_path ?? '';
  on_change({ from: `what is new by "${column}"`, to: 'all rows', reason, read_by: config.pagination.type });
}
