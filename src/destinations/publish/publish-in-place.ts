/** HEADER: what this file is. */
import { attachStaging, type Files, isFree, stagingTableOf } from '../staging/staging-file.js';
import { DELETED_AT_COLUMN, LOAD_ID_COLUMN } from '../../table/column.js';
import type { Publication } from '../destination.js';
import type { Engine } from '../engine/engine.js';
import { literal, quote } from '../engine/sql.js';
import type { StagedTable } from '../staging/staged-table.js';
import { STAGING, TARGET } from '../state/names.js';
import { readContents } from '../state/read-contents.js';
import { type Outcome, publish } from './publish.js';


/** Makes a staging table a target: another name, and its own columns in the place of the one that staging has. */
export function becomeTarget(
  table: string,
  target: string,
  {
    name,
    load_id,
    deleted_at,
  }: { readonly name: string; readonly load_id: string; readonly deleted_at: boolean },
): string[] {
  const column = quote(LOAD_ID_COLUMN);
  return [
    `ALTER TABLE ${table} RENAME TO ${quote(name)}`,
    `ALTER TABLE ${target} DROP COLUMN ${column}`,
    // The default fills the rows that are there.
    `ALTER TABLE ${target} ADD COLUMN ${column} VARCHAR DEFAULT ${literal(load_id)}`,
    `ALTER TABLE ${target} ALTER ${column} DROP DEFAULT`,
    ...(deleted_at ? [`ALTER TABLE ${target} ADD COLUMN ${quote(DELETED_AT_COLUMN)} TIMESTAMPTZ`] : []),
  ];
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
  keep_loads: number,
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
          already_in_target: true,
        };
        const contents = await readContents(session);
        return await publish(session, contents, { ...staged, ...place }, publication, keep_loads);
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
