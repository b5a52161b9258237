/**
 * A DuckDB file as a target: tables, state, rejected values and load records are in one file, and change in
 * one transaction.
 * In: a path, and staged tables. Out: a place for create-destination.ts.
 */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { XanoError } from '../../errors.js';
import { type Column, withChanged } from '../../table/column.js';
import { CAPABILITIES } from '../capabilities.js';
import type { Publication, ServerLimits } from '../destination.js';
import { isDamage } from '../engine/failures.js';
import { walFiles } from '../engine/own-files.js';
import type { Session } from '../engine/session.js';
import { isWide, widthOf } from '../engine/wide.js';
import { publish } from '../publish/publish.js';
import { canStay, publishInPlace } from '../publish/publish-in-place.js';
import type { StagedTable } from '../staging/staged-table.js';
import { stagingDamage } from '../staging/staging-damage.js';
import { isReadable } from '../staging/staging-file.js';
import { state, TARGET } from '../state/names.js';
import { readOwnership } from '../state/ownership.js';
import { readContents } from '../state/read-contents.js';
import { recallServerLimits } from '../state/server-limits.js';
import { findStateTables } from '../state/state-tables.js';
import { assertVersion, prepareState, writeLoad, writeServerLimits } from '../state/write-state.js';
import type {
  Existing,
  PublishedTable,
  PublishOptions,
  Target,
  TargetPlace,
  TargetTools,
} from '../target.js';
import { type HeldFile, holdFile } from './held-file.js';

/** Fewer rows are copied before another thread has begun. */
const MANY_ROWS = 10_000;

/** A DuckDB file at a path, which need not be there yet. */
export function duckdbFile(path: string): TargetPlace {
  const file = resolve(path);
  const staging_file = `${file}.staging`;
  return {
    label: path,
    capabilities: CAPABILITIES.duckdb,
    path: file,
    staging_file,
    database_files: [file],
    folders: [],
    open: (tools) => openFile({ path, file, staging_file, tools, held: holdFile(tools, file, path) }),
  };
}

/** A file that is open as a target. */
interface OpenFile {
  /** As people call it. */
  readonly path: string;
  readonly file: string;
  readonly staging_file: string;
  readonly tools: TargetTools;
  readonly held: HeldFile;
}

function openFile(opened: OpenFile): Target {
  const { file, held } = opened;
  return {
    isAbsent: () => !existsSync(file),
    assertWritable: () => assertWritable(file),
    // Who holds the staging file may load into every schema.
    lease: async () => {},
    look: (purpose) => held.use(purpose, lookInto),
    read: (work) => held.use('read', work),
    publish: (staged, publication, options) => publishTable(opened, staged, publication, options),
    record: (report, server_limits) =>
      held.use('write', async (session) => {
        await session.run('BEGIN');
        try {
          await findStateTables(session, TARGET);
          await prepareState(session);
          await writeLoad(session, report, report.status, opened.tools.keep_loads);
          await writeServerLimits(session, server_limits);
          await session.commit();
        } catch (thrown) {
          await session.rollback();
          throw thrown;
        }
      }),
    close: async () => {},
  };
}

async function publishTable(
  opened: OpenFile,
  staged: StagedTable,
  publication: Publication,
  { is_only_table }: PublishOptions,
): Promise<PublishedTable> {
  const { tools, held } = opened;
  if (is_only_table && (await canStay(tools.engine, staged, opened)))
    return held.closed(() => becomeTarget(opened, staged, publication));
  // DuckDB reads a log that is there already, and continues it.
  const isLogged = !staged.long_rows || walFiles(opened.file).some((log) => existsSync(log));
  return held.use(isLogged ? 'write' : 'write unlogged', (session) =>
    publishInto(opened, session, staged, publication),
  );
}

async function publishInto(
  { held, staging_file, tools: { engine, keep_loads } }: OpenFile,
  session: Session,
  staged: StagedTable,
  publication: Publication,
): Promise<PublishedTable> {
  const contents = held.contents() ?? (await readContents(session));
  const swap = (): Promise<PublishedTable> => publish(session, contents, staged, publication, keep_loads);
  let outcome: PublishedTable;
  try {
    const { previous } = readOwnership(contents, staged.plan);
    // Old columns stay.
    const columns = withChanged<Column>(previous?.columns ?? [], staged.columns);
    await session.expectWidth(widthOf(columns));
    const { long_rows } = staged;
    const isSmall = staged.staged.rows < MANY_ROWS && !isWide(columns) && !long_rows;
    if (long_rows) await session.releaseBuffers();
    outcome = await (isSmall ? swap() : engine.exclusive(swap, { long_rows }));
    if (long_rows) await session.releaseBuffers();
  } catch (thrown) {
    // DuckDB does not say which of the two files it means.
    if (isDamage(thrown) && !(await isReadable(session, staged.table)))
      throw stagingDamage(thrown, staging_file);
    throw thrown;
  }
  held.remember(outcome.contents);
  return outcome;
}

/** Makes the staging file the target. */
async function becomeTarget(
  { file, staging_file, tools: { engine, keep_loads } }: OpenFile,
  staged: StagedTable,
  publication: Publication,
): Promise<PublishedTable> {
  try {
    return await publishInPlace(engine, { file, staging_file }, staged, publication, keep_loads);
  } catch (thrown) {
    throw isDamage(thrown) ? stagingDamage(thrown, staging_file) : thrown;
  }
}

/** Refuses a path at which no file can be written. Throws DATABASE_FAILED. */
function assertWritable(file: string): void {
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
      hint: 'Create it first, or name another file with --to.',
    });
  try {
    accessSync(folder, constants.W_OK);
    if (existsSync(file)) accessSync(file, constants.W_OK);
  } catch (cause) {
    throw new XanoError('DATABASE_FAILED', `You do not have permission to write ${file}.`, {
      hint: 'Change its permissions, or name another file with --to.',
      cause,
    });
  }
}

/** Looks at what a file holds. Refuses the state of a newer version. */
async function lookInto(session: Session): Promise<Existing> {
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

const NO_SERVER_LIMITS: ServerLimits = { page_sizes: {} };
