/** Placeholder. */
import type { Machine } from './machine.js';
import type { Options } from './options.js';
import type { Measured } from './run.js';

export function reportOf(
  measured: readonly Measured[],
  options: Options,
  about: Machine,
): { files: Record<string, string> } {
  return {
    files: {
      'results.md': JSON.stringify(
        { about, options, measured: measured.map((m) => ({ name: m.case.name, runs: m.runs })) },
        null,
        1,
      ),
    },
  };
}
