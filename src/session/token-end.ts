/** What is said of a token's end: when it is asked for, before a command, before a load that may outlive it, and after one. */

import type { Context } from '../cli/context.js';
import type { Printer } from '../cli/output/output.js';
import { duration, moment, timeLeft } from '../cli/output/text.js';
import { basisInWords, lastLoadMs, type TokenStatus } from '../index.js';

/** A token and where it came from, as far as its end is concerned. */
export interface Ending {
  readonly status: TokenStatus;
  readonly source: string;
}

/** When a token ends, in how long, and how that is known. */
export function endInWords(status: TokenStatus, now: number): string {
  const basis = basisInWords(status);
  if (status.state === 'unknown') return basis;
  if (status.expires_at === null) return `never (${basis})`;
  const left = Date.parse(status.expires_at) - now;
  return `${moment(status.expires_at)}, ${left <= 0 ? 'over' : `in ${timeLeft(left)}`} (${basis})`;
}

/** So little left is no time to put it off any longer. */
const URGENT_MS = 12 * 3_600_000;

/** Warns of a token in its last 48 hours, more strongly in the last 12. */
export function warnOfEnd({ status, source }: Ending, context: Pick<Context, 'now'>, printer: Printer): void {
  if (status.state !== 'expiring' || status.expires_at === null) return;
  const ms = Date.parse(status.expires_at) - context.now();
  const ends = `ends in ${timeLeft(ms)}, on ${moment(status.expires_at)} (${basisInWords(status)}).`;
  printer.warn(
    ms < URGENT_MS
      ? `the token from ${source} ${ends} Nothing can be loaded after that: make a new one now, then run \`xano auth login\`.`
      : `the token from ${source} ${ends} Make a new one, then run \`xano auth login\`.`,
  );
}

/** Warns of a load that will likely take longer than its token lasts, by what the last one into that file took. */
export async function warnOfLongLoad(
  { status, source }: Ending,
  file: string,
  context: Pick<Context, 'now'>,
  printer: Printer,
): Promise<void> {
  if (status.expires_at === null) return;
  const took = await lastLoadMs(file);
  const left = Date.parse(status.expires_at) - context.now();
  if (took === undefined || took < left) return;
  printer.warn(
    `the last load into ${file} took ${duration(took)}, and the token from ${source} ends in ${timeLeft(left)}: this one will likely not finish with it. What it reads is kept; with a new token, the same command goes on from there.`,
  );
}

/** The last word after a load: how long the token has left, when that is not long. */
export function sayWhatIsLeft(
  { status, source }: Ending,
  context: Pick<Context, 'now'>,
  printer: Printer,
): void {
  if (status.state !== 'expiring' || status.expires_at === null) return;
  const left = timeLeft(Date.parse(status.expires_at) - context.now());
  printer.warn(`the token from ${source} has ${left} left: make a new one before the next load.`);
}
