/**
 * The table that a publication meets, in the mirror: its columns, and as much of its rows as publishing asks
 * for.
 */
import { DELETED_AT_COLUMN, LOAD_ID_COLUMN } from '../../../../table/column.js';
import type { Session } from '../../../engine/session.js';
import { literal, quote } from '../../../engine/sql.js';
import type { StoredResource } from '../../../state/contents.js';
import { state, TARGET } from '../../../state/names.js';
import { STATE } from '../../../state/state-tables.js';
import type { Connection } from '../wire/connection.js';
import { type MirroredColumn, mirroredColumns, type Relation } from './mirror.js';
import { pullRows } from './pull-rows.js';
import { arrayText, stateTable } from './state-tables.js';

/** Makes an empty table with the columns of a published one. Returns them. */
export async function createPrevious(
  session: Session,
  previous: StoredResource,
  relation: Relation,
): Promise<readonly MirroredColumn[]> {
  const columns = mirroredColumns(previous, relation);
  const list = columns.map(({ name, type }) => `${quote(name)} ${type}`);
  await session.run(
    `CREATE SCHEMA IF NOT EXISTS ${quote(TARGET, previous.schema)}; CREATE TABLE ${quote(TARGET, previous.schema, previous.name)} (${list.join(', ') || `${quote(LOAD_ID_COLUMN)} VARCHAR`})`,
  );
  return columns;
}

/** Copies rows of a published table: the named columns, and NULL in the others. */
export async function copyPrevious(
  session: Session,
  connection: Connection,
  of: {
    readonly previous: StoredResource;
    readonly relation: Relation;
    readonly columns: readonly MirroredColumn[];
    readonly names: readonly string[];
    readonly folder: string;
  },
): Promise<void> {
  const { previous, relation, columns, names, folder } = of;
  const wanted = columns.filter(({ name }) => names.includes(name));
  await pullRows(session, connection, {
    from: quote(relation.schema, relation.name),
    // Rows are counted even where none of their values matters.
    columns: wanted.length > 0 ? wanted : columns.filter(({ name }) => name === LOAD_ID_COLUMN),
    into: quote(TARGET, previous.schema, previous.name),
    folder,
  });
}

/** The table of keys that rows had before: temporary, and of this session alone. */
export const PREVIOUS_KEYS = quote('temp', 'previous_keys');

/** Keeps the keys of the rows that are there, and whether each was marked as deleted. */
export async function rememberKeys(
  session: Session,
  previous: StoredResource,
  columns: readonly MirroredColumn[],
  keys: readonly string[],
): Promise<void> {
  const marks = columns.some(({ name }) => name === DELETED_AT_COLUMN);
  const list = [
    ...keys.map((key) => quote(key)),
    `${marks ? `${quote(DELETED_AT_COLUMN)} IS NOT NULL` : 'false'} AS was_marked`,
  ];
  await session.run(
    `CREATE OR REPLACE TEMP TABLE ${PREVIOUS_KEYS} AS SELECT ${list.join(', ')} FROM ${quote(TARGET, previous.schema, previous.name)}`,
  );
}

/** Copies the rejected values of some identities. */
export async function copyRejects(
  session: Session,
  connection: Connection,
  identities: readonly string[],
  folder: string,
): Promise<void> {
  const [found] = await connection.rows(`SELECT to_regclass('_xano.rejects')::text AS name`);
  if (found?.['name'] === null) return;
  const of = `identity = ANY(${literal(arrayText(identities))}::text[])`;
  const [any] = await connection.rows(
    `SELECT EXISTS (SELECT FROM ${stateTable('rejects')} WHERE ${of})::text AS any`,
  );
  if (any?.['any'] !== 'true') return;
  const columns = Object.keys(STATE['rejects']!.columns).map((name) => ({
    name,
    postgres_name: name,
    type: 'VARCHAR',
  }));
  await pullRows(session, connection, {
    from: `${stateTable('rejects')} WHERE ${of}`,
    columns,
    into: state('rejects'),
    folder,
  });
}
