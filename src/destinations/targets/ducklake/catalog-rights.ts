/** Whether a user may write into a catalog in Postgres: better to learn that before an hour of reading. */
import { XanoError } from '../../../errors.js';
import type { Connection } from '../postgres/wire/connection.js';
import type { Lake, PostgresCatalog } from './lake.js';

/** Refuses a catalog that this user cannot write into, or make. Throws DATABASE_FAILED. */
export async function assertMayWriteCatalog(
  connection: Pick<Connection, 'rows'>,
  { label }: Pick<Lake, 'label'>,
  { schema }: PostgresCatalog,
): Promise<void> {
  const [row] = await connection.rows(
    `SELECT (pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on')::text AS is_read_only,
       (SELECT has_table_privilege(c.oid, 'INSERT') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = $1 AND c.relname = 'ducklake_snapshot')::text AS may_insert,
       (SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = $1)::text AS may_create,
       has_database_privilege(current_database(), 'CREATE')::text AS may_create_schema, current_user AS role`,
    [schema],
  );
  if (row?.['is_read_only'] === 'true')
    throw new XanoError(
      'DATABASE_FAILED',
      `The catalog of ${label} is read-only: its server is a replica, or its sessions may only read.`,
      {
        hint: 'Name the primary server with --to, or set default_transaction_read_only to off for this user.',
      },
    );
  // A catalog that is there needs no new tables but those for rows of a new form; a missing one needs all.
  if (row?.['may_insert'] === 'true' || (row?.['may_insert'] === null && mayMake(row))) return;
  throw new XanoError(
    'DATABASE_FAILED',
    `The user "${row?.['role']}" may not write the catalog of ${label}.`,
    {
      hint: `Grant it: GRANT CREATE, USAGE ON SCHEMA "${schema}", and INSERT, UPDATE, DELETE on its tables; or CREATE on the database for a new catalog.`,
    },
  );
}

const mayMake = ({ may_create, may_create_schema }: Readonly<Record<string, string | null>>): boolean =>
  (may_create ?? may_create_schema) === 'true';
