/**
 * An Iceberg catalog as a target: one Iceberg table for each table, with the table's state in its properties.
 * In: the address of a REST catalog, and staged tables. Out: a place for create-destination.ts. Publishing
 * runs in a DuckDB database that mirrors the catalog, so ownership, renames, dispositions and guards are the
 * same SQL as for a DuckDB file; then one commit of the catalog makes rows and state visible.
 */
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { CAPABILITIES } from '../../capabilities.js';
import { databasePaths } from '../../engine/own-files.js';
import type { Session } from '../../engine/session.js';
import { literal } from '../../engine/sql.js';
import { state, TARGET } from '../../state/names.js';
import { readContents } from '../../state/read-contents.js';
import { recallServerLimits } from '../../state/server-limits.js';
import { writeLoad, writeServerLimits } from '../../state/write-state.js';
import type { Existing, PlaceOptions, Target, TargetPlace, TargetTools } from '../../target.js';
import { makeStagingFolder, stagingFileOf } from '../staging-place.js';
import { aboutCatalog } from './catalog-failures.js';
import { mirrorCatalog } from './catalog-mirror.js';
import { namespaceOf, STATE_NAMESPACE } from './catalog-names.js';
import { listCatalog } from './list-catalog.js';
import { type Catalog, parseCatalog } from './parse-catalog.js';
import { fillRead, type PublishingCatalog, publishTable } from './publish-table.js';
import { setUpCatalog, WRITTEN } from './set-up-catalog.js';
import { committing, hasState, makeNamespace, readStateRows, stateTable } from './state-rows.js';

/** A catalog by what follows `iceberg:` in its name. Throws USAGE. */
export function icebergCatalog(name: string, options: PlaceOptions): TargetPlace {
  const catalog = parseCatalog(name);
  const staging_file = stagingFileOf(catalog.label, options);
  const scratch = join(`${staging_file}.tmp`, 'target.duckdb');
  return {
    label: catalog.label,
    capabilities: CAPABILITIES.iceberg,
    path: staging_file.replace(/\.staging$/, ''),
    staging_file,
    database_files: [scratch, ...WRITTEN.files],
    folders: WRITTEN.folders,
    setUp: (session) =>
      aboutCatalog(catalog, () => setUpCatalog(session, catalog, { ...options, read_only: false })),
    open: (tools) =>
      openCatalog({
        label: catalog.label,
        catalog,
        scratch,
        staging_file,
        tools,
        schemas: new Set([options.dataset]),
        tables: [],
        is_listed: false,
      }),
  };
}

/** A catalog that is open as a target. */
interface OpenCatalog extends PublishingCatalog {
  readonly catalog: Catalog;
  /** The database in which a table is published before it is written into the catalog. */
  readonly scratch: string;
  readonly staging_file: string;
  /** The datasets that are loaded into. */
  readonly schemas: Set<string>;
  /** Whether `tables` is what the catalog had when it was looked at. */
  is_listed: boolean;
}

function openCatalog(opened: OpenCatalog): Target {
  const { catalog, tools, schemas } = opened;
  // There is one mirror at a time.
  const one = pLimit(1);
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => one(() => aboutCatalog(catalog, work));
  return {
    // Only the catalog knows.
    isAbsent: () => false,
    assertWritable: () => makeStagingFolder(dirname(opened.staging_file)),
    // The lock on the staging file keeps other loads of this computer away; the catalog refuses the commits
    // of a second one elsewhere.
    lease: async (schema) => {
      if (schemas.has(schema)) return;
      schemas.add(schema);
      opened.is_listed = false;
    },
    look: (purpose) =>
      inTurn(async () => {
        if (purpose === 'write') await proveWritable(tools);
        opened.is_listed = false;
        return mirrored(opened, 'names', lookInto);
      }),
    read: (work, rows) =>
      inTurn(() =>
        mirrored(
          opened,
          'names',
          async (session) => {
            await fillRead(opened, session, rows);
            return work(session);
          },
          { scratch: true },
        ),
      ),
    publish: (staged, publication) =>
      inTurn(() =>
        mirrored(opened, 'names', (session) => publishTable(opened, session, staged, publication), {
          scratch: true,
        }),
      ),
    record: (report, server_limits) =>
      inTurn(() =>
        mirrored(opened, 'state', async (session) => {
          // A load that brought nothing makes nothing.
          if (!(await hasState(session))) return;
          const { keep_loads, sleep } = tools;
          await writeLoad(session, report, report.status, keep_loads);
          await writeServerLimits(session, server_limits);
          const [dataset = ''] = schemas;
          await committing(session, sleep, () => writeBack(session, dataset, report.load_id));
        }),
      ),
    close: async () => {},
  };
}

