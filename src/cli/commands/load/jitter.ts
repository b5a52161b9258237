/** Spreads loads that start at the same time. */
import { stopReason } from '../../../session/stop-reason.js';
import type { Context } from '../../context.js';
import type { Printer } from '../../output/output.js';
import type { LoadFlags } from './load-options.js';

/** Waits a random time up to `--jitter`. Throws why the command was stopped. */
export async function waitForJitter(
  { jitter, dryRun }: LoadFlags,
  { random = Math.random, sleep, signal }: Context,
  printer: Printer,
): Promise<void> {
  if (jitter === undefined || dryRun === true) return;
  const ms = Math.floor(random() * jitter.ms);
  printer.detail(`The load begins in ${printer.span(ms)} (--jitter ${jitter.text}).`);
  try {
    await sleep(ms, signal);
  } catch (thrown) {
    throw signal.aborted ? stopReason(signal, 'Stopped before the load.') : thrown;
  }
}
