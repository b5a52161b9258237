/** A DuckDB file as a destination: rows are staged in `<file>.staging`, and the file itself is only open while a table is swapped. */
import { accessSync, constants, existsSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pLimit from 'p-limit';
import { XanoError } from '../../errors.js';
import { foldName } from '../../names.js';
import { type Column, type TargetTable, withChanged } from '../../table/column.js';
import type { Destination, Prepared, Publication, ServerLimits, SetAside } from '../destination.js';
import { type Engine, numberIn, type Session, startEngine } from '../engine/engine.js';
import { databaseFailure, isDamage } from '../engine/failures.js';
import { assertOwnFolder, assertPlainWal, openFolder, removeFolder, walFiles } from '../engine/own-files.js';
import { quote } from '../engine/sql.js';
import { isWide, widthOf } from '../engine/wide.js';
import {
  assertVersion,
  type Outcome,
  prepareState,
  publish,
  writeLoad,
  writeServerLimits,
} from '../publish/publish.js';
import { copyRows } from '../publish/published-rows.js';
import { STAGING } from '../staging/progress.js';
import {
  canStay,
  isFree,
  isReadable,
  openStaging,
  publishInPlace,
  stagingTableOf,
} from '../staging/staging-file.js';
import { openWriter, type StagedTable } from '../staging/writer.js';
import { type Contents, NOTHING, readContents, readOwnership, state, TARGET } from '../state/ownership.js';
import { readServer } from '../state/state-schema.js';
import { assertReadable, findStateTables } from '../state/state-tables.js';

/** What a file destination takes from outside. */
export interface FileOptions {
  /** Milliseconds of a clock that only goes forward. Default performance.now. */
  readonly now?: () => number;
  /** Default: a timer. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** How long a file that another program holds is waited for, in milliseconds. Default 5 s. */
  readonly lock_wait_ms?: number;
  /** How many load records stay in `_xano.loads`, the newest. Default 1,000; at least 1. */
  readonly keep_loads?: number;
}

/** What a load wants to know of a file. */
interface Seen {
  readonly contents: Contents;
  readonly server_limits: ServerLimits;
}

/** Load records that stay where nobody says otherwise: six weeks of hourly loads. */
const KEEP_LOADS = 1_000;

/** The file is not kept from others for longer than this at a time, in milliseconds, beyond what one table takes. */
const HELD_MS = 1_000;
/** Then whoever waits for it gets a chance: `xano query` tries every 200 ms. */
const LET_IN_MS = 100;
/** Fewer rows are copied before another thread has begun. */
const MANY_ROWS = 10_000;

/** The staging files that this process holds: the system's locks keep other processes out, but not a second load of our own. */
const held = new Set<string>();

/** Whether a load of this process holds that staging file. To open and close it here would take away the system's lock on it. */
export function isHeldHere(stagingFile: string): boolean {
  return held.has(stagingFile);
}

/** Opens a DuckDB file as a destination. Nothing is created before there is something to keep. */
export async function openDuckdbFile(path: string, options: FileOptions = {}): Promise<Destination> {
  const {
    now = () => performance.now(),
    sleep = setTimeout,
    lock_wait_ms = 5_000,
    keep_loads = KEEP_LOADS,
  } = options;
  if (!Number.isSafeInteger(keep_loads) || keep_loads < 1)
    throw new XanoError('USAGE', `keep_loads must be a whole number from 1, not ${keep_loads}.`);
  const file = resolve(path);
  const stagingFile = `${file}.staging`;
  const files = { file, staging_file: stagingFile };
  // Beside the file, so that what a killed load left there is found, and removed, by the next one.
  const folder = `${stagingFile}.tmp`;
  const engine = await startEngine({
    spill_folder: folder,
    files: [file, stagingFile],
    sleep,
    lock_wait_ms,
  });
  // Only one transaction may write to the target at a time, and attaching is per engine, not per session.
  const one = pLimit(1);
  /** How the target is attached, since when, and what it holds as far as that is known; undefined while the file is let go of. */
  let attached: { readonly read_only: boolean; readonly since: number; contents?: Contents } | undefined;
  /** What the file held when it was looked at last. While this destination holds the staging file, no other load changes its state. */
  let seen: Seen | undefined;
  /** Names of tables that staging has, or had. */
  let staged_before = new Set<string>();
  let stagingReady: Promise<Prepared> | undefined;
  let holdsStaging = false;
  /** Writers opened so far: the rows of a single one may stay where they are, and their file become the target. */
  let writers = 0;

  const translated = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      throw databaseFailure(thrown, path);
    }
  };

  const attachTarget = async (read_only: boolean): Promise<void> => {
    // Whoever only reads may do so where writing is possible.
    if (attached !== undefined && (read_only || !attached.read_only)) return;
    await detachTarget();
    assertPlainWal(file);
    await engine.attach(file, TARGET, { read_only });
    attached = { read_only, since: now() };
  };

  const detachTarget = async (): Promise<void> => {
    if (attached === undefined) return;
    attached = undefined;
    await engine.detach(TARGET);
  };

  /**
   * Runs work with the target attached, and lets go of the file right after, unless others wait for it: where tables are many and small, opening
   * and closing it takes longer than what they bring.
   */
  const withTarget = <T>(read_only: boolean, work: (session: Session) => Promise<T>): Promise<T> =>
    one(() =>
      translated(async () => {
        await attachTarget(read_only);
        let done = false;
        try {
          const session = await engine.session();
          try {
            const result = await work(session);
            done = true;
            return result;
          } finally {
            session.close();
          }
        } finally {
          if (!done || one.pendingCount === 0) await detachTarget();
          else if (attached !== undefined && now() - attached.since >= HELD_MS) {
            await detachTarget();
            await sleep(LET_IN_MS);
          }
        }
      }),
    );

  const publishInto = async (
    session: Session,
    staged: StagedTable,
    publication: Publication,
  ): Promise<Outcome> => {
    const contents = attached?.contents ?? (await readContents(session));
    const swap = (): Promise<Outcome> => publish(session, contents, staged, publication, keep_loads);
    let outcome: Outcome;
    try {
      const { before } = readOwnership(contents, staged.plan);
      // Old columns stay.
      const columns = withChanged<Column>(before?.columns ?? [], staged.columns);
      await session.expectWidth(widthOf(columns));
      const isSmall = staged.staged.rows < MANY_ROWS && !isWide(columns);
      outcome = await (isSmall ? swap() : engine.exclusive(swap));
    } catch (thrown) {
      // DuckDB does not say which of the two files it means.
      if (isDamage(thrown) && !(await isReadable(session, staged.table)))
        throw stagingDamage(thrown, stagingFile);
      throw thrown;
    }
    // Nobody else can change the file before it is let go of.
    if (attached !== undefined) attached = { ...attached, contents: outcome.contents };
    return outcome;
  };

  const publishAsIs = async (staged: StagedTable, publication: Publication): Promise<Outcome> => {
    await detachTarget();
    try {
      return await publishInPlace(engine, files, staged, publication, keep_loads);
    } catch (thrown) {
      throw isDamage(thrown) ? stagingDamage(thrown, stagingFile) : thrown;
    }
  };

  /** What the file holds, without looking again where nobody can have changed it. */
  const look = async (): Promise<Seen> => {
    if (!existsSync(file)) return { contents: NOTHING, server_limits: NO_SERVER_LIMITS };
    if (!holdsStaging) return withTarget(true, lookInto);
    seen ??= await withTarget(true, lookInto);
    return seen;
  };

  /** What only staging is read or written for: damage that is found there is not the target's. */
  const inStaging = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      throw isDamage(thrown) && !(thrown instanceof XanoError)
        ? stagingDamage(thrown, stagingFile)
        : databaseFailure(thrown, path);
    }
  };

  const prepareStaging = async (): Promise<Prepared> => {
    await translated(() => assertWritable(file));
    if (held.has(stagingFile))
      throw otherLoad('Another load into this file runs in this very program.', path);
    held.add(stagingFile);
    let set_aside: SetAside | null;
    try {
      assertOwnFolder(folder);
      const opened = await openStaging(engine, files, now);
      staged_before = new Set(opened.tables);
      set_aside = opened.set_aside;
    } catch (thrown) {
      held.delete(stagingFile);
      throw stagingFailure(databaseFailure(thrown, stagingFile), path);
    }
    holdsStaging = true;
    // Whoever holds the staging file may clear what lies beside it.
    await translated(async () => openFolder(folder));
    // Better to learn now than after an hour of reading that the file cannot be opened for writing.
    // That includes tables of a version that this one does not know.
    if (existsSync(file)) seen = await withTarget(false, lookInto);
    return { set_aside };
  };

  const prepare = (): Promise<Prepared> => {
    stagingReady ??= prepareStaging();
    return stagingReady;
  };

  return {
    label: path,
    recall: async () => {
      const { contents } = await look();
      return contents.known.map(({ identity, resource, schema, name, origin, rows, loaded_at }) => ({
        identity,
        resource,
        target: `${schema}.${name}`,
        origin,
        rows,
        loaded_at,
      }));
    },
    server_limits: async () => (await look()).server_limits,
    prepare,
    openTarget: async (wanted) => {
      await prepare();
      writers++;
      const { contents } = await look();
      const plan = { ...wanted, target: { ...wanted.target, schema: schemaIn(contents, wanted.target) } };
      // Before anything is read: a place that belongs to somebody else would be refused in the end.
      const { before } = readOwnership(contents, plan);
      const session = await engine.session();
      const table_name = stagingTableOf(plan);
      const is_new = !staged_before.has(table_name);
      staged_before.add(table_name);
      const writer = await inStaging(() =>
        openWriter({
          plan,
          session,
          table_name,
          is_new,
          folder,
          now,
          before,
          attached: (work) => withTarget(true, work),
          mayStay: () => writers === 1 && isFree(file),
          publish: async (staged, publication) => {
            const { published, contents } =
              writers === 1 && (await canStay(engine, staged, files))
                ? await one(() => translated(() => publishAsIs(staged, publication)))
                : await withTarget(false, (target) => publishInto(target, staged, publication));
            seen = { contents, server_limits: seen?.server_limits ?? NO_SERVER_LIMITS };
            return published;
          },
        }),
      );
      return {
        checkpoint: writer.checkpoint,
        before: writer.before,
        schema: writer.schema,
        forgetRows: (matches) => inStaging(() => writer.forgetRows(matches)),
        held: (span, whole) => inStaging(() => writer.held(span, whole)),
        highest: (column) => inStaging(() => writer.highest(column)),
        forget: (span) => inStaging(() => writer.forget(span)),
        widen: (...columns) => inStaging(() => writer.widen(...columns)),
        write: (records, resume) => inStaging(() => writer.write(records, resume)),
        clear: () => inStaging(writer.clear),
        staged: () => inStaging(writer.staged),
        commit: (publication) => translated(() => writer.commit(publication)),
        abort: (how) => inStaging(() => writer.abort(how)),
      };
    },
    readRows: async (wanted) => {
      const session = await engine.session();
      try {
        return await withTarget(true, () => copyRows(session, wanted));
      } catch (thrown) {
        session.close();
        throw thrown;
      }
    },
    record: async (report, server_limits = NO_SERVER_LIMITS) => {
      // A load that brought nothing does not make a file.
      if (!existsSync(file)) return;
      await withTarget(false, async (session) => {
        await session.run('BEGIN');
        try {
          await findStateTables(session, TARGET);
          await prepareState(session);
          await writeLoad(session, report, report.status, keep_loads);
          await writeServerLimits(session, server_limits);
          await session.commit();
          seen = undefined;
        } catch (thrown) {
          await session.rollback();
          throw thrown;
        }
      });
    },
    close: async () => {
      await stagingReady?.catch(() => {});
      const keep = !holdsStaging || (await hasUnfinished(engine));
      if (holdsStaging) await engine.detach(STAGING).catch(() => {});
      engine.close();
      if (holdsStaging) removeFolder(folder);
      // The log first: without its file it would be taken for what is left of a damaged one.
      if (!keep) for (const name of [...walFiles(stagingFile), stagingFile]) rmSync(name, { force: true });
      if (holdsStaging) held.delete(stagingFile);
      holdsStaging = false;
    },
  };
}

