/**
 * `xano export dbt`: describes a loaded target to dbt, and makes an Evidence project of it.
 * In: a store, its name, and its tables.
 * Out: files that were not there yet. Prints nothing.
 */
import { join, relative, resolve } from 'node:path';
import {
  type EvidenceConnection,
  type QueryOptions,
  type SchemaTable,
  type Store,
  toDbtSources,
  toEvidence,
  XanoError,
} from '../index.js';
import { readColumns, selectRows } from './select-rows.js';
import { type PlacedFile, writeOnce } from './write-once.js';

/** What is written, and where to. */
export interface DbtExportOptions {
  /** The target as `--to` names it. */
  readonly to: string;
  /** The folder of sources.yml. */
  readonly out: string;
  /** The folder of an Evidence project. */
  readonly evidence?: string | undefined;
  readonly max_age_ms?: number | undefined;
  readonly reading: Pick<QueryOptions, 'sleep' | 'signal'>;
}

/** A file, with its path as `--out` or `--evidence` names it. */
export type DbtFile = PlacedFile;

const isPostgres = (to: string): boolean => /^postgres(ql)?:/i.test(to);

/** Throws USAGE where neither adapter of dbt finds tables, or Evidence has no connection. */
export function assertForDbt(to: string, evidence: string | undefined): void {
  const hint = 'Load into a DuckDB file or a Postgres database, and name that with --to.';
  if (/[\\/]$|^(parquet|s3|r2):/i.test(to))
    throw new XanoError('USAGE', 'dbt reads tables of a database, and a Parquet folder has files.', { hint });
  if (evidence !== undefined && /^ducklake:/i.test(to))
    throw new XanoError('USAGE', 'Evidence has no connection to a DuckLake.', { hint });
}

/** Writes the files that are not there yet. Throws USAGE, OUTPUT_FAILED, and what `Store` throws. */
export async function exportDbt(
  store: Store,
  { all, chosen }: { readonly all: readonly SchemaTable[]; readonly chosen: readonly SchemaTable[] },
  { to, out, evidence, max_age_ms, reading }: DbtExportOptions,
): Promise<DbtFile[]> {
  assertForDbt(to, evidence);
  const dialect = isPostgres(to) ? 'postgres' : 'duckdb';
  const text = toDbtSources(chosen, { dialect, max_age_ms });
  const pages =
    evidence === undefined ? [] : await evidenceFiles(store, { all, chosen }, { to, evidence, reading });
  const sources = await writeOnce(out, [{ file: 'sources.yml', text }]);
  return [
    ...sources.map((placed) => ({ ...placed, file: join(out, placed.file) })),
    ...(evidence === undefined ? [] : await writeOnce(evidence, pages)).map((placed) => ({
      ...placed,
      file: join(evidence ?? '', placed.file),
    })),
  ];
}

async function evidenceFiles(
  store: Store,
  { all, chosen }: { readonly all: readonly SchemaTable[]; readonly chosen: readonly SchemaTable[] },
  { to, evidence, reading }: Pick<DbtExportOptions, 'to' | 'reading'> & { readonly evidence: string },
) {
  const schemas = chosen.map(({ schema }) => schema ?? '');
  const known = await readColumns(store, schemas, reading);
  return toEvidence(
    chosen.map((table) => ({
      table,
      sql: selectRows(table, all, known, { deleted: false, all_columns: false }),
    })),
    connectionTo(store.label, to, evidence),
  );
}

/** Where Evidence finds the target. A password is never part of it. */
function connectionTo(label: string, to: string, evidence: string): EvidenceConnection {
  if (!isPostgres(to))
    return {
      type: 'duckdb',
      options: {
        filename: relative(resolve(evidence, 'sources', 'xano'), resolve(to)).replaceAll('\\', '/'),
      },
    };
  const { hostname, port, pathname, username } = new URL(label);
  return {
    type: 'postgres',
    options: {
      host: hostname,
      port: port === '' ? 5432 : Number(port),
      database: decodeURIComponent(pathname.slice(1)),
      user: decodeURIComponent(username),
    },
  };
}
