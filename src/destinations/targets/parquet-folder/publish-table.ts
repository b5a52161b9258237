/**
 * Publishes one staged table into a Parquet folder: in the mirror first, then rejected values, rows with
 * state, and the load record.
 */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { sqlType, storedNames } from '../../../table/column.js';
import { CAPABILITIES } from '../../capabilities.js';
import type { Publication } from '../../destination.js';
import { storedKeys } from '../../engine/column-sql.js';
import type { Session } from '../../engine/session.js';
import { literal, quote } from '../../engine/sql.js';
import { isWide, widthOf } from '../../engine/wide.js';
import { publish } from '../../publish/publish.js';
import type { StagedTable } from '../../staging/staged-table.js';
import type { StoredResource } from '../../state/contents.js';
import { state, TARGET } from '../../state/names.js';
import { readOwnership } from '../../state/ownership.js';
import { readContents } from '../../state/read-contents.js';
import type { PublishedTable } from '../../target.js';
import { copyWithFooter, type Footer, footerOf } from './footer.js';
import { type TableFile, tablePath } from './list-tables.js';
import { rejectsFile } from './mirror.js';
import type { OpenFolder } from './open-folder.js';
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
  const { engine, keep_loads } = opened.tools;
  const { plan } = staged;
  const contents = await readContents(session);
  const { previous } = readOwnership(contents, plan);
  if (previous !== null) await fillPrevious(opened, session, tables, previous, staged, publication);
  await session.expectWidth(widthOf(staged.columns));
  const swap = (): Promise<PublishedTable> =>
    publish(session, contents, staged, publication, {
      keep_loads,
      // The mirror is a DuckDB database.
      capabilities: CAPABILITIES.duckdb,
    });
  const { long_rows } = staged;
  const isSmall = staged.staged.rows < MANY_ROWS && !isWide(staged.columns) && !long_rows;
  if (long_rows) await session.releaseBuffers();
  const outcome = await (isSmall ? swap() : engine.exclusive(swap, { long_rows }));
  if (long_rows) await session.releaseBuffers();
  const { known } = outcome.contents;
  const pathOf = ({ schema, name }: Pick<StoredResource, 'schema' | 'name'>): string =>
    tablePath(opened.folder, schema, name);
  for (const other of known)
    if (other.identity !== plan.identity) await followRename(opened, session, tables, other, pathOf(other));
  const footer = await footerOf(session, plan.identity);
  // Before the rows: they name it, and a file that no rows name is nobody's.
  if (footer.has_rejects) await writeRejects(opened, session, footer);
  const select = `SELECT ${await asParquet(session, plan.target)} FROM ${quote(TARGET, plan.target.schema, plan.target.name)}`;
  const writeRows = (): Promise<void> =>
    opened.files.write(pathOf(plan.target), besideOf(opened), (beside) =>
      session.copy(copyWithFooter(select, beside, footer)),
    );
  await (long_rows ? engine.exclusive(writeRows, { long_rows }) : writeRows());
  if (long_rows) await session.releaseBuffers();
  const stays = known.map(pathOf);
  for (const { path, footer: theirs } of tables)
    if (theirs !== null && !stays.includes(path)) await opened.files.remove(path, stays);
  await removeRejects(opened, session, tables);
  await writeState(opened, session);
  return outcome;
}

/**
 * Gives the mirror what publishing asks of the rows of before: their keys, or all of them where they stay.
 */
async function fillPrevious(
  { files }: OpenFolder,
  session: Session,
  tables: readonly TableFile[],
  previous: StoredResource,
  { plan }: StagedTable,
  { keep }: Publication,
): Promise<void> {
  const file = tables.find(({ footer }) => footer?.identity === previous.identity);
  if (file === undefined) return;
  await files.fetch([file.path]);
  const from = `read_parquet(${literal(file.path)})`;
  const rows = await session.rows(`DESCRIBE FROM ${from}`);
  const found = rows.map((row) => String(row['column_name']));
  const names = storedNames(previous.columns);
  const vectors = previous.columns.flatMap((column, at) =>
    column.size !== undefined && found.includes(names[at]!)
      ? [`${quote(names[at]!)}::${sqlType(column)} AS ${quote(names[at]!)}`]
      : [],
  );
  const keys = storedKeys(previous.columns, plan.target.primary_key).filter((key) => found.includes(key));
  const select =
    keep === undefined && plan.disposition.type === 'replace'
      ? ['1 AS "_xano_load_id"', ...keys.map((key) => quote(key))].join(', ')
      : `*${vectors.length === 0 ? '' : ` REPLACE (${vectors.join(', ')})`}`;
  await session.copy(
    `CREATE OR REPLACE TABLE ${quote(TARGET, previous.schema, previous.name)} AS SELECT ${select} FROM ${from}`,
  );
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
  await opened.files.fetch([file.path]);
  const footer = await footerOf(session, identity);
  const select = `FROM read_parquet(${literal(file.path)})`;
  await opened.files.write(path, besideOf(opened), (beside) =>
    session.copy(copyWithFooter(select, beside, footer)),
  );
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
