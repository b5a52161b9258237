/**
 * Words for people: numbers, spans of time, and names that may hold anything. Not by the packages pretty-ms,
 * which needs Node 22, and pretty-bytes, which says `3 MB` beside `3.4 MB`: a column of sizes keeps its
 * digits here.
 */
import { printableJson } from '../../hidden-characters.js';
import type { Context } from '../context.js';

/**
 * A text of at most this many characters, with an ellipsis if it was cut: terminals cannot draw millions of
 * them.
 */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  // Half of a character is invisible.
  const end = last >= 0xd800 && last <= 0xdbff ? most - 1 : most;
  return `${text.slice(0, end)}…`;
}

/** A description on one line, as lists show it; `--json` has it as it is. */
export function oneLine(text: string): string {
  return (text.match(/\S[^\r\n]*/g) ?? []).map((line) => line.trimEnd()).join(' ');
}

/** JSON for people and programs, on lines; hidden characters are escaped. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).split('\n').map(printableJson).join('\n');
}

/** JSON on one line, with spaces where a terminal may break it. */
export function spacedJson(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(/,\n */g, ', ').replace(/\n */g, '');
}

/** `1,234,567`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `3 rows`, `1 row`. */
export function counted(value: number, singular: string, many = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : many}`;
}

/** Milliseconds as `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Milliseconds until an end, in the largest fitting units: `6 days 5 hours`, `5 hours`, `12 minutes`. */
export function timeLeft(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours >= 48) {
    const rounded = Math.round(hours);
    const days = counted(Math.floor(rounded / 24), 'day');
    return hours > 14 * 24 || rounded % 24 === 0 ? days : `${days} ${counted(rounded % 24, 'hour')}`;
  }
  if (hours >= 1) return counted(Math.floor(hours), 'hour');
  return counted(Math.max(1, Math.floor(ms / 60_000)), 'minute');
}

/** A moment in ISO 8601 as people write it: `2026-03-01 12:00 UTC`. */
export function moment(at: string): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`;
}

/** A time span exactly as given: `7 days`, `24 hours`, `90 minutes`, `30 seconds`. */
export function exactSpan(ms: number): string {
  const minutes = ms / 60_000;
  if (!Number.isInteger(minutes)) return counted(ms / 1000, 'second');
  if (minutes % 1440 === 0 && minutes > 1440) return counted(minutes / 1440, 'day');
  return minutes % 60 === 0 ? counted(minutes / 60, 'hour') : counted(minutes, 'minute');
}

/** Bytes as `12 kB`, `3.4 MB`. */
export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** The program's name in examples: when npm started it, as in the repository, it is not on the path. */
export function programName({ env }: Pick<Context, 'env'>): string {
  return env['npm_command'] === undefined ? 'xano' : 'npx xano';
}

/** A shell word: quoted if it contains a character with a meaning in a shell. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.split("'").join("'\\''")}'`;
}
