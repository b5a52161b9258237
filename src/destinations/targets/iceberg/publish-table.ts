/**
 * Publishes one staged table into an Iceberg catalog: in a mirror first, then rejected values, then rows and
 * state in one commit.
 */
import { XanoError } from '../../../errors.js';
import { DELETED_AT_COLUMN, LOAD_ID_COLUMN, storedNames } from '../../../table/column.js';
import { CAPABILITIES } from '../../capabilities.js';
import type { Publication } from '../../destination.js';
import { storedKeys } from '../../engine/column-sql.js';
import type { Session } from '../../engine/session.js';
import { literal, quote } from '../../engine/sql.js';
import { columnTypes } from '../../engine/table-columns.js';
import { isWide, widthOf } from '../../engine/wide.js';
import { publish } from '../../publish/publish.js';
import type { StagedTable } from '../../staging/staged-table.js';
import type { Contents, StoredResource } from '../../state/contents.js';
import { state, TARGET } from '../../state/names.js';
import { readOwnership } from '../../state/ownership.js';
import { readContents } from '../../state/read-contents.js';
import type { PublishedTable, RowsRead, TargetTools } from '../../target.js';
import { type Footer, footerOf } from '../parquet-folder/footer.js';
import { namespaceOf, tableNameOf } from './catalog-names.js';
import { type CatalogTable, columnsOf, inCatalog, rowsOf } from './list-catalog.js';
import { committing, makeNamespace, prepareCatalogState, stateTable } from './state-rows.js';
import { writeTable } from './write-table.js';

/** Fewer rows are copied before another thread has begun. */
const MANY_ROWS = 10_000;

/** A catalog that is published into. */
export interface PublishingCatalog {
  readonly label: string;
  readonly tools: TargetTools;
  /** The tables of the catalog, as far as this load knows them. */
  tables: readonly CatalogTable[];
}

/** Publishes a staged table into the mirror, and what came of it into the catalog. */
export async function publishTable(
  opened: PublishingCatalog,
  session: Session,
  staged: StagedTable,
  publication: Publication,
): Promise<PublishedTable> {
  const { engine, keep_loads, sleep } = opened.tools;
  const { plan, long_rows } = staged;
  const contents = await readContents(session);
  const { previous } = readOwnership(contents, plan);
  const at = placeOf(plan.target);
  assertOurs(opened, at, plan.target);
  const rows_before =
    previous === null ? null : await fillPrevious(opened, session, previous, staged, publication);
  await session.expectWidth(widthOf(staged.columns));
  // The mirror is a DuckDB database.
  const swap = (): Promise<PublishedTable> =>
    publish(session, contents, staged, publication, { keep_loads, capabilities: CAPABILITIES.duckdb });
  const isSmall = staged.staged.rows < MANY_ROWS && !isWide(staged.columns) && !long_rows;
  const outcome = await (isSmall ? swap() : engine.exclusive(swap, { long_rows }));
  await prepareCatalogState(session, sleep, plan.target.schema);
  await makeNamespace(session, at.namespace);
  for (const other of outcome.contents.known)
    if (other.identity !== plan.identity) await followRename(opened, session, other);
  const footer = await footerOf(session, plan.identity);
  // Before the rows: they name it, and what no rows name is nobody's.
  if (footer.has_rejects) await writeRejects(session, sleep, footer);
  const was = opened.tables.find((table) => table.namespace === at.namespace && table.table === at.table);
  const adds_only = plan.disposition.type === 'append' && publication.keep === undefined;
  const keys =
    plan.disposition.type === 'append' || publication.keep !== undefined
      ? []
      : storedKeys(staged.columns, plan.target.primary_key);
  const write = (): Promise<void> =>
    writeTable(session, {
      label: opened.label,
      at,
      from: quote(TARGET, plan.target.schema, plan.target.name),
      footer,
      expected: was === undefined ? undefined : was.footer,
      keys,
      adds_after: adds_only && was?.footer?.identity === previous?.identity ? rows_before : null,
    });
  await (isSmall ? write() : engine.exclusive(write, { long_rows }));
  const written = { ...at, schema: plan.target.schema, name: plan.target.name, footer };
  opened.tables = [...opened.tables.filter((table) => !isAt(table, at)), written];
  await removeMoved(opened, session, outcome.contents);
  await removeRejects(session, sleep, previous, footer);
  return outcome;
}

const placeOf = ({
  schema,
  name,
}: Pick<StoredResource, 'schema' | 'name'>): Pick<CatalogTable, 'namespace' | 'table'> => ({
  namespace: namespaceOf(schema),
  table: tableNameOf(name),
});

const isAt = (
  table: Pick<CatalogTable, 'namespace' | 'table'>,
  at: Pick<CatalogTable, 'namespace' | 'table'>,
): boolean => table.namespace === at.namespace && table.table === at.table;

/** Refuses the name of a table that no load made. Ownership compares names of the source. */
function assertOurs(
  { tables, label }: PublishingCatalog,
  at: ReturnType<typeof placeOf>,
  { schema, name }: Pick<StoredResource, 'schema' | 'name'>,
): void {
  if (!tables.some((table) => isAt(table, at) && table.footer === null)) return;
  throw new XanoError(
    'DATABASE_FAILED',
    `xano-connector did not create the table ${at.namespace}.${at.table} of ${label}, where ${schema}."${name}" would go.`,
    { hint: 'Load into another namespace with --dataset; the table was not touched.' },
  );
}

