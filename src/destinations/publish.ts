/** The swap: staged rows, state, rejects and load record become visible in one transaction, or none of them does. */
import { XanoError } from '../errors.js';
import type { LoadReport } from '../events.js';
import { foldName, storedNames } from '../target.js';
import type { Publication, Published } from './destination.js';
import { numberIn, type Session } from './duckdb.js';
import type { StagedTable } from './duckdb-writer.js';
import { STAGING } from './duckdb-writer.js';
import { jsonText, literal, publishTable, quote, STATE_VERSION, stateTables, storedKeys } from './sql.js';

/** The attached name of the target file. */
export const TARGET = 'target';

const state = (table: string): string => quote(TARGET, '_xano', table);

/** Publishes a staged table into the attached target. Throws with nothing changed. */
export async function publish(
  session: Session,
  staged: StagedTable,
  publication: Publication,
): Promise<Published> {
  await session.run('BEGIN');
  try {
    const published = await swap(session, staged, publication);
    await session.run('COMMIT');
    return published;
  } catch (thrown) {
    await session.rollback();
    throw thrown;
  }
}

async function swap(session: Session, staged: StagedTable, publication: Publication): Promise<Published> {
  const { plan, table, columns } = staged;
  const { target } = plan;
  await prepareState(session);
  const at = quote(TARGET, target.schema, target.name);
  const names = storedNames(columns);
  const keys = storedKeys(columns, target.primary_key);
  const [before] = await session.rows(
    `SELECT target_schema, target_table FROM ${state('resources')} WHERE identity = ${literal(plan.identity)}`,
  );

  const owners = await ownersOf(session, target);
  await assertOurs(session, staged, owners);
  const rows_deleted = await countGone(session, table, before, keys);
  await session.run(`CREATE SCHEMA IF NOT EXISTS ${quote(TARGET, target.schema)}`);
  const { rows, distinct_keys, keyless_rows } = staged.staged;
  const twins = distinct_keys !== null && distinct_keys + keyless_rows < rows;
  await session.run(publishTable(at, table, columns, plan.load_id, twins ? keys : []));
  await dropOldName(session, staged, before);
  await describe(session, staged, at, names);

  const [written] = await session.rows(`SELECT count(*)::DOUBLE AS n FROM ${at}`);
  const rows_written = numberIn(written, 'n');
  const mine = `identity = ${literal(plan.identity)}`;
  // A target has one owner: the same table read through another address before is this resource now.
  const replaced = `identity IN (${[plan.identity, ...owners.map(({ identity }) => identity)].map(literal).join(', ')})`;
  await session.run(`DELETE FROM ${state('resources')} WHERE ${replaced}`);
  const values = [
    literal(plan.identity),
    literal(plan.resource),
    literal(target.schema),
    literal(target.name),
    plan.origin === null ? 'NULL' : literal(jsonText(plan.origin)),
    literal(jsonText(columns)),
    `[${target.primary_key.map(literal).join(', ')}]::VARCHAR[]`,
    String(rows_written),
    publication.rows_expected === null ? 'NULL' : String(publication.rows_expected),
    literal(publication.completeness),
    literal(plan.load_id),
    'now()',
  ];
  await session.run(`INSERT INTO ${state('resources')} VALUES (${values.join(', ')})`);
  await session.run(`DELETE FROM ${state('rejects')} WHERE ${replaced}`);
  await session.run(
    `INSERT INTO ${state('rejects')} SELECT identity, ${literal(plan.resource)}, row_key, "column", raw, reason, ${literal(plan.load_id)} FROM ${STAGING}.rejects WHERE ${mine}`,
  );
  const [rejected] = await session.rows(
    `SELECT count(*)::DOUBLE AS n FROM ${state('rejects')} WHERE ${mine}`,
  );
  await writeLoad(session, publication.report, 'running');
  return { rows_written, rows_deleted, values_rejected: numberIn(rejected, 'n') };
}

/** Makes the `_xano` tables and refuses those of a newer version. */
export async function prepareState(session: Session): Promise<void> {
  for (const sql of stateTables(TARGET)) await session.run(sql);
  const [format] = await session.rows(`SELECT max(version) AS version FROM ${state('format')}`);
  assertVersion(numberIn(format, 'version'));
}

/** Refuses state that a newer version wrote: it may mean what this one does not know. */
export function assertVersion(version: number): void {
  if (version > STATE_VERSION)
    throw new XanoError(
      'DATABASE_FAILED',
      `The file was written by a newer xano-connector (state version ${version}).`,
      {
        hint: 'Update xano-connector (npm install -g xano-connector@latest), or name another file with --to.',
      },
    );
}

/** Who made a table, as the state has it. */
interface Owner {
  readonly identity: string;
  readonly origin: unknown;
}

