/**
 * The one implementation of Store.
 * In: a way to attach a target to DuckDB for the time of a call.
 * Out: its status, schema, past loads, and rows of queries.
 */
import { setTimeout } from 'node:timers/promises';
import type { Engine } from '../engine/engine.js';
import type { Session } from '../engine/session.js';
import type { Store } from '../store.js';
import { type HistoryOptions, pastLoad, storedLoads } from './history.js';
import { readSchema } from './schema.js';
import { readStatus } from './status.js';

/** A target that can be read. */
export interface LoadedPlace {
  /** How people call it. */
  readonly label: string;
  /**
   * Runs work with tables and state attached under `target`, then lets go of the place. `staging_files` are
   * the DuckDB files in which loads into it stage rows. Throws DATABASE_FAILED where nothing was loaded into
   * it, and DATABASE_LOCKED.
   */
  readonly read: <T>(
    sleep: (ms: number) => Promise<void>,
    work: (session: Session, engine: Engine, staging_files: readonly string[]) => Promise<T>,
  ) => Promise<T>;
  /** Runs one query, as {@link Store.query} does. */
  readonly query: Store['query'];
  /** Gives a query's rows as a file, as {@link Store.parquet} does. */
  readonly parquet: Store['parquet'];
}

/** Makes a store of a target that can be read. */
export function createStore(place: LoadedPlace): Store {
  return {
    label: place.label,
    status: ({ now = Date.now, loads = 5, sleep = setTimeout } = {}) =>
      place.read(sleep, (session, engine, staging_files) =>
        readStatus(session, engine, { label: place.label, staging_files }, { now, loads }),
      ),
    schema: ({ sleep = setTimeout } = {}) => place.read(sleep, readSchema),
    history: ({ sleep = setTimeout, ...wanted }: HistoryOptions = {}) =>
      place.read(sleep, async (session) => (await storedLoads(session, wanted)).map(pastLoad)),
    query: place.query,
    parquet: place.parquet,
    // Each call lets go of the place: nothing is left to close.
    close: async () => {},
  };
}
