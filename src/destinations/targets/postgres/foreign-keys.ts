/**
 * Foreign keys between loaded tables. Xano does not check references, and tables are published one after the
 * other: a load removes the keys that an earlier one made, and makes them again at its end.
 */
import { createHash } from 'node:crypto';
import type { ForeignKey, SourceReference } from '../../../table/foreign-key.js';
import { postgresName } from '../../../table/postgres-types.js';
import { literal, quote } from '../../engine/sql.js';
import type { StoredResource } from '../../state/contents.js';
import type { DatabaseState } from './mirror/database-state.js';
import { listRelations, mirroredColumns, type Relation, relationOf } from './mirror/mirror.js';
import type { Connection } from './wire/connection.js';
import { codeOf } from './wire/failures.js';

/** The beginning of the names of foreign keys that loads make. */
const PREFIX = 'xano_fk_';
/** A value names a row that is not there. */
const VIOLATED = '23503';
const LOCK_TIMEOUT = '5s';

/** Removes the foreign keys that earlier loads made in a schema. Each table is locked for a moment. */
export async function dropForeignKeys(connection: Connection, schema: string): Promise<void> {
  const rows = await connection.rows(
    `SELECT c.relname AS name, k.conname AS constraint FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE k.contype = 'f' AND starts_with(k.conname, $1) AND n.nspname = $2`,
    [PREFIX, postgresName(schema)],
  );
  for (const { name, constraint } of rows)
    await connection.rows(
      `BEGIN; SET LOCAL lock_timeout = ${literal(LOCK_TIMEOUT)}; ALTER TABLE ${quote(postgresName(schema), name!)} DROP CONSTRAINT ${quote(constraint!)}; COMMIT`,
    );
}

/**
 * Makes foreign keys of references between tables of a schema: first for new rows, then for those that are
 * there.
 */
export async function addForeignKeys(
  connection: Connection,
  { known }: DatabaseState,
  schema: string,
  references: readonly SourceReference[],
): Promise<ForeignKey[]> {
  const loaded = known.filter((resource) => resource.schema === schema);
  const ofTable = (id: number): StoredResource | undefined =>
    loaded.find(({ origin }) => origin?.['table_id'] === id);
  const relations = await listRelations(connection, [postgresName(schema)]);
  const made: ForeignKey[] = [];
  for (const { table_id, column, to_table_id } of references) {
    const [from, to] = [ofTable(table_id), ofTable(to_table_id)];
    // Tables that are not loaded concern nobody here.
    if (from === undefined || to === undefined) continue;
    const [there, referred] = [relationOf(relations, from), relationOf(relations, to)];
    if (there === undefined || referred === undefined) continue;
    const named = {
      table: `${from.schema}.${from.name}`,
      column,
      references: `${to.schema}.${to.name}`,
    };
    made.push({ ...named, ...(await addForeignKey(connection, { from, there, column, referred })) });
  }
  return made;
}

interface Reference {
  readonly from: StoredResource;
  readonly there: Relation;
  readonly column: string;
  readonly referred: Relation;
}

async function addForeignKey(
  connection: Connection,
  { from, there, column, referred }: Reference,
): Promise<Pick<ForeignKey, 'status' | 'reason'>> {
  const skipped = (reason: string) => ({ status: 'skipped' as const, reason });
  const name = mirroredColumns(from, there).find(({ source }) => source === column)?.postgres_name;
  const type = there.columns.find((one) => one.name === name)?.type;
  if (name === undefined || type === undefined) return skipped('The column was not loaded.');
  if (type.endsWith('[]')) return skipped('Postgres has no foreign keys for lists.');
  const [key, ...more] = referred.primary_key;
  if (key === undefined || more.length > 0)
    return skipped('The other table has no primary key of one column.');
  const key_type = referred.columns.find((one) => one.name === key)?.type;
  if (key_type !== type) return skipped(`The column is ${type}, and the key there is ${key_type}.`);
  const table = quote(there.schema, there.name);
  const constraint = quote(constraintName(there, name));
  await connection.rows(
    `ALTER TABLE ${table} ADD CONSTRAINT ${constraint} FOREIGN KEY (${quote(name)}) REFERENCES ${quote(referred.schema, referred.name)} (${quote(key)}) NOT VALID`,
  );
  try {
    await connection.rows(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${constraint}`);
    return { status: 'valid', reason: null };
  } catch (thrown) {
    if (codeOf(thrown) !== VIOLATED) throw thrown;
    return { status: 'not_valid', reason: 'Some values name rows that do not exist.' };
  }
}

const constraintName = ({ schema, name }: Relation, column: string): string =>
  `${PREFIX}${createHash('sha256')
    .update(JSON.stringify([schema, name, column]))
    .digest('hex')
    .slice(0, 16)}`;
