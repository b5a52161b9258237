/**
 * A Postgres database as a target: tables, state, rejected values and load records change in one transaction,
 * and only in the rows that differ.
 * In: an address, and staged tables. Out: a place for create-destination.ts. Nothing of `pg` is loaded before
 * a database is named.
 */
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { XanoError } from '../../../errors.js';
import type { LoadReport } from '../../../events.js';
import { CAPABILITIES } from '../../capabilities.js';
import type { ServerLimits } from '../../destination.js';
import type { Session } from '../../engine/session.js';
import { quote } from '../../engine/sql.js';
import type { StoredResource } from '../../state/contents.js';
import { knownResources } from '../../state/read-contents.js';
import { recallServerLimits } from '../../state/server-limits.js';
import { writeLoad, writeServerLimits } from '../../state/write-state.js';
import type { Existing, PlaceOptions, RowsRead, Target, TargetPlace } from '../../target.js';
import { makeStagingFolder, stagingFileOf } from '../staging-place.js';
import { addForeignKeys, dropForeignKeys } from './foreign-keys.js';
import { contentsOf, readDatabaseState } from './mirror/database-state.js';
import { inPostgres, listRelations } from './mirror/mirror.js';
import { copyPrevious, createPrevious } from './mirror/previous-rows.js';
import { arrayText, createStateTables, findPostgresState } from './mirror/state-tables.js';
import { withMirror } from './mirror/with-mirror.js';
import { inTurn, leaseSchema, mirrorOf, type OpenDatabase } from './open-database.js';
import { publishTable } from './publish/publish-table.js';
import { pushLoad, pushServers } from './push/push-state.js';
import { STAGING_SCHEMA } from './push/table-push.js';
import { parsePostgresUrl } from './wire/address.js';
import type { Connection } from './wire/connection.js';

/** A database at an address. Throws USAGE for an address that is not valid. */
export function postgresDatabase(url: string, options: PlaceOptions): TargetPlace {
  const address = parsePostgresUrl(url);
  const staging_file = stagingFileOf(`postgres:${address.database_key}`, options);
  const folder = `${staging_file}.tmp`;
  const scratch = join(folder, 'target.duckdb');
  return {
    label: address.label,
    capabilities: CAPABILITIES.postgres,
    path: staging_file,
    staging_file,
    database_files: [scratch],
    folders: [],
    open: (tools) =>
      openDatabase(
        {
          address,
          tools,
          folder,
          scratch,
          turn: pLimit(1),
          schemas: new Set(),
          connection: undefined,
          is_direct: false,
          state: undefined,
        },
        dirname(staging_file),
        options.dataset,
      ),
  };
}

function openDatabase(opened: OpenDatabase, staging_folder: string, dataset: string): Target {
  return {
    // Only the server knows; what looks there finds nothing where nothing is.
    isAbsent: () => false,
    assertWritable: () => makeStagingFolder(staging_folder),
    lease: (schema) =>
      inTurn(opened, async (connection) => {
        if (await leaseSchema(opened, schema)) await dropForeignKeys(connection, schema);
      }),
    look: (purpose) =>
      inTurn(opened, async (connection) => {
        if (purpose === 'write') await assertMayWrite(connection, opened, dataset);
        return look(opened, connection, dataset);
      }),
    read: (work, rows) => inTurn(opened, (connection) => readRows(opened, connection, work, rows)),
    publish: (staged, publication) =>
      inTurn(opened, (connection) => publishTable(opened, connection, staged, publication)),
    record: (report, server_limits) =>
      inTurn(opened, (connection) => record(opened, connection, report, server_limits)),
    addForeignKeys: (schema, references) =>
      inTurn(opened, async (connection) => {
        opened.state ??= await readDatabaseState(connection, [schema]);
        return addForeignKeys(connection, opened.state, schema, references);
      }),
    close: () => close(opened),
  };
}

async function look(opened: OpenDatabase, connection: Connection, dataset: string): Promise<Existing> {
  opened.state = await readDatabaseState(connection, [dataset, ...opened.schemas]);
  const server_limits = await withMirror(mirrorOf(opened), connection, recallServerLimits);
  return { contents: contentsOf(opened.state), server_limits };
}

/**
 * Refuses, before anything is read, a database in which this user cannot make tables. Throws DATABASE_FAILED.
 */
