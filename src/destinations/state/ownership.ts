/**
 * Decides which resource owns the name of a table. A table of another resource, or of another program, is
 * never overwritten.
 * In: the contents of the target, and a plan.
 * Out: the resource's previous table, and the resource that must give up its name.
 */

import { XanoError } from '../../errors.js';
import { foldName } from '../../names.js';
import { ANY_ACCOUNT, type ListParts, listOf } from '../../table/identity.js';
import { isNamedAsSource, isSameSource, isSibling } from '../../table/source-ids.js';
import type { TargetPlan } from '../destination.js';
import { quote } from '../engine/sql.js';
import type { Contents, StoredResource } from './contents.js';
import { foreignState } from './parse-state.js';

/** The table that a resource may use, and its own previous table. */
export interface Ownership {
  readonly previous: StoredResource | null;
  /**
   * Resources whose state this one takes over: the same table of the same source, or one whose table no
   * longer exists.
   */
  readonly replaced: readonly string[];
  /** The resource of the same workspace that has the name now, and must give it up. */
  readonly in_the_way: StoredResource | null;
  /** The resource whose child table has the name now, and must give it up. */
  readonly child_in_the_way: StoredResource | null;
  /** Every resource of the state. */
  readonly known: readonly StoredResource[];
}

/** A table's full name as DuckDB compares it: `É` and `é` are two tables, `A` and `a` are one. */
const tableAt = (schema: string, name: string): string => foldName(quote(schema, name));

/**
 * Finds the owner of a resource's table name. Throws DATABASE_FAILED where the table belongs to another
 * resource, or to another program.
 */
export function readOwnership({ known, tables }: Contents, plan: TargetPlan): Ownership {
  const isThere = (schema: string, name: string): boolean =>
    tables.some((table) => tableAt(table.schema, table.name) === tableAt(schema, name));
  const { schema, name } = plan.target;
  const at = tableAt(schema, name);
  const isOurs = (resource: StoredResource): boolean =>
    resource.identity === plan.identity ||
    (isSameSource(resource.origin, plan.origin) && isSameRequest(resource, plan));
  const owners = known.filter((resource) => tableAt(resource.schema, resource.name) === at);
  const previous =
    known.find(({ identity }) => identity === plan.identity) ??
    owners.find(isOurs) ??
    renamedFrom(known, plan) ??
    null;
  const there = previous !== null && isThere(previous.schema, previous.name) ? previous : null;
  const refused = known.find((resource) => isOurs(resource) && resource.refused !== undefined)?.refused;
  if (refused !== undefined) throw refused;
  const replaced = [
    // The state of a dropped table does not describe its replacement.
    ...(isThere(schema, name) ? owners.filter(isOurs) : owners),
    ...(previous === null || owners.includes(previous) ? [] : [previous]),
  ].map(({ identity }) => identity);
  for (const { schema: in_schema, name: called, is_view } of tables)
    if (
      is_view === true &&
      there !== null &&
      tableAt(in_schema, called) === tableAt(there.schema, there.name)
    )
      throw foreignState(`${in_schema}."${called}" is a view, not the loaded table`);
  const ownership = { previous: there, replaced, in_the_way: null, child_in_the_way: null, known };
  if (!isThere(schema, name) || owners.some(isOurs)) return ownership;
  const sibling = owners.find(
    (resource) => isSibling(resource.origin, plan.origin) && mayGiveUpName(resource, plan),
  );
  if (sibling !== undefined) return { ...ownership, in_the_way: sibling };
  const parent = known.find(({ flattened }) =>
    flattened?.tables.some((child) => tableAt(child.schema, child.name) === at),
  );
  // The next load can create a child table again under another name, unlike another program's table.
  if (owners.length === 0 && parent !== undefined) return { ...ownership, child_in_the_way: parent };
  const [owner] = owners;
  if (owner !== undefined) throw claimed(owner, plan);
  throw new XanoError(
    'DATABASE_FAILED',
    `xano-connector did not create the table ${schema}."${name}" in the destination.`,
    {
      hint: 'Load into another schema with --dataset, or into another destination with --to; the table was not touched.',
    },
  );
}

/** Whether two resources send the same requests, to any server. */
function isSameRequest(a: Pick<TargetPlan, 'identity'>, b: Pick<TargetPlan, 'identity'>): boolean {
  return listOf(a.identity).request === listOf(b.identity).request;
}

/**
 * The resource that a plan continues under another name: its source id shows that it is the same table, and
 * both names come from the source. A config that gives the same table a `table_name` of its own asks for a
 * second copy.
 */
function renamedFrom(known: readonly StoredResource[], plan: TargetPlan): StoredResource | undefined {
  const { schema } = plan.target;
  const copies = (plan.same_list ?? []).map((name) => tableAt(schema, name));
  return known.find(
    (resource) =>
      foldName(resource.schema) === foldName(schema) &&
      isSameSource(resource.origin, plan.origin) &&
      isSameRequest(resource, plan) &&
      mayGiveUpName(resource, plan) &&
      !copies.includes(tableAt(resource.schema, resource.name)),
  );
}

/** Whether a table may give up its name: both names come from the source. A name that a user chose stays. */
function mayGiveUpName(owner: StoredResource, plan: TargetPlan): boolean {
  return isNamedAsSource(owner.name, owner) && isNamedAsSource(plan.target.name, plan);
}

/** The refusal of a table that another resource fills. It names both lists without their secrets. */
function claimed(owner: StoredResource, plan: TargetPlan): XanoError {
  const { schema, name } = plan.target;
  const [wanted, existing] = [listOf(plan.identity), listOf(owner.identity)];
  const isOneName = owner.resource === plan.resource;
  const hint = `Give "${plan.resource}" ${isOneName ? 'another name' : 'another table_name'}, or load into another schema with --dataset; the table was not touched.`;
  return new XanoError(
    'DATABASE_FAILED',
    `The table ${schema}."${name}" in the destination belongs to the resource "${owner.resource}" (${existing.address}); "${plan.resource}" (${wanted.address}) ${difference(wanted, existing)}.`,
    { hint: isOneName ? `${hint} To start over, drop the table first.` : hint },
  );
}

/** The difference between a list and the one that fills the table, as the end of a sentence. */
function difference(wanted: ListParts, existing: ListParts): string {
  if (wanted.address !== existing.address) return 'reads another list';
  const isOneAccount =
    wanted.account === existing.account || [wanted.account, existing.account].includes(ANY_ACCOUNT);
  const differs = [
    ...(wanted.request === existing.request ? [] : ['other parameters, headers or body']),
    ...(isOneAccount ? [] : ['other credentials (auth)']),
  ];
  return differs.length === 0 ? 'is another resource' : `reads it with ${differs.join(' and ')}`;
}
