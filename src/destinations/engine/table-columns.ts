/** Asks DuckDB which columns a table has, whoever has altered it since it was made. */
import { DELETED_AT_COLUMN } from '../../table/column.js';
import type { Session } from './session.js';
import { quote } from './sql.js';

/**
 * Types by name, in the order of the columns. Asks about this one table: DuckDB's list of all columns takes
 * longer the more tables there are.
 */
export async function columnTypes(
  session: Pick<Session, 'rows'>,
  table: string,
): Promise<ReadonlyMap<string, string>> {
  const rows = await session.rows(`DESCRIBE ${table}`);
  return new Map(rows.map((row) => [String(row['column_name']), String(row['column_type'])]));
}

/**
 * A condition on the rows of a table that are not marked as deleted at the source; null where none can be.
 */
export async function notDeleted(session: Session, table: string): Promise<string | null> {
  const types = await columnTypes(session, table);
  return types.has(DELETED_AT_COLUMN) ? `${quote(DELETED_AT_COLUMN)} IS NULL` : null;
}
