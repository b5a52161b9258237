/** Words for people: numbers, spans of time, and names that may hold anything. */
import type { Context } from './context.js';

/** A text that is safe on a terminal: control characters, which could move the cursor or worse, are shown as escapes. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0);
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** A description on one line, as lists show it; `--json` has it as it is. */
export function oneLine(text: string): string {
  return text
    .split(/[\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}

/** JSON for people and programs; characters that {@link printable} escapes and JSON leaves as they are, are escaped, too. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).split('\n').map(printable).join('\n');
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
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
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
    const whole = Math.round(hours);
    const days = counted(Math.floor(whole / 24), 'day');
    return hours > 14 * 24 || whole % 24 === 0 ? days : `${days} ${counted(whole % 24, 'hour')}`;
  }
  if (hours >= 1) return counted(Math.floor(hours), 'hour');
  return counted(Math.max(1, Math.floor(ms / 60_000)), 'minute');
}

/** A moment in ISO 8601 as people write it: `2026-03-01 12:00 UTC`. */
export function moment(at: string): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`;
}

/** A span that somebody named, exactly: `7 days`, `24 hours`, `90 minutes`. */
export function exactSpan(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes % 1440 === 0 && minutes > 1440) return counted(minutes / 1440, 'day');
  return minutes % 60 === 0 ? counted(minutes / 60, 'hour') : counted(minutes, 'minute');
}

/** Bytes as `12 kB`, `3.4 MB`. */
export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** What the program is called: where npm has started it, as in the repository, it is not on the path. */
export function programName({ env }: Pick<Context, 'env'>): string {
  return env['npm_command'] === undefined ? 'xano' : 'npx xano';
}

/** A word as a shell takes it for one: in quotes where it holds anything that means something there. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
