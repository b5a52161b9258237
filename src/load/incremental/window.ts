/**
 * The window of an incremental load: from a little before the last watermark up to the highest value at
 * present.
 * In: a config with a cursor, and the watermark of the previous load.
 * Out: conditions on the cursor, and the next watermark.
 */
import type { TargetWriter } from '../../destinations/destination.js';
import { XanoError } from '../../errors.js';
import type { JsonObject } from '../../json.js';
import type { ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import type { Http } from '../../rest/http/client.js';
import type { RequestContext } from '../../rest/http/messages.js';
import { extremeValue } from '../../rest/paging/list-queries.js';
import { keyValue } from '../../rest/paging/requests/keyset-request.js';
import type { Watermark } from '../../table/watermark.js';
import { type CursorType, isCursorValue, LOWEST_CURSOR, stepCursor } from './cursor.js';

/** Which records are read, and where the next load begins. */
export interface Window {
  /** Conditions on the cursor; empty to read everything. */
  readonly also: readonly JsonObject[];
  readonly watermark: Watermark | null;
  /** The cursor's column, when a record was seen under these conditions. */
  readonly seen?: string;
}

/** What opening a window needs. */
interface WindowOptions {
  readonly http: Http;
  readonly sender: RequestContext;
  readonly now: () => number;
  /** The server cannot filter by what is new: everything is read. */
  readonly on_doubt: (reason: string) => void;
}

/**
 * Opens the window of an incremental config; null for other configs. The upper end is requested before
 * anything is read: changes during the load lie beyond it and belong to the next load, whose window begins
 * there. A row changed at that very value is in both.
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
  const last = writer.previous?.watermark;
  const from = last?.column === column && last.type === type && isCursorValue(type, last.value) ? last : null;
  const lower: JsonObject[] =
    from === null ? [] : [{ [after]: keyValue(stepCursor(type, from.value, -lag - 1)) }];
  const highestAmong = (also: readonly JsonObject[]): Promise<string | undefined> =>
    extremeValue(config, http, { column, order: 'desc', also }, sender);
  let highest = await highestAmong(lower);
  if (highest === undefined && lower.length > 0 && from !== null) {
    // Rows at the last watermark are within the lag even when nothing is new, so an empty answer is checked
    // by one more request.
    const bound = stepCursor(type, from.value, -lag - 1);
    const ever = await highestAmong([]);
    const isFirst =
      ever === 'null' ? await extremeValue(config, http, { column, order: 'asc' }, sender) : ever;
    if (isCursorValue(type, isFirst) && isAfter(type, isFirst, bound)) {
      on_doubt(emptyAnswerReason(column, 'it has matching rows'));
      if (!isCursorValue(type, ever)) return { also: [], watermark: from };
      return { also: [], watermark: { column, type, value: notAfter(type, ever, Math.floor(now())) } };
    }
  }
  // Some servers sort records without a value first.
  if (highest === 'null')
    highest = await highestAmong([{ [after]: keyValue(LOWEST_CURSOR[type]) }, ...lower]);
  if (!isCursorValue(type, highest)) return { also: lower, watermark: from };
  const end = stepCursor(type, highest, 1);
  // No day follows the last one.
  const upper = end === highest ? [] : [{ [before]: keyValue(end) }];
  const value = notAfter(type, highest, Math.floor(now()));
  const also = lower.length === 0 ? [] : [...lower, ...upper];
  return { also, watermark: { column, type, value }, ...(also.length === 0 ? {} : { seen: column }) };
}

/** Says that a server answered a comparison with an empty list, and what contradicts that. */
export const emptyAnswerReason = (column: string, contradiction: string): string =>
  `The server answers comparisons of "${column}" with an empty list, although ${contradiction}.`;

/** Whether one value of a cursor comes after another. */
function isAfter(type: CursorType, a: string, b: string): boolean {
  return type === 'DATE' ? a > b : BigInt(a) > BigInt(b);
}

/** The value, or the present if it is in the future: it would hide everything that changes until then. */
export function notAfter(type: CursorType, value: string, now: number): string {
  if (type === 'TIMESTAMPTZ') return BigInt(value) > BigInt(now) ? String(now) : value;
  const today = JSON.stringify(new Date(now).toISOString().slice(0, 10));
  return type === 'DATE' && value > today ? today : value;
}
