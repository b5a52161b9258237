/** Whose table is it? A target that another resource made, or nobody we know, is not written over. */
import { XanoError } from '../../errors.js';
import type { SchemaChange } from '../../events.js';
import { foldName } from '../../names.js';
import type { JsonObject } from '../../json.js';

import type { TargetPlan, Watermark } from '../destination.js';
import type { Session } from '../engine/engine.js';
import { jsonText, literal, quote } from '../engine/sql.js';
import type { KeptColumn } from '../publish/evolve.js';
import { dropFlattened, type StoredFlattened } from '../publish/flatten.js';
import { ANY_ACCOUNT, type ListParts, listOf } from './identity.js';
import { isNamedAsSource, isSameSource, isSibling } from './source.js';
import { foreignState, readResourceState } from './state-schema.js';
import { assertReadable, findStateTables } from './state-tables.js';

/** The attached name of the target file. */
export const TARGET = 'target';

/** A table of `_xano`. */
export const state = (table: string): string => quote(TARGET, '_xano', table);

/** A resource as the state has it. */
export interface StoredResource {
  readonly identity: string;
  readonly resource: string;
  readonly schema: string;
  readonly name: string;
  readonly origin: JsonObject | null;
  readonly columns: readonly KeptColumn[];
  readonly rows: number;
  readonly watermark: Watermark | null;
  readonly loaded_at: string;
  /** The staging that was published. */
  readonly staging_id: string | null;
  /** What was made of its rows' lists; null where that was not asked for. */
  readonly flattened: StoredFlattened | null;
  /** Why none of what the state says of it is used: it is not what a load writes. Whoever has to do with it throws this. */
  readonly refused?: XanoError;
}

/** What a file holds, as far as it matters to those who want to put something there. */
export interface Contents {
  readonly known: readonly StoredResource[];
  /** Every table and view, whoever made it. */
  readonly tables: readonly { readonly schema: string; readonly name: string; readonly is_view?: boolean }[];
  /** The state's tables are known to be there, as this version has them. */
  readonly has_state: boolean;
}

/** What a file holds that is not there yet. */
export const NOTHING: Contents = { known: [], tables: [], has_state: false };

/** Where a resource may put its rows, and what is there of its own. */
export interface Ownership {
  readonly before: StoredResource | null;
  /** Resources whose state this one takes over: the same table of the same source, or one whose table is not there any more. */
  readonly replaced: readonly string[];
  /** The resource of the same workspace that has the name now, and must give it up. */
  readonly in_the_way: StoredResource | null;
  /** The resource whose child table has the name now, and must give it up. */
  readonly child_in_the_way: StoredResource | null;
  /** Every resource of the state. */
  readonly known: readonly StoredResource[];
}

/** A table's place as DuckDB compares it: `É` and `é` are two tables, `A` and `a` are one. */
const tableAt = (schema: string, name: string): string => foldName(quote(schema, name));

/** Every resource of the state; none where there is no state. Throws DATABASE_FAILED for state that no load writes. */
export async function knownResources(session: Session): Promise<StoredResource[]> {
  const columns = (await findStateTables(session, TARGET)).get('resources');
  if (columns === undefined) return [];
  const at = state('resources');
  // Files of the first days lack some.
  const orNull = (name: string): string => (columns.has(name) ? `${name}::VARCHAR` : 'NULL');
  await assertReadable(session, at, '_xano.resources', [...columns]);
  const rows = await session.rows(
    `SELECT identity, resource, target_schema, target_table, origin::VARCHAR AS origin, columns::VARCHAR AS columns, rows::DOUBLE AS rows, ${orNull('watermark')} AS watermark, ${orNull('staging_id')} AS staging_id, ${orNull('flattened')} AS flattened, strftime(loaded_at, '%Y-%m-%dT%H:%M:%SZ') AS loaded_at FROM ${at} ORDER BY target_schema, target_table`,
  );
  return rows.map((row) =>
    readResourceState({
      identity: row['identity'],
      resource: row['resource'],
      schema: row['target_schema'],
      name: row['target_table'],
      origin: row['origin'],
      columns: row['columns'],
      rows: row['rows'],
      watermark: row['watermark'],
      loaded_at: row['loaded_at'],
      staging_id: row['staging_id'],
      flattened: row['flattened'],
    }),
  );
}

/** Throws DATABASE_FAILED where the state of any resource is not what a load writes. */
export function assertAllRead(known: readonly StoredResource[]): void {
  for (const { refused } of known) if (refused !== undefined) throw refused;
}

/** Reads what the attached target holds. */
export async function readContents(session: Session): Promise<Contents> {
  const known = await knownResources(session);
  const tables = await session.rows(
    `SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_catalog = ${literal(TARGET)}`,
  );
  return {
    known,
    tables: tables.map((row) => ({
      schema: String(row['table_schema']),
      name: String(row['table_name']),
      is_view: row['table_type'] === 'VIEW',
    })),
    has_state: false,
  };
}

