/**
 * A destination's name becomes a destination to load into, or a store to read from. One table; DuckDB is
 * loaded when a row is opened.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { asXanoError, XanoError } from '../errors.js';
import type { LoadProgress } from '../events.js';
import type { SchemaTable } from '../table/schema.js';
import { CAPABILITIES, type TargetKind } from './capabilities.js';
import type { DestinationOptions } from './create-destination.js';
import type { Destination } from './destination.js';
import type { LoadedPlace } from './reader/create-store.js';
import type { RunningQuery } from './reader/query.js';
import type { QueryOptions } from './reader/query-place.js';
import type { SchemaOptions } from './reader/schema.js';
import type { FileStatus, StatusOptions } from './reader/status.js';
import type { QueryValue } from './reader/values.js';
import type { Store } from './store.js';
import type { PlaceOptions, TargetPlace } from './target.js';
import { bucketLabel, isBucket } from './targets/bucket/bucket-address.js';
import { isSharedLake, lakeLabel, mayExist } from './targets/ducklake/lake.js';
import type { MaintainOptions, Maintenance } from './targets/ducklake/maintain-lake.js';
import { parseCatalog } from './targets/iceberg/parse-catalog.js';
import { parsePostgresUrl } from './targets/postgres/wire/address.js';

/** How a kind of target is opened. */
interface Opening {
  /** Where rows go. */
  readonly target: (name: string, options: PlaceOptions) => Promise<TargetPlace>;
  /** Where rows are read back. */
  readonly loaded: (name: string, options: PlaceOptions) => Promise<LoadedPlace>;
  /** How people call it, without secrets. */
  readonly label: (name: string) => string;
  /** Whether nothing is there, as far as that can be told without opening it. */
  readonly isAbsent: (name: string) => boolean;
}

/** Of a target on this computer, whose name is its path. */
const ON_DISK: Pick<Opening, 'label' | 'isAbsent'> = {
  label: (path) => path,
  isAbsent: (path) => !existsSync(resolve(path)),
};

/**
 * One row for each kind of target. DuckDB takes a tenth of a second to load, so each row is imported when it
 * is asked for.
 */
const KINDS: Readonly<Record<TargetKind, Opening>> = {
  duckdb: {
    ...ON_DISK,
    target: async (path) => (await import('./targets/duckdb-file.js')).duckdbFile(path),
    loaded: async (path) => (await import('./reader/open-loaded.js')).loadedFile(path),
  },
  ducklake: {
    label: lakeLabel,
    isAbsent: (name) => !mayExist(name),
    target: async (name, options) => (await import('./targets/ducklake/ducklake.js')).duckLake(name, options),
    loaded: async (name, options) =>
      (await import('./targets/ducklake/loaded-lake.js')).loadedLake(name, options),
  },
  iceberg: {
    label: (name) => parseCatalog(name).label,
    isAbsent: () => false,
    target: async (name, options) =>
      (await import('./targets/iceberg/iceberg.js')).icebergCatalog(name, options),
    loaded: async (name, options) =>
      (await import('./targets/iceberg/loaded-catalog.js')).loadedCatalog(name, options),
  },
  parquet: {
    ...ON_DISK,
    target: async (path) => (await import('./targets/parquet-folder/parquet-folder.js')).parquetFolder(path),
    loaded: async (path) => (await import('./targets/parquet-folder/loaded-folder.js')).loadedFolder(path),
  },
  bucket: {
    label: bucketLabel,
    isAbsent: () => false,
    target: async (name, options) => (await import('./targets/bucket/bucket.js')).bucketPlace(name, options),
    loaded: async (name, options) =>
      (await import('./targets/bucket/loaded-bucket.js')).loadedBucket(name, options),
  },
  postgres: {
    label: (url) => parsePostgresUrl(url).label,
    isAbsent: () => false,
    target: async (url, options) =>
      (await import('./targets/postgres/postgres.js')).postgresDatabase(url, options),
    loaded: async (url, options) =>
      (await import('./targets/postgres/loaded-database.js')).loadedDatabase(url, options),
  },
};