/** A table's place as DuckDB compares it: `É` and `é` are two tables, `A` and `a` are one. */
const tableAt = (schema: string, name: string): string => foldName(quote(schema, name));

/** The resources that the state names as a table's makers. */
async function ownersOf(
  session: Session,
  table: { readonly schema: string; readonly name: string },
): Promise<Owner[]> {
  const rows = await session.rows(
    `SELECT identity, origin::VARCHAR AS origin, target_schema, target_table FROM ${state('resources')}`,
  );
  const at = tableAt(table.schema, table.name);
  return rows
    .filter((row) => tableAt(String(row['target_schema']), String(row['target_table'])) === at)
    .map((row) => ({ identity: String(row['identity']), origin: row['origin'] }));
}

/**
 * A table of that name may belong to somebody else: to no load at all, or to one of another workspace or data source. It is not replaced.
 * The same table read through another address (its origin is the same) is taken over.
 */
async function assertOurs(session: Session, { plan }: StagedTable, owners: readonly Owner[]): Promise<void> {
  const { schema, name } = plan.target;
  const tables = await session.rows(
    `SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = ${literal(TARGET)}`,
  );
  const at = tableAt(schema, name);
  if (!tables.some((found) => tableAt(String(found['table_schema']), String(found['table_name'])) === at))
    return;
  const origin = plan.origin === null ? null : jsonText(plan.origin);
  if (
    owners.some((owner) => owner.identity === plan.identity || (origin !== null && owner.origin === origin))
  )
    return;
  const whose =
    owners.length === 0 ? 'that no load of xano-connector made' : 'that was loaded from somewhere else';
  throw new XanoError('DATABASE_FAILED', `There is a table ${schema}."${name}" in the file ${whose}.`, {
    hint: 'Load into another schema with --dataset, or another file with --to; the table was not touched.',
  });
}

/** Rows of the old target whose key is not among the staged ones. */
async function countGone(
  session: Session,
  staging: string,
  before: Readonly<Record<string, unknown>> | undefined,
  keys: readonly string[],
): Promise<number> {
  if (before === undefined || keys.length !== 1) return 0;
  const [schema, name, key] = [String(before['target_schema']), String(before['target_table']), keys[0]!];
  const [column] = await session.rows(
    `SELECT 1 AS there FROM duckdb_columns() WHERE database_name = ${literal(TARGET)} AND schema_name = ${literal(schema)} AND table_name = ${literal(name)} AND column_name = ${literal(key)}`,
  );
  if (column === undefined) return 0;
  // Compared as texts, since the key's type may have changed between two loads.
  const [gone] = await session.rows(
    `SELECT count(*)::DOUBLE AS n FROM ${quote(TARGET, schema, name)} old WHERE NOT EXISTS (SELECT 1 FROM ${staging} new WHERE new.${quote(key)}::VARCHAR = old.${quote(key)}::VARCHAR)`,
  );
  return numberIn(gone, 'n');
}

/** A table renamed in Xano is renamed here: its rows now stand under the new name, unless another resource took the old one. */
async function dropOldName(
  session: Session,
  { plan }: StagedTable,
  before: Readonly<Record<string, unknown>> | undefined,
): Promise<void> {
  if (before === undefined) return;
  const [schema, name] = [String(before['target_schema']), String(before['target_table'])];
  if (tableAt(schema, name) === tableAt(plan.target.schema, plan.target.name)) return;
  const others = (await ownersOf(session, { schema, name })).filter(
    ({ identity }) => identity !== plan.identity,
  );
  if (others.length === 0) await session.run(`DROP TABLE IF EXISTS ${quote(TARGET, schema, name)}`);
}

async function describe(
  session: Session,
  { plan, columns }: StagedTable,
  at: string,
  names: readonly string[],
): Promise<void> {
  if (plan.target.description)
    await session.run(`COMMENT ON TABLE ${at} IS ${literal(plan.target.description)}`);
  for (const [i, column] of columns.entries())
    if (column.description)
      await session.run(`COMMENT ON COLUMN ${at}.${quote(names[i]!)} IS ${literal(column.description)}`);
}

/** Keeps a load's report, as far as it has come. */
export async function writeLoad(
  session: Session,
  report: LoadReport,
  status: LoadReport['status'] | 'running',
): Promise<void> {
  await session.run(`DELETE FROM ${state('loads')} WHERE load_id = ${literal(report.load_id)}`);
  const finished = status === 'running' ? 'NULL' : `${literal(report.finished_at)}::TIMESTAMPTZ`;
  await session.run(
    `INSERT INTO ${state('loads')} VALUES (${literal(report.load_id)}, ${literal(report.started_at)}::TIMESTAMPTZ, ${finished}, ${literal(status)}, ${report.requests}, ${report.bytes}, ${literal(jsonText(report))})`,
  );
}
