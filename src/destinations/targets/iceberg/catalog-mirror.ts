/**
 * An Iceberg catalog as a DuckDB database: state and tables are where every reader and the publishing SQL
 * look for them.
 */
import { LOAD_ID_COLUMN } from '../../../table/column.js';
import type { Session } from '../../engine/session.js';
import { quote } from '../../engine/sql.js';
import { stateTables } from '../../state/ddl.js';
import { type Footer, insertResources } from '../parquet-folder/footer.js';
import { type CatalogTable, rowsOf } from './list-catalog.js';

/** What the mirror has beside the state of each table. */
export interface Mirrored {
  /** How tables are seen: as views of their rows, or empty, by name alone. */
  readonly seen: 'views' | 'names';
  /** Statements that fill further state tables. */
  readonly statements: readonly string[];
}

/** The states of the tables that loads wrote. Of two with one identity, the later load's is right. */
export function footersOf(tables: readonly CatalogTable[]): readonly Footer[] {
  const newest = new Map<string, Footer>();
  for (const { footer } of tables) {
    if (footer === null) continue;
    const other = newest.get(footer.identity);
    if (other === undefined || other.loaded_at < footer.loaded_at) newest.set(footer.identity, footer);
  }
  return [...newest.values()];
}

/** Fills an attached, empty database with the state of a catalog and its tables. */
export async function mirrorCatalog(
  session: Pick<Session, 'run' | 'rows'>,
  database: string,
  tables: readonly CatalogTable[],
  { seen, statements }: Mirrored,
): Promise<void> {
  const owned = footersOf(tables);
  const shown = seen === 'views' ? tables.filter(({ footer }) => footer !== null) : tables;
  const schemas = [...new Set(shown.map(({ schema }) => schema))];
  const made: string[] = [];
  for (const table of shown) {
    const at = quote(database, table.schema, table.name);
    made.push(
      seen === 'views'
        ? `CREATE OR REPLACE VIEW ${at} AS ${await rowsOf(session, table, { vectors: false })}`
        : `CREATE TABLE IF NOT EXISTS ${at} (${quote(LOAD_ID_COLUMN)} VARCHAR)`,
    );
  }
  const all = [
    ...stateTables(database),
    ...insertResources(database, owned),
    ...statements,
    ...schemas.map((schema) => `CREATE SCHEMA IF NOT EXISTS ${quote(database, schema)}`),
    ...made,
  ];
  for (const statement of all) await session.run(statement);
}
