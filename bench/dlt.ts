/** Placeholder. */
import type { Options } from './options.js';
import type { Bench, Case } from './plan.js';

export async function dltCases(_: Bench): Promise<Case[]> {
  return [];
}
export function dltVersions(_: Options): string | null {
  return null;
}
