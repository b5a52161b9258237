/** What each receiver was told, so that it hears of a change of state once. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { type RememberedState, readState, writeState } from '../session/state-file.js';
import type { NoticeEvent } from './notify-schema.js';
import type { Finding, Observation, ProblemEvent } from './observe.js';

const openSchema = z.object({ since: z.iso.datetime(), tables: z.array(z.string()) });
const toldSchema = z.object({
  version: z.literal(1),
  /** By the variable of the receiver's address, and its format. */
  receivers: z.record(
    z.string(),
    z.partialRecord(z.enum(['failed', 'incomplete', 'stale', 'rejected', 'token_expiring']), openSchema),
  ),
});

/** What was told. */
export type Told = z.infer<typeof toldSchema>;

/** The problems that a receiver was told of, and that are not over. */
export type OpenProblems = Told['receivers'][string];

/** Which loads a file is about. Nothing of it is a secret. */
export interface ToldOf {
  readonly project: string;
  readonly destination: string;
  readonly dataset: string;
}

/** The file of what was told about these loads. */
export function toldFile(folder: string, { project, destination, dataset }: ToldOf): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([project, destination, dataset]))
    .digest('hex');
  return join(folder, `notices-${digest.slice(0, 16)}.json`);
}

/** Reads it; a damaged file gets another name. Throws OUTPUT_FAILED. */
export function readTold(file: string): RememberedState<Told> {
  return readState(file, (content) => toldSchema.parse(content));
}

/** Writes it, whole or not at all. Throws OUTPUT_FAILED. */
export function writeTold(file: string, told: Told): void {
  writeState(file, told);
}

/** A notice for one receiver, and what that receiver knows once it has it. */
export interface Step {
  readonly notice: Finding;
  readonly next: OpenProblems;
}

/** The problems whose end is worth a notice; a new token is nobody's news. */
const RECOVERS: readonly ProblemEvent[] = ['failed', 'incomplete', 'stale', 'rejected'];

/**
 * The notices that a receiver must get after a look: of problems that it does not know of, of changes, and
 * one of all problems that are over. Each step goes on from the one before. `rest`: what it knows without
 * further notices. Pure.
 */
export function stepsOf(
  known: OpenProblems,
  observation: Observation,
  on: readonly NoticeEvent[],
  now: number,
): { readonly steps: readonly Step[]; readonly rest: OpenProblems } {
  const { problems, changes, isOver } = observation;
  const over = (Object.keys(known) as ProblemEvent[]).filter((event) =>
    isOver(event, known[event]?.tables ?? []),
  );
  const told = over.filter((event) => RECOVERS.includes(event) && on.includes('recovered'));
  // An end that nobody wants to hear of is forgotten without a notice.
  let open = without(
    known,
    over.filter((event) => !told.includes(event)),
  );
  const rest = open;
  const steps: Step[] = [];
  const add = (notice: Finding, next: OpenProblems): void => {
    open = next;
    steps.push({ notice, next });
  };
  if (told.length > 0) add(recovered(told, known), without(open, told));
  const since = new Date(now).toISOString();
  for (const problem of problems) {
    if (!on.includes(problem.event) || open[problem.event] !== undefined) continue;
    const began = { since, tables: problem.tables.map(({ table }) => table) };
    add(problem, { ...open, [problem.event]: began });
  }
  for (const change of changes) if (on.includes(change.event)) add(change, open);
  return { steps, rest };
}

function recovered(over: readonly ProblemEvent[], known: OpenProblems): Finding {
  const was = over.map((event) => {
    const since = known[event]?.since ?? '';
    return `${event} since ${since.slice(0, 16).replace('T', ' ')} UTC`;
  });
  const names = [...new Set(over.flatMap((event) => known[event]?.tables ?? []))];
  return {
    event: 'recovered',
    sentence: `well again; it was ${was.join(', ')}.`,
    tables: names.map((table) => ({ table })),
  };
}

function without(open: OpenProblems, events: readonly ProblemEvent[]): OpenProblems {
  return Object.fromEntries(
    Object.entries(open).filter(([event]) => !events.includes(event as ProblemEvent)),
  );
}
