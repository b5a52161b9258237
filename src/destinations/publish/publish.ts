/** The swap: staged rows, state, rejects and load record become visible in one transaction, or none of them does. */
import { XanoError } from '../../errors.js';
import type { LeftAsJson, LoadReport } from '../../events.js';
import { LOAD_ID_COLUMN, sqlType, storedNames } from '../../table/column.js';
import type { Publication, Published, ServerLimits } from '../destination.js';
import { numberIn, type Session } from '../engine/engine.js';
import { jsonText, literal, quote, STATE_VERSION, stateTables, storedKeys } from '../engine/sql.js';
import type { StagedTable } from '../staging/writer.js';
import {
  type Contents,
  makePlacement,
  readContents,
  readOwnership,
  state,
  TARGET,
  withResource,
} from '../state/ownership.js';
import { MOST_TEXT_BYTES, readVersion } from '../state/state-schema.js';
import { applyDisposition } from './dispositions.js';
import type { KeptColumn } from './evolve.js';
import { type FlatShapes, flatShapes, flatten } from './flatten.js';
import { type NestedColumns, nestedColumns } from './nested.js';

/** What a publication did, and what the file holds since. */
export interface Outcome {
  readonly published: Published;
  readonly contents: Contents;
}

/** Publishes a staged table into the attached target, which has these contents. Throws with nothing changed. */
export async function publish(
  session: Session,
  contents: Contents,
  given: StagedTable,
  publication: Publication,
  keep_loads: number,
): Promise<Outcome> {
  // Rows that stay need the table in place, with columns that hold the old values and the new ones.
  const staged: StagedTable =
    publication.keep === undefined
      ? given
      : { ...given, plan: { ...given.plan, disposition: { type: 'append', skip_known: null } } };
  // Before the transaction: only reading, and it may take a while.
  const { plan } = staged;
  const { before } = readOwnership(contents, plan);
  const nested = plan.nested.type === 'struct' ? await nestedColumns(session, staged, before) : undefined;
  const flat = plan.nested.flatten === undefined ? undefined : await flatShapes(session, staged, before);
  await session.run('BEGIN');
  try {
    const swapped = await swap(session, contents, staged, publication, { nested, flat, keep_loads });
    await session.commit();
    return swapped;
  } catch (thrown) {
    await session.rollback();
    throw thrown;
  }
}

/** What was found of values that are objects or lists, where that was asked for, and how many load records stay. */
interface Inside {
  readonly keep_loads: number;
  readonly nested: NestedColumns | undefined;
  readonly flat: FlatShapes | undefined;
}

