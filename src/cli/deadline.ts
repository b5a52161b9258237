/** A time limit for a command. */
import { XanoError } from '../index.js';
import type { Context } from './context.js';

/** A time as given on the command line. */
export interface Duration {
  readonly ms: number;
  readonly text: string;
}

/** A context with a time limit, and the way to cancel that. */
export interface Deadline {
  readonly context: Context;
  readonly off: () => void;
}

/** Aborts a command's signal after this time as well, with TIME_OVER as its reason. */
export function withDeadline(context: Context, limit: Duration | undefined): Deadline {
  if (limit === undefined) return { context, off: () => {} };
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(context.signal.reason);
  if (context.signal.aborted) onAbort();
  else context.signal.addEventListener('abort', onAbort, { once: true });
  const callOff = context.alarm(limit.ms, () =>
    stop.abort(new XanoError('TIME_OVER', `The --max-duration of ${limit.text} has elapsed.`)),
  );
  return {
    context: { ...context, signal: stop.signal },
    off: () => {
      callOff();
      context.signal.removeEventListener('abort', onAbort);
    },
  };
}
