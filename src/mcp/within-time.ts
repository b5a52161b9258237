/** Queries with a time limit: a call must not keep the file open for long. */
import { XanoError } from '../index.js';
import type { McpContext } from './mcp-context.js';
import type { Call } from './tool.js';

/**
 * Runs a query, and stops it when the time is over or the client cancels the call. Throws QUERY_FAILED with
 * the hint if it took longer.
 */
export async function withinTime<T>(
  seconds: number,
  run: (signal: AbortSignal) => Promise<T>,
  hint: string,
  { alarm }: Pick<McpContext, 'alarm'>,
  { signal }: Pick<Call, 'signal'>,
): Promise<T> {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  let is_over = false;
  const cancel = alarm(seconds * 1000, () => {
    is_over = true;
    abort();
  });
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await run(stop.signal);
  } catch (thrown) {
    if (!is_over || signal.aborted) throw thrown;
    throw new XanoError('QUERY_FAILED', `The query took longer than ${seconds} s.`, { hint });
  } finally {
    cancel();
    signal.removeEventListener('abort', abort);
  }
}
