/** Adds columns to a staging table, or changes the types of its columns. */
import { type Column, sqlType, storedNames, withChanged } from '../../table/column.js';
import { quote } from '../engine/sql.js';
import { isWide, widthOf } from '../engine/wide.js';
import { changeType } from './staging-ddl.js';
import { begin, rebuiltWith, type StagingTable } from './staging-table.js';

/** DuckDB copies its metadata of all columns for each altered one: for many, a new table is cheaper. */
const MOST_ALTERED = 16;

/** Adds columns, or changes their types. A missing table is created with all of them. */
export async function widenStaging(staging: StagingTable, changed: readonly Column[]): Promise<void> {
  const next = withChanged(staging.columns, changed);
  await staging.session.expectWidth(widthOf(next));
  if (staging.is_created) {
    // New columns that are committed before their rows would disagree with the stored progress of the table.
    staging.partial.forbid();
    const has_rows = !staging.in_transaction;
    await begin(staging);
    const isRebuilt = changed.length > MOST_ALTERED || (has_rows && isWide(next));
    const statements = isRebuilt ? rebuiltWith(staging, next) : alterations(staging, next, changed);
    await staging.session.run(statements.join('; '));
  }
  staging.columns = next;
  // In their order, because stored names depend on it.
  staging.columns_added = withChanged(staging.columns_added, changed);
}

/** Statements that add columns to the table and change the types of others, one at a time. */
function alterations(
  { table, columns }: StagingTable,
  next: readonly Column[],
  changed: readonly Column[],
): string[] {
  const names = storedNames(next);
  const indexes = new Map(next.map(({ name }, index) => [name, index]));
  return changed.map((column) => {
    const index = indexes.get(column.name)!;
    const name = names[index]!;
    return index < columns.length
      ? changeType(table, column, name)
      : `ALTER TABLE ${table} ADD COLUMN ${quote(name)} ${sqlType(column)}`;
  });
}
