/**
 * New columns of tables that readers use: made before the transaction that fills them. A column without a
 * default changes no row, so that readers wait for a moment, and not until the commit.
 */
import { literal, quote } from '../../../engine/sql.js';
import type { TargetTools } from '../../../target.js';
import type { Relation } from '../mirror/mirror.js';
import type { Connection } from '../wire/connection.js';
import { isLockTimeout } from '../wire/failures.js';
import { listedType } from './alter-table.js';

/** A table as it is, and the columns that it is to have. */
export interface WidenedTable {
  /** Undefined where the push makes the table. */
  readonly relation: Relation | undefined;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** Readers that come after the statement wait for it, and with it for those that came before. */
const LOCK_TIMEOUT = '200ms';
const PAUSE_MS = 300;
/** As long as the transaction itself waits for a lock, pauses included. */
const ATTEMPTS = 10;

/**
 * Adds the columns that tables lack, each table in a transaction of its own. Returns whether there were any.
 * Throws what `pg` throws, a lock timeout where other sessions never leave a table alone.
 */
export async function addColumns(
  connection: Connection,
  { sleep }: Pick<TargetTools, 'sleep'>,
  tables: readonly WidenedTable[],
): Promise<boolean> {
  const statements = tables.flatMap(({ relation, columns }) => {
    if (relation === undefined || relation.is_view) return [];
    const lacking = columns.filter(({ name }) => !relation.columns.some((there) => there.name === name));
    if (lacking.length === 0) return [];
    const steps = lacking.map(({ name, type }) => `ADD COLUMN ${quote(name)} ${listedType(type)}`);
    return [`ALTER TABLE ${quote(relation.schema, relation.name)} ${steps.join(', ')}`];
  });
  for (const statement of statements)
    for (let attempt = 1; ; attempt++)
      try {
        await connection.rows(
          `BEGIN; SET LOCAL lock_timeout = ${literal(LOCK_TIMEOUT)}; ${statement}; COMMIT`,
        );
        break;
      } catch (thrown) {
        if (!connection.isLost()) await connection.rows('ROLLBACK');
        if (attempt >= ATTEMPTS || !isLockTimeout(thrown)) throw thrown;
        await sleep(PAUSE_MS);
      }
  return statements.length > 0;
}