async function swap(
  session: Session,
  contents: Contents,
  staged: StagedTable,
  publication: Publication,
  { nested, flat, keep_loads }: Inside,
): Promise<Outcome> {
  const { plan, table } = staged;
  const { target } = plan;
  if (!contents.has_state) await prepareState(session);
  if (flat !== undefined)
    await session.run(`ALTER TABLE ${state('resources')} ADD COLUMN IF NOT EXISTS flattened JSON`);
  const at = quote(TARGET, target.schema, target.name);
  const mine = `identity = ${literal(plan.identity)}`;
  if (!contents.tables.some(({ schema }) => schema === target.schema))
    await session.run(`CREATE SCHEMA IF NOT EXISTS ${quote(TARGET, target.schema)}`);
  const ground = await makePlacement(session, contents, plan);
  const { replaced, before } = ground;
  const applied = await applyDisposition({
    session,
    staged,
    columns: nested?.columns ?? staged.columns,
    database: TARGET,
    before: before?.columns ?? null,
    whole: publication.whole,
    keep: publication.keep,
    describe: (columns) => describe(session, staged, at, columns),
  });
  const made =
    flat === undefined
      ? undefined
      : await flatten(session, plan, applied.columns, flat, before?.flattened ?? null);
  // It was made anew with its ids.
  if (made !== undefined) await describe(session, staged, at, applied.columns);
  const isNew = before === null || plan.disposition.type === 'replace';
  const rows_total = isNew ? applied.rows_written : await countRows(session, at);

  // A target has one owner: the same table read through another address before is this resource now.
  const isAll = publication.whole.some(({ after, before: end }) => after === undefined && end === undefined);
  const owners = `identity IN (${[plan.identity, ...replaced].map(literal).join(', ')})`;
  const json = (value: unknown): string => (value === null ? 'NULL' : literal(jsonText(value)));
  const values = {
    identity: literal(plan.identity),
    resource: literal(plan.resource),
    target_schema: literal(target.schema),
    target_table: literal(target.name),
    origin: json(plan.origin),
    columns: json(applied.columns),
    primary_key: `[${target.primary_key.map(literal).join(', ')}]::VARCHAR[]`,
    rows: String(rows_total),
    rows_expected: publication.rows_expected === null ? 'NULL' : String(publication.rows_expected),
    completeness: literal(publication.completeness),
    load_id: literal(plan.load_id),
    loaded_at: `${literal(publication.report.finished_at)}::TIMESTAMPTZ`,
    watermark: json(publication.watermark),
    staging_id: literal(staged.staging_id),
    ...(made === undefined ? {} : { flattened: json(made.kept) }),
  };
  const names = Object.keys(values).map((name) => quote(name));
  await session.run(
    `DELETE FROM ${state('resources')} WHERE ${owners}; INSERT INTO ${state('resources')} (${names.join(', ')}) VALUES (${Object.values(values).join(', ')})`,
  );
  await handOverRejects();
  await keepRejects(session, staged, owners);
  const values_rejected = staged.may_have_rejects
    ? await countRows(session, `${staged.rejects} WHERE ${mine}`)
    : 0;
  await writeLoad(session, publication.report, 'running', keep_loads);
  // What made it a staging file; with the same transaction it is a target.
  if (staged.already_in_target)
    for (const name of ['progress', 'rejects'])
      await session.run(`DROP TABLE ${quote(TARGET, 'main', name)}`);
  const { rows_written, rows_deleted, changes } = applied;
  const published = {
    rows_written,
    rows_deleted,
    rows_total,
    values_rejected,
    changes: [...ground.changes, ...changes, ...(made?.changes ?? [])],
    ...(nested === undefined && flat === undefined ? {} : { left_as_json: leftOf(nested, flat) }),
    ...(made === undefined ? {} : { child_tables: made.child_tables }),
  };
  const own = [plan.identity, ...replaced];
  const hadChildren = contents.known.some((one) => own.includes(one.identity) && one.flattened !== null);
  const moved = before !== null && (before.schema !== target.schema || before.name !== target.name);
  // Read anew only where more has changed than this one table: with hundreds of tables that takes longer than publishing one.
  const now =
    ground.changes.length > 0 || moved || hadChildren || made !== undefined || staged.already_in_target
      ? await readContents(session)
      : withResource(contents, replaced, {
          identity: plan.identity,
          resource: plan.resource,
          schema: target.schema,
          name: target.name,
          origin: plan.origin,
          columns: applied.columns,
          rows: rows_total,
          watermark: publication.watermark,
          loaded_at: `${publication.report.finished_at.slice(0, 19)}Z`,
          staging_id: staged.staging_id,
          flattened: null,
        });
  return { published, contents: { ...now, has_state: true } };

  /** Values kept aside of a table that goes on under another identity belong to it; of one that is not there any more, to nobody. */
  async function handOverRejects(): Promise<void> {
    for (const identity of replaced.filter((one) => one !== plan.identity)) {
      const of = `WHERE identity = ${literal(identity)}`;
      await session.run(
        identity === before?.identity
          ? `UPDATE ${state('rejects')} SET ${mine} ${of}`
          : `DELETE FROM ${state('rejects')} ${of}`,
      );
    }
  }

  async function keepRejects(to: Session, { columns }: StagedTable, of: string): Promise<void> {
    const key = storedKeys(columns, target.primary_key);
    const anew =
      plan.disposition.type === 'replace' || publication.keep !== undefined
        ? [`DELETE FROM ${state('rejects')} WHERE ${of}${await ofKeptRows()}`]
        : [];
    // The row that a value was in has come anew, with the value or without it.
    if (
      plan.disposition.type === 'merge' &&
      key.length === 1 &&
      !staged.already_in_target &&
      (await hasRejects(to, of))
    ) {
      const keyOf = (name: string): string => `to_json(${quote(name)})::VARCHAR`;
      const kept = storedNames(applied.columns)[
        applied.columns.findIndex(({ name }) => name === target.primary_key[0])
      ]!;
      // Values of rows that are there no longer, too; of rows without a key that is only known where all were read.
      const type = sqlType(columns.find(({ name }) => name === target.primary_key[0])!);
      const had = isAll ? 'true' : `TRY_CAST(TRY_CAST(row_key AS JSON)->>'$' AS ${type}) IS NOT NULL`;
      await to.run(
        `DELETE FROM ${state('rejects')} WHERE ${of} AND (row_key IN (SELECT ${keyOf(key[0]!)} FROM ${table}) OR (${had} AND (row_key IS NULL OR row_key NOT IN (SELECT ${keyOf(kept)} FROM ${at} WHERE ${quote(kept)} IS NOT NULL))))`,
      );
    }
    /** Values of rows that stay although the table is replaced. */
    async function ofKeptRows(): Promise<string> {
      const at_key = applied.columns.findIndex(({ name }) => name === target.primary_key[0]);
      if (publication.keep === undefined || target.primary_key.length !== 1 || at_key < 0) return '';
      const name = quote(storedNames(applied.columns)[at_key]!);
      return ` AND (row_key IS NULL OR row_key NOT IN (SELECT to_json(${name})::VARCHAR FROM ${at} WHERE ${name} IS NOT NULL AND ${quote(LOAD_ID_COLUMN)} IS DISTINCT FROM ${literal(plan.load_id)}))`;
    }
    const came = `INSERT INTO ${state('rejects')} SELECT identity, ${literal(plan.resource)}, row_key, "column", raw, reason, ${literal(plan.load_id)} FROM ${staged.rejects} WHERE ${mine}`;
    const all = [...anew, ...(staged.may_have_rejects ? [came] : [])];
    if (all.length > 0) await to.run(all.join('; '));
  }
}

