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
import { type Footer, insertResource } from './footer.js';
import type { TableFile } from './list-tables.js';

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
  folder: string,
  tables: readonly TableFile[],
  seen: Seen,
): Promise<void> {
  const owned = tables.flatMap(({ footer }) => (footer === null ? [] : [footer]));
  const shown = seen === 'views' ? tables.filter(({ footer }) => footer !== null) : tables;
  const schemas = [...new Set(shown.map(({ schema }) => schema))].filter((schema) => schema !== '');
  await session.run(
    [
      ...stateTables(database),
      ...owned.map((footer) => insertResource(database, footer)),
      ...owned.flatMap((footer) => (footer.has_rejects ? [insertRejects(database, folder, footer)] : [])),
      ...Object.entries(STATE_FILES).flatMap(([table, columns]) =>
        insertFile(database, folder, table, columns),
      ),
      ...schemas.map((schema) => `CREATE SCHEMA IF NOT EXISTS ${quote(database, schema)}`),
      ...shown.flatMap((table) => showTable(database, table, seen)),
    ].join('; '),
  );
}

function showTable(database: string, { path, schema, name, footer }: TableFile, seen: Seen): string[] {
  if (schema === '' || name === '') return [];
  const at = quote(database, schema, name);
  if (seen === 'views') return [`CREATE OR REPLACE VIEW ${at} AS FROM read_parquet(${literal(path)})`];
  const comment = footer?.description;
  return [
    `CREATE TABLE IF NOT EXISTS ${at} (${quote('_xano_load_id')} VARCHAR)`,
    ...(comment ? [`COMMENT ON TABLE ${at} IS ${literal(comment)}`] : []),
  ];
}

function insertRejects(database: string, folder: string, footer: Footer): string {
  const columns = ['row_key', '"column"', 'raw', 'reason', 'load_id'].join(', ');
  const values = [footer.identity, footer.resource].map(literal).join(', ');
  const file = rejectsFile(folder, footer);
  if (look(file)?.isFile() !== true)
    throw new XanoError(
      'DATABASE_FAILED',
      `The rejected values of "${footer.resource}" are missing: ${file}.`,
      {
        hint: 'Restore the file, or load the table again into another folder with --to.',
      },
    );
  return `INSERT INTO ${quote(database, '_xano', 'rejects')} SELECT ${values}, ${columns} FROM read_parquet(${literal(file)})`;
}

function insertFile(database: string, folder: string, table: string, columns: readonly string[]): string[] {
  const file = join(folder, STATE_FOLDER, `${table}.parquet`);
  if (look(file)?.isFile() !== true) return [];
  const names = columns.map((name) => quote(name)).join(', ');
  // Anybody may have written it: a load keeps far fewer.
  return [
    `INSERT INTO ${quote(database, '_xano', table)} (${names}) SELECT ${names} FROM read_parquet(${literal(file)}) LIMIT ${MOST_STATE_ROWS}`,
  ];
}
