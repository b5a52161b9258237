/**
 * Writes a published table into its Iceberg table. Rows, new columns and state become visible in one commit
 * of the catalog.
 */
import { XanoError } from '../../../errors.js';
import type { Session } from '../../engine/session.js';
import { jsonText, literal, quote } from '../../engine/sql.js';
import { columnTypes } from '../../engine/table-columns.js';
import type { Footer } from '../parquet-folder/footer.js';
import { sameValues } from '../parquet-folder/rows/same-values.js';
import { type CatalogTable, inCatalog, PROPERTY, readState } from './list-catalog.js';

/** What is written, and where. */
export interface TableWrite {
  /** How people call the catalog. */
  readonly label: string;
  readonly at: Pick<CatalogTable, 'namespace' | 'table'>;
  /** The table with the rows, quoted. */
  readonly from: string;
  readonly footer: Footer;
  /**
   * The state that the Iceberg table had when this load looked; undefined if the catalog lacked the table.
   */
  readonly expected: Footer | null | undefined;
  /** Key columns by their stored names: each key is once in `from`. Empty without a key. */
  readonly keys: readonly string[];
  /** Only the rows after the first so many are added: those are there. Null: the table has other rows. */
  readonly adds_after: number | null;
}

/**
 * Writes the table. Throws DATABASE_LOCKED where another load has written it since this one looked, and what
 * DuckDB throws, with the table as it was.
 */
export async function writeTable(session: Session, write: TableWrite): Promise<void> {
  const columns = await icebergColumns(session, write.from);
  if (write.expected === undefined) return create(session, write, columns);
  const types = await columnTypes(session, inCatalog(write.at));
  const isAltered =
    columns.some(({ name, type }) => types.has(name) && types.get(name) !== type) ||
    [...types.keys()].some((name) => !columns.some((column) => column.name === name));
  if (isAltered) return recreate(session, write, columns);
  const added = columns.filter(({ name }) => !types.has(name));
  await session.run('BEGIN');
  try {
    await assertUnchanged(session, write);
    for (const { name, type } of added)
      await session.run(`ALTER TABLE ${inCatalog(write.at)} ADD COLUMN ${quote(name)} ${type}`);
    await writeRows(session, write, columns);
    await session.run(
      `CALL set_iceberg_table_properties(${inCatalog(write.at)}, {${PROPERTY}: ${stateOf(write)}})`,
    );
    await session.run('COMMIT');
  } catch (thrown) {
    await session.rollback();
    throw thrown;
  }
}

const stateOf = ({ footer }: TableWrite): string => literal(jsonText(footer));

/** A column as Iceberg has it. */
interface IcebergColumn {
  readonly name: string;
  readonly type: string;
  /** The value in SQL. */
  readonly value: string;
}

/** Iceberg knows neither JSON nor lists of one size. */
async function icebergColumns(session: Session, from: string): Promise<readonly IcebergColumn[]> {
  return [...(await columnTypes(session, from))].map(([name, type]) => {
    const stored = type.replace(/^JSON\b/, 'VARCHAR').replace(/\[\d+\]/g, '[]');
    return { name, type: stored, value: stored === type ? quote(name) : `${quote(name)}::${stored}` };
  });
}

const selectOf = ({ from }: TableWrite, columns: readonly IcebergColumn[], where = ''): string =>
  `SELECT ${columns.map(({ name, value }) => `${value} AS ${quote(name)}`).join(', ')} FROM ${from}${where}`;

/** Makes a table with its rows and its state: it is not there before. */
async function create(session: Session, write: TableWrite, columns: readonly IcebergColumn[]): Promise<void> {
  await session.copy(
    `CREATE TABLE ${inCatalog(write.at)} WITH (${literal(PROPERTY)} = ${stateOf(write)}) AS ${selectOf(write, columns)}`,
  );
}

/**
 * Makes the table new: Iceberg changes no type to one that is not wider, and after a column has gone DuckDB
 * 1.5.5 adds no other one. It makes no table in the place of another one either, nor renames one in every
 * catalog, so readers miss the table while its rows are written. State goes and comes with the rows: a load
 * that is killed between the two leaves no table, and the next one reads it from its beginning.
 */
async function recreate(
  session: Session,
  write: TableWrite,
  columns: readonly IcebergColumn[],
): Promise<void> {
  await assertUnchanged(session, write);
  await session.run(`DROP TABLE ${inCatalog(write.at)}`);
  await create(session, write, columns);
}

/** In the transaction: what comes between this look and the commit makes the catalog refuse the commit. */
async function assertUnchanged(session: Session, { at, expected, label }: TableWrite): Promise<void> {
  const now = await readState(session, at);
  if (now?.staging_id !== expected?.staging_id || now?.load_id !== expected?.load_id)
    throw new XanoError(
      'DATABASE_LOCKED',
      `Another load wrote the same table of ${label} since this one began: it won.`,
      { hint: 'Run the same command again: it begins with what the other load wrote.' },
    );
}

async function writeRows(
  session: Session,
  write: TableWrite,
  columns: readonly IcebergColumn[],
): Promise<void> {
  const { at, from, keys, adds_after } = write;
  const table = inCatalog(at);
  const names = columns.map(({ name }) => quote(name)).join(', ');
  const insert = async (where: string): Promise<void> => {
    await session.copy(`INSERT INTO ${table} (${names}) ${selectOf(write, columns, where)}`);
  };
  if (adds_after !== null) return insert(` WHERE rowid >= ${adds_after}`);
  if (keys.length > 0) {
    await writeDifference(session, write, columns);
    // Where a key came twice before, rows are left over.
    if ((await session.count(table)) === (await session.count(from))) return;
  }
  await session.run(`DELETE FROM ${table}`);
  await insert('');
}

/**
 * Deletes the rows that are gone or have changed, and inserts the new ones. Deleted rows stay in the files of
 * an Iceberg table until somebody rewrites these: a table that is deleted and written again each time is read
 * more slowly after each load.
 */
async function writeDifference(
  session: Session,
  write: TableWrite,
  columns: readonly IcebergColumn[],
): Promise<void> {
  const table = inCatalog(write.at);
  const staged = `(${selectOf(write, columns)})`;
  const compared = columns.filter(({ name }) => !write.keys.includes(name));
  const same = [
    ...write.keys.map((key) => `old.${quote(key)} = new.${quote(key)}`),
    ...sameValues(new Map(compared.map(({ name, type }) => [name, type]))),
  ].join(' AND ');
  await session.copy(`DELETE FROM ${table} old WHERE NOT EXISTS (SELECT 1 FROM ${staged} new WHERE ${same})`);
  const names = columns.map(({ name }) => quote(name)).join(', ');
  await session.copy(
    `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${staged} new WHERE NOT EXISTS (SELECT 1 FROM ${table} old WHERE ${same})`,
  );
}