async function countRows(session: Session, of: string): Promise<number> {
  const [counted] = await session.rows(`SELECT count(*)::DOUBLE AS n FROM ${of}`);
  return numberIn(counted, 'n');
}

/** Each place once, whether it was to become a STRUCT, a table, or both. */
function leftOf(nested: NestedColumns | undefined, flat: FlatShapes | undefined): LeftAsJson[] {
  const left = [...(nested?.left ?? []), ...(flat?.left ?? [])];
  return left.filter(({ column }, i) => left.findIndex((one) => one.column === column) === i);
}

/** Whether values of these resources are kept aside: else the keys of all rows would be spelled out for nothing. */
async function hasRejects(session: Session, of: string): Promise<boolean> {
  const found = await session.rows(`SELECT 1 FROM ${state('rejects')} WHERE ${of} LIMIT 1`);
  return found.length > 0;
}

/** Makes the `_xano` tables and refuses those of a newer version. */
export async function prepareState(session: Session): Promise<void> {
  // Files of the first days lack them.
  const added = ['watermark JSON', 'staging_id VARCHAR'].map(
    (column) => `ALTER TABLE ${state('resources')} ADD COLUMN IF NOT EXISTS ${column}`,
  );
  await session.run([...stateTables(TARGET), ...added].join('; '));
  const [format] = await session.rows(`SELECT max(version) AS version FROM ${state('format')}`);
  assertVersion(format?.['version']);
}

/** Refuses state that a newer version wrote: it may mean what this one does not know. */
export function assertVersion(found: unknown): void {
  const version = readVersion(found);
  if (version > STATE_VERSION)
    throw new XanoError(
      'DATABASE_FAILED',
      `The file was written by a newer xano-connector (state version ${version}).`,
      {
        hint: 'Update xano-connector (npm install -g xano-connector@latest), or name another file with --to.',
      },
    );
}

/** DuckDB copies what it knows of all columns for each comment, and keeps it until the commit: 5,000 took 50 seconds and 7 GB (measured, 1.5.5). */
const MOST_DESCRIBED = 1_000;

async function describe(
  session: Session,
  { plan }: StagedTable,
  at: string,
  columns: readonly KeptColumn[],
): Promise<void> {
  const names = storedNames(columns);
  if (plan.target.description)
    await session.run(`COMMENT ON TABLE ${at} IS ${literal(plan.target.description)}`);
  if (columns.length > MOST_DESCRIBED) return;
  for (const [i, column] of columns.entries())
    if (column.description)
      await session.run(`COMMENT ON COLUMN ${at}.${quote(names[i]!)} IS ${literal(column.description)}`);
}

/** Keeps a load's report, as far as it has come, and forgets all but the newest `keep` loads. */
export async function writeLoad(
  session: Session,
  report: LoadReport,
  status: LoadReport['status'] | 'running',
  keep: number,
): Promise<void> {
  const finished = status === 'running' ? 'NULL' : `${literal(report.finished_at)}::TIMESTAMPTZ`;
  const own = literal(report.load_id);
  // This one counts as well, and it stays: the clock of this computer may have been set back.
  const older = `SELECT load_id FROM ${state('loads')} ORDER BY started_at DESC, load_id DESC OFFSET ${Math.trunc(keep) - 1}`;
  await session.run(
    [
      `DELETE FROM ${state('loads')} WHERE load_id = ${own}`,
      `DELETE FROM ${state('loads')} WHERE load_id IN (${older})`,
      `INSERT INTO ${state('loads')} VALUES (${own}, ${literal(report.started_at)}::TIMESTAMPTZ, ${finished}, ${literal(status)}, ${report.requests}, ${report.bytes}, ${literal(reportText(report))})`,
    ].join('; '),
  );
}

/** A report as it is kept: without the names of columns where they would make it longer than what is read back. */
function reportText(report: LoadReport): string {
  const text = jsonText(report);
  if (Buffer.byteLength(text) <= MOST_TEXT_BYTES) return text;
  const resources = report.resources.map((one) => ({ ...one, schema_changes: [], columns_added: [] }));
  const shorter = jsonText({ ...report, resources });
  return Buffer.byteLength(shorter) <= MOST_TEXT_BYTES ? shorter : jsonText({ ...report, resources: [] });
}

/** Keeps what was found out about servers. */
export async function writeServerLimits(session: Session, { page_sizes }: ServerLimits): Promise<void> {
  // The column has its name of the first days, when a limit was taken for that of the whole host.
  for (const [family, size] of Object.entries(page_sizes)) {
    await session.run(`DELETE FROM ${state('servers')} WHERE host = ${literal(family)}`);
    await session.run(`INSERT INTO ${state('servers')} VALUES (${literal(family)}, ${size}, now())`);
  }
}
