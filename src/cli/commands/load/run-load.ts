/** Runs a load with its progress on stderr; Ctrl-C stops it. */
import {
  type EndpointConfig,
  type ForeignKey,
  type LoadOptions,
  type LoadReport,
  load,
  openDestination,
  type PlaceOptions,
  type SourceReference,
} from '../../../index.js';
import type { Connection } from '../../../session/connect.js';
import { steadyClock } from '../../../session/context.js';
import { stopReason } from '../../../session/stop-reason.js';
import type { Context } from '../../context.js';
import type { Printer, Verbosity } from '../../output/output.js';
import { showProgress } from '../../progress/progress.js';
import { createWaitFilter } from '../../progress/repeated-waits.js';
import type { Log } from './log.js';

/** The options of a load on the command line, beside its endpoints. */
export interface LoadChoice
  extends Omit<LoadOptions, 'destination' | 'http' | 'on_event' | 'signal' | 'now' | 'random'> {
  readonly to: string;
  readonly dataset: string;
  /** The number of load records that the file keeps. */
  readonly keep_loads?: number | undefined;
  /** References that become foreign keys once the tables are loaded. */
  readonly references?: readonly SourceReference[];
  /** Where the load keeps what it needs beside the target. */
  readonly place?: Partial<PlaceOptions>;
}

/** The outputs of a load. */
export interface LoadVerbosity extends Verbosity {
  /** Receives every event but the last, which the caller writes when it closes the log. */
  readonly log?: Log | undefined;
}

/** What a load on the command line brought. */
export interface LoadOutcome {
  readonly report: LoadReport;
  readonly foreign_keys: readonly ForeignKey[];
}

/** Runs a load with its progress on stderr. */
export async function runLoad(
  endpoints: readonly EndpointConfig[],
  choice: LoadChoice,
  connection: Pick<Connection, 'http'>,
  context: Context,
  printer: Printer,
  telling: LoadVerbosity = {},
): Promise<LoadOutcome> {
  const { keep_loads } = choice;
  const destination = await openDestination(choice.to, {
    now: steadyClock(context),
    sleep: context.sleep,
    collectGarbage: context.collectGarbage,
    dataset: choice.dataset,
    ...choice.place,
    ...(keep_loads === undefined ? {} : { keep_loads }),
  });
  const { log } = telling;
  const progress = log?.on_stderr === true ? undefined : showProgress(context, printer, telling);
  const isNewWait = createWaitFilter(steadyClock(context));
  const stop = new AbortController();
  const onAbort = (): void => {
    const reason = stopReason(context.signal, 'Stopped; the rows read so far are saved.');
    progress?.say(
      reason.code === 'TIME_OVER'
        ? `${reason.message} Stopping: saving the rows read so far.`
        : 'Stopping: saving the rows read so far. Press Ctrl-C again to stop at once.',
    );
    stop.abort(reason);
  };
  context.signal.addEventListener('abort', onAbort, { once: true });
  try {
    const { to: _, keep_loads: __, place: ___, references = [], ...options } = choice;
    const report = await load(endpoints, {
      destination,
      http: connection.http,
      ...options,
      on_event: (event) => {
        progress?.follow(event);
        if (event.type === 'load_finished' || (event.type === 'waiting' && !isNewWait(event))) return;
        log?.write(event);
      },
      signal: stop.signal,
      now: context.now,
    });
    const foreign_keys =
      references.length === 0 ? [] : await destination.addForeignKeys?.(choice.dataset, references);
    return { report, foreign_keys: foreign_keys ?? [] };
  } finally {
    context.signal.removeEventListener('abort', onAbort);
    progress?.stop();
    await destination.close();
  }
}
