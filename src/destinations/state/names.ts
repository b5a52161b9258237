/** The names under which DuckDB knows the target file, the staging file, and the tables of the state. */
import { quote } from '../engine/sql.js';

/** The attached name of the target file. */
export const TARGET = 'target';

/** A table of `_xano`. */
export const state = (table: string): string => quote(TARGET, '_xano', table);

/** The attached name of the staging file. */
export const STAGING = 'staging';
