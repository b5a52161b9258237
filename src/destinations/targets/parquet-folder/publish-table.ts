/**
 * Publishes one staged table into a Parquet folder: in the mirror first, then rejected values, rows with
 * state, and the load record.
 */
import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Column, type TargetTable, withChanged } from '../../../table/column.js';
import { CAPABILITIES } from '../../capabilities.js';
import type { Publication } from '../../destination.js';
import type { Session } from '../../engine/session.js';
import { literal, quote } from '../../engine/sql.js';
import { isWide, widthOf } from '../../engine/wide.js';
import { publish, type ToPublish } from '../../publish/publish.js';
import type { StagedTable } from '../../staging/staged-table.js';
import type { Contents, StoredResource } from '../../state/contents.js';
import { state, TARGET } from '../../state/names.js';
import { readOwnership } from '../../state/ownership.js';
import { readContents } from '../../state/read-contents.js';
import type { PublishedTable } from '../../target.js';
import { rowsIn } from './file-rows.js';
import { copyWithFooter, type Footer, footerOf } from './footer.js';
import { type TableFile, tablePath } from './list-tables.js';
import { rejectsFile } from './mirror.js';
import { removeStates, writeNewestState } from './newest-state.js';
import type { OpenFolder } from './open-folder.js';
import { fillFrom, hasSameRows, type PreviousTable, previousTable } from './previous-rows.js';
import { removeUnless, writeFile } from './write-files.js';
import { besideOf, writeState } from './write-state-files.js';

/** Fewer rows are copied before another thread has begun. */
const MANY_ROWS = 10_000;

/**
 * Publishes a staged table into the mirror, and what came of it into files. Throws with the folder as it was.
 */
export async function publishTable(
  opened: OpenFolder,
  session: Session,
  tables: readonly TableFile[],
  staged: StagedTable,
  publication: Publication,
): Promise<PublishedTable> {
  const { plan } = staged;
  const contents = await readContents(session);
  const before = await previousTable(session, tables, readOwnership(contents, plan).previous);
  const { outcome, has_same_rows, long_rows } = await swap(opened, session, contents, {
    before,
    staged,
    publication,
  });
  const { known } = outcome.contents;
  const pathOf = ({ schema, name }: Pick<StoredResource, 'schema' | 'name'>): string =>
    tablePath(opened.folder, schema, name);
  for (const other of known)
    if (other.identity !== plan.identity) await followRename(opened, session, tables, other, pathOf(other));
  const footer = await footerOf(session, plan.identity);
  // Before the rows: they name it, and a file that no rows name is nobody's.
  if (footer.has_rejects) await writeRejects(opened, session, footer);
  if (has_same_rows && before !== null)
    await writeNewestState(opened.folder, besideOf(opened), before.rows_from, footer);
  else await writeRows(opened, session, { target: plan.target, footer, long_rows });
  const stays = known.map(pathOf);
  for (const { path, footer: theirs } of tables)
    if (theirs !== null && !stays.includes(path)) removeUnless(path, stays);
  await removeRejects(opened, session);
  removeStates(opened.folder, rowsThatStay(tables, before, has_same_rows));
  await writeState(opened, session);
  return outcome;
}

/** Publishes into the mirror, with the rows of before where publishing needs them. */
async function swap(
  { tools: { engine, keep_loads } }: OpenFolder,
  session: Session,
  contents: Contents,
  { before, staged, publication }: ToPublish & { readonly before: PreviousTable | null },
): Promise<{ outcome: PublishedTable; has_same_rows: boolean; long_rows: boolean }> {
  const columns = withChanged<Column>(before?.resource.columns ?? [], staged.columns);
  await session.expectWidth(widthOf(columns));
  const filled = before === null ? null : await fillFrom(session, before, { staged, publication });
  const long_rows = staged.long_rows || filled?.long_rows === true;
  const isSmall = staged.staged.rows + (filled?.rows ?? 0) < MANY_ROWS && !isWide(columns) && !long_rows;
  const run = <T>(work: () => Promise<T>): Promise<T> =>
    isSmall ? work() : engine.exclusive(work, { long_rows });
  if (long_rows) await session.releaseBuffers();
  if (filled !== null) await run(() => session.copy(filled.sql));
  if (long_rows) await session.releaseBuffers();
  // The mirror is a DuckDB database.
  const options = { keep_loads, capabilities: CAPABILITIES.duckdb };
  const outcome = await run(() => publish(session, contents, staged, publication, options));
  if (long_rows) await session.releaseBuffers();
  const has_same_rows =
    before !== null && (await run(() => hasSameRows(session, before, { staged, publication }, outcome)));
  return { outcome, has_same_rows, long_rows };
}

