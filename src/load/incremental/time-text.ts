/** Times that a source sends as texts: read whatever this computer's own zone is, and written in the form that they have. Pure. */

/** ISO 8601: a day, or a day and a clock, with a zone or without. */
const FORM = /^(\d{4}-\d\d-\d\d)(?:([T ])(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

const MINUTE_MS = 60_000;

/** A time, and how others are spelled like it. */
export interface TimeText {
  /** Epoch milliseconds; a text without a zone is taken for UTC. */
  readonly time: number;
  /** Another time in the same form and zone; of a form without a clock, its day. */
  readonly spell: (time: number) => string;
}

/** Reads such a text; undefined where it is none. */
export function readTime(text: string): TimeText | undefined {
  const [, day, between, clock = '00:00', zone = ''] = FORM.exec(text) ?? [];
  const offset_ms = offsetOf(zone) * MINUTE_MS;
  const time = Date.parse(`${day}T${clock}Z`) - offset_ms;
  if (day === undefined || Number.isNaN(time)) return undefined;
  const spell = (other: number): string => {
    const [other_day, other_clock] = new Date(other + offset_ms).toISOString().slice(0, -1).split('T');
    return between === undefined ? other_day! : `${other_day}${between}${other_clock}${zone}`;
  };
  return { time, spell };
}

/** Minutes that a zone is ahead of UTC. */
function offsetOf(zone: string): number {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  return sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
}
