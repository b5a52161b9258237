/**
 * Runs cases in turn, round after round, so that whatever else the machine does meanwhile meets all of them
 * alike.
 */
import type { DataServer } from './client.js';
import { measure } from './measure.js';
import type { Counters } from './server-config.js';
import type { Case } from './tables.js';

/** One run of a case that has passed its checks. */
export interface Run {
  readonly wall_s: number;
  readonly cpu_s: number | null;
  readonly rss_mb: number | null;
  readonly statements: number | null;
  readonly served: Counters;
}

/** A case and its runs. */
export interface Measured {
  readonly case: Case;
  readonly runs: readonly Run[];
}

/** Runs everything. Throws where a result is not what was served: then no time is worth telling. */
export async function runCases(
  cases: readonly Case[],
  server: DataServer,
  scratch: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Measured[]> {
  const measured = cases.map((one) => ({ case: one, runs: [] as Run[] }));
  for (const { case: one } of measured) {
    if (one.once === undefined) continue;
    signal.throwIfAborted();
    say(`preparing: ${one.name}`);
    await one.once();
  }
  // Start-up takes milliseconds and many runs; beside loads of seconds it would only be disturbed.
  const rounds = [
    measured.filter(({ case: { group } }) => group === 'startup'),
    measured.filter(({ case: { group } }) => group !== 'startup'),
  ];
  for (const some of rounds) {
    const most = Math.max(0, ...some.map(({ case: { runs } }) => runs));
    for (let round = 0; round < most; round++)
      for (const { case: one, runs } of some) {
        if (round >= one.runs) continue;
        signal.throwIfAborted();
        const run = await runOnce(one, server, scratch, signal);
        runs.push(run);
        const seconds = run.wall_s < 1 ? `${Math.round(run.wall_s * 1000)} ms` : `${run.wall_s.toFixed(2)} s`;
        say(`round ${round + 1} of ${one.runs}  ${seconds.padStart(9)}  ${one.name}`);
      }
  }
  return measured;
}

async function runOnce(one: Case, server: DataServer, scratch: string, signal: AbortSignal): Promise<Run> {
  try {
    await one.before?.();
    await server.set(one.settings);
    const taken = await measure(one.command(), scratch, signal);
    const served = await server.counters();
    await one.verify(taken);
    const { wall_s, cpu_s, rss_mb } = one.told?.(taken) ?? taken;
    return { wall_s, cpu_s, rss_mb, statements: taken.statements, served };
  } catch (cause) {
    throw new Error(`${one.name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
