/** Whether a kind of target can do what a load wants of it. */
import { XanoError } from '../errors.js';
import type { TargetPlan } from './destination.js';
import type { TargetPlace } from './target.js';

/** Refuses, before anything is read, what this kind of target cannot do. Throws CONFIG_INVALID. */
export function assertCapable(
  { label, capabilities }: Pick<TargetPlace, 'label' | 'capabilities'>,
  plan: TargetPlan,
): void {
  const { container, dispositions, nested_types } = capabilities;
  const hint = 'Load it into a DuckDB file instead: --to xano.duckdb.';
  if (!dispositions.includes(plan.disposition.type))
    throw new XanoError(
      'CONFIG_INVALID',
      `The ${container} ${label} accepts write disposition ${dispositions.join(' or ')}; "${plan.resource}" has ${plan.disposition.type}.`,
      { hint: `Load it with --write-disposition ${dispositions[0]} and without --incremental. ${hint}` },
    );
  if (!nested_types && (plan.nested.type === 'struct' || plan.nested.flatten !== undefined))
    throw new XanoError(
      'CONFIG_INVALID',
      `The ${container} ${label} stores nested values as JSON; "${plan.resource}" asks for ${plan.nested.flatten === undefined ? 'STRUCT columns' : 'tables of its lists'}.`,
      { hint: `Load it without --nested and --flatten. ${hint}` },
    );
}
