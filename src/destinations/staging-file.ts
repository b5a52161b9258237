/** The staging file beside a target: opened new or as an earlier load left it, and made the target itself where there is none yet. */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, lstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { XanoError } from '../errors.js';
import type { Publication, TargetPlan } from './destination.js';
import type { Engine, Session } from './duckdb.js';
import type { StagedTable } from './duckdb-writer.js';
import { readContents, TARGET } from './ground.js';
import { type Outcome, publish } from './publish.js';
import { literal, quote } from './sql.js';
import { STAGING, STAGING_TABLES } from './staged-progress.js';

/** A target's file and the one that its rows are staged in. */
export interface Files {
  readonly file: string;
  readonly staging_file: string;
}

/** The staging table of a resource: the same in every load. */
export function stagingTableOf({ identity }: TargetPlan): string {
  return `r_${createHash('sha256').update(identity).digest('hex').slice(0, 16)}`;
}

/** Whether nothing has this name yet, not even a link that leads nowhere. */
export function isFree(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) === undefined;
}

/** Opens the staging file, and tells the names of the tables that an earlier load left in it. Throws what attaching throws. */
export async function attachStaging(
  engine: Engine,
  { file, staging_file }: Files,
): Promise<ReadonlySet<string>> {
  await engine.attach(staging_file, STAGING);
  const session = await engine.session();
  try {
    const tables = await tablesOf(session);
    if (isFinished(tables)) {
      // An earlier load had made a target of it, and was killed before it could give it its name.
      await engine.detach(STAGING);
      if (isFree(file)) giveName(staging_file, file);
      else rmSync(staging_file);
      await engine.attach(staging_file, STAGING);
    }
    await session.run(STAGING_TABLES.join('; '));
    return new Set(isFinished(tables) ? [] : tables.map(({ name }) => name));
  } finally {
    session.close();
  }
}

interface Place {
  readonly schema: string;
  readonly name: string;
}

async function tablesOf(session: Session): Promise<Place[]> {
  const tables = await session.rows(
    `SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ${literal(STAGING)}`,
  );
  return tables.map((row) => ({ schema: String(row['schema_name']), name: String(row['table_name']) }));
}

/** Whether a staging file is a target already: its own tables are gone, and the state is there. */
function isFinished(tables: readonly Place[]): boolean {
  const has = (schema: string, name: string): boolean =>
    tables.some((table) => table.schema === schema && table.name === name);
  return has('_xano', 'resources') && !has('main', 'progress');
}

/** Whether staged rows are all that the staging file holds, and such that they need not be copied; there must be no target, either. */
export async function canStay(engine: Engine, staged: StagedTable, { file }: Files): Promise<boolean> {
  const { columns, compressed, plan } = staged;
  const { rows, distinct_keys, keyless_rows } = staged.staged;
  const twins = distinct_keys !== null && distinct_keys + keyless_rows < rows;
  // In `main` lie the tables that make it a staging file.
  const isRebuilt = plan.nested === 'struct' || plan.flatten !== undefined;
  if (
    !compressed ||
    twins ||
    isRebuilt ||
    columns.length === 0 ||
    plan.target.schema === 'main' ||
    !isFree(file)
  )
    return false;
  const session = await engine.session();
  try {
    const others = await session.rows(
      `SELECT 1 FROM ${STAGING}.progress WHERE identity <> ${literal(plan.identity)}`,
    );
    return others.length === 0;
  } finally {
    session.close();
  }
}

/**
 * Publishes without copying: the staging file becomes the target. One transaction makes it one, and the file system changes its name at
 * once. Throws what publishing throws, with the staging file as it was.
 */
export async function publishInPlace(
  engine: Engine,
  files: Files,
  staged: StagedTable,
  publication: Publication,
): Promise<Outcome> {
  await engine.detach(STAGING);
  try {
    await engine.attach(files.staging_file, TARGET);
    try {
      const session = await engine.session();
      try {
        const { schema } = staged.plan.target;
        const place = {
          table: quote(TARGET, schema, stagingTableOf(staged.plan)),
          rejects: quote(TARGET, 'main', 'rejects'),
          in_place: true,
        };
        const contents = await readContents(session);
        return await publish(session, contents, { ...staged, ...place }, publication);
      } finally {
        session.close();
      }
    } finally {
      await engine.detach(TARGET);
    }
  } finally {
    // Opening it gives a finished one its name.
    await attachStaging(engine, files);
  }
}

/** Gives a file another name, and makes that durable. */
function giveName(from: string, to: string): void {
  if (existsSync(`${from}.wal`))
    throw new XanoError('BUG', `DuckDB has not written all of ${from} when it was to let go of it.`);
  renameSync(from, to);
  try {
    const folder = openSync(dirname(to), 'r');
    fsyncSync(folder);
    closeSync(folder);
  } catch {
    // Some systems open no folder: there a name is durable when the system thinks so.
  }
}
