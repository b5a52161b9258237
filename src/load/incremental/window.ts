/** What an incremental load reads: from a little before the last watermark up to the highest value of this moment. */
import type { TargetWriter, Watermark } from '../../destinations/destination.js';
import { XanoError } from '../../errors.js';
import type { JsonObject } from '../../json.js';
import type { ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import type { Http } from '../../rest/http/client.js';
import type { RequestContext } from '../../rest/http/messages.js';
import { keyValue } from '../../rest/paging/paginators.js';
import { extremeValue } from '../../rest/paging/read-pages.js';
import { type CursorType, isCursorValue, LOWEST_CURSOR, stepCursor } from './cursor.js';

/** Which records are read, and where the next load begins. */
export interface Window {
  /** Conditions on the cursor; none where everything is read. */
  readonly also: readonly JsonObject[];
  readonly watermark: Watermark | null;
  /** The cursor's column, where records were seen under these conditions: then there are some. */
  readonly seen?: string;
}

/** What opening a window needs. */
interface WindowOptions {
  readonly http: Http;
  readonly sender: RequestContext;
  readonly now: () => number;
  /** The server cannot be asked for what is new: everything is read. */
  readonly on_doubt: (reason: string) => void;
}

/**
 * Opens the window of an incremental config; null for one that is none. The upper end is asked for before anything is read: what changes
 * while reading lies beyond it, and belongs to the next load, whose window begins there. A row changed at that very value is in both.
 */
export async function openWindow(
  config: ResolvedEndpoint,
  writer: TargetWriter,
  { http, sender, now, on_doubt }: WindowOptions,
): Promise<Window | null> {
  const { incremental, columns = [] } = config;
  if (incremental?.after === undefined || incremental.before === undefined) return null;
  const { cursor_path: column, lag, after, before } = incremental;
  const type = columns.find(({ name }) => name === column)?.type as CursorType | undefined;
  if (type === undefined || !(type in LOWEST_CURSOR))
    throw new XanoError('CONFIG_INVALID', `"${column}" of "${config.name}" cannot tell what is new.`);
  const last = writer.before?.watermark;
  const from = last?.column === column && last.type === type && isCursorValue(type, last.value) ? last : null;
  const lower: JsonObject[] =
    from === null ? [] : [{ [after]: keyValue(stepCursor(type, from.value, -lag - 1)) }];
  const highestAmong = (also: readonly JsonObject[]): Promise<string | undefined> =>
    extremeValue(config, http, { column, order: 'desc', also }, sender);
  let highest = await highestAmong(lower);
  if (highest === undefined && lower.length > 0 && from !== null) {
    // Also where nothing is new, the rows of the last watermark are within the lag: an empty answer is worth one more request.
    const bound = stepCursor(type, from.value, -lag - 1);
    const ever = await highestAmong([]);
    const isFirst =
      ever === 'null' ? await extremeValue(config, http, { column, order: 'asc' }, sender) : ever;
    if (isCursorValue(type, isFirst) && isAfter(type, isFirst, bound)) {
      on_doubt(emptyAnswerReason(column, 'it has such rows'));
      if (!isCursorValue(type, ever)) return { also: [], watermark: from };
      return { also: [], watermark: { column, type, value: notAfter(type, ever, Math.floor(now())) } };
    }
  }
  // Some servers sort records without a value first.
  if (highest === 'null')
    highest = await highestAmong([{ [after]: keyValue(LOWEST_CURSOR[type]) }, ...lower]);
  if (!isCursorValue(type, highest)) return { also: lower, watermark: from };
  const end = stepCursor(type, highest, 1);
  // The last day there is has none after it.
  const upper = end === highest ? [] : [{ [before]: keyValue(end) }];
  const value = notAfter(type, highest, Math.floor(now()));
  const also = lower.length === 0 ? [] : [...lower, ...upper];
  return { also, watermark: { column, type, value }, ...(also.length === 0 ? {} : { seen: column }) };
}

/** Says that a server answered a comparison with an empty list, and what contradicts that. */
export const emptyAnswerReason = (column: string, contradiction: string): string =>
  `The server answers comparisons of "${column}" with an empty list, although ${contradiction}.`;

/** Whether one value of a cursor comes after another. */
function isAfter(type: CursorType, one: string, other: string): boolean {
  return type === 'DATE' ? one > other : BigInt(one) > BigInt(other);
}

/** The value, or the present: one in the future would hide everything that changes until then. */
export function notAfter(type: CursorType, value: string, now: number): string {
  if (type === 'TIMESTAMPTZ') return BigInt(value) > BigInt(now) ? String(now) : value;
  const today = JSON.stringify(new Date(now).toISOString().slice(0, 10));
  return type === 'DATE' && value > today ? today : value;
}
