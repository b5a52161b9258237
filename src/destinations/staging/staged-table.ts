/** A staging table whose rows are complete: what staging hands to publishing. */

import type { Column } from '../../table/column.js';
import type { Staged, TargetPlan } from '../destination.js';

/** A staging table that is complete. */
export interface StagedTable {
  readonly plan: TargetPlan;
  /** Where its rows are, quoted. */
  readonly table: string;
  /** Where values that did not fit are, of this and perhaps of other resources. */
  readonly rejects: string;
  /** False where there are certainly none of this one. */
  readonly may_have_rejects: boolean;
  /** Its rows are stored as a target's are. */
  readonly compressed: boolean;
  /** The rows lie in the target's own file already, and in its schema: they need not be copied. */
  readonly already_in_target: boolean;
  readonly columns: readonly Column[];
  readonly staged: Staged;
  /** Names this staging: the same from its first row on, in whichever load, and never again. */
  readonly staging_id: string;
}
