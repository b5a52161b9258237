/**
 * The rows that a table had before a load: copied into the mirror as far as publishing asks for them, and
 * compared with those that came of it.
 */
import { DELETED_AT_COLUMN, LOAD_ID_COLUMN, type TargetTable } from '../../../../table/column.js';
import { storedKeys } from '../../../engine/column-sql.js';
import { numberIn, type Session } from '../../../engine/session.js';
import { literal, quote } from '../../../engine/sql.js';
import { columnTypes } from '../../../engine/table-columns.js';
import type { ToPublish } from '../../../publish/publish.js';
import { areLong } from '../../../staging/partial-commits.js';
import type { StoredResource } from '../../../state/contents.js';
import { TARGET } from '../../../state/names.js';
import { knownResources } from '../../../state/read-contents.js';
import type { PublishedTable, RowsRead } from '../../../target.js';
import type { TableFile } from '../list-tables.js';
import { columnsIn, filesInSql, rowsIn, typedRows } from './file-rows.js';
import { sameValues } from './same-values.js';

/** A table as the load before left it. */
export interface PreviousTable {
  readonly resource: StoredResource;
  readonly file: TableFile;
  /** The staging that its rows came from. */
  readonly rows_from: string;
  /** Columns of the file, with the types that DuckDB reads. */
  readonly found: ReadonlyMap<string, string>;
}

/** Finds the file of a resource; null where it has none. */
export async function previousTable(
  session: Pick<Session, 'rows'>,
  tables: readonly TableFile[],
  resource: StoredResource | null,
): Promise<PreviousTable | null> {
  const file = tables.find(({ footer }) => resource !== null && footer?.identity === resource.identity);
  if (resource === null || file === undefined || file.rows_from === null) return null;
  const { files, rows_from } = file;
  return { resource, file, rows_from, found: await columnsIn(session, files) };
}

/**
 * Copies what is wanted of the rows of a table into the mirror, with the columns that the state has beside.
 */
export async function copyWanted(
  session: Session,
  tables: readonly TableFile[],
  { identity, columns }: RowsRead,
): Promise<void> {
  const known = (await knownResources(session)).find((resource) => resource.identity === identity);
  const table = await previousTable(session, tables, known ?? null);
  if (table === null) return;
  const { resource, file, found } = table;
  const names = columns.flatMap((name) => storedKeys(resource.columns, [name]));
  const wanted = [...new Set([...names, LOAD_ID_COLUMN, DELETED_AT_COLUMN])].filter((name) =>
    found.has(name),
  );
  await session.copy(
    `CREATE OR REPLACE TABLE ${quote(TARGET, resource.schema, resource.name)} AS SELECT ${wanted.map((name) => quote(name)).join(', ')} FROM (${typedRows(file.files, found, resource.columns)})`,
  );
}

/** Whether the rows of before stay, but for those that publishing replaces or removes. */
const rowsStay = ({ staged: { plan }, publication }: ToPublish): boolean =>
  publication.keep !== undefined || plan.disposition.type !== 'replace';

/** How the mirror gets the rows of before. */
export interface Filling {
  readonly sql: string;
  /** How many rows are copied with all their values. */
  readonly rows: number;
  /** Those rows are long. */
  readonly long_rows: boolean;
}

/**
 * How the mirror gets what publishing asks of the rows of before: their keys, or all of them where they stay.
 */
export async function fillFrom(
  session: Pick<Session, 'rows'>,
  { resource, file: { files }, found }: PreviousTable,
  wanted: ToPublish,
): Promise<Filling> {
  const table = quote(TARGET, resource.schema, resource.name);
  const create = `CREATE OR REPLACE TABLE ${table} AS`;
  if (rowsStay(wanted)) {
    const [row] = await session.rows(
      `SELECT (SELECT count(*) FROM ${rowsIn(files)})::DOUBLE AS rows, (SELECT coalesce(sum(total_uncompressed_size), 0) FROM parquet_metadata(${filesInSql(files)}))::DOUBLE AS bytes`,
    );
    const size = { rows: numberIn(row, 'rows'), bytes: numberIn(row, 'bytes') };
    return {
      sql: `${create} ${typedRows(files, found, resource.columns)}`,
      rows: size.rows,
      long_rows: areLong(size),
    };
  }
  const { primary_key } = wanted.staged.plan.target;
  // Rows that are marked as gone were counted then.
  const needed = [...storedKeys(resource.columns, primary_key), DELETED_AT_COLUMN];
  const select = needed.filter((name) => found.has(name)).map((name) => quote(name));
  const rows = [`1 AS ${quote(LOAD_ID_COLUMN)}`, ...select].join(', ');
  return { sql: `${create} SELECT ${rows} FROM ${rowsIn(files)}`, rows: 0, long_rows: false };
}

/**
 * The rows of before as a FROM item, where the table has the same name and columns since; null where all of
 * its files must be written again.
 */
export async function comparable(
  session: Session,
  before: PreviousTable | null,
  { schema, name }: Pick<TargetTable, 'schema' | 'name'>,
): Promise<string | null> {
  if (before === null) return null;
  const { resource, file, found } = before;
  if (resource.schema !== schema || resource.name !== name) return null;
  const old = `(${typedRows(file.files, found, resource.columns)})`;
  const now = await columnTypes(session, quote(TARGET, schema, name));
  return isEqual(now, await columnTypes(session, `SELECT * FROM ${old}`)) ? old : null;
}

/**
 * Whether a load that keeps rows left all of them as the file has them. Then the file stays, and its rows
 * keep the ids of the loads that wrote them.
 */
export async function hasSameRows(
  session: Session,
  before: PreviousTable,
  wanted: ToPublish,
  { published, contents }: PublishedTable,
): Promise<boolean> {
  const { target, load_id, identity } = wanted.staged.plan;
  const { rows_written, rows_deleted, rows_total, changes } = published;
  if (!rowsStay(wanted) || rows_deleted > 0 || changes.length > 0) return false;
  const old = await comparable(session, before, target);
  if (old === null || (await session.count(rowsIn(before.file.files))) !== rows_total) return false;
  if (rows_written === 0) return true;
  const { columns = [] } = contents.known.find((one) => one.identity === identity) ?? {};
  const keys = storedKeys(columns, target.primary_key).map((key) => quote(key));
  if (keys.length === 0) return false;
  const table = quote(TARGET, target.schema, target.name);
  const same = sameValues(await columnTypes(session, table));
  const joined = keys.map((key) => `old.${key} = new.${key}`).join(' AND ');
  // Each key was written once, and as many rows are there as before: then no other row has come or gone.
  const found_again = await session.count(
    `(SELECT DISTINCT ${keys.map((key) => `new.${key}`).join(', ')} FROM ${table} new JOIN ${old} old ON ${joined} WHERE new.${quote(LOAD_ID_COLUMN)} = ${literal(load_id)} AND ${same.join(' AND ')})`,
  );
  return found_again === rows_written;
}

const isEqual = (one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean =>
  JSON.stringify([...one]) === JSON.stringify([...other]);
