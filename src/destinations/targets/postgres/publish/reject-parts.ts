/**
 * Texts that flattening took out of JSON and that Postgres cannot hold: in JSON a NUL is an escape, in a text
 * it is not.
 */
import { storedKeys } from '../../../engine/column-sql.js';
import type { Session } from '../../../engine/session.js';
import { literal, quote } from '../../../engine/sql.js';
import { columnTypes } from '../../../engine/table-columns.js';
import type { StagedTable } from '../../../staging/staged-table.js';
import type { StoredResource } from '../../../state/contents.js';
import { state, TARGET } from '../../../state/names.js';

const REASON = 'Postgres cannot store a text with a NUL character; the JSON that it is part of keeps it';

/** Columns of child tables that hold ids of rows. */
const IDS: readonly string[] = ['_dlt_id', '_dlt_parent_id', '_dlt_root_id'];

/** A table of the mirror with texts that came out of JSON. */
interface TextTable {
  /** Quoted. */
  readonly table: string;
  readonly columns: readonly string[];
  /** What stands before the column's name in a reject. */
  readonly prefix: string;
  /** The key of a row as JSON text. */
  readonly row_key: string;
}

async function textTables(
  session: Session,
  { plan, columns }: StagedTable,
  { schema, name, flattened }: StoredResource,
): Promise<TextTable[]> {
  if (flattened === null) return [];
  const [key, ...more] = storedKeys(columns, plan.target.primary_key);
  const main = {
    table: quote(TARGET, schema, name),
    columns: flattened.added.filter(({ type }) => type === 'VARCHAR').map((one) => one.name),
    prefix: '',
    row_key: key === undefined || more.length > 0 ? 'NULL' : `to_json(${quote(key)})::VARCHAR`,
  };
  const children = flattened.tables.map(async (child): Promise<TextTable> => {
    const table = quote(TARGET, child.schema, child.name);
    const types = [...(await columnTypes(session, table))];
    const texts = types.filter(([column, type]) => type === 'VARCHAR' && !IDS.includes(column));
    return { table, columns: texts.map(([column]) => column), prefix: `${child.path}.`, row_key: 'NULL' };
  });
  return [main, ...(await Promise.all(children))];
}

/**
 * Sets such texts of the mirror to NULL, and keeps them as rejects in its state, in place of those that the
 * load before kept. Returns how many there are.
 */
export async function rejectParts(
  session: Session,
  staged: StagedTable,
  known: readonly StoredResource[],
): Promise<number> {
  const { identity, resource: name, load_id } = staged.plan;
  const resource = known.find((one) => one.identity === identity);
  if (resource === undefined) return 0;
  const of = `identity = ${literal(identity)} AND reason = ${literal(REASON)}`;
  await session.run(`DELETE FROM ${state('rejects')} WHERE ${of}`);
  for (const { table, columns, prefix, row_key } of await textTables(session, staged, resource))
    for (const column of columns) {
      const has = `contains(${quote(column)}, chr(0))`;
      if ((await session.count(`${table} WHERE ${has}`)) === 0) continue;
      const values = [identity, name].map(literal).join(', ');
      await session.run(
        `INSERT INTO ${state('rejects')} (identity, resource, row_key, "column", raw, reason, load_id) SELECT ${values}, ${row_key}, ${literal(`${prefix}${column}`)}, to_json(${quote(column)})::VARCHAR, ${literal(REASON)}, ${literal(load_id)} FROM ${table} WHERE ${has}`,
      );
      await session.run(`UPDATE ${table} SET ${quote(column)} = NULL WHERE ${has}`);
    }
  return session.count(`${state('rejects')} WHERE ${of}`);
}
