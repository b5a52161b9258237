/** Writes the state of the mirror into Postgres, inside the transaction of publishing. */
import type { Row, Session } from '../../../engine/session.js';
import { literal } from '../../../engine/sql.js';
import { state } from '../../../state/names.js';
import { arrayText, createStateTables, stateTable } from '../mirror/state-tables.js';
import type { Connection } from '../wire/connection.js';
import { copyRows } from './copy-rows.js';

/** The columns of `_xano.resources`, with what a parameter of text becomes. */
const RESOURCE_COLUMNS: Readonly<Record<string, string>> = {
  identity: 'text',
  resource: 'text',
  target_schema: 'text',
  target_table: 'text',
  origin: 'json',
  columns: 'json',
  primary_key: 'text[]',
  rows: 'bigint',
  rows_expected: 'bigint',
  completeness: 'text',
  load_id: 'text',
  loaded_at: 'timestamptz',
  watermark: 'json',
  staging_id: 'text',
  flattened: 'json',
  description: 'text',
};

/** The rows of `_xano.resources` in the mirror, each value as text, by identity. */
export async function mirroredResources(session: Session): Promise<ReadonlyMap<string, Row>> {
  const list = Object.entries(RESOURCE_COLUMNS).map(([name, type]) => {
    if (type === 'text[]') return `to_json("${name}")::VARCHAR AS "${name}"`;
    return `"${name}"::VARCHAR AS "${name}"`;
  });
  const rows = await session.rows(`SELECT ${list.join(', ')} FROM ${state('resources')}`);
  return new Map(rows.map((row) => [String(row['identity']), row]));
}

/** The same rows with every value as text: what the mirror of another publication takes. */
export const textsOf = (
  resources: ReadonlyMap<string, Row>,
): [string, Readonly<Record<string, string | null>>][] =>
  [...resources].map(([identity, row]) => [
    identity,
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, textOf(value)])),
  ]);

/** Makes the tables of the state, and writes the resources that changed. */
export async function pushResources(
  connection: Connection,
  before: ReadonlyMap<string, Row>,
  after: ReadonlyMap<string, Row>,
): Promise<void> {
  await createStateTables(connection);
  const isSame = (one: Row | undefined, other: Row): boolean => JSON.stringify(one) === JSON.stringify(other);
  const changed = [...after].filter(([identity, row]) => !isSame(before.get(identity), row));
  const gone = [...before.keys()].filter((identity) => !after.has(identity));
  const outdated = [...gone, ...changed.map(([identity]) => identity)];
  await connection.change(`DELETE FROM ${stateTable('resources')} WHERE identity = ANY($1::text[])`, [
    arrayText(outdated),
  ]);
  const names = Object.keys(RESOURCE_COLUMNS);
  const values = Object.values(RESOURCE_COLUMNS).map((type, i) =>
    type === 'text[]' ? `ARRAY(SELECT json_array_elements_text($${i + 1}::json))` : `$${i + 1}::${type}`,
  );
  for (const [, row] of changed)
    await connection.change(
      `INSERT INTO ${stateTable('resources')} (${names.map((name) => `"${name}"`).join(', ')}) VALUES (${values.join(', ')})`,
      names.map((name) => textOf(row[name])),
    );
}

const textOf = (value: Row[string] | undefined): string | null =>
  value === null || value === undefined ? null : String(value);

/** The columns of `_xano.rejects`. */
const REJECT_COLUMNS = ['identity', 'resource', 'row_key', 'column', 'raw', 'reason', 'load_id'] as const;

/** Writes the rejected values of some identities, in place of those that are there. */
export async function pushRejects(
  session: Session,
  connection: Connection,
  identities: readonly string[],
): Promise<void> {
  await connection.change(`DELETE FROM ${stateTable('rejects')} WHERE identity = ANY($1::text[])`, [
    arrayText(identities),
  ]);
  const of = `identity IN (${identities.map(literal).join(', ')})`;
  if ((await session.count(`${state('rejects')} WHERE ${of}`)) === 0) return;
  const columns = REJECT_COLUMNS.map((name) => ({ name, type: 'VARCHAR', postgres_name: name }));
  const texts = REJECT_COLUMNS.map((name) => `replace("${name}", chr(0), chr(9216)) AS "${name}"`).join(', ');
  await copyRows(
    session,
    connection,
    columns,
    `(SELECT ${texts} FROM ${state('rejects')} WHERE ${of})`,
    stateTable('rejects'),
  );
}

/** Writes the record of a load that the mirror has, and forgets all but the newest `keep` loads. */
export async function pushLoad(
  session: Session,
  connection: Connection,
  load_id: string,
  keep: number,
): Promise<void> {
  const [row] = await session.rows(
    `SELECT started_at::VARCHAR AS started_at, finished_at::VARCHAR AS finished_at, status, requests::VARCHAR AS requests, bytes::VARCHAR AS bytes, report::VARCHAR AS report FROM ${state('loads')} WHERE load_id = ${literal(load_id)}`,
  );
  const loads = stateTable('loads');
  await connection.change(`DELETE FROM ${loads} WHERE load_id = $1`, [load_id]);
  await connection.change(
    `DELETE FROM ${loads} WHERE load_id IN (SELECT load_id FROM ${loads} ORDER BY started_at DESC, load_id DESC OFFSET ${Math.trunc(keep) - 1})`,
  );
  await connection.change(
    `INSERT INTO ${loads} (load_id, started_at, finished_at, status, requests, bytes, report) VALUES ($1, $2::timestamptz, $3::timestamptz, $4, $5::bigint, $6::bigint, $7::json)`,
    [
      load_id,
      ...['started_at', 'finished_at', 'status', 'requests', 'bytes', 'report'].map((name) =>
        textOf(row?.[name]),
      ),
    ],
  );
}

/** Writes the limits of servers that the mirror has. */
export async function pushServers(session: Session, connection: Connection): Promise<void> {
  const rows = await session.rows(
    `SELECT url_template, page_size::VARCHAR AS page_size, learned_at::VARCHAR AS learned_at FROM ${state('servers')}`,
  );
  for (const row of rows) {
    await connection.change(`DELETE FROM ${stateTable('servers')} WHERE url_template = $1`, [
      textOf(row['url_template']),
    ]);
    await connection.change(
      `INSERT INTO ${stateTable('servers')} (url_template, page_size, learned_at) VALUES ($1, $2::bigint, $3::timestamptz)`,
      [textOf(row['url_template']), textOf(row['page_size']), textOf(row['learned_at'])],
    );
  }
}
