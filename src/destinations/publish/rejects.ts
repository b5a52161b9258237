/**
 * Values that did not fit their column, in `_xano.rejects`: they belong to rows, and come, stay and go with
 * these.
 */
import { LOAD_ID_COLUMN, sqlType, storedNames } from '../../table/column.js';
import type { Publication } from '../destination.js';
import { coversAll, storedKeys } from '../engine/column-sql.js';
import type { Session } from '../engine/session.js';
import { literal, quote } from '../engine/sql.js';
import type { StagedTable } from '../staging/staged-table.js';
import type { StoredColumn } from '../state/contents.js';
import { state } from '../state/names.js';
import type { Ownership } from '../state/ownership.js';

const isOf = (identity: string): string => `identity = ${literal(identity)}`;

/**
 * Gives the values of a table that continues under another identity to that one, and removes those of tables
 * that are not there any more.
 */
export async function handOverRejects(
  session: Session,
  { identity }: { readonly identity: string },
  { replaced, previous }: Pick<Ownership, 'replaced' | 'previous'>,
): Promise<void> {
  for (const old of replaced.filter((one) => one !== identity))
    await session.run(
      old === previous?.identity
        ? `UPDATE ${state('rejects')} SET ${isOf(identity)} WHERE ${isOf(old)}`
        : `DELETE FROM ${state('rejects')} WHERE ${isOf(old)}`,
    );
}

/** What a table was published as: whose values these are. */
export interface PublishedAs {
  /** The table, quoted. */
  readonly table: string;
  readonly columns: readonly StoredColumn[];
  /** A condition: the identities that the resource has, or had. */
  readonly owners: string;
}

/**
 * Removes the values of rows that were replaced, and adds those of the staged rows. Returns how many came.
 */
export async function writeRejects(
  session: Session,
  staged: StagedTable,
  publication: Publication,
  as: PublishedAs,
): Promise<number> {
  const { plan } = staged;
  const came = `${staged.rejects} WHERE ${isOf(plan.identity)}`;
  const outdated =
    plan.disposition.type === 'replace' || publication.keep !== undefined
      ? [`DELETE FROM ${state('rejects')} WHERE ${as.owners}${exceptOfKeptRows(staged, publication, as)}`]
      : [];
  if (plan.disposition.type === 'merge') await removeMerged(session, staged, publication, as);
  const all = [
    ...outdated,
    ...(staged.may_have_rejects
      ? [
          `INSERT INTO ${state('rejects')} SELECT identity, ${literal(plan.resource)}, row_key, "column", raw, reason, ${literal(plan.load_id)} FROM ${came}`,
        ]
      : []),
  ];
  if (all.length > 0) await session.run(all.join('; '));
  return staged.may_have_rejects ? await session.count(came) : 0;
}

/** A further condition: not the values of rows that stay although the table is replaced. */
function exceptOfKeptRows({ plan }: StagedTable, { keep }: Publication, as: PublishedAs): string {
  const [key, ...more] = plan.target.primary_key;
  const at = as.columns.findIndex(({ name }) => name === key);
  if (keep === undefined || more.length > 0 || at < 0) return '';
  const name = quote(storedNames(as.columns)[at]!);
  return ` AND (row_key IS NULL OR row_key NOT IN (SELECT ${keyText(name)} FROM ${as.table} WHERE ${name} IS NOT NULL AND ${quote(LOAD_ID_COLUMN)} IS DISTINCT FROM ${literal(plan.load_id)}))`;
}

/**
 * Removes the values of rows that were staged, with the value or without it, and of rows that are there no
 * longer.
 */
async function removeMerged(
  session: Session,
  { plan, columns, table, already_in_target }: StagedTable,
  { complete_ranges }: Publication,
  as: PublishedAs,
): Promise<void> {
  const [key, ...more] = storedKeys(columns, plan.target.primary_key);
  if (key === undefined || more.length > 0 || already_in_target) return;
  // Else the keys of all rows would be spelled out for nothing.
  if ((await session.count(`(FROM ${state('rejects')} WHERE ${as.owners} LIMIT 1)`)) === 0) return;
  const [key_name] = plan.target.primary_key;
  const stored = storedNames(as.columns)[as.columns.findIndex(({ name }) => name === key_name)]!;
  // Of rows without a key, only a complete reading tells that they are gone.
  const type = sqlType(columns.find(({ name }) => name === key_name)!);
  const had = coversAll(complete_ranges)
    ? 'true'
    : `TRY_CAST(TRY_CAST(row_key AS JSON)->>'$' AS ${type}) IS NOT NULL`;
  await session.run(
    `DELETE FROM ${state('rejects')} WHERE ${as.owners} AND (row_key IN (SELECT ${keyText(quote(key))} FROM ${table}) OR (${had} AND (row_key IS NULL OR row_key NOT IN (SELECT ${keyText(quote(stored))} FROM ${as.table} WHERE ${quote(stored)} IS NOT NULL))))`,
  );
}

/** A key as `row_key` spells it. */
const keyText = (name: string): string => `to_json(${name})::VARCHAR`;
