/**
 * What tables of one transaction leave to be written at its end: one statement for all of them, where each
 * would need several of its own.
 */
import { XanoError } from '../../errors.js';
import type { Publication } from '../destination.js';
import { numberIn, type Session } from '../engine/session.js';
import { literal } from '../engine/sql.js';
import type { StagedTable } from '../staging/staged-table.js';
import { state } from '../state/names.js';
import type { Ownership } from '../state/ownership.js';
import { type ResourceRow, resourceStatements } from '../state/write-state.js';

/** A replaced table whose rows are in place. */
export interface PendingTable extends ResourceRow {
  /** The table, quoted. */
  readonly table: string;
}

/** The tables whose state is not written yet. */
export interface PendingState {
  /** Takes a table that has no rejected values. */
  readonly add: (table: PendingTable) => void;
  /**
   * Writes the state of all, and deletes the rejected values of the rows that were there. Throws a BUG where
   * a table has not the rows that its state says.
   */
  readonly write: () => Promise<void>;
}

/** Begins with no table. */
export function createPendingState(session: Session): PendingState {
  let pending: PendingTable[] = [];
  return {
    add: (table) => {
      pending.push(table);
    },
    write: async () => {
      const tables = pending;
      pending = [];
      if (tables.length === 0) return;
      await assertCounts(session, tables);
      const owners = tables.flatMap((table) => table.owners).map(literal);
      await session.run(
        [
          ...resourceStatements(tables),
          `DELETE FROM ${state('rejects')} WHERE identity IN (${owners.join(', ')})`,
        ].join('; '),
      );
    },
  };
}

/**
 * Whether a table is replaced as it is, and no state but its own changes: then that can be written together
 * with the state of others.
 */
export function changesNoOther(
  { previous, replaced, in_the_way, child_in_the_way }: Ownership,
  { plan, may_have_rejects, already_in_target }: StagedTable,
  publication: Publication,
): boolean {
  const { target, identity } = plan;
  const isNamed = previous === null || (previous.schema === target.schema && previous.name === target.name);
  const isPlain = plan.disposition.type === 'replace' && publication.keep === undefined;
  return (
    isPlain &&
    isNamed &&
    plan.nested.flatten === undefined &&
    !may_have_rejects &&
    !already_in_target &&
    (previous?.flattened ?? null) === null &&
    in_the_way === null &&
    child_in_the_way === null &&
    replaced.every((one) => one === identity)
  );
}

/** What a statement said that it wrote is not yet what the table has. */
async function assertCounts(session: Session, tables: readonly PendingTable[]): Promise<void> {
  const counts = tables.map(({ table }, at) => `(SELECT count(*) FROM ${table})::DOUBLE AS n${at}`);
  const [row] = await session.rows(`SELECT ${counts.join(', ')}`);
  for (const [at, { resource }] of tables.entries()) {
    const found = numberIn(row, `n${at}`);
    if (found !== resource.rows)
      throw new XanoError(
        'BUG',
        `${resource.rows} rows of "${resource.resource}" were written, but ${found} are there.`,
      );
  }
}
