/** Lists that filter by a start parameter: it gets the highest cursor value of the previous load. */
import type { TargetWriter } from '../../destinations/destination.js';
import { XanoError } from '../../errors.js';
import type { EndpointConfig, ResolvedEndpoint } from '../../rest/config/endpoint-config.js';
import { withoutVariables } from '../../rest/config/template.js';
import { withBodyParam } from '../../rest/paging/requests/body-param.js';
import { keyValue } from '../../rest/paging/requests/keyset-request.js';
import type { Watermark } from '../../table/watermark.js';
import { isCursorValue, stepCursor } from './cursor.js';
import { readTime } from './time-text.js';
import { notAfter } from './window.js';

/**
 * The start parameter's value as a request holds it; null to read everything. Throws CONFIG_INVALID when the
 * lag cannot be subtracted.
 */
export function startOf(
  { name, incremental }: EndpointConfig,
  { previous }: Pick<TargetWriter, 'previous'>,
): string | number | null {
  if (incremental?.start_param === undefined) return null;
  const { cursor_path, lag, initial_value } = incremental;
  const in_body = incremental.in === 'body';
  const last = previous?.watermark;
  if (last?.column !== cursor_path) {
    // A config's value may hold variables, and in a body it may be a number.
    if (initial_value === undefined) return null;
    return in_body ? initial_value : String(initial_value);
  }
  const start = lag === 0 ? last.value : earlier(last, lag, name);
  // In a body a number stays a number, unless the first load sent a text. A value from a record is never a
  // variable, even if it looks like one.
  return in_body && typeof initial_value !== 'string' ? keyValue(start) : withoutVariables(plain(start));
}

/** Adds that value to the config's parameters. */
export function withStart(config: ResolvedEndpoint, start: string | number | null): ResolvedEndpoint {
  const param = config.incremental?.start_param;
  if (param === undefined || start === null) return config;
  const { method, params, body } = config;
  return method === 'POST' && config.incremental?.in === 'body'
    ? { ...config, body: withBodyParam(body, param, start) }
    : { ...config, params: { ...params, [param]: String(start) } };
}

/**
 * The watermark after this load: the highest cursor value of the staged rows, or the previous watermark.
 * Throws CONFIG_INVALID for values that cannot be a watermark.
 */
export async function nextWatermark(
  { name, incremental, write_disposition }: EndpointConfig,
  writer: TargetWriter,
  { now, rows }: { readonly now: number; readonly rows: number },
): Promise<Watermark | null> {
  if (incremental?.start_param === undefined) return null;
  const { cursor_path: column } = incremental;
  const last = writer.previous?.watermark?.column === column ? writer.previous.watermark : null;
  const highest = await writer.highest(column);
  if (highest === null && last === null && write_disposition === 'append' && rows > 0)
    throw new XanoError(
      'CONFIG_INVALID',
      `No row of "${name}" has a value in "${column}": each load would append all rows again.`,
      { hint: 'Name a column in cursor_path that identifies new rows, or set write_disposition to merge.' },
    );
  if (highest === null) return last;
  const { type, value } = highest;
  if (!TYPES.includes(type))
    throw new XanoError(
      'CONFIG_INVALID',
      `"${column}" of "${name}" cannot identify new rows: its values are ${type}.`,
      {
        hint: 'Name a column of whole numbers, times, dates or texts such as 2026-11-21T12:00:00Z.',
      },
    );
  const next = { column, type, value: present(type, value, Math.floor(now)) };
  return last !== null && last.type === type && isBefore(next, last) ? last : next;
}

const TYPES: readonly string[] = ['BIGINT', 'TIMESTAMPTZ', 'DATE', 'VARCHAR'];

type Stepped = 'BIGINT' | 'TIMESTAMPTZ' | 'DATE';

const isStepped = (type: string, value: string): type is Stepped =>
  (type === 'BIGINT' || type === 'TIMESTAMPTZ' || type === 'DATE') && isCursorValue(type, value);

/** A future time becomes the present: it would hide everything that changes until then. */
function present(type: string, value: string, now: number): string {
  if (isStepped(type, value)) return notAfter(type, value, now);
  const read = readTime(plain(value));
  return read !== undefined && read.time > now ? JSON.stringify(read.spell(now)) : value;
}

const isBefore = (a: Watermark, b: Watermark): boolean =>
  a.type === 'BIGINT' || a.type === 'TIMESTAMPTZ' ? BigInt(a.value) < BigInt(b.value) : a.value < b.value;

function earlier({ column, type, value }: Watermark, lag: number, resource: string): string {
  if (isStepped(type, value)) return stepCursor(type, value, -lag);
  const read = readTime(plain(value));
  if (read === undefined)
    throw new XanoError(
      'CONFIG_INVALID',
      `"${column}" of "${resource}" does not hold times, so a lag cannot be subtracted.`,
      {
        hint: 'Remove lag from incremental.',
      },
    );
  return JSON.stringify(read.spell(read.time - lag));
}

const plain = (json: string): string => (json.startsWith('"') ? String(JSON.parse(json)) : json);
