/** The bytes of a download: read from the target while the browser takes them. */
import { createReadStream } from 'node:fs';
import { type WriteRows, writeCsv, writeJson } from '../../files/row-texts.js';
import type { QueryOptions, Store } from '../../index.js';

/** The format of a file. */
export type DownloadFormat = 'csv' | 'json' | 'parquet';

const WRITERS: Readonly<Record<'csv' | 'json', WriteRows>> = { csv: writeCsv, json: writeJson };

/**
 * Starts a query and returns its rows as bytes. The store is closed when all are read, and when nobody reads
 * them any longer. Throws what `Store.query` throws; the stream fails with what fails later.
 */
export async function downloadStream(
  store: Store,
  sql: string,
  format: DownloadFormat,
  options: QueryOptions,
): Promise<ReadableStream<Uint8Array>> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  return new Promise((started, failed) => {
    const begin = (): void => started(readable);
    const work = format === 'parquet' ? parquet : rows(WRITERS[format]);
    work({ store, sql, write: (bytes) => writer.write(bytes), begin }, options)
      .then(() => writer.close())
      .catch(async (thrown: unknown) => {
        failed(thrown);
        // Without an end, the browser knows that the file is not complete.
        await writer.abort(thrown).catch(() => {});
      })
      .finally(() => store.close());
  });
}

/** A download under way. */
interface Running {
  readonly store: Store;
  readonly sql: string;
  /** Waits until the reader has taken what came before. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Called once the first byte is about to come. */
  readonly begin: () => void;
}

const rows =
  (writeRows: WriteRows) =>
  async ({ store, sql, write, begin }: Running, options: QueryOptions): Promise<void> => {
    const encoder = new TextEncoder();
    await store.query(
      sql,
      async (query) => {
        begin();
        await writeRows(query, (text) => write(encoder.encode(text)));
      },
      options,
    );
  };

async function parquet({ store, sql, write, begin }: Running, options: QueryOptions): Promise<void> {
  await store.parquet(
    sql,
    async (file) => {
      begin();
      for await (const chunk of createReadStream(file)) await write(chunk);
    },
    options,
  );
}
