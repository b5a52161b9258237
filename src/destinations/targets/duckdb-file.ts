/**
 * A DuckDB file as a target: tables, state, rejected values and load records are in one file, and change in
 * one transaction.
 * In: a path, and staged tables. Out: a place for create-destination.ts.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { CAPABILITIES } from '../capabilities.js';
import type { Publication } from '../destination.js';
import { databaseFailure, isDamage } from '../engine/failures.js';
import { assertPlainWal, walFiles } from '../engine/own-files.js';
import { canStay, publishInPlace } from '../publish/publish-in-place.js';
import type { StagedTable } from '../staging/staged-table.js';
import { stagingDamage } from '../staging/staging-damage.js';
import { TARGET } from '../state/names.js';
import type { PublishedTable, PublishOptions, Target, TargetPlace, TargetTools } from '../target.js';
import { isSmall, lookInto, publishInto, recordInto } from './attached.js';
import { createGroup, type Group } from './group.js';
import { type HeldDatabase, holdDatabase } from './held-database.js';
import { assertWritableFile } from './writable-file.js';

/** A DuckDB file at a path, which need not be there yet. */
export function duckdbFile(path: string): TargetPlace {
  const file = resolve(path);
  const staging_file = `${file}.staging`;
  return {
    label: path,
    capabilities: CAPABILITIES.duckdb,
    path: file,
    staging_file,
    database_files: [file],
    folders: [],
    open: (tools) => {
      const held = holdFile(tools, file, path);
      const into = { tools, held, staging_file, capabilities: CAPABILITIES.duckdb };
      return openFile({ path, file, staging_file, tools, held, group: createGroup(into, failureOf(path)) });
    },
  };
}

/** A file that is open as a target. */
interface OpenFile {
  /** As people call it. */
  readonly path: string;
  readonly file: string;
  readonly staging_file: string;
  readonly tools: TargetTools;
  readonly held: HeldDatabase;
  /** Publishes small tables together. */
  readonly group: Group;
}

const failureOf =
  (label: string) =>
  (thrown: unknown): Error =>
    databaseFailure(thrown, label);

const holdFile = (tools: TargetTools, file: string, label: string): HeldDatabase =>
  holdDatabase(tools, {
    attach: async (how) => {
      assertPlainWal(file);
      await tools.engine.attach(file, TARGET, how);
    },
    failure: failureOf(label),
  });

function openFile(opened: OpenFile): Target {
  const { file, held } = opened;
  return {
    isAbsent: () => !existsSync(file),
    assertWritable: () => assertWritableFile(file),
    // Who holds the staging file may load into every schema.
    lease: async () => {},
    look: (purpose) => held.use(purpose, lookInto),
    read: (work) => held.use('read', work),
    publish: (staged, publication, options) => publishTable(opened, staged, publication, options),
    record: (report, server_limits) =>
      held.use('write', (session) =>
        recordInto(session, report, server_limits, {
          keep_loads: opened.tools.keep_loads,
          has_state: held.contents()?.has_state,
        }),
      ),
    close: async () => {},
  };
}

async function publishTable(
  opened: OpenFile,
  staged: StagedTable,
  publication: Publication,
  { is_only_table, is_last }: PublishOptions,
): Promise<PublishedTable> {
  const { tools, held, group } = opened;
  if (is_only_table && (await canStay(tools.engine, staged, opened)))
    return held.closed(() => becomeTarget(opened, staged, publication));
  if (isSmall(staged)) return group.publish({ staged, publication }, { more: is_last });
  // DuckDB reads a log that is there already, and continues it.
  const isLogged = !staged.long_rows || walFiles(opened.file).some((log) => existsSync(log));
  return held.use(
    isLogged ? 'write' : 'write unlogged',
    (session) => publishInto(session, staged, publication, { ...opened, capabilities: CAPABILITIES.duckdb }),
    { more: () => is_last === true },
  );
}

/** Makes the staging file the target. */
async function becomeTarget(
  { file, staging_file, tools: { engine, keep_loads } }: OpenFile,
  staged: StagedTable,
  publication: Publication,
): Promise<PublishedTable> {
  try {
    return await publishInPlace(engine, { file, staging_file }, staged, publication, keep_loads);
  } catch (thrown) {
    throw isDamage(thrown) ? stagingDamage(thrown, staging_file) : thrown;
  }
}
