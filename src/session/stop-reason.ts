/** Why a command was stopped. */
import { XanoError } from '../index.js';

/** Why a command was stopped: the reason its signal has, or that the user did it. */
export function stopReason(signal: AbortSignal, sentence: string): XanoError {
  return signal.reason instanceof XanoError ? signal.reason : new XanoError('INTERRUPTED', sentence);
}