/**
 * Gives the mirror what publishing asks of the rows of before: their keys, or all of them. Returns their
 * number; null if the catalog lacks the table.
 */
async function fillPrevious(
  { tables }: PublishingCatalog,
  session: Session,
  previous: StoredResource,
  { plan }: StagedTable,
  { keep }: Publication,
): Promise<number | null> {
  const table = tables.find(({ footer }) => footer?.identity === previous.identity);
  if (table?.footer == null) return null;
  const keys = storedKeys(previous.columns, plan.target.primary_key);
  const isMarked = columnsOf(table.footer).some(({ name }) => name === DELETED_AT_COLUMN);
  const stored = await rowsOf(session, table, { vectors: true });
  const select =
    keep === undefined && plan.disposition.type === 'replace' && !isMarked
      ? `SELECT ${['1 AS "_xano_load_id"', ...keys.map((key) => quote(key))].join(', ')} FROM (${stored})`
      : stored;
  const into = quote(TARGET, previous.schema, previous.name);
  await session.copy(`CREATE OR REPLACE TABLE ${into} AS ${select}`);
  const rows = await session.count(into);
  if (!table.footer.has_rejects) return rows;
  const { staging_id, identity, resource } = table.footer;
  await session.run(
    `INSERT INTO ${state('rejects')} SELECT ${literal(identity)}, ${literal(resource)}, row_key, column_name, raw, reason, load_id FROM ${stateTable('rejects')} WHERE staging_id = ${literal(staging_id)}`,
  );
  return rows;
}

/** Gives the mirror the columns that work reads of one table, with the state's own. */
export async function fillRead(
  { tables }: Pick<PublishingCatalog, 'tables'>,
  session: Session,
  { identity, columns }: RowsRead,
): Promise<void> {
  const table = tables.find(({ footer }) => footer?.identity === identity);
  if (table?.footer == null) return;
  const stored = columnsOf(table.footer);
  const names = storedNames(stored);
  const wanted = names.filter((_, i) => columns.includes(stored[i]!.name));
  const found = await columnTypes(session, inCatalog(table));
  const read = [...wanted, LOAD_ID_COLUMN, DELETED_AT_COLUMN].filter((name) => found.has(name));
  const rows = await rowsOf(session, table, { vectors: true });
  await session.copy(
    `CREATE OR REPLACE TABLE ${quote(TARGET, table.schema, table.name)} AS SELECT ${read.map((name) => quote(name)).join(', ')} FROM (${rows})`,
  );
}

/** A table that had to give its name up is copied under its new one, with its state. */
async function followRename(
  opened: PublishingCatalog,
  session: Session,
  resource: StoredResource,
): Promise<void> {
  const table = opened.tables.find(({ footer }) => footer?.identity === resource.identity);
  const at = placeOf(resource);
  if (table === undefined || isAt(table, at)) return;
  const footer = await footerOf(session, resource.identity);
  const expected = opened.tables.find((other) => isAt(other, at))?.footer;
  await writeTable(session, {
    label: opened.label,
    at,
    from: inCatalog(table),
    footer,
    expected,
    keys: [],
    adds_after: null,
  });
  opened.tables = [
    ...opened.tables.filter((other) => !isAt(other, at)),
    { ...at, schema: resource.schema, name: resource.name, footer },
  ];
}

/** Removes the tables that are under another name now, or whose resource has another table. */
async function removeMoved(opened: PublishingCatalog, session: Session, { known }: Contents): Promise<void> {
  for (const table of opened.tables) {
    if (table.footer === null || known.some((resource) => isAt(table, placeOf(resource)))) continue;
    await session.run(`DROP TABLE IF EXISTS ${inCatalog(table)}`);
    opened.tables = opened.tables.filter((other) => other !== table);
  }
}

async function writeRejects(
  session: Session,
  sleep: (ms: number) => Promise<void>,
  { staging_id, identity }: Footer,
): Promise<void> {
  const of = `staging_id = ${literal(staging_id)}`;
  await committing(session, sleep, async () => {
    // Of a load that was killed before its rows were there.
    await session.run(`DELETE FROM ${stateTable('rejects')} WHERE ${of}`);
    await session.run(
      `INSERT INTO ${stateTable('rejects')} SELECT ${literal(staging_id)}, row_key, "column", raw, reason, load_id FROM ${state('rejects')} WHERE identity = ${literal(identity)}`,
    );
  });
}

/** Removes the rejected values of the rows of before. */
async function removeRejects(
  session: Session,
  sleep: (ms: number) => Promise<void>,
  previous: StoredResource | null,
  { staging_id }: Footer,
): Promise<void> {
  const old = previous?.staging_id;
  if (old === null || old === undefined || old === staging_id) return;
  const from = `FROM ${stateTable('rejects')} WHERE staging_id = ${literal(old)}`;
  if ((await session.count(`(SELECT 1 ${from} LIMIT 1)`)) === 0) return;
  await committing(session, sleep, () => session.run(`DELETE ${from}`));
}
