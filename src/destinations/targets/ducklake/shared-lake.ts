/**
 * A DuckLake whose catalog is in Postgres: many machines load into it. One connection of its own holds the
 * right to load a dataset, and the right to publish while a table is published.
 */
import { dirname } from 'node:path';
import pLimit from 'p-limit';
import { CAPABILITIES, type Capabilities } from '../../capabilities.js';
import type { ServerLimits } from '../../destination.js';
import type { Session } from '../../engine/session.js';
import { NOTHING } from '../../state/contents.js';
import { TARGET } from '../../state/names.js';
import type { Existing, Target, TargetTools } from '../../target.js';
import { isSmall, lookInto, publishInto, recordInto } from '../attached.js';
import { createGroup } from '../group.js';
import { type HeldDatabase, holdDatabase } from '../held-database.js';
import { inTurn, leaseSchema, type OpenDatabase } from '../postgres/open-database.js';
import type { Connection } from '../postgres/wire/connection.js';
import { makeStagingFolder } from '../staging-place.js';
import { attachment, type FoundCatalog, readPostgresCatalog } from './attach-lake.js';
import { assertMayWriteCatalog } from './catalog-rights.js';
import type { Lake, PostgresCatalog } from './lake.js';
import { aboutLake, lakeFailure } from './lake-failures.js';
import { leaseName, whilePublishing } from './lake-locks.js';
import type { LakePlace } from './lake-place.js';

/** What a lake can do whose catalog is in Postgres. */
export const SHARED: Capabilities = {
  ...CAPABILITIES.ducklake,
  readers_see: 'old until new',
  lock: 'advisory',
};

const NOTHING_YET: Existing = { contents: NOTHING, server_limits: { page_sizes: {} } satisfies ServerLimits };

/** A lake that is open, with the connection that holds its locks. */
interface SharedLake {
  readonly lake: Lake;
  readonly catalog: PostgresCatalog;
  readonly tools: TargetTools;
  readonly database: OpenDatabase;
  found: FoundCatalog | null;
  /** While a table is published, its turn on the connection is taken. */
  publishing: Connection | undefined;
}

/** Opens a lake whose catalog is in Postgres. */
export function openSharedLake(
  lake: Lake,
  catalog: PostgresCatalog,
  { staging_file }: Pick<LakePlace, 'staging_file'>,
  tools: TargetTools,
): Target {
  const opened: SharedLake = {
    lake,
    catalog,
    tools,
    database: databaseOf(catalog, staging_file, tools),
    found: null,
    publishing: undefined,
  };
  const { database } = opened;
  const held = holdShared(opened);
  const target = { tools, held, staging_file, capabilities: SHARED };
  // A commit takes longer than a small table, and all loaders wait for each other's.
  const group = createGroup(target, (thrown) => lakeFailure(thrown, lake));
  return {
    // Only the server knows.
    isAbsent: () => false,
    assertWritable: () => makeStagingFolder(dirname(staging_file)),
    lease: async (schema) => {
      await inTurn(database, () => leaseSchema(database, leaseName(catalog, schema)));
    },
    look: async (purpose) => {
      if (purpose === 'write')
        await inTurn(database, (connection) => assertMayWriteCatalog(connection, lake, catalog));
      return (await exists(opened)) ? held.use('read', (session) => reading(session, lookInto)) : NOTHING_YET;
    },
    read: (work) => held.use('read', (session) => reading(session, work)),
    publish: (staged, publication) =>
      isSmall(staged)
        ? group.publish({ staged, publication }, {})
        : held.use('write', (session) => publishInto(session, staged, publication, target)),
    // A load that brought nothing makes nothing.
    record: async (report, server_limits) => {
      if (await exists(opened))
        await held.use('write', (session) => recordInto(session, report, server_limits, tools));
    },
    close: async () => {
      await database.connection?.close();
    },
  };
}

function databaseOf({ address }: PostgresCatalog, staging_file: string, tools: TargetTools): OpenDatabase {
  const folder = `${staging_file}.tmp`;
  return {
    address,
    tools,
    folder,
    scratch: folder,
    turn: pLimit(1),
    schemas: new Set(),
    connection: undefined,
    is_direct: false,
    state: undefined,
  };
}

/** Whether there is a catalog. Throws DATABASE_FAILED for one of another version. */
async function exists(opened: SharedLake): Promise<boolean> {
  const { lake, catalog, database, publishing } = opened;
  if (opened.found === null) {
    const find = (connection: Connection) => readPostgresCatalog(connection, lake, catalog);
    opened.found = await (publishing === undefined ? inTurn(database, find) : find(publishing));
  }
  return opened.found !== null;
}

/** Attaches the lake once, and publishes into it while no other program of ours does. */
function holdShared(opened: SharedLake): HeldDatabase {
  const { lake, catalog, database, tools } = opened;
  const { engine } = tools;
  return holdDatabase(tools, {
    is_shared: true,
    // Making a catalog takes the lock as well: two programs that make it at once hinder each other.
    attach: async () => {
      await exists(opened);
      const { found } = opened;
      await engine.attachBy(attachment(lake, TARGET, { read_only: false, found }), lake.label);
      await engine.closeOff();
    },
    guard: async (mode, work) => {
      if (mode === 'read') return work();
      return inTurn(database, (connection) =>
        whilePublishing(connection, catalog, async () => {
          opened.publishing = connection;
          try {
            return await aboutLake(lake, work);
          } finally {
            opened.publishing = undefined;
          }
        }),
      );
    },
    failure: (thrown) => lakeFailure(thrown, lake),
  });
}

/** Reads in a transaction: without one, DuckLake leaves one of the server's open. */
async function reading<T>(session: Session, work: (session: Session) => Promise<T>): Promise<T> {
  await session.run('BEGIN');
  try {
    const result = await work(session);
    await session.commit();
    return result;
  } catch (thrown) {
    await session.rollback();
    throw thrown;
  }
}