/** A schema's name as the file spells it, which may differ in upper and lower case. */
function schemaIn({ tables }: Contents, { schema }: Pick<TargetTable, 'schema'>): string {
  const wanted = foldName(quote(schema));
  return tables.find((table) => foldName(quote(table.schema)) === wanted)?.schema ?? schema;
}

/** True when rows wait to be gone on with, or when that cannot be told. */
async function hasUnfinished(engine: Engine): Promise<boolean> {
  try {
    const session = await engine.session();
    try {
      const [row] = await session.rows(`SELECT count(*)::DOUBLE AS n FROM ${STAGING}.progress`);
      return numberIn(row, 'n') > 0;
    } finally {
      session.close();
    }
  } catch {
    return true;
  }
}

function stagingFailure(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof XanoError) || thrown.code !== 'DATABASE_LOCKED') return thrown;
  const message = thrown.message.replace('Another program has', 'Another load into this file runs: it has');
  return otherLoad(message, path, thrown.cause);
}

/** The staging file is only a copy: what is damaged there is found by the next load, and read again. */
function stagingDamage(cause: unknown, file: string): XanoError {
  return new XanoError(
    'DATABASE_FAILED',
    `${file}, where rows are staged, was damaged while they were read.`,
    {
      hint: 'Run the same command again: it reads them again from the beginning. Look at the disk where it happens twice.',
      cause,
    },
  );
}

