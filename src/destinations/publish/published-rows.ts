/** Reads rows of a published table, for lists that are read once for each of its rows. */

import { XanoError } from '../../errors.js';
import { type Column, LOAD_ID_COLUMN, storedNames } from '../../table/column.js';
import type { RowsFound, RowsWanted } from '../destination.js';
import { jsonOf } from '../engine/column-sql.js';
import type { Session } from '../engine/session.js';
import { literal, quote } from '../engine/sql.js';
import { notDeleted } from '../engine/table-columns.js';
import { state, TARGET } from '../state/names.js';
import { assertAllRead, knownResources } from '../state/read-contents.js';

/** Rows that are held in memory at a time. */
const AT_A_TIME = 2_000;
const COPY = quote('temp', 'published_rows');

/**
 * Copies what is wanted into a table of the session's own, while the target is attached: the file is not held
 * while a server is asked.
 */
export async function copyRows(session: Session, wanted: RowsWanted): Promise<RowsFound> {
  const known = (await knownResources(session)).find(({ identity }) => identity === wanted.identity);
  if (known === undefined)
    throw new XanoError('BUG', 'The rows of a table were requested before it was published.');
  assertAllRead([known]);
  const stored = storedNames(known.columns);
  const find = (name: string) => {
    const at = known.columns.findIndex((column) => column.name === name && column.removed !== true);
    return at < 0 ? [] : [{ column: known.columns[at]!, name: quote(stored[at]!) }];
  };
  const keys = wanted.keys.flatMap(find);
  const found = [...keys, ...wanted.columns.filter((name) => !wanted.keys.includes(name)).flatMap(find)];
  const columns = found.map(({ column: { removed: _, ...column } }): Column => column);
  const is_empty = known.rows === 0;
  const close = (): void => session.close();
  if (keys.length < wanted.keys.length)
    return { columns, count: 0, without_key: 0, is_empty, rows: none, close };
  const published = quote(TARGET, known.schema, known.name);
  const notMarked = await notDeleted(session, published);
  const last = await loadsSince(session, wanted.newer_than);
  const alive = [...(notMarked === null ? [] : [notMarked]), ...(last === null ? [] : [last])];
  const conditions = [...keys.map(({ name }) => `${name} IS NOT NULL`), ...alive];
  const by = keys.map(({ name }) => name).join(', ');
  const texts = found
    .map(({ column, name }, at) => `coalesce(${jsonOf(column, name)}, 'null') AS c${at}`)
    .join(', ');
  await session.run(
    `CREATE OR REPLACE TEMP TABLE ${COPY} AS SELECT row_number() OVER (ORDER BY ${by}) AS n, ${texts} FROM (SELECT DISTINCT ON (${by}) * FROM ${published} WHERE ${conditions.join(' AND ')} ORDER BY ALL)`,
  );
  const count = await session.count(COPY);
  const isUnbound = [`(${keys.map(({ name }) => `${name} IS NULL`).join(' OR ')})`, ...alive];
  const without_key = await session.count(`${published} WHERE ${isUnbound.join(' AND ')}`);
  return {
    columns,
    count,
    without_key,
    is_empty,
    rows: async function* () {
      for (let from = 0; from < count; from += AT_A_TIME) {
        const rows = await session.rows(
          `SELECT * FROM ${COPY} WHERE n > ${from} AND n <= ${from + AT_A_TIME} ORDER BY n`,
        );
        for (const row of rows) yield found.map((_, at) => String(row[`c${at}`]));
      }
    },
    close,
  };
}

/**
 * A condition on the rows of loads that began after the one that published a resource; null where none did.
 * Of a load whose record is gone its id tells when it began. Null, too, where rows were missing then.
 */
async function loadsSince(session: Session, identity: string | null): Promise<string | null> {
  if (identity === null) return null;
  const loads = state('loads');
  const id = quote(LOAD_ID_COLUMN);
  const [last] = await session.rows(
    `SELECT load_id, load_id IN (SELECT load_id FROM ${loads}) AS is_recorded FROM ${state('resources')} WHERE identity = ${literal(identity)} AND completeness <> 'incomplete'`,
  );
  if (last === undefined) return null;
  const own = literal(String(last['load_id']));
  const later = `${id} IN (SELECT load_id FROM ${loads} WHERE started_at > (SELECT max(started_at) FROM ${loads} WHERE load_id = ${own}))`;
  if (last['is_recorded'] !== true) return `${id} > ${own}`;
  return `(${later} OR (${id} > ${own} AND ${id} NOT IN (SELECT load_id FROM ${loads})))`;
}

async function* none(): AsyncGenerator<readonly string[]> {}
