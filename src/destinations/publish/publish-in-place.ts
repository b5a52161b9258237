/** Publishing without copying: a staging file that holds one complete table becomes the target file. */

import { CAPABILITIES } from '../capabilities.js';
import type { Publication } from '../destination.js';
import type { Engine } from '../engine/engine.js';
import { literal, quote } from '../engine/sql.js';
import { hasDuplicates, type StagedTable } from '../staging/staged-table.js';
import {
  attachNewStaging,
  attachStaging,
  becomeFile,
  type Files,
  isFree,
  stagingTableOf,
} from '../staging/staging-file.js';
import { NOTHING } from '../state/contents.js';
import { STAGING, TARGET } from '../state/names.js';
import { type Outcome, publish } from './publish.js';

/**
 * Whether the staging file can become the target: there is no target, and it holds these rows alone, ready as
 * they are.
 */
export async function canStay(engine: Engine, staged: StagedTable, { file }: Files): Promise<boolean> {
  const { columns, compressed, plan } = staged;
  // In `main` lie the tables that make it a staging file.
  const isRebuilt = plan.nested.type === 'struct' || plan.nested.flatten !== undefined;
  if (
    !compressed ||
    hasDuplicates(staged.staged) ||
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
 * Publishes without copying: the staging file becomes the target. One transaction makes it one, and the file
 * system changes its name at once. Throws what publishing throws, with the staging file as it was.
 */
export async function publishInPlace(
  engine: Engine,
  files: Files,
  staged: StagedTable,
  publication: Publication,
  keep_loads: number,
): Promise<Outcome> {
  await engine.detach(STAGING);
  let outcome: Outcome;
  try {
    outcome = await turnIntoTarget(engine, files, staged, publication, keep_loads);
  } catch (thrown) {
    // It may have become the target all the same: opening it tells, and gives a finished one its name.
    await attachStaging(engine, files);
    throw thrown;
  }
  becomeFile(files);
  await attachNewStaging(engine, files.staging_file);
  return outcome;
}

/** Makes a target of the closed staging file, under its name. */
async function turnIntoTarget(
  engine: Engine,
  { staging_file }: Files,
  staged: StagedTable,
  publication: Publication,
  keep_loads: number,
): Promise<Outcome> {
  await engine.attach(staging_file, TARGET);
  try {
    const session = await engine.session();
    try {
      const { schema } = staged.plan.target;
      const place = {
        table: quote(TARGET, schema, stagingTableOf(staged.plan)),
        rejects: quote(TARGET, 'main', 'rejects'),
        already_in_target: true,
      };
      // A staging file has no state, which opening it made sure of.
      return await publish(session, NOTHING, { ...staged, ...place }, publication, {
        keep_loads,
        capabilities: CAPABILITIES.duckdb,
      });
    } finally {
      session.close();
    }
  } finally {
    await engine.detach(TARGET);
  }
}
