/** Prints a session's notes as sentences on stderr. */
import { basisInWords, type TokenStatus, type Wait } from '../../index.js';
import type { Notify } from '../../session/context.js';
import type { LongLoad, Note, TokenEnding } from '../../session/note.js';
import { createWaitFilter } from '../progress/repeated-waits.js';
import type { Printer } from './output.js';
import { duration, moment, timeLeft } from './text.js';
import { warnOfOmissions } from './warnings.js';

/** With less time left, the note is urgent. */
const URGENT_MS = 12 * 3_600_000;

/** Prints a session's note on stderr. */
export function notifyOn(printer: Printer): Notify {
  const sayWait = sayWaits(printer);
  return (note: Note) => {
    switch (note.type) {
      case 'waiting':
        sayWait(note.wait);
        break;
      case 'omitted':
        warnOfOmissions(note.omitted, printer);
        break;
      case 'read_in_full':
        printer.note(`${note.tables.join(', ')}: read in full: ${note.reason}.`);
        break;
      case 'history_named':
        printer.note(
          `${note.named}: named so here, because the workspace has a table "${note.table}" of its own.`,
        );
        break;
      case 'token_ending':
        printer.warn(endingInWords(note));
        break;
      case 'load_outlives_token':
        printer.warn(longLoadInWords(note));
        break;
    }
  };
}

/** Prints the reason for a wait on stderr. */
export function sayWaits(printer: Printer): (wait: Wait) => void {
  const isNew = createWaitFilter(() => performance.now());
  return (wait) => {
    if (!isNew(wait)) return;
    const { kind, wait_ms, reason } = wait;
    printer.detail(
      kind === 'token'
        ? `${reason}: continuing with it.`
        : kind === 'rate_limit'
          ? `Waiting ${duration(wait_ms)} for ${reason} …`
          : `${reason} Trying again in ${duration(wait_ms)} …`,
    );
  };
}

/** The last line after a load: how long the token still lasts, if that is not long. */
export function sayTokenLeft(note: TokenEnding | undefined, printer: Printer): void {
  if (note === undefined) return;
  const left = timeLeft(note.left_ms);
  printer.warn(`the token from ${note.source} has ${left} left: create a new one before the next load.`);
}

/** A token's expiry, the time until then, and the source of that knowledge. */
export function endInWords(status: TokenStatus, now: number): string {
  const basis = basisInWords(status);
  if (status.state === 'unknown') return basis;
  if (status.expires_at === null) return `never (${basis})`;
  const left = Date.parse(status.expires_at) - now;
  return `${moment(status.expires_at)}, ${left <= 0 ? 'expired' : `in ${timeLeft(left)}`} (${basis})`;
}

function endingInWords({ source, status, left_ms }: TokenEnding): string {
  const ends = `ends in ${timeLeft(left_ms)}, on ${moment(status.expires_at)} (${basisInWords(status)}).`;
  return left_ms < URGENT_MS
    ? `the token from ${source} ${ends} No load can run after that: create a new one now, then run \`xano auth login\`.`
    : `the token from ${source} ${ends} Create a new one, then run \`xano auth login\`.`;
}

function longLoadInWords({ file, took_ms, source, left_ms }: LongLoad): string {
  return `the last load into ${file} took ${duration(took_ms)}, and the token from ${source} ends in ${timeLeft(left_ms)}: this load will likely not finish in time. Its rows are saved; with a new token, the same command continues there.`;
}
