/** Why a command was stopped. */
import { XanoError } from '../index.js';

/** The reason why a command was stopped: its signal's own reason, or that the user stopped it. */
export function stopReason(signal: AbortSignal, sentence: string): XanoError {
  return signal.reason instanceof XanoError ? signal.reason : new XanoError('INTERRUPTED', sentence);
}
