/**
 * Reads planned rows of the source into a file of its own, in a folder that only this user may enter, by the
 * same way that a load takes: so both sides hold values of the same types, masked alike.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDestination, openStore } from '../destinations/open.js';
import type { QueryValue } from '../destinations/reader/values.js';
import { isTokenError, XanoError } from '../errors.js';
import type { ResourceReport } from '../events.js';
import { load } from '../load/load.js';
import type { LoadOptions } from '../load/load-options.js';
import type { EndpointConfig } from '../rest/config/endpoint-config.js';
import type { Wait } from '../rest/http/messages.js';
import { conditionsIn, keyValue } from '../rest/paging/requests/keyset-request.js';
import { storedNames } from '../table/column.js';
import { isOneOf } from '../xano/conventions.js';
import type { Comparison } from './comparison.js';
import { rowsOf } from './held-tables.js';
import type { PlannedRead } from './plan-reads.js';

/** One planned read of one table. */
export interface SourceRead extends PlannedRead {
  readonly comparison: Comparison;
}

/** Rows that were read, by key, their values in the order of the read's columns. */
export type SourceRows = ReadonlyMap<string, readonly QueryValue[]>;

/** What was read. */
export interface SourceReader {
  /** The rows of a read. Throws the error that ended it. */
  readonly rows: (read: SourceRead) => Promise<SourceRows>;
  /** The error that ended a read; undefined for one that succeeded. */
  readonly error: (read: SourceRead) => XanoError | undefined;
  /** Requests of a read. */
  readonly requests: (read: SourceRead) => number;
}

/** What reading needs. */
interface ReadOptions extends Pick<LoadOptions, 'http' | 'mask_key' | 'signal'> {
  readonly now?: (() => number) | undefined;
  readonly on_wait?: ((wait: Wait) => void) | undefined;
}

const DATASET = 'source';

/** Reads, hands the rows to `use`, and removes the file. Throws an error of the token. */
export async function withSourceRows<T>(
  reads: readonly SourceRead[],
  { http, mask_key, signal, now, on_wait = () => {} }: ReadOptions,
  use: (reader: SourceReader) => Promise<T>,
): Promise<T> {
  if (reads.length === 0)
    return use({ rows: async () => new Map(), error: () => undefined, requests: () => 0 });
  const folder = mkdtempSync(join(tmpdir(), 'xano-verify-'));
  try {
    const file = join(folder, 'source.duckdb');
    const destination = await openDestination(file);
    let reports: readonly ResourceReport[];
    try {
      const endpoints = reads.map((read, i) => readConfig(read, tableOf(i)));
      const clock = now === undefined ? {} : { now };
      const report = await load(endpoints, {
        ...{ http, mask_key, signal, destination, dataset: DATASET },
        ...clock,
        on_event: (event) => {
          if (event.type === 'waiting') on_wait(event);
        },
      });
      reports = report.resources;
    } finally {
      await destination.close();
    }
    signal?.throwIfAborted();
    const failed = reports.find(({ error }) => error !== undefined && isTokenError(error.code))?.error;
    if (failed !== undefined) throw errorOf(failed);
    const store = await openStore(file);
    try {
      const reportOf = (read: SourceRead): ResourceReport | undefined =>
        reports.find(({ resource }) => resource === tableOf(reads.indexOf(read)));
      const failureOf = (read: SourceRead): XanoError | undefined => {
        const error = reportOf(read)?.error;
        return error === undefined ? undefined : errorOf(error);
      };
      return await use({
        requests: (read) => reportOf(read)?.requests ?? 0,
        error: failureOf,
        rows: async (read) => {
          const error = failureOf(read);
          if (error !== undefined) throw error;
          return readBack(store, read, tableOf(reads.indexOf(read)));
        },
      });
    } finally {
      await store.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const tableOf = (index: number): string => `t${index}`;

const errorOf = ({ code, message, hint }: NonNullable<ResourceReport['error']>): XanoError =>
  new XanoError(code, message, { hint });

/** The config of one read: its columns alone, under its conditions. */
function readConfig({ comparison, span, keys, limit, columns }: SourceRead, name: string): EndpointConfig {
  const { config, key } = comparison;
  const { origin: _, description: __, table_name: ___, columns: declared = [], ...rest } = config;
  const { filter_param, after, before } = config.pagination;
  const names = new Set(columns.map((column) => column.name));
  const conditions = [
    ...conditionsIn(config.body?.[filter_param]),
    ...(keys === undefined ? [] : [{ [isOneOf(key.name)]: keys.map(keyValue) }]),
    ...(span.after === undefined ? [] : [{ [after]: keyValue(span.after) }]),
    ...(span.before === undefined ? [] : [{ [before]: keyValue(span.before) }]),
  ];
  return {
    ...rest,
    name,
    ...(limit === undefined ? {} : { limit }),
    body: { ...config.body, ...(conditions.length === 0 ? {} : { [filter_param]: conditions }) },
    columns: declared.filter((column) => names.has(column.name)),
    excluded: [
      ...new Set([
        ...config.excluded,
        ...declared.map((column) => column.name).filter((column) => !names.has(column)),
      ]),
    ],
  };
}

async function readBack(
  store: Awaited<ReturnType<typeof openStore>>,
  { comparison, columns }: SourceRead,
  table: string,
): Promise<SourceRows> {
  const names = new Set(columns.map(({ name }) => name));
  const declared = (comparison.config.columns ?? []).filter(({ name }) => names.has(name));
  const stored = storedNames(declared);
  const named = ({ name }: { readonly name: string }): string =>
    `"${stored[declared.findIndex((one) => one.name === name)]!.replaceAll('"', '""')}"`;
  const rows = await rowsOf(
    store,
    `SELECT ${[`${named(comparison.key)} AS k`, ...columns.map((column, i) => `${named(column)} AS c${i}`)].join(', ')} FROM ${DATASET}.${table}`,
  );
  const isUuid = comparison.key.type === 'UUID';
  return new Map(
    rows.map((row) => [
      isUuid ? JSON.stringify(String(row['k'])) : String(row['k']),
      columns.map((_, i) => row[`c${i}`] ?? null),
    ]),
  );
}