/**
 * Proves that the catalog, its warehouse and the login are right, by making the namespace of the state. An
 * unknown warehouse looks like an empty one: better to learn that before an hour of reading.
 */
async function proveWritable({ engine }: TargetTools): Promise<void> {
  const session = await engine.session();
  try {
    await makeNamespace(session, STATE_NAMESPACE);
  } finally {
    session.close();
  }
}

/** Writes into the catalog what the mirror has of this load and of servers. */
async function writeBack(session: Session, dataset: string, load_id: string): Promise<void> {
  const kept = `SELECT load_id FROM ${state('loads')}`;
  const own = `load_id = ${literal(load_id)}`;
  await session.run(`DELETE FROM ${stateTable('loads')} WHERE ${own} OR load_id NOT IN (${kept})`);
  await session.run(
    `INSERT INTO ${stateTable('loads')} SELECT ${literal(dataset)}, load_id, started_at, finished_at, status, requests, bytes, report::VARCHAR FROM ${state('loads')} WHERE ${own}`,
  );
  const changed = `FROM ${state('servers')} new WHERE NOT EXISTS (SELECT 1 FROM ${stateTable('servers')} old WHERE old.url_template = new.url_template AND old.page_size = new.page_size)`;
  if ((await session.count(`(SELECT 1 ${changed})`)) === 0) return;
  await session.run(`DELETE FROM ${stateTable('servers')}`);
  await session.run(
    `INSERT INTO ${stateTable('servers')} SELECT url_template, page_size, learned_at FROM ${state('servers')}`,
  );
}

/**
 * Runs work with the catalog mirrored in the attached database `target`: in memory, or in a file for rows.
 */
async function mirrored<T>(
  opened: OpenCatalog,
  what: 'names' | 'state',
  work: (session: Session) => Promise<T>,
  { scratch: in_file = false }: { readonly scratch?: boolean } = {},
): Promise<T> {
  const { scratch, tools, schemas } = opened;
  const { engine } = tools;
  const session = await engine.session();
  const removeScratch = (): void => {
    for (const file of databasePaths(scratch)) rmSync(file, { force: true });
  };
  try {
    if (in_file) {
      removeScratch();
      // It is removed when the work is done: a log would only take memory and time.
      await engine.attach(scratch, TARGET, { log: false });
    } else await session.run(`ATTACH ':memory:' AS ${TARGET}`);
    if (what !== 'state' && !opened.is_listed) {
      opened.tables = await listCatalog(session, [...schemas].map(namespaceOf));
      opened.is_listed = true;
    }
    const has_state = !in_file && (await hasState(session));
    await mirrorCatalog(session, TARGET, what === 'state' ? [] : opened.tables, {
      seen: 'names',
      statements: has_state ? readStateRows(TARGET, []) : [],
    });
    return await work(session);
  } finally {
    session.close();
    await engine.detach(TARGET);
    if (in_file) removeScratch();
  }
}

async function lookInto(session: Session): Promise<Existing> {
  return { contents: await readContents(session), server_limits: await recallServerLimits(session) };
}
