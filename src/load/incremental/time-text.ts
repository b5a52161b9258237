/**
 * Reads times that a source sends as text, and writes others in the same form; independent of this computer's
 * time zone. Pure.
 */

/** ISO 8601: a day, or a day and a clock, with a zone or without. */
const FORM = /^(\d{4}-\d\d-\d\d)(?:([T ])(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

const MINUTE_MS = 60_000;

/** A time that was read from a text. */
export interface TimeText {
  /** Epoch milliseconds; a text without a zone is taken for UTC. */
  readonly time: number;
  /** Writes another time in the same form and zone; only its day when the form has no clock. */
  readonly spell: (time: number) => string;
}

/** Reads a time; undefined for other texts. */
export function readTime(text: string): TimeText | undefined {
  const [, day, between, clock = '00:00', zone = ''] = FORM.exec(text) ?? [];
  const offset_ms = offsetOf(zone) * MINUTE_MS;
  const time = Date.parse(`${day}T${clock}Z`) - offset_ms;
  if (day === undefined || Number.isNaN(time)) return undefined;
  const spell = (shifted: number): string => {
    const [other_day, other_clock] = new Date(shifted + offset_ms).toISOString().slice(0, -1).split('T');
    return between === undefined ? other_day! : `${other_day}${between}${other_clock}${zone}`;
  };
  return { time, spell };
}

/** Minutes by which a zone is ahead of UTC. */
function offsetOf(zone: string): number {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  return sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
}
