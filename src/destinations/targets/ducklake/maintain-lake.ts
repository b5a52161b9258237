/**
 * The upkeep of a DuckLake: old snapshots expire, files that nobody needs are removed, small files are
 * merged.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { XanoError } from '../../../errors.js';
import { CAPABILITIES } from '../../capabilities.js';
import { type Engine, startEngine } from '../../engine/engine.js';
import { assertOwnFolder } from '../../engine/own-files.js';
import type { Session } from '../../engine/session.js';
import { literal } from '../../engine/sql.js';
import { releaseLease, takeLease } from '../../staging/lease.js';
import { STAGING, TARGET } from '../../state/names.js';
import type { PlaceOptions } from '../../target.js';
import { connect } from '../postgres/wire/connection.js';
import { attachment, readCatalog, readPostgresCatalog } from './attach-lake.js';
import { type Lake, parseLake } from './lake.js';
import { aboutLake } from './lake-failures.js';
import { whilePublishing } from './lake-locks.js';
import { type LakePlace, lakePlace } from './lake-place.js';
import { setUpLake } from './set-up-lake.js';

/** Snapshots stay readable for so long. */
const SNAPSHOT_DAYS = 7;
/**
 * Younger files may belong to a load under way, which has not committed yet: to sweep them destroys its rows
 * (seen, DuckLake 1.0).
 */
const FILE_DAYS = 1;
/** How DuckLake calls the files that it writes. */
const LAKE_FILE = /^ducklake-[0-9a-f-]{36}(-\w+)?\.(parquet|puffin)$/;

/** What upkeep did, or would do. */
export interface Maintenance {
  readonly destination: string;
  readonly dry_run: boolean;
  /** Snapshots older than seven days, which can be read no longer. */
  readonly snapshots_expired: number;
  /** Files that no snapshot has needed for a day. */
  readonly files_removed: number;
  /** Files older than a day that no snapshot has ever had: loads that were killed leave them. */
  readonly orphans_removed: number;
  /** Files of a table that were merged; null in a dry run, since DuckLake tells it only afterwards. */
  readonly files_merged: number | null;
  /** Files that those became. */
  readonly files_created: number | null;
  /** Files among those of the lake that DuckLake did not write. While there are any, no orphan is removed. */
  readonly foreign_files: readonly string[];
}

/** What upkeep takes. */
export interface MaintainOptions extends Partial<PlaceOptions> {
  /** Changes nothing, and tells what would be done. */
  readonly dry_run?: boolean;
  /** Default: a timer. */
  readonly sleep?: (ms: number) => Promise<void>;
}

/**
 * Looks after a lake by what follows `ducklake:` in its name, while no load publishes into it. Throws USAGE,
 * EXTENSION_MISSING, DATABASE_LOCKED, and DATABASE_FAILED where there is no lake.
 */
export async function maintainLake(name: string, options: MaintainOptions = {}): Promise<Maintenance> {
  const lake = parseLake(name);
  const placeOptions: PlaceOptions = { dataset: 'maintenance', ...options };
  const place = lakePlace(lake, placeOptions);
  return aboutLake(lake, async () => {
    const spill_folder = `${place.path}.reading.tmp`;
    assertOwnFolder(spill_folder);
    if (lake.catalog.type === 'postgres') mkdirSync(dirname(place.path), { recursive: true, mode: 0o700 });
    const engine = await startEngine({
      spill_folder,
      files: [...place.catalog_files, place.staging_file],
      folders: [lake.data],
      setUp: (session) => setUpLake(session, lake, placeOptions),
      stays_open: lake.catalog.type === 'postgres',
      sleep: options.sleep ?? setTimeout,
      lock_wait_ms: 5_000,
    });
    try {
      return await whileAlone(lake, place, engine, (session) =>
        maintain(session, lake.label, options.dry_run === true),
      );
    } finally {
      engine.close();
    }
  });
}

/** Runs work with the lake attached, while no load publishes into it. */
async function whileAlone<T>(
  lake: Lake,
  place: LakePlace,
  engine: Engine,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { catalog, label } = lake;
  const session = await engine.session();
  const attachBy = (sql: string): Promise<void> => engine.attachBy(sql, place.path);
  const attached = async (found: Awaited<ReturnType<typeof readCatalog>>): Promise<T> => {
    if (found === null)
      throw new XanoError('DATABASE_FAILED', `The DuckLake ${label} does not exist.`, {
        hint: 'Name another lake with --to, or load into this one first.',
      });
    await attachBy(attachment(lake, TARGET, { read_only: false, found }));
    await engine.closeOff();
    return work(session);
  };
  try {
    if (catalog.type === 'postgres') {
      const connection = await connect(catalog.address, 'xano maintain');
      try {
        return await whilePublishing(connection, catalog, async () =>
          attached(await readPostgresCatalog(connection, lake, catalog)),
        );
      } finally {
        await connection.close();
      }
    }
    return await whileLeased(lake, place, engine, async () =>
      attached(await readCatalog({ session, attachBy }, lake, catalog)),
    );
  } finally {
    session.close();
  }
}

/** Runs work while no load into a lake with its catalog in a file runs: those hold the staging file. */
async function whileLeased<T>(
  { label }: Lake,
  { path, staging_file }: LakePlace,
  engine: Engine,
  work: () => Promise<T>,
): Promise<T> {
  // Nothing is made beside a lake that is not there.
  if (!existsSync(path)) return work();
  const isNew = !existsSync(staging_file);
  const { container } = CAPABILITIES.ducklake;
  await takeLease({ label, staging_file, container }, () => engine.attach(staging_file, STAGING));
  try {
    return await work();
  } finally {
    await engine.detach(STAGING);
    if (isNew) rmSync(staging_file, { force: true });
    releaseLease(staging_file);
  }
}

async function maintain(session: Session, destination: string, dry_run: boolean): Promise<Maintenance> {
  const call = (what: string, days: number, dry = dry_run) =>
    session.rows(
      `CALL ${what}(${literal(TARGET)}, older_than => now() - INTERVAL ${days} DAY, dry_run => ${dry})`,
    );
  const expired = await call('ducklake_expire_snapshots', SNAPSHOT_DAYS);
  const merged = dry_run
    ? null
    : await session.rows(`CALL ducklake_merge_adjacent_files(${literal(TARGET)})`);
  const removed = await call('ducklake_cleanup_old_files', FILE_DAYS);
  const orphans = (await call('ducklake_delete_orphaned_files', FILE_DAYS, true)).map((row) =>
    String(row['path']),
  );
  const foreign_files = orphans.filter((path) => !LAKE_FILE.test(basename(path)));
  const isSwept = foreign_files.length === 0 && orphans.length > 0;
  if (isSwept && !dry_run) await call('ducklake_delete_orphaned_files', FILE_DAYS);
  const sum = (column: string): number | null =>
    merged === null ? null : merged.reduce((total, row) => total + Number(row[column]), 0);
  return {
    destination,
    dry_run,
    snapshots_expired: expired.length,
    files_removed: removed.length,
    orphans_removed: isSwept ? orphans.length : 0,
    files_merged: sum('files_processed'),
    files_created: sum('files_created'),
    foreign_files,
  };
}
