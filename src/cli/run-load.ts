/** A load as the command line runs it: with its progress on stderr, and stopped by Ctrl-C. */
import { type EndpointConfig, type LoadReport, load, openDestination, XanoError } from '../index.js';
import type { Connection } from './connect.js';
import type { Context } from './context.js';
import type { Printer } from './output.js';
import { showProgress } from './progress.js';

/** What a load on the command line is told, beyond its endpoints. */
export interface LoadChoice {
  readonly to: string;
  readonly dataset: string;
  readonly concurrency: number;
  readonly strict: boolean;
  readonly restart: boolean;
  readonly allow_empty?: boolean;
  readonly allow_shrink?: boolean;
  readonly hard_delete?: boolean;
  /** All tables of the workspace are loaded: what is missing among them is gone. */
  readonly complete?: boolean;
}

/** Runs a load with its progress on stderr. */
export async function runLoad(
  endpoints: readonly EndpointConfig[],
  choice: LoadChoice,
  connection: Pick<Connection, 'http'>,
  context: Context,
  printer: Printer,
): Promise<LoadReport> {
  const destination = await openDestination(choice.to, { now: context.now, sleep: context.sleep });
  const progress = showProgress(context, printer);
  const stop = new AbortController();
  const onAbort = (): void => {
    progress.say('Stopping: keeping what was read. Press Ctrl-C again to stop at once.');
    stop.abort(new XanoError('INTERRUPTED', 'Stopped; what was read is kept.'));
  };
  context.signal.addEventListener('abort', onAbort, { once: true });
  try {
    const { to: _, ...options } = choice;
    return await load(endpoints, {
      destination,
      http: connection.http,
      ...options,
      on_event: progress.follow,
      signal: stop.signal,
      now: context.now,
    });
  } finally {
    context.signal.removeEventListener('abort', onAbort);
    progress.stop();
    await destination.close();
  }
}
