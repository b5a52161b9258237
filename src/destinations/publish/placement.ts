/**
 * Frees the name of a table for the resource that owns it: renames tables, moves them aside, and drops those
 * of its lists.
 */

import type { SchemaChange } from '../../events.js';
import { foldName } from '../../names.js';
import type { TargetPlan } from '../destination.js';
import type { Session } from '../engine/session.js';
import { jsonText, literal, quote } from '../engine/sql.js';
import type { StoredFlattened, StoredResource } from '../state/contents.js';
import { state, TARGET } from '../state/names.js';
import type { Ownership } from '../state/ownership.js';
import { freeNameAside, namesInSchema } from './free-name.js';

/**
 * Frees the target's name, and renames the resource's previous table to it. Inside the transaction of
 * publishing.
 */
export async function makePlacement(
  session: Session,
  ownership: Ownership,
  plan: TargetPlan,
): Promise<Ownership & { readonly changes: readonly SchemaChange[] }> {
  const { schema, name } = plan.target;
  const changes: SchemaChange[] = [];
  const isOurs = ({ identity }: StoredResource): boolean =>
    [plan.identity, ownership.previous?.identity, ...ownership.replaced].includes(identity);
  for (const own of ownership.known.filter(isOurs))
    await dropFlattened(session, own, plan.disposition.type === 'replace');
  const { child_in_the_way: parent } = ownership;
  if (parent !== null && !isOurs(parent)) {
    const aside = freeNameAside(`${name}_2`, await namesInSchema(session, schema));
    await renameChildren(session, parent, (child) => (foldName(child) === foldName(name) ? aside : child));
    changes.push({ change: 'table_moved_aside', name, from: name, to: aside });
  }
  if (ownership.in_the_way !== null) {
    const { identity, name: taken, origin } = ownership.in_the_way;
    const aside = freeNameAside(
      `${taken}_${String(origin?.['table_id'])}`,
      await namesInSchema(session, schema),
    );
    await rename(session, schema, taken, aside);
    await session.run(
      `UPDATE ${state('resources')} SET target_table = ${literal(aside)} WHERE identity = ${literal(identity)}`,
    );
    await renameChildren(session, ownership.in_the_way, (child) =>
      child.startsWith(`${taken}__`) ? `${aside}${child.slice(taken.length)}` : child,
    );
    changes.push({ change: 'table_moved_aside', name: taken, from: taken, to: aside });
  }
  const { previous } = ownership;
  if (previous !== null && foldName(previous.schema) !== foldName(schema)) {
    // DuckDB moves no table from one schema to another.
    const old = quote(TARGET, previous.schema, previous.name);
    await session.run(`CREATE TABLE ${quote(TARGET, schema, name)} AS FROM ${old}`);
    await session.run(`DROP TABLE ${old}`);
  } else if (previous !== null && previous.name !== name) await rename(session, schema, previous.name, name);
  if (previous !== null && previous.name !== name)
    changes.push({ change: 'table_renamed', name: previous.name, from: previous.name, to: name });
  return { ...ownership, changes };
}

/** Gives child tables other names, in the file and in the state. */
async function renameChildren(
  session: Session,
  { identity, flattened }: StoredResource,
  nameFor: (name: string) => string,
): Promise<void> {
  if (flattened === null) return;
  const tables: StoredFlattened['tables'][number][] = [];
  for (const child of flattened.tables) {
    const wanted = nameFor(child.name);
    const name =
      wanted === child.name ? wanted : freeNameAside(wanted, await namesInSchema(session, child.schema));
    if (name !== child.name) await rename(session, child.schema, child.name, name);
    tables.push({ ...child, name });
  }
  await session.run(
    `UPDATE ${state('resources')} SET flattened = ${literal(jsonText({ ...flattened, tables }))} WHERE identity = ${literal(identity)}`,
  );
}

/**
 * Renames a table; by way of a third name where the two differ only in case, since DuckDB takes them for one.
 */
async function rename(session: Session, schema: string, from: string, to: string): Promise<void> {
  const steps = foldName(from) === foldName(to) ? [`${to}__`, to] : [to];
  let here = from;
  for (const next of steps) {
    await session.run(`ALTER TABLE ${quote(TARGET, schema, here)} RENAME TO ${quote(next)}`);
    here = next;
  }
}

/**
 * Drops what flattening made of a table's rows; its own columns need no dropping where the table is replaced.
 */
async function dropFlattened(
  session: Session,
  { schema, name, flattened: kept }: StoredResource,
  is_replaced: boolean,
): Promise<void> {
  if (kept === null) return;
  for (const table of kept.tables)
    await session.run(`DROP TABLE IF EXISTS ${quote(TARGET, table.schema, table.name)}`);
  if (is_replaced) return;
  for (const column of [...kept.added.map((one) => one.name), kept.row_id])
    await session.run(`ALTER TABLE ${quote(TARGET, schema, name)} DROP COLUMN IF EXISTS ${quote(column)}`);
}
