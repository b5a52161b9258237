/** Placeholder. */
import type { Bench, Case } from './plan.js';

export async function dltCases(_: Bench): Promise<Case[]> {
  return [];
}