interface ParsedName {
  readonly kind: TargetKind;
  readonly path: string;
}

/**
 * What a name means: a kind of target, and where it is. Throws USAGE for a scheme that no kind of target has.
 */
function parseName(name: string): ParsedName {
  if (/^postgres(ql)?:/i.test(name)) return { kind: 'postgres', path: name };
  const [, lake] = /^ducklake:(.*)$/is.exec(name) ?? [];
  if (lake !== undefined) return { kind: 'ducklake', path: lake };
  const [, catalog] = /^iceberg:(.*)$/is.exec(name) ?? [];
  if (catalog !== undefined) return { kind: 'iceberg', path: catalog };
  if (isBucket(name)) return { kind: 'bucket', path: name };
  if (/[\\/]$/.test(name)) return { kind: 'parquet', path: name };
  const [, out] = /^parquet:(.+)$/s.exec(name) ?? [];
  if (out !== undefined) return { kind: 'parquet', path: out };
  const scheme = /^([a-z][a-z0-9+]+):/i.exec(name)?.[1];
  // One letter is a drive of Windows.
  if (scheme !== undefined)
    throw new XanoError('USAGE', `"${scheme}:" is not a destination that xano-connector can write to.`, {
      hint: 'Name a DuckDB file (--to xano.duckdb), a folder (--to out/), a bucket (--to s3://bucket/prefix), a DuckLake (--to ducklake:xano.ducklake), an Iceberg catalog (--to iceberg:https://…) or a Postgres database (--to postgres://user@host/database).',
    });
  return { kind: 'duckdb', path: name };
}

/** What people call a destination: its name without secrets. Throws USAGE for a name that is not valid. */
export function destinationLabel(name: string): string {
  const { kind, path } = parseName(name);
  return KINDS[kind].label(path);
}

/**
 * Whether references between tables can become foreign keys in a destination. Throws USAGE for a bad name.
 */
export const hasForeignKeys = (name: string): boolean => CAPABILITIES[parseName(name).kind].foreign_keys;

/**
 * Whether a destination takes loads into several datasets at the same time: a Postgres database, a DuckLake
 * whose catalog is in one, an Iceberg catalog, and a bucket. Throws USAGE for a bad name.
 */
export function takesManyLoads(name: string): boolean {
  const { kind, path } = parseName(name);
  return kind === 'ducklake' ? isSharedLake(path) : CAPABILITIES[kind].lock !== 'file';
}

/** What opening a destination by its name takes. */
export interface OpenOptions extends DestinationOptions, Partial<PlaceOptions> {}

/**
 * Opens a destination: a place, or one by its name. A path is a DuckDB file; one that ends in a slash, or
 * follows `parquet:`, is a folder of Parquet files; `s3://bucket/prefix` is a place in a bucket;
 * `postgres://user@host/database` is a Postgres database. Throws USAGE for names of destinations that do not
 * exist.
 */
export async function openDestination(
  to: string | TargetPlace,
  options: OpenOptions = {},
): Promise<Destination> {
  const place = typeof to === 'string' ? await openPlace(to, options) : to;
  const { createDestination } = await import('./create-destination.js');
  return createDestination(place, options);
}

async function openPlace(name: string, options: Partial<PlaceOptions>): Promise<TargetPlace> {
  const { kind, path } = parseName(name);
  return KINDS[kind].target(path, { ...DEFAULTS, ...options });
}

const DEFAULTS: PlaceOptions = { dataset: 'xano_data' };

/**
 * Opens what was loaded, to be read, by the name that it was loaded under. Throws USAGE for names of
 * destinations that do not exist.
 */
export async function openStore(name: string, options: Partial<PlaceOptions> = {}): Promise<Store> {
  const { kind, path } = parseName(name);
  const [{ createStore }, place] = await Promise.all([
    import('./reader/create-store.js'),
    KINDS[kind].loaded(path, { ...DEFAULTS, ...options }),
  ]);
  return createStore(place);
}

/**
 * How far the load into a destination is that runs now, in whatever program of this user and computer. Null
 * where none runs, or where this program cannot see it. Opens nothing. Throws USAGE for names of destinations
 * that do not exist.
 */
