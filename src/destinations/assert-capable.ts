/** Whether a kind of target can do what a load wants of it. */
import { XanoError } from '../errors.js';
import { partitionText } from '../table/partition.js';
import type { WantedTable } from './destination.js';
import type { TargetPlace } from './target.js';

/** Why a table cannot be loaded. */
interface Refusal {
  /** What the place does: a verb and its object. */
  readonly fact: string;
  /** What the table has in its place. */
  readonly found: string;
  /** How it can be loaded there: the end of a sentence. */
  readonly advice: string;
}

/** How many refused tables an error names. */
const MOST_NAMED = 50;

/**
 * Refuses, before anything is read, what this kind of target cannot do. Throws one CONFIG_INVALID for all of
 * these tables: its message names the only one, or its details name the first 50.
 */
export function assertCapable(
  { label, capabilities }: Pick<TargetPlace, 'label' | 'capabilities'>,
  tables: readonly WantedTable[],
): void {
  assertPartitions({ label, capabilities }, tables);
  const refusals = tables.flatMap((table) => refusalsOf(table, capabilities));
  const [first] = refusals;
  if (first === undefined) return;
  const place = `The ${capabilities.container} ${label}`;
  const facts = [...new Set(refusals.map(({ fact }) => fact))].join(' and ');
  const advice = [...new Set(refusals.map((one) => one.advice))].join(', and ');
  const hint = `Load into a DuckDB file (--to xano.duckdb), or ${advice}.`;
  if (refusals.length === 1)
    throw new XanoError('CONFIG_INVALID', `${place} ${facts}; ${first.found}.`, { hint });
  const left = refusals.length - MOST_NAMED;
  const named = refusals.slice(0, MOST_NAMED).map(({ found }) => `${found}.`);
  throw new XanoError('CONFIG_INVALID', `${place} ${facts}.`, {
    hint,
    details: left > 0 ? [...named, `And ${left} more.`] : named,
  });
}

function refusalsOf(
  { resource, disposition, nested }: WantedTable,
  { dispositions, nested_types }: TargetPlace['capabilities'],
): Refusal[] {
  const refusals: Refusal[] = [];
  if (!dispositions.includes(disposition.type))
    refusals.push({
      fact: `accepts write disposition ${dispositions.join(' or ')}`,
      found: `"${resource}" has ${disposition.type}`,
      advice: `with --write-disposition ${dispositions[0]} and without --incremental`,
    });
  if (!nested_types && (nested.type === 'struct' || nested.flatten !== undefined))
    refusals.push({
      fact: 'stores nested values as JSON',
      found: `"${resource}" asks for ${nested.flatten === undefined ? 'STRUCT columns' : 'tables of its lists'}`,
      advice: 'without --nested and --flatten',
    });
  return refusals;
}

/** Throws CONFIG_INVALID for tables with partitions in a place that has none. */
function assertPartitions(
  { label, capabilities }: Pick<TargetPlace, 'label' | 'capabilities'>,
  tables: readonly WantedTable[],
): void {
  if (capabilities.partitions) return;
  const parted = tables.flatMap(({ resource, partition_by }) =>
    partition_by === undefined ? [] : [`"${resource}" has ${partitionText(partition_by)}`],
  );
  if (parted.length === 0) return;
  const more = parted.length > 1 ? `, and ${parted.length - 1} more tables have partitions` : '';
  throw new XanoError(
    'CONFIG_INVALID',
    `The ${capabilities.container} ${label} stores tables without partitions; ${parted[0]}${more}.`,
    { hint: 'Load into a folder of Parquet files (--to out/), or without --partition-by.' },
  );
}
