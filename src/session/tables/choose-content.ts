/** Applies the options that say which rows and columns of its tables a load may have. */
import type { EndpointConfig } from '../../index.js';
import { chooseRows } from './choose-rows.js';
import { limitRows } from './limit-rows.js';
import { type ColumnChoice, protectColumns } from './protect-columns.js';

/** Rows and columns that a load leaves out or masks, as `xano load` takes them. */
export interface ContentChoice extends ColumnChoice {
  /** Conditions: `orders.created_at >= 2026-01-01`. */
  readonly where?: readonly string[] | undefined;
  /** Numbers of rows: `1000`, or `orders=1000`. */
  readonly limit?: readonly string[] | undefined;
}

/**
 * The configs with this content alone, and `whole` beside them: of those, columns alone are left out or
 * masked.
 * Throws USAGE for an option that does not fit them.
 */
export function chooseContent(
  endpoints: readonly EndpointConfig[],
  { where = [], limit = [], ...columns }: ContentChoice,
  whole: readonly EndpointConfig[] = [],
): readonly EndpointConfig[] {
  return protectColumns([...limitRows(chooseRows(endpoints, where), limit), ...whole], columns);
}