export async function runningLoad(
  name: string,
  options: Partial<PlaceOptions> = {},
): Promise<LoadProgress | null> {
  const { staging_file } = await openPlace(name, options);
  return (await import('./reader/running-load.js')).readRunningLoad(staging_file);
}

/**
 * Looks after a destination that needs it, a DuckLake: expires snapshots older than seven days, removes files
 * that nobody has needed for a day, merges small files. Throws USAGE for every other kind of destination.
 */
export async function maintain(name: string, options: MaintainOptions = {}): Promise<Maintenance> {
  const { kind, path } = parseName(name);
  if (kind !== 'ducklake')
    throw new XanoError(
      'USAGE',
      `${destinationLabel(name)} needs no upkeep: only a DuckLake has snapshots.`,
      {
        hint: 'Name a DuckLake: --to ducklake:shop.ducklake.',
      },
    );
  return (await import('./targets/ducklake/maintain-lake.js')).maintainLake(path, options);
}

async function withStore<T>(
  name: string,
  options: Partial<PlaceOptions>,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openStore(name, options);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Rows that a query gives, in order. Whole numbers of 64 bits and what JSON has no type for are texts. */
export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Runs a query on loaded tables, as {@link streamQuery} does, and keeps all of its rows. */
export async function queryFile(
  path: string,
  sql: string,
  options: QueryOptions & Partial<PlaceOptions> = {},
): Promise<QueryResult> {
  const keep = async ({ columns, batches }: RunningQuery): Promise<QueryResult> => {
    const rows: Readonly<Record<string, unknown>>[] = [];
    for await (const batch of batches())
      for (const row of batch)
        rows.push(Object.fromEntries(columns.map(({ name }, i) => [name, plain(row[i] ?? null)])));
    return { columns: columns.map(({ name }) => name), rows };
  };
  return streamQuery(path, sql, keep, options);
}

/**
 * Runs one query on loaded tables, read-only, and hands its rows on as they come. The place is held until
 * `use` is done: a load cannot swap tables in for so long. Throws DATABASE_LOCKED, DATABASE_FAILED,
 * QUERY_FAILED or INTERRUPTED.
 */
export function streamQuery<T>(
  path: string,
  sql: string,
  use: (query: RunningQuery) => Promise<T>,
  options: QueryOptions & Partial<PlaceOptions> = {},
): Promise<T> {
  return withStore(path, options, (store) => store.query(sql, use, options));
}

/**
 * Reads how a loaded target stands: its tables and the loads that brought them. Throws DATABASE_FAILED where
 * nothing was loaded into it, and DATABASE_LOCKED.
 */
export function readStatus(
  path: string,
  options: StatusOptions & Partial<PlaceOptions> = {},
): Promise<FileStatus> {
  return withStore(path, options, (store) => store.status(options));
}

/** Reads the schema of the tables that were loaded. Throws what {@link readStatus} throws. */
export function readSchema(
  path: string,
  options: SchemaOptions & Partial<PlaceOptions> = {},
): Promise<SchemaTable[]> {
  return withStore(path, options, (store) => store.schema(options));
}

/**
 * How long the last load took that loaded all it was asked for, in milliseconds. Undefined where there was
 * none, or where the place cannot be read just now: it serves warnings, and nothing depends on it.
 */
export async function lastLoadMs(
  name: string,
  options: Partial<PlaceOptions> = {},
): Promise<number | undefined> {
  try {
    const { kind, path } = parseName(name);
    // Without a file DuckDB need not be loaded.
    if (KINDS[kind].isAbsent(path)) return undefined;
    const [last] = await withStore(name, options, (store) => store.history({ loads: 1, status: 'loaded' }));
    return last?.duration_ms ?? undefined;
  } catch (thrown) {
    if (asXanoError(thrown).code === 'BUG') throw thrown;
    return undefined;
  }
}

function plain(value: QueryValue): unknown {
  if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? String(value) : value;
  if ('json' in value) return value.json;
  if ('fields' in value) return Object.fromEntries(value.fields.map(([name, one]) => [name, plain(one)]));
  return value.map(plain);
}
