/**
 * Load records, limits of servers and rejected values of an Iceberg catalog: tables in a namespace of their
 * own, which all loads into the catalog share.
 */
import type { Session } from '../../engine/session.js';
import { literal, quote } from '../../engine/sql.js';
import { MOST_STATE_ROWS } from '../../state/parse-state.js';
import type { Footer } from '../parquet-folder/footer.js';
import { isConflict } from './catalog-failures.js';
import { STATE_NAMESPACE } from './catalog-names.js';
import { CATALOG } from './set-up-catalog.js';

/** What each table holds. `schema` is the dataset that a load went into. */
const TABLES = {
  datasets: 'name VARCHAR',
  loads:
    'dataset VARCHAR, load_id VARCHAR, started_at TIMESTAMPTZ, finished_at TIMESTAMPTZ, status VARCHAR, requests BIGINT, bytes BIGINT, report VARCHAR',
  servers: 'url_template VARCHAR, page_size BIGINT, learned_at TIMESTAMPTZ',
  rejects:
    'staging_id VARCHAR, row_key VARCHAR, column_name VARCHAR, raw VARCHAR, reason VARCHAR, load_id VARCHAR',
} as const;

/** A table of the state. */
export const stateTable = (table: keyof typeof TABLES): string => quote(CATALOG, STATE_NAMESPACE, table);

/** How often a commit is tried that others may hinder: each needs a tenth of a second. */
const MOST_TRIES = 20;
const BETWEEN_MS = 100;

/** Runs work in a transaction, again where another load has written the same table of the state. */
export async function committing(
  session: Pick<Session, 'run' | 'rollback'>,
  sleep: (ms: number) => Promise<void>,
  work: () => Promise<void>,
): Promise<void> {
  for (let tries = 1; ; tries++)
    try {
      await session.run('BEGIN');
      await work();
      await session.run('COMMIT');
      return;
    } catch (thrown) {
      await session.rollback();
      if (!isConflict(thrown) || tries >= MOST_TRIES) throw thrown;
      await sleep(BETWEEN_MS * tries);
    }
}

/** Whether a load has written into the catalog. */
export async function hasState(session: Pick<Session, 'rows'>): Promise<boolean> {
  const [row] = await session.rows(
    `SELECT count(*)::INT AS n FROM duckdb_tables() WHERE database_name = ${literal(CATALOG)} AND schema_name = ${literal(STATE_NAMESPACE)} AND table_name IN (${Object.keys(TABLES).map(literal).join(', ')})`,
  );
  return Number(row?.['n']) === Object.keys(TABLES).length;
}

/** Makes the namespace and the tables of the state, and names a dataset in it. */
export async function prepareCatalogState(
  session: Session,
  sleep: (ms: number) => Promise<void>,
  dataset: string,
): Promise<void> {
  await makeNamespace(session, STATE_NAMESPACE);
  for (const [table, columns] of Object.entries(TABLES))
    await committing(session, sleep, () =>
      session.run(`CREATE TABLE IF NOT EXISTS ${quote(CATALOG, STATE_NAMESPACE, table)} (${columns})`),
    );
  const named = `FROM ${stateTable('datasets')} WHERE name = ${literal(dataset)}`;
  if ((await session.rows(named)).length > 0) return;
  await committing(session, sleep, () =>
    session.run(
      `INSERT INTO ${stateTable('datasets')} SELECT ${literal(dataset)} WHERE NOT EXISTS (${named})`,
    ),
  );
}

/** Makes a namespace: in a transaction of its own, since no table can be made in it before. */
export async function makeNamespace(session: Pick<Session, 'run'>, namespace: string): Promise<void> {
  try {
    await session.run(`CREATE SCHEMA IF NOT EXISTS ${quote(CATALOG, namespace)}`);
  } catch (thrown) {
    // Another load has made it since it was looked for.
    if (!isConflict(thrown) && !/AlreadyExists/.test(String(thrown))) throw thrown;
  }
}

/** Statements that fill the state tables of a mirror with what the catalog has of them. */
export function readStateRows(database: string, owned: readonly Footer[]): string[] {
  const into = (table: string): string => `INSERT INTO ${quote(database, '_xano', table)}`;
  const rejecting = owned.filter(({ has_rejects }) => has_rejects);
  const named = rejecting.map(
    ({ staging_id, identity, resource }) => `(${[staging_id, identity, resource].map(literal).join(', ')})`,
  );
  return [
    `${into('loads')} SELECT load_id, started_at, finished_at, status, requests, bytes, report::JSON FROM ${stateTable('loads')} LIMIT ${MOST_STATE_ROWS}`,
    `${into('servers')} SELECT url_template, page_size, learned_at FROM ${stateTable('servers')} LIMIT ${MOST_STATE_ROWS}`,
    ...(named.length === 0
      ? []
      : [
          `${into('rejects')} SELECT f.identity, f.resource, r.row_key, r.column_name, r.raw, r.reason, r.load_id FROM ${stateTable('rejects')} r JOIN (VALUES ${named.join(', ')}) f(staging_id, identity, resource) USING (staging_id)`,
        ]),
  ];
}
