/** A Postgres database that was loaded into, opened to be read. */
import { rmSync } from 'node:fs';
import { XanoError } from '../../../errors.js';
import { type Engine, startEngine } from '../../engine/engine.js';
import type { Session } from '../../engine/session.js';
import type { LoadedPlace } from '../../reader/create-store.js';
import { MOST_LOADS } from '../../reader/history.js';
import { makeQueryFolder } from '../../reader/query-folder.js';
import { knownResources } from '../../state/read-contents.js';
import type { PlaceOptions } from '../../target.js';
import { stagingFileOf } from '../staging-place.js';
import { databaseAsParquet } from './database-as-parquet.js';
import { inPostgres, listRelations, mirrorNames, namedTables, tablesOf } from './mirror/mirror.js';
import { assertKnownVersion, findPostgresState, loadedSchemas } from './mirror/state-tables.js';
import { withMirror } from './mirror/with-mirror.js';
import { queryDatabase } from './query-database.js';
import { parsePostgresUrl } from './wire/address.js';
import { type Connection, connect } from './wire/connection.js';
import { postgresFailure } from './wire/failures.js';

/** A database at an address, as something to read. Throws USAGE for an address that is not valid. */
export function loadedDatabase(url: string, options: PlaceOptions): LoadedPlace {
  const address = parsePostgresUrl(url);
  const { label, password } = address;
  return {
    label,
    read: async (sleep, work) => {
      const spill_folder = makeQueryFolder();
      let engine: Engine | undefined;
      let connection: Connection | undefined;
      try {
        connection = await connect(address, 'xano');
        await assertLoaded(connection, label);
        const staging_files = (await loadedSchemas(connection)).map((dataset) =>
          stagingFileOf(`postgres:${address.database_key}`, { ...options, dataset }),
        );
        engine = await startEngine({ spill_folder, files: staging_files, sleep, lock_wait_ms: 5_000 });
        return await readMirror(connection, engine, (session, reading) =>
          work(session, reading, staging_files),
        );
      } catch (thrown) {
        throw postgresFailure(thrown, label, password === undefined ? [] : [password]);
      } finally {
        await connection?.close();
        engine?.close();
        rmSync(spill_folder, { recursive: true, force: true });
      }
    },
    query: (sql, use, query_options) => queryDatabase(address, sql, use, query_options),
    parquet: (sql, use, query_options) => databaseAsParquet(address, sql, use, query_options),
  };
}

/** Runs work with the state and the names of tables in DuckDB. */
function readMirror<T>(
  connection: Connection,
  engine: Engine,
  work: (session: Session, engine: Engine) => Promise<T>,
): Promise<T> {
  return withMirror(
    { scratch: '', engine },
    connection,
    async (session) => {
      await showTables(session, connection);
      return work(session, engine);
    },
    { mirrored: { resources: 'all', loads: MOST_LOADS, counts_rejects: true } },
  );
}

/** Shows the loaded tables by their names and comments. */
async function showTables(session: Session, connection: Connection): Promise<void> {
  const known = await knownResources(session);
  const schemas = tablesOf(known).map((table) => inPostgres(table).schema);
  await mirrorNames(session, namedTables(await listRelations(connection, schemas), known));
}

async function assertLoaded(connection: Connection, label: string): Promise<void> {
  const found = await findPostgresState(connection);
  if (!['format', 'loads', 'rejects', 'resources'].every((name) => found.has(name)))
    throw new XanoError('DATABASE_FAILED', `The Postgres database ${label} holds no load.`, {
      hint: 'Name the database of a load with --to, or load into this one: `xano load --to postgres://…`.',
    });
  await assertKnownVersion(connection);
}
