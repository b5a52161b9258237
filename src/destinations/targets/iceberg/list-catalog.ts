/** The tables of an Iceberg catalog, with the state that a load has put into their properties. */
import { sqlType, storedNames } from '../../../table/column.js';
import type { Session } from '../../engine/session.js';
import { literal, quote } from '../../engine/sql.js';
import { columnTypes } from '../../engine/table-columns.js';
import type { StoredColumn } from '../../state/contents.js';
import { storedColumnsSchema } from '../../state/table-schema.js';
import { type Footer, footerIn } from '../parquet-folder/footer.js';
import { namespaceOf, STATE_NAMESPACE, tableNameOf } from './catalog-names.js';
import { CATALOG } from './set-up-catalog.js';

/** The property of a table that holds its state. */
export const PROPERTY = 'xano';

/** A table of a catalog. */
export interface CatalogTable {
  readonly namespace: string;
  /** Its name in the catalog. */
  readonly table: string;
  readonly schema: string;
  /** Its name as the source has it. */
  readonly name: string;
  /** What the load that wrote it says of it; null where no load wrote it. */
  readonly footer: Footer | null;
}

/** A table in SQL. */
export const inCatalog = ({ namespace, table }: Pick<CatalogTable, 'namespace' | 'table'>): string =>
  quote(CATALOG, namespace, table);

/**
 * Lists the tables of these namespaces, or of all where none are named. One request a namespace, and one a
 * table.
 */
export async function listCatalog(
  session: Pick<Session, 'rows'>,
  namespaces?: readonly string[],
): Promise<readonly CatalogTable[]> {
  const rows = await session.rows(
    `SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ${literal(CATALOG)} ORDER BY ALL`,
  );
  const found: CatalogTable[] = [];
  for (const row of rows) {
    const at = { namespace: String(row['schema_name']), table: String(row['table_name']) };
    if (at.namespace === STATE_NAMESPACE) continue;
    const isOurs = namespaces === undefined || namespaces.includes(at.namespace);
    const footer = isOurs ? await readState(session, at) : null;
    const isHere =
      footer !== null &&
      namespaceOf(footer.target_schema) === at.namespace &&
      tableNameOf(footer.target_table) === at.table;
    found.push(
      isHere
        ? { ...at, schema: footer.target_schema, name: footer.target_table, footer }
        : { ...at, schema: at.namespace, name: at.table, footer: null },
    );
  }
  return found;
}

/** The state in the properties of a table; null where no load wrote it. */
export async function readState(
  session: Pick<Session, 'rows'>,
  at: Pick<CatalogTable, 'namespace' | 'table'>,
): Promise<Footer | null> {
  const [row] = await session.rows(
    `SELECT value FROM iceberg_table_properties(${inCatalog(at)}) WHERE key = ${literal(PROPERTY)}`,
  );
  return footerIn(row?.['value']);
}

/** The columns of a table as its state has them. */
export function columnsOf({ columns }: Footer): readonly StoredColumn[] {
  const parsed = storedColumnsSchema.safeParse(columns);
  return parsed.success ? parsed.data : [];
}

/**
 * A query of a table's rows in the types of its state: JSON is text in Iceberg. `vectors`: a list has its
 * size in its type again.
 */
export async function rowsOf(
  session: Pick<Session, 'rows'>,
  { footer, ...at }: CatalogTable,
  { vectors }: { readonly vectors: boolean },
): Promise<string> {
  const table = inCatalog(at);
  if (footer === null) return `SELECT * FROM ${table}`;
  const found = await columnTypes(session, table);
  const columns = columnsOf(footer);
  const names = storedNames(columns);
  const typed = columns.flatMap((column, i) => {
    const name = names[i]!;
    const type = sqlType(column);
    const is_other = found.has(name) && (column.type === 'JSON' || (vectors && column.size !== undefined));
    return is_other ? [`${quote(name)}::${type} AS ${quote(name)}`] : [];
  });
  return `SELECT *${typed.length === 0 ? '' : ` REPLACE (${typed.join(', ')})`} FROM ${table}`;
}
