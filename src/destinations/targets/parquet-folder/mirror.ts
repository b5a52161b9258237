/**
 * A Parquet folder as a DuckDB database: state and tables are where every reader and the publishing SQL look
 * for them.
 */
import { join } from 'node:path';
import { XanoError } from '../../../errors.js';
import { look } from '../../engine/own-files.js';
import type { Session } from '../../engine/session.js';
import { literal, quote } from '../../engine/sql.js';
import { stateTables } from '../../state/ddl.js';
import { MOST_STATE_ROWS } from '../../state/parse-state.js';
import { STATE_FOLDER } from './file-names.js';
import type { FolderFiles } from './folder-files.js';
import { type Footer, insertResources } from './footer.js';
import type { TableFile } from './list-tables.js';
import type { OpenFolder } from './open-folder.js';
import { rowsIn } from './rows/file-rows.js';

/** The state tables that are files of their own, with what is read of each. */
const STATE_FILES = {
  loads: ['load_id', 'started_at', 'finished_at', 'status', 'requests', 'bytes', 'report'],
  servers: ['url_template', 'page_size', 'learned_at'],
} as const;

/** A state table that is a file of its own. */
export type StateFile = keyof typeof STATE_FILES;

/** Where a state table is. */
export const stateFile = (folder: string, table: StateFile): string =>
  join(folder, STATE_FOLDER, `${table}.parquet`);

/** Where the rejected values of a table are, as long as its footer names this staging. */
export const rejectsFile = (folder: string, { staging_id }: Pick<Footer, 'staging_id'>): string =>
  join(folder, STATE_FOLDER, 'rejects', `${staging_id}.parquet`);

/** How tables are seen: as views of their files, or empty, by name alone. */
export type Seen = 'views' | 'names';

/** Fills an attached, empty database with the state of a folder and its tables. Throws what DuckDB throws. */
export async function mirror(
  session: Pick<Session, 'run'>,
  database: string,
  { folder, files }: Pick<OpenFolder, 'folder'> & { readonly files: Pick<FolderFiles, 'isFetched'> },
  tables: readonly TableFile[],
  seen: Seen,
): Promise<void> {
  const owned = tables.flatMap(({ footer }) => (footer === null ? [] : [footer]));
  const shown = seen === 'views' ? tables.filter(({ footer }) => footer !== null) : tables;
  const schemas = [...new Set(shown.map(({ schema }) => schema))].filter((schema) => schema !== '');
  const statements = [
    ...stateTables(database),
    ...insertResources(database, owned),
    ...insertRejects(
      database,
      folder,
      owned.filter((footer) => footer.has_rejects),
    ),
    ...insertFile(database, folder, 'loads'),
    ...insertFile(database, folder, 'servers'),
    ...schemas.map((schema) => `CREATE SCHEMA IF NOT EXISTS ${quote(database, schema)}`),
    ...shown.flatMap((table) => showTable(database, table, seen, files.isFetched(table.path))),
  ];
  // One commit: a database in a file waits for the disk at each, and there are several statements a table.
  try {
    await session.run(['BEGIN', ...statements, 'COMMIT'].join('; '));
  } catch (thrown) {
    await session.run('ROLLBACK').catch(() => {});
    throw thrown;
  }
}

function showTable(
  database: string,
  { files, schema, name, footer }: TableFile,
  seen: Seen,
  is_fetched: boolean,
): string[] {
  if (schema === '' || name === '') return [];
  const at = quote(database, schema, name);
  const from = rowsIn(files);
  if (seen === 'views')
    return [`CREATE OR REPLACE VIEW ${at} AS ${is_fetched ? `FROM ${from}` : unread(from)}`];
  const comment = footer?.description;
  return [
    `CREATE TABLE IF NOT EXISTS ${at} (${quote('_xano_load_id')} VARCHAR)`,
    ...(comment ? [`COMMENT ON TABLE ${at} IS ${literal(comment)}`] : []),
  ];
}

/**
 * The query of a view with the columns of a file of which only the footer is there: it fails when it is read.
 * A column that cannot fail would let DuckDB find that no row meets a condition, and read nothing.
 */
function unread(from: string): string {
  const failing = "error('Only a table whose name the SQL spells can be read.') IS NULL";
  return `SELECT CASE WHEN ${failing} THEN COLUMNS(t.*) END AS '\\0' FROM (SELECT 1 WHERE ${failing}) LEFT JOIN (FROM ${from} LIMIT 0) t ON true`;
}

/** One statement for all files of rejected values: a statement for each takes longer than its rows. */
function insertRejects(database: string, folder: string, footers: readonly Footer[]): string[] {
  if (footers.length === 0) return [];
  const files = footers.map((footer) => rejectsFile(folder, footer));
  for (const [at, file] of files.entries())
    if (look(file)?.isFile() !== true)
      throw new XanoError(
        'DATABASE_FAILED',
        `The rejected values of "${footers[at]!.resource}" are missing: ${file}.`,
        {
          hint: 'Restore the file, or load the table again into another folder with --to.',
        },
      );
  const columns = ['row_key', '"column"', 'raw', 'reason', 'load_id'].map((name) => `r.${name}`).join(', ');
  const named = footers.map(
    ({ staging_id, identity, resource }) => `(${[staging_id, identity, resource].map(literal).join(', ')})`,
  );
  // A file is named after the staging of its rows, whatever its path is spelled like.
  return [
    `INSERT INTO ${quote(database, '_xano', 'rejects')} SELECT f.identity, f.resource, ${columns} FROM read_parquet([${[...new Set(files)].map(literal).join(', ')}], filename = 'from_file', hive_partitioning = false) r JOIN (VALUES ${named.join(', ')}) f(staging_id, identity, resource) ON f.staging_id = parse_filename(r.from_file, true)`,
  ];
}

/** The statement that puts the rows of a state file into the state tables of a database; none without it. */
export function insertFile(database: string, folder: string, table: StateFile, where = 'true'): string[] {
  const file = stateFile(folder, table);
  if (look(file)?.isFile() !== true) return [];
  const names = STATE_FILES[table].map((name) => quote(name)).join(', ');
  // Anybody may have written it: a load keeps far fewer.
  return [
    `INSERT INTO ${quote(database, '_xano', table)} (${names}) SELECT ${names} FROM ${rowsIn([file])} WHERE ${where} LIMIT ${MOST_STATE_ROWS}`,
  ];
}
