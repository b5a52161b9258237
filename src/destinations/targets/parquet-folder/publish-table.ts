/**
 * Publishes one staged table into a Parquet folder: in the mirror first, then rejected values, rows with
 * state, and the load record.
 */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Column, withChanged } from '../../../table/column.js';
import { CAPABILITIES } from '../../capabilities.js';
import type { Publication } from '../../destination.js';
import type { Session } from '../../engine/session.js';
import { literal } from '../../engine/sql.js';
import { isWide, widthOf } from '../../engine/wide.js';
import { publish, type ToPublish } from '../../publish/publish.js';
import type { StagedTable } from '../../staging/staged-table.js';
import type { Contents, StoredResource } from '../../state/contents.js';
import { state } from '../../state/names.js';
import { readOwnership } from '../../state/ownership.js';
import { readContents } from '../../state/read-contents.js';
import type { PublishedTable } from '../../target.js';
import { copyWithFooter, type Footer, footerOf } from './footer.js';
import { type TableFile, tablePath } from './list-tables.js';
import { rejectsFile } from './mirror.js';
import { removeStates, writeNewestState } from './newest-state.js';
import type { OpenFolder } from './open-folder.js';
import { movePartitioned, partitionedPath, removePartitioned } from './partitions/partition-files.js';
import { rowsIn } from './rows/file-rows.js';
import { fillFrom, hasSameRows, type PreviousTable, previousTable } from './rows/previous-rows.js';
import { besideOf, writeState } from './write-state-files.js';
import { assertPartition, partitionsFor, writeParts, writeRows } from './write-table.js';

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
  assertPartition(plan, staged.columns);
  const before = await previousTable(session, tables, readOwnership(contents, plan).previous);
  if (before !== null) await opened.files.fetch(before.file.files);
  const { outcome, has_same_rows, long_rows } = await swap(opened, session, contents, {
    before,
    staged,
    publication,
  });
  const { known } = outcome.contents;
  const footer = await footerOf(session, plan.identity);
  const parts = await partitionsFor(opened, session, { plan, tables, before, known });
  const stays = [parts === null ? tablePathOf(opened, plan.target) : partitionedPath(parts.place)];
  for (const other of known)
    if (other.identity !== plan.identity) stays.push(...(await followRename(opened, session, tables, other)));
  // Before the rows: they name it, and a file that no rows name is nobody's.
  if (footer.has_rejects) await writeRejects(opened, session, footer);
  const isOneFile = before !== null && before.file.partitioned === null && parts === null;
  const isKept = isOneFile && has_same_rows;
  if (isKept) await writeNewestState(opened.folder, besideOf(opened), before.rows_from, footer);
  else if (parts !== null) await writeParts(opened, session, { ...parts, footer, long_rows });
  else await writeRows(opened, session, { target: plan.target, footer, long_rows });
  for (const file of tables) if (!stays.includes(file.path)) await removeTable(opened, file, stays);
  await removeRejects(opened, session, tables);
  removeStates(opened.folder, rowsThatStay(tables, before, isKept));
  await writeState(opened, session);
  return outcome;
}

const tablePathOf = (
  { folder }: OpenFolder,
  { schema, name }: Pick<StoredResource, 'schema' | 'name'>,
): string => tablePath(folder, schema, name);

/** Removes the file of a table that has another one now. Files that no load wrote stay. */
async function removeTable(
  { files }: OpenFolder,
  { path, footer, is_left, partitioned }: TableFile,
  stays: readonly string[],
): Promise<void> {
  if (footer === null && is_left !== true) return;
  if (partitioned === null) await files.remove(path, stays);
  else removePartitioned(partitioned.place, partitioned.table);
}

/** Publishes into the mirror, with the rows of before where publishing needs them. */
async function swap(
  { tools: { engine, keep_loads }, files }: OpenFolder,
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
    before !== null &&
    files.has_state_beside &&
    (await run(() => hasSameRows(session, before, { staged, publication }, outcome)));
  return { outcome, has_same_rows, long_rows };
}

/** The stagings of rows that tables have, once this one is published. */
function rowsThatStay(
  tables: readonly TableFile[],
  before: PreviousTable | null,
  is_kept: boolean,
): ReadonlySet<string> {
  const stays = tables.filter(({ path }) => is_kept || path !== before?.file.path);
  return new Set(stays.flatMap(({ rows_from }) => rows_from ?? []));
}

/** A table that had to give its name up gets its files under the new one. Gives the paths that it has. */
async function followRename(
  opened: OpenFolder,
  session: Session,
  tables: readonly TableFile[],
  { identity, schema, name }: StoredResource,
): Promise<readonly string[]> {
  const path = tablePath(opened.folder, schema, name);
  const file = tables.find(({ footer }) => footer?.identity === identity);
  if (file === undefined) return [path];
  const { partitioned } = file;
  if (partitioned !== null) {
    const to = { folder: opened.folder, schema, name };
    if (partitionedPath(to).toLowerCase() !== file.path.toLowerCase())
      await movePartitioned({ from: partitioned.place, to }, besideOf(opened), {
        table: partitioned.table,
        state: await footerOf(session, identity),
      });
    return [partitionedPath(to)];
  }
  if (file.path.toLowerCase() === path.toLowerCase()) return [path];
  await opened.files.fetch(file.files);
  const footer = await footerOf(session, identity);
  const select = `FROM ${rowsIn(file.files)}`;
  await opened.files.write(path, besideOf(opened), (beside) =>
    session.copy(copyWithFooter(select, beside, footer)),
  );
  return [path];
}

async function writeRejects(opened: OpenFolder, session: Session, footer: Footer): Promise<void> {
  const select = `SELECT row_key, "column", raw, reason, load_id FROM ${state('rejects')} WHERE identity = ${literal(footer.identity)}`;
  await opened.files.write(rejectsFile(opened.folder, footer), besideOf(opened), (beside) =>
    session.run(`COPY (${select}) TO ${literal(beside)} (FORMAT parquet, COMPRESSION zstd)`),
  );
}

/** Removes rejected values of tables that have been published again since. */
async function removeRejects(
  { folder, files }: OpenFolder,
  session: Session,
  tables: readonly TableFile[],
): Promise<void> {
  const rows = await session.rows(
    `SELECT DISTINCT staging_id FROM ${state('resources')} JOIN ${state('rejects')} USING (identity)`,
  );
  const named = new Set(rows.map((row) => `${String(row['staging_id'])}.parquet`));
  const named_before = new Set(tables.map(({ footer }) => `${footer?.staging_id}.parquet`));
  const rejects = dirname(rejectsFile(folder, { staging_id: '' }));
  let found: readonly string[] = [];
  try {
    found = readdirSync(rejects);
  } catch {
    // There are none.
  }
  for (const file of found) {
    if (!file.endsWith('.parquet') || named.has(basename(file))) continue;
    const path = join(rejects, file);
    await (named_before.has(file) ? files.remove(path, []) : files.sweep(path));
  }
}