/** Writes the file of a table. */
async function writeRows(
  opened: OpenFolder,
  session: Session,
  {
    target,
    footer,
    long_rows,
  }: { readonly target: TargetTable; readonly footer: Footer; readonly long_rows: boolean },
): Promise<void> {
  const { engine } = opened.tools;
  const { schema, name } = target;
  const select = `SELECT ${await asParquet(session, target)} FROM ${quote(TARGET, schema, name)}`;
  const write = (): Promise<void> =>
    writeFile(tablePath(opened.folder, schema, name), besideOf(opened), (beside) =>
      session.copy(copyWithFooter(select, beside, footer)),
    );
  await (long_rows ? engine.exclusive(write, { long_rows }) : write());
  if (long_rows) await session.releaseBuffers();
}

/** The stagings of rows that tables have, once this one is published. */
function rowsThatStay(
  tables: readonly TableFile[],
  before: PreviousTable | null,
  has_same_rows: boolean,
): ReadonlySet<string> {
  const stays = tables.filter(({ path }) => has_same_rows || path !== before?.path);
  return new Set(stays.flatMap(({ rows_from }) => rows_from ?? []));
}

/** A table that had to give its name up gets a file under its new one. */
async function followRename(
  opened: OpenFolder,
  session: Session,
  tables: readonly TableFile[],
  { identity }: StoredResource,
  path: string,
): Promise<void> {
  const file = tables.find(({ footer }) => footer?.identity === identity);
  if (file === undefined || file.path.toLowerCase() === path.toLowerCase()) return;
  const footer = await footerOf(session, identity);
  const select = `FROM ${rowsIn(file.path)}`;
  await writeFile(path, besideOf(opened), (beside) => session.copy(copyWithFooter(select, beside, footer)));
}

/** The columns of a published table: a Parquet list has no size in its type. */
async function asParquet(
  session: Session,
  { schema, name }: { readonly schema: string; readonly name: string },
): Promise<string> {
  const rows = await session.rows(`DESCRIBE ${quote(TARGET, schema, name)}`);
  return rows
    .map((row) => {
      const column = quote(String(row['column_name']));
      return /^FLOAT\[\d+\]$/.test(String(row['column_type'])) ? `${column}::FLOAT[] AS ${column}` : column;
    })
    .join(', ');
}

async function writeRejects(opened: OpenFolder, session: Session, footer: Footer): Promise<void> {
  const select = `SELECT row_key, "column", raw, reason, load_id FROM ${state('rejects')} WHERE identity = ${literal(footer.identity)}`;
  await writeFile(rejectsFile(opened.folder, footer), besideOf(opened), (beside) =>
    session.run(`COPY (${select}) TO ${literal(beside)} (FORMAT parquet, COMPRESSION zstd)`),
  );
}

/** Removes rejected values of tables that have been published again since. */
async function removeRejects({ folder }: OpenFolder, session: Session): Promise<void> {
  const rows = await session.rows(
    `SELECT DISTINCT staging_id FROM ${state('resources')} JOIN ${state('rejects')} USING (identity)`,
  );
  const named = new Set(rows.map((row) => `${String(row['staging_id'])}.parquet`));
  const rejects = dirname(rejectsFile(folder, { staging_id: '' }));
  try {
    for (const file of readdirSync(rejects))
      if (file.endsWith('.parquet') && !named.has(basename(file)))
        rmSync(join(rejects, file), { force: true });
  } catch {
    // There are none.
  }
}
