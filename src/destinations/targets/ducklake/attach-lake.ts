/**
 * Attaches a DuckLake: only where its catalog has the version that this DuckDB writes, and its files are
 * there.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { XanoError } from '../../../errors.js';
import type { Session } from '../../engine/session.js';
import { literal, quote } from '../../engine/sql.js';
import type { Connection } from '../postgres/wire/connection.js';
import { type FileCatalog, isInBucket, type Lake, type PostgresCatalog } from './lake.js';
import { assertPlainCatalog } from './lake-place.js';
import { CATALOG_SECRET } from './set-up-lake.js';

/** The version of catalogs that DuckDB 1.5 makes and reads. Another one is never migrated. */
const CATALOG_VERSION = '1.0';
/** The attached name of a catalog while its version is read. */
const CATALOG = 'xano_catalog';

/** What a catalog says of itself. */
export interface FoundCatalog {
  /** As the catalog spells it: it may be relative. */
  readonly data_path: string;
}

/** The same of a catalog that many load into. */
export interface FoundSharedCatalog extends FoundCatalog {
  /** The schemas of the lake: each dataset is one. */
  readonly schemas: readonly string[];
}

/** What attaching needs: to run statements, some of which wait for a file that another program has open. */
export interface Attacher {
  readonly session: Pick<Session, 'run' | 'rows'>;
  readonly attachBy: (sql: string) => Promise<void>;
}

/**
 * Reads version and data folder of a catalog in a file, before DuckLake touches it; null without a catalog
 * yet. Throws DATABASE_FAILED for a catalog of another version, and a database that is something else.
 */
export async function readCatalog(
  { session, attachBy }: Attacher,
  lake: Lake,
  { type, file }: FileCatalog,
): Promise<FoundCatalog | null> {
  assertPlainCatalog(lake);
  if (!existsSync(file)) return null;
  await attachBy(`ATTACH ${literal(file)} AS ${CATALOG} (TYPE ${type}, READ_ONLY)`);
  try {
    const tables = await session.rows(
      `SELECT 1 FROM duckdb_tables() WHERE database_name = ${literal(CATALOG)} AND table_name = 'ducklake_metadata'`,
    );
    if (tables.length === 0)
      throw new XanoError('DATABASE_FAILED', `${lake.label} is not a DuckLake: the file holds no catalog.`, {
        hint: 'Name another file with --to; this one was not touched.',
      });
    return foundCatalog(lake, await session.rows(`${SAYS} ${quote(CATALOG, 'main', 'ducklake_metadata')}`));
  } finally {
    await session.run(`DETACH DATABASE IF EXISTS ${CATALOG}`);
  }
}

/** The same of a catalog in Postgres. */
export async function readPostgresCatalog(
  connection: Pick<Connection, 'rows'>,
  lake: Lake,
  { schema }: PostgresCatalog,
): Promise<FoundSharedCatalog | null> {
  const at = quote(schema, 'ducklake_metadata');
  const [found] = await connection.rows('SELECT to_regclass($1)::text AS at', [at]);
  if (found?.['at'] === null) return null;
  const said = foundCatalog(lake, await connection.rows(`${SAYS} ${at}`));
  const schemas = await connection.rows(
    `SELECT schema_name AS name FROM ${quote(schema, 'ducklake_schema')} WHERE end_snapshot IS NULL`,
  );
  return { ...said, schemas: schemas.map(({ name }) => String(name)) };
}

/** What a catalog says of the whole lake. */
const SAYS = 'SELECT key, value, scope FROM';

function foundCatalog({ label }: Lake, rows: readonly Readonly<Record<string, unknown>>[]): FoundCatalog {
  const saidOf = (key: string): string =>
    String(rows.find((row) => row['key'] === key && row['scope'] === null)?.['value'] ?? '');
  const version = saidOf('version').slice(0, 40);
  if (version !== CATALOG_VERSION)
    throw new XanoError(
      'DATABASE_FAILED',
      `The catalog of ${label} has version "${version}"; expected ${CATALOG_VERSION}. It was not touched.`,
      { hint: 'Load into another lake with --to, or use the xano-connector that goes with this version.' },
    );
  return { data_path: saidOf('data_path') };
}

/** The statement that attaches a lake under a name, and makes its catalog where there is none. */
export function attachment(
  lake: Lake,
  name: string,
  { read_only, found }: { readonly read_only: boolean; readonly found: FoundCatalog | null },
): string {
  const { catalog } = lake;
  const place = found === null ? { path: lake.data, is_other: false } : dataOf(lake, found);
  if (!read_only && !isInBucket(lake)) mkdirSync(place.path, { recursive: true });
  const options = [
    `DATA_PATH ${literal(place.path)}`,
    ...(place.is_other ? ['OVERRIDE_DATA_PATH true'] : []),
    ...(catalog.type === 'postgres'
      ? [`META_SECRET ${literal(CATALOG_SECRET)}`, `METADATA_SCHEMA ${literal(catalog.schema)}`]
      : [`META_TYPE ${literal(catalog.type)}`]),
    ...(read_only ? ['READ_ONLY'] : []),
  ];
  const at = catalog.type === 'postgres' ? `postgres:${connection(lake)}` : catalog.file;
  return `ATTACH ${literal(`ducklake:${at}`)} AS ${quote(name)} (${options.join(', ')})`;
}

/** What the secret does not hold. Nothing of it is secret. */
function connection({ catalog }: Lake): string {
  if (catalog.type !== 'postgres') return '';
  const { sslmode, sslrootcert, connect_timeout_ms } = catalog.address;
  // Without it libpq looks for a file that hardly anybody has.
  const authorities = sslrootcert ?? (sslmode === 'verify-full' ? 'system' : undefined);
  const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
  return [
    `connect_timeout=${Math.ceil(connect_timeout_ms / 1_000)}`,
    'application_name=xano-connector',
    ...(authorities === undefined ? [] : [`sslrootcert=${quoted(authorities)}`]),
  ].join(' ');
}

const withSlash = (path: string): string => (path.endsWith('/') ? path : `${path}/`);

/**
 * Where the files are. `is_other`: not where the catalog says, since catalog and files were moved together,
 * or the catalog says it from another folder. Throws DATABASE_FAILED where the files are somewhere else.
 */
function dataOf(lake: Lake, { data_path }: FoundCatalog): { path: string; is_other: boolean } {
  const { catalog, data, label, names_data } = lake;
  const said = data_path.includes('://')
    ? withSlash(data_path)
    : `${catalog.type === 'postgres' ? resolve(data_path) : resolve(dirname(catalog.file), data_path)}/`;
  if (said === data) return { path: data, is_other: data_path !== data };
  const moved =
    catalog.type !== 'postgres' &&
    !names_data &&
    isAbsolute(data_path) &&
    basename(said) === basename(data) &&
    !existsSync(said) &&
    existsSync(data);
  if (moved) return { path: data, is_other: true };
  throw new XanoError(
    'DATABASE_FAILED',
    `The files of ${label} are in ${data_path}, as its catalog says, and not in ${data}.`,
    { hint: `Name that place: data=${data_path}.` },
  );
}
