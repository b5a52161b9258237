/** Applies the options that say which rows and columns of its tables a load may have. */
import type { EndpointConfig } from '../../index.js';
import { chooseRows } from './choose-rows.js';
import { limitRows } from './limit-rows.js';
import { partitionTables } from './partition-tables.js';
import { type ColumnChoice, protectColumns } from './protect-columns.js';

/** Rows and columns that a load leaves out or masks, as `xano load` takes them. */
export interface ContentChoice extends ColumnChoice {
  /** Conditions: `orders.created_at >= 2026-01-01`. */
  readonly where?: readonly string[] | undefined;
  /** Numbers of rows: `1000`, or `orders=1000`. */
  readonly limit?: readonly string[] | undefined;
  /** How files are divided: `month(created_at)`, or `orders=month(created_at)`. */
  readonly partition_by?: readonly string[] | undefined;
}

/**
 * The configs with this content alone, and `whole` beside them: of those, columns alone are left out or
 * masked.
 * Throws USAGE for an option that does not fit them.
 */
export function chooseContent(
  endpoints: readonly EndpointConfig[],
  { where = [], limit = [], partition_by = [], ...columns }: ContentChoice,
  whole: readonly EndpointConfig[] = [],
): readonly EndpointConfig[] {
  const chosen = limitRows(chooseRows(endpoints, where), limit);
  const protectedTables = protectColumns([...chosen, ...whole], columns);
  return [
    ...partitionTables(protectedTables.slice(0, chosen.length), partition_by),
    ...protectedTables.slice(chosen.length),
  ];
}
