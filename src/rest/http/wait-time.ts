/** How long a server asks to be left alone, in any format, and the bounds of such waits. */
import type { Answer } from './messages.js';

/** A longer wait than this, in milliseconds, ends the requests that wait for that server. */
export const LONGEST_WAIT_MS = 15 * 60_000;

/** The shortest wait, in milliseconds: a server that says 0, or names a past moment, still gets a pause. */
const SHORTEST_WAIT_MS = 250;

/** `setTimeout` fires immediately for more milliseconds than this. Documentation of Node, Timers. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A delay that a timer accepts: whole milliseconds from 0 to almost 25 days. NaN becomes 0. */
export function timerMs(ms: number): number {
  return ms > 0 ? Math.min(Math.ceil(ms), LONGEST_TIMER_MS) : 0;
}

/** Longer header values cannot be a wait. */
const LONGEST_TEXT = 100;

/** From here on, a number of seconds is an epoch time: no server asks for a wait of thirty years. */
const LEAST_EPOCH_S = 1e9;
/** From here on, the number counts milliseconds. In seconds it would be the year 33,658. */
const LEAST_EPOCH_MS = 1e12;

/**
 * The wait that an answer's Retry-After asks for, in milliseconds from `now` (epoch milliseconds); `Infinity`
 * for one without end, undefined where none is given or it makes no sense. RFC 9110, 10.2.3: seconds or a
 * date. Servers also send fractions, epoch seconds or milliseconds, ISO 8601 dates and several values; of
 * several, the longest counts.
 */
export function retryAfterMs({ headers }: Pick<Answer, 'headers'>, now: number): number | undefined {
  const value = headers['retry-after'];
  const texts = (typeof value === 'string' ? [value] : (value ?? [])).filter(
    ({ length }) => length <= LONGEST_TEXT,
  );
  const date = headers['date'];
  const server_now = typeof date === 'string' ? momentIn(date, now) : undefined;
  const waits = texts
    // A date contains a comma itself.
    .flatMap((text) => (momentIn(text, now) === undefined ? text.split(',') : [text]))
    .flatMap((text) => waitIn(text.trim(), now, server_now) ?? []);
  return waits.length === 0 ? undefined : Math.max(SHORTEST_WAIT_MS, ...waits);
}

function waitIn(text: string, now: number, server_now: number | undefined): number | undefined {
  if (/^[+-]?\d{1,99}(\.\d{0,99})?(e[+-]?\d{1,9})?$/i.test(text)) {
    const number = Number(text);
    if (number < LEAST_EPOCH_S || number >= LEAST_EPOCH_MS * 1000) return number * 1000;
    return until(number >= LEAST_EPOCH_MS ? number : number * 1000, now, server_now);
  }
  const at = momentIn(text, now);
  return at === undefined ? undefined : until(at, now, server_now);
}

/**
 * The wait from now until a moment. If that is impossible by this computer's clock, the server's clock
 * counts, from its `Date` header.
 */
function until(at: number, now: number, server_now: number | undefined): number {
  const ours = at - now;
  const theirs = server_now === undefined ? ours : at - server_now;
  const isPlausible = (ms: number): boolean => ms >= 0 && ms <= LONGEST_WAIT_MS;
  return !isPlausible(ours) && isPlausible(theirs) ? theirs : ours;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** `Sun, 06 Nov 1994 08:49:37 GMT`, and the older `Sunday, 06-Nov-94 08:49:37 GMT`. RFC 9110, 5.6.7. */
const DAY_FIRST = /^[a-z]{3,9}, (\d{1,2})[ -]([a-z]{3})[ -](\d{2,4}) (\d\d):(\d\d):(\d\d) (?:gmt|utc)$/i;
/** `Sun Nov  6 08:49:37 1994`, which JavaScript would read in the local time zone. RFC 9110, 5.6.7. */
const MONTH_FIRST = /^[a-z]{3} ([a-z]{3}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})$/i;
/** ISO 8601; without an offset it is taken for UTC. */
const ISO = /^(\d{4}-\d\d-\d\d)[t ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(z|[+-]\d\d:?\d\d)?$/i;

/**
 * A moment in one of the forms of HTTP, or in ISO 8601, as epoch milliseconds; undefined for anything else.
 */
function momentIn(written: string, now: number): number | undefined {
  if (written.length > LONGEST_TEXT) return undefined;
  const text = written.trim();
  const first = DAY_FIRST.exec(text);
  if (first !== null) {
    const [, day, month, year, ...time] = first;
    return utc(fullYear(year!, now), month!, day!, time);
  }
  const second = MONTH_FIRST.exec(text);
  if (second !== null) {
    const [, month, day, hours, minutes, seconds, year] = second;
    return utc(Number(year), month!, day!, [hours!, minutes!, seconds!]);
  }
  const [, date, time, offset = 'Z'] = ISO.exec(text) ?? [];
  if (date === undefined) return /^\d{4}-\d\d-\d\d$/.test(text) ? known(Date.parse(text)) : undefined;
  const zone = offset.length === 5 ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset.toUpperCase();
  return known(Date.parse(`${date}T${time}${zone}`));
}

function utc(year: number, month: string, day: string, time: readonly string[]): number | undefined {
  const at = MONTHS.indexOf(month.toLowerCase());
  const [hours, minutes, seconds] = time.map(Number);
  return at < 0 ? undefined : known(Date.UTC(year, at, Number(day), hours, minutes, seconds));
}

/** Two digits more than fifty years ahead are of the century before. RFC 9110, 5.6.7. */
function fullYear(year: string, now: number): number {
  if (year.length > 2) return Number(year);
  const current = new Date(now).getUTCFullYear();
  const meant = current - (current % 100) + Number(year);
  return meant > current + 50 ? meant - 100 : meant;
}

const known = (at: number): number | undefined => (Number.isNaN(at) ? undefined : at);

/** A wait in words: `30 s`, `15 min`, `1.5 h`, `12 days`; `for ever` where it has no end. */
export function waitInWords(ms: number): string {
  if (!Number.isFinite(ms)) return 'for ever';
  const in_unit = (size: number): string => String(Math.round((ms / size) * 10) / 10);
  if (ms < 2 * 60_000) return `${in_unit(1000)} s`;
  if (ms < 2 * 3_600_000) return `${in_unit(60_000)} min`;
  if (ms < 48 * 3_600_000) return `${in_unit(3_600_000)} h`;
  const days = Math.round(ms / 86_400_000);
  return days > 36_500 ? 'more than a hundred years' : `${days} days`;
}
