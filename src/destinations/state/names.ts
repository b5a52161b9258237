/** The attached names of the target file and the staging file, and the names of the state's tables. */
import { quote } from '../engine/sql.js';

/** The attached name of the target file. */
export const TARGET = 'target';

/** A table of `_xano`. */
export const state = (table: string): string => quote(TARGET, '_xano', table);

/** The attached name of the staging file. */
export const STAGING = 'staging';