function otherLoad(message: string, path: string, cause?: unknown): XanoError {
  const hint = `Wait until that load is done, or load into another file than ${path} with --to.`;
  return new XanoError('DATABASE_LOCKED', message, { hint, cause });
}

async function assertWritable(file: string): Promise<void> {
  if (existsSync(file) && statSync(file).isDirectory())
    throw new XanoError('DATABASE_FAILED', `${file} is a folder, not a file.`, {
      hint: 'Name a file in it: --to folder/xano.duckdb.',
    });
  const folder = dirname(file);
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw new XanoError('DATABASE_FAILED', `The folder of ${file} is a file.`, {
      hint: 'Name a file in a folder with --to.',
    });
  if (!existsSync(folder))
    throw new XanoError('DATABASE_FAILED', `The folder ${folder} does not exist.`, {
      hint: 'Make it first, or name another file with --to.',
    });
  try {
    accessSync(folder, constants.W_OK);
    if (existsSync(file)) accessSync(file, constants.W_OK);
  } catch (cause) {
    throw new XanoError('DATABASE_FAILED', `${file} may not be written.`, {
      hint: 'Change its permissions, or name another file with --to.',
      cause,
    });
  }
}

/** Looks at what a file holds. Refuses the state of a newer version. */
async function lookInto(session: Session): Promise<Seen> {
  const has = await findStateTables(session, TARGET);
  if (has.has('format')) {
    const [format] = await session.rows(`SELECT max(version) AS version FROM ${state('format')}`);
    assertVersion(format?.['version']);
  }
  return {
    contents: await readContents(session),
    server_limits: has.has('servers') ? await recallServerLimits(session) : NO_SERVER_LIMITS,
  };
}

/** A limit may be lifted: what was learned longer ago is tried again. */
const LEARNED_DAYS = 7;

async function recallServerLimits(session: Session): Promise<ServerLimits> {
  await assertReadable(session, state('servers'), '_xano.servers', ['host']);
  const rows = await session.rows(
    `SELECT host, page_size::DOUBLE AS page_size FROM ${state('servers')} WHERE learned_at > now() - INTERVAL ${LEARNED_DAYS} DAY`,
  );
  const sizes = rows.map(({ host, page_size }) =>
    readServer({ host: host ?? null, page_size: page_size ?? null }),
  );
  return { page_sizes: Object.fromEntries(sizes.map(({ host, page_size }) => [host, page_size])) };
}

const NO_SERVER_LIMITS: ServerLimits = { page_sizes: {} };