/** What a file holds once a resource has its table there, and has taken over the state of others. */
export function withResource(
  { known, tables, has_state }: Contents,
  replaced: readonly string[],
  resource: StoredResource,
): Contents {
  const { identity, schema, name } = resource;
  const others = known.filter((one) => one.identity !== identity && !replaced.includes(one.identity));
  const isThere = tables.some((table) => table.schema === schema && table.name === name);
  return {
    known: [...others, resource],
    tables: isThere ? tables : [...tables, { schema, name }],
    has_state,
  };
}

/**
 * Looks at what is where a resource wants to be. Throws DATABASE_FAILED where the table belongs to another resource, or to nobody that is
 * known.
 */
export function readOwnership({ known, tables }: Contents, plan: TargetPlan): Ownership {
  const isThere = (schema: string, name: string): boolean =>
    tables.some((found) => tableAt(found.schema, found.name) === tableAt(schema, name));
  const { schema, name } = plan.target;
  const at = tableAt(schema, name);
  const isOurs = (one: StoredResource): boolean =>
    one.identity === plan.identity || (isSameSource(one.origin, plan.origin) && isSameRequest(one, plan));
  const owners = known.filter((one) => tableAt(one.schema, one.name) === at);
  const before =
    known.find(({ identity }) => identity === plan.identity) ??
    owners.find(isOurs) ??
    renamedFrom(known, plan) ??
    null;
  const there = before !== null && isThere(before.schema, before.name) ? before : null;
  const refused = known.find((one) => isOurs(one) && one.refused !== undefined)?.refused;
  if (refused !== undefined) throw refused;
  const replaced = [
    // The state of a table that somebody has dropped says nothing of the one that takes its place.
    ...(isThere(schema, name) ? owners.filter(isOurs) : owners),
    ...(before === null || owners.includes(before) ? [] : [before]),
  ].map(({ identity }) => identity);
  for (const { schema: in_schema, name: called, is_view } of tables)
    if (
      is_view === true &&
      there !== null &&
      tableAt(in_schema, called) === tableAt(there.schema, there.name)
    )
      throw foreignState(`${in_schema}."${called}" is a view, not the table that was loaded`);
  const ground = { before: there, replaced, in_the_way: null, child_in_the_way: null, known };
  if (!isThere(schema, name) || owners.some(isOurs)) return ground;
  const sibling = owners.find((one) => isSibling(one.origin, plan.origin) && mayGiveUpName(one, plan));
  if (sibling !== undefined) return { ...ground, in_the_way: sibling };
  const parent = known.find(({ flattened }) =>
    flattened?.tables.some((child) => tableAt(child.schema, child.name) === at),
  );
  // Unlike a table of somebody's own, it can be made anew under another name.
  if (owners.length === 0 && parent !== undefined) return { ...ground, child_in_the_way: parent };
  const [owner] = owners;
  if (owner !== undefined) throw claimed(owner, plan);
  throw new XanoError(
    'DATABASE_FAILED',
    `There is a table ${schema}."${name}" in the file that no load of xano-connector made.`,
    {
      hint: 'Load into another schema with --dataset, or another file with --to; the table was not touched.',
    },
  );
}

/** Whether two resources ask for the same, wherever their server is reached. */
function isSameRequest(one: Pick<TargetPlan, 'identity'>, other: Pick<TargetPlan, 'identity'>): boolean {
  return listOf(one.identity).request === listOf(other.identity).request;
}

/**
 * The resource that a plan continues under another name: the source says by its id that it is the same table, and neither name was chosen
 * by somebody. A config that gives the same table a `table_name` of its own asks for a second copy.
 */
function renamedFrom(known: readonly StoredResource[], plan: TargetPlan): StoredResource | undefined {
  const { schema } = plan.target;
  const copies = (plan.same_list ?? []).map((other) => tableAt(schema, other));
  return known.find(
    (one) =>
      foldName(one.schema) === foldName(schema) &&
      isSameSource(one.origin, plan.origin) &&
      isSameRequest(one, plan) &&
      mayGiveUpName(one, plan) &&
      !copies.includes(tableAt(one.schema, one.name)),
  );
}

/** Names that both tables have from their source may go from one to the other; a name that somebody chose stays where it is. */
function mayGiveUpName(owner: StoredResource, plan: TargetPlan): boolean {
  return isNamedAsSource(owner.name, owner) && isNamedAsSource(plan.target.name, plan);
}