async function assertMayWrite(
  connection: Connection,
  { address: { label } }: OpenDatabase,
  dataset: string,
): Promise<void> {
  const [row] = await connection.rows(
    `SELECT pg_is_in_recovery()::text AS is_replica, current_setting('default_transaction_read_only') AS read_only,
       has_database_privilege(current_database(), 'CREATE')::text AS may_create, current_user AS role,
       (SELECT count(*) FROM unnest($1::text[]) s WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = s))::text AS missing,
       coalesce((SELECT string_agg(nspname, ', ') FROM pg_namespace WHERE nspname = ANY($1::text[]) AND NOT has_schema_privilege(oid, 'CREATE')), '') AS closed`,
    [arrayText([dataset, '_xano'])],
  );
  if (row?.['is_replica'] === 'true' || row?.['read_only'] === 'on')
    throw new XanoError(
      'DATABASE_FAILED',
      `${label} is read-only: it is a replica, or its sessions may only read.`,
      {
        hint: 'Name the primary server with --to, or set default_transaction_read_only to off for this user.',
      },
    );
  if (row?.['may_create'] !== 'true' && Number(row?.['missing']) > 0)
    throw new XanoError(
      'DATABASE_FAILED',
      `The user "${row?.['role']}" may not create a schema in ${label}.`,
      {
        hint: `Grant it: GRANT CREATE ON DATABASE … TO ${quote(String(row?.['role']))}; or create the schemas "${dataset}", "_xano" and "${STAGING_SCHEMA}" for this user.`,
      },
    );
  if (row?.['closed'] !== '')
    throw new XanoError(
      'DATABASE_FAILED',
      `The user "${row?.['role']}" may not create tables in the schema ${row?.['closed']} of ${label}.`,
      {
        hint: `Grant it: GRANT CREATE, USAGE ON SCHEMA ${quote(String(row?.['closed']))} TO ${quote(String(row?.['role']))}.`,
      },
    );
}

async function readRows<T>(
  opened: OpenDatabase,
  connection: Connection,
  work: (session: Session) => Promise<T>,
  { identity, columns: wanted }: RowsRead,
): Promise<T> {
  return withMirror(
    mirrorOf(opened),
    connection,
    async (session) => {
      const previous = (await knownResources(session)).find((resource) => resource.identity === identity);
      if (previous !== undefined) await showRows(opened, session, connection, previous, wanted);
      return work(session);
    },
    {
      in_file: true,
      mirrored: { resources: 'all', loads: opened.tools.keep_loads, counts_rejects: false },
    },
  );
}

/** Copies a published table into the mirror, with the columns that are wanted. */
async function showRows(
  { folder }: OpenDatabase,
  session: Session,
  connection: Connection,
  previous: StoredResource,
  wanted: readonly string[],
): Promise<void> {
  const { schema, name } = inPostgres(previous);
  const [relation] = await listRelations(connection, [schema], [name]);
  if (relation === undefined) return;
  const columns = await createPrevious(session, previous, relation);
  const isWanted = ({ source, name: column }: (typeof columns)[number]): boolean =>
    source === null ? column.startsWith('_xano_') : wanted.includes(source);
  const names = columns.filter(isWanted).map((column) => column.name);
  await copyPrevious(session, connection, { previous, relation, columns, names, folder });
}

/** A load that brought nothing makes nothing. */
async function record(
  opened: OpenDatabase,
  connection: Connection,
  report: LoadReport,
  server_limits: ServerLimits,
): Promise<void> {
  if (!(await findPostgresState(connection)).has('loads')) return;
  await withMirror(mirrorOf(opened), connection, async (session) => {
    await writeLoad(session, report, report.status, opened.tools.keep_loads);
    await writeServerLimits(session, server_limits);
    await connection.rows('BEGIN');
    try {
      await createStateTables(connection);
      await pushLoad(session, connection, report.load_id, opened.tools.keep_loads);
      await pushServers(session, connection);
      await connection.rows('COMMIT');
    } catch (thrown) {
      if (!connection.isLost()) await connection.rows('ROLLBACK');
      throw thrown;
    }
  });
}

async function close(opened: OpenDatabase): Promise<void> {
  const { connection } = opened;
  if (connection === undefined || connection.isLost()) return;
  // Where another load is under way, its tables are in it.
  await connection.rows(`DROP SCHEMA IF EXISTS ${quote(STAGING_SCHEMA)}`).catch(() => {});
  await connection.close();
}
