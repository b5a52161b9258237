/** The loads of a project one after the other: every source into every destination. */
import { asXanoError, destinationLabel, errorReport, exitStatus, isStop, XanoError } from '../../../index.js';
import type { Context } from '../../context.js';
import type { Printer } from '../../output/output.js';
import { tellError } from '../../output/tell-error.js';
import type { LoadFlags } from './load-options.js';
import type { Log } from './log.js';

/** One load: names of tables, and the options of the command for this source and destination. */
export interface LoadPart {
  readonly names: readonly string[];
  readonly flags: LoadFlags;
  readonly source: string | undefined;
  readonly destination: string | undefined;
}

/** Runs one load, and returns its exit status. */
export type LoadOne = (part: LoadPart, context: Context, printer: Printer, log?: Log) => Promise<number>;

/**
 * The loads of a command: one, or those of a project. Names of lists belong to the load of the lists, others
 * to the rest. Throws USAGE for options about single tables where there are several sources.
 */
export function partsOf(names: readonly string[], flags: LoadFlags): readonly LoadPart[] {
  const { projectLoads: loads = [] } = flags;
  if (loads.length === 0) return [{ names, flags, source: undefined, destination: undefined }];
  const lists = loads.flatMap((load) => load.lists ?? []);
  const isMixed = loads.some((load) => load.lists === undefined) && lists.length > 0;
  const parts = loads.map(({ source, destination, options, lists: own }) => ({
    names: isMixed ? names.filter((name) => lists.includes(name) === (own !== undefined)) : names,
    flags: { ...flags, ...options },
    source,
    destination,
  }));
  const chosen = names.length === 0 ? parts : parts.filter((part) => part.names.length > 0);
  const sources = new Set(chosen.map(({ source }) => source));
  for (const option of ['where', 'exclude', 'mask'] as const)
    if (flags[option] !== undefined && sources.size > 1)
      throw new XanoError('USAGE', `--${option} needs --source: this project has several sources.`, {
        hint: `Name one of: ${[...sources].join(', ')}.`,
      });
  return chosen;
}

/**
 * From the worst: an exit status that is not here is 0. A load that failed as a whole is worse than a partial
 * one.
 */
const WORST = [130, 1, 2, 4, 6, 5, 7];

/** The worst of several exit statuses; 0 without any. */
export const worstOf = (statuses: readonly number[]): number =>
  WORST.find((status) => statuses.includes(status)) ?? 0;

/**
 * Runs the loads one after the other. A failed load does not affect the others; stopping one stops all.
 * Returns the worst exit status.
 */
export async function loadEach(
  parts: readonly LoadPart[],
  context: Context,
  printer: Printer,
  log: Log | undefined,
  loadOne: LoadOne,
): Promise<number> {
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0) return loadOne(only, context, printer, log);
  const statuses: number[] = [];
  const loads: object[] = [];
  for (const part of parts) {
    if (context.signal.aborted) break;
    const { source = null, destination = null, flags } = part;
    const to = destinationLabel(flags.to);
    const title = source === null ? to : `${source} → ${to}`;
    if (log?.on_stderr !== true) printer.note('', title);
    const told: unknown[] = [];
    // Several reports are one JSON object.
    const telling = { ...printer, json: (value: unknown) => told.push(value) };
    const error = await loadOne(part, context, telling, log).then(
      (status) => void statuses.push(status),
      (thrown: unknown) => asXanoError(thrown),
    );
    if (error !== undefined) {
      if (isStop(error)) throw error;
      statuses.push(exitStatus(error));
      await tellError(context, error);
    }
    const [report = null] = told;
    loads.push({ source, destination, to, report, error: error === undefined ? null : errorReport(error) });
  }
  if (only?.flags.json === true) printer.json({ loads });
  return worstOf(statuses);
}