/** The refusal of a table that another resource fills. It names both lists by what is no secret. */
function claimed(owner: StoredResource, plan: TargetPlan): XanoError {
  const { schema, name } = plan.target;
  const [own, other] = [listOf(plan.identity), listOf(owner.identity)];
  const isOneName = owner.resource === plan.resource;
  const hint = `Give "${plan.resource}" ${isOneName ? 'another name' : 'another table_name'}, or load into another schema with --dataset; the table was not touched.`;
  return new XanoError(
    'DATABASE_FAILED',
    `The table ${schema}."${name}" in the file belongs to the resource "${owner.resource}" (${other.address}); "${plan.resource}" (${own.address}) ${difference(own, other)}.`,
    { hint: isOneName ? `${hint} To start it over, drop it first.` : hint },
  );
}

/** How a list is another one than that of a table, in words. */
function difference(own: ListParts, other: ListParts): string {
  if (own.address !== other.address) return 'reads another list';
  const isOneAccount = own.account === other.account || [own.account, other.account].includes(ANY_ACCOUNT);
  const differs = [
    ...(own.request === other.request ? [] : ['other parameters, headers or body']),
    ...(isOneAccount ? [] : ['other credentials (auth)']),
  ];
  return differs.length === 0 ? 'is another resource' : `reads it with ${differs.join(' and ')}`;
}

/**
 * Makes the target's place free, and brings a table that was called otherwise before to it. Inside the transaction of the swap. Throws what
 * {@link readOwnership} throws.
 */
export async function makePlacement(
  session: Session,
  contents: Contents,
  plan: TargetPlan,
): Promise<Ownership & { readonly changes: readonly SchemaChange[] }> {
  const ground = readOwnership(contents, plan);
  const { schema, name } = plan.target;
  const changes: SchemaChange[] = [];
  const isOurs = ({ identity }: StoredResource): boolean =>
    [plan.identity, ground.before?.identity, ...ground.replaced].includes(identity);
  for (const own of ground.known.filter(isOurs))
    await dropFlattened(session, own, plan.write_disposition === 'replace');
  const { child_in_the_way: parent } = ground;
  if (parent !== null && !isOurs(parent)) {
    const aside = await freeName(session, schema, `${name}_2`);
    await renameChildren(session, parent, (child) => (foldName(child) === foldName(name) ? aside : child));
    changes.push({ change: 'table_moved_aside', name, from: name, to: aside });
  }
  if (ground.in_the_way !== null) {
    const { identity, name: taken, origin } = ground.in_the_way;
    const aside = await freeName(session, schema, `${taken}_${String(origin?.['table_id'])}`);
    await rename(session, schema, taken, aside);
    await session.run(
      `UPDATE ${state('resources')} SET target_table = ${literal(aside)} WHERE identity = ${literal(identity)}`,
    );
    await renameChildren(session, ground.in_the_way, (child) =>
      child.startsWith(`${taken}__`) ? `${aside}${child.slice(taken.length)}` : child,
    );
    changes.push({ change: 'table_moved_aside', name: taken, from: taken, to: aside });
  }
  const { before } = ground;
  if (before !== null && foldName(before.schema) !== foldName(schema)) {
    // DuckDB moves no table from one schema to another.
    const old = quote(TARGET, before.schema, before.name);
    await session.run(`CREATE TABLE ${quote(TARGET, schema, name)} AS FROM ${old}`);
    await session.run(`DROP TABLE ${old}`);
  } else if (before !== null && before.name !== name) await rename(session, schema, before.name, name);
  if (before !== null && before.name !== name)
    changes.push({ change: 'table_renamed', name: before.name, from: before.name, to: name });
  return { ...ground, changes };
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
    const name = wanted === child.name ? wanted : await freeName(session, child.schema, wanted);
    if (name !== child.name) await rename(session, child.schema, child.name, name);
    tables.push({ ...child, name });
  }
  await session.run(
    `UPDATE ${state('resources')} SET flattened = ${literal(jsonText({ ...flattened, tables }))} WHERE identity = ${literal(identity)}`,
  );
}

async function freeName(session: Session, schema: string, wanted: string): Promise<string> {
  let name = wanted;
  while (await exists(session, schema, name)) name = `${name}_`;
  return name;
}

async function exists(session: Session, schema: string, name: string): Promise<boolean> {
  const rows = await session.rows(
    `SELECT 1 FROM information_schema.tables WHERE table_catalog = ${literal(TARGET)} AND table_schema = ${literal(schema)} AND lower(table_name) = lower(${literal(name)})`,
  );
  return rows.length > 0;
}

/** By way of a third name where the two differ only in case, which DuckDB takes for one. */
async function rename(session: Session, schema: string, from: string, to: string): Promise<void> {
  const steps = foldName(from) === foldName(to) ? [`${to}__`, to] : [to];
  let here = from;
  for (const next of steps) {
    await session.run(`ALTER TABLE ${quote(TARGET, schema, here)} RENAME TO ${quote(next)}`);
    here = next;
  }
}
