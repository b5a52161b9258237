/**
 * Tells the receivers of a project how its loads went, after the command has said and done everything else.
 */
import { randomBytes } from 'node:crypto';
import { destinationLabel, type LoadReport, type XanoError } from '../../../index.js';
import { createNotifier, type Notifier } from '../../../notify/notifier.js';
import { type Observation, observeFailure, observeLoad } from '../../../notify/observe.js';
import { stateFolder } from '../../../session/state-file.js';
import type { Ending } from '../../../session/tokens/token-end.js';
import type { Context } from '../../context.js';
import type { ProjectFacts } from '../../input/project-options.js';

/** Where a load of a project writes. */
export interface NoticePlace {
  readonly to: string;
  readonly dataset: string;
  readonly configDir?: string;
}

/**
 * The notifier of a project's loads into a place. `warn` receives a sentence for each notice that did not
 * arrive.
 */
export function notifierFor(
  { name, notify }: Pick<ProjectFacts, 'name' | 'notify'>,
  { to, dataset, configDir }: NoticePlace,
  context: Context,
  warn: (sentence: string) => void,
): Notifier {
  return createNotifier({
    receivers: notify,
    project: name,
    destination: destinationLabel(to),
    dataset,
    folder: stateFolder(configDir === undefined ? {} : { configDir }, context),
    context,
    alarm: context.alarm,
    random: () => randomBytes(12).toString('hex'),
    warn,
  });
}

/** What a command tells of its loads. Nothing here waits for a receiver, and nothing throws. */
export interface LoadNotices {
  /** One load wrote its report. `is_complete`: it was of all tables. */
  readonly loaded: (
    place: NoticePlace,
    report: LoadReport,
    is_complete: boolean,
    ending: Ending | undefined,
  ) => void;
  /** One load ended without a report. */
  readonly failed: (place: NoticePlace, error: XanoError) => void;
  /** All loads ended, with this exit status. */
  readonly ended: (status: number) => void;
}

/** Begins to tell: a dead man's switch hears of the start now, and everybody of the end after the command. */
export function tellOfLoads(
  facts: ProjectFacts,
  place: NoticePlace,
  context: Context,
  say: (sentence: string) => void,
): LoadNotices {
  const said = new Set<string>();
  // A receiver that is down is down at the start and at the end.
  const warn = (sentence: string): void => {
    if (!said.has(sentence)) say(sentence);
    said.add(sentence);
  };
  const own = notifierFor(facts, place, context, warn);
  let isStopped = false;
  const later = (work: () => Promise<void>): void => context.later?.(work);
  const observe = (where: NoticePlace, observation: Observation | undefined): void => {
    isStopped ||= observation === undefined;
    if (observation !== undefined) later(() => notifierFor(facts, where, context, warn).tell(observation));
  };
  const started = own.ping('start', `xano: ${facts.name}: a load begins.`);
  return {
    loaded: (where, report, is_complete, ending) => {
      const token = ending === undefined ? undefined : { source: ending.source, ...ending.status };
      observe(where, observeLoad(report, is_complete, token));
    },
    failed: (where, error) => observe(where, observeFailure(error, destinationLabel(where.to))),
    ended: (status) =>
      later(async () => {
        const words = `xano: ${facts.name}: the load ended with status ${status}.`;
        // A load that somebody stopped neither failed nor succeeded.
        if (isStopped) started.stop();
        // A success that overtakes the start would leave the switch waiting for the end.
        else await own.ping(status === 0 ? 'success' : 'fail', words, started).done;
        await started.done;
      }),
  };
}
