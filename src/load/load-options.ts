/** What a caller chooses of a load, and what the load is given to work with. */
import type { Destination } from '../destinations/destination.js';
import type { LoadEvent } from '../events.js';
import type { Http } from '../rest/http/client.js';
import type { RollingList } from '../rest/paging/rolling/rolling-list.js';
import type { Nested } from '../table/column.js';

/** What a load needs beside its configs. */
export interface LoadOptions {
  readonly destination: Destination;
  readonly http: Http;
  /** The schema that the tables go to. Default `xano_data`. */
  readonly dataset?: string;
  /** How many resources are read at a time. Default 4. */
  readonly concurrency?: number;
  /** Whether one resource may be read by several requests at a time. Default true. */
  readonly parallel_requests?: boolean;
  /** Fail a resource when a value does not fit its column, instead of keeping the value aside. */
  readonly strict?: boolean;
  /** Discard staged rows of an unfinished load. */
  readonly restart?: boolean;
  /** The secret key of masks of the kind `hash`; needed where a config has such a mask. */
  readonly mask_key?: string | undefined;
  /** Allow a table to lose all of its rows. */
  readonly allow_empty?: boolean;
  /** Allow a table to lose more than half of its rows. */
  readonly allow_shrink?: boolean;
  /** merge: remove rows that are gone at the source, instead of marking them. */
  readonly hard_delete?: boolean;
  /** How objects and lists in values are stored; overrides the configs. */
  readonly nested?: Nested | undefined;
  /** Whether lists in rows become tables of their own; overrides the configs. */
  readonly flatten?: boolean | undefined;
  /**
   * The configs are all tables of their source: a table of an earlier load that is not among them is reported
   * as gone.
   */
  readonly complete?: boolean;
  /**
   * Begin with tables never loaded, then the oldest: when time runs out early in every load, each table still
   * gets its turn.
   */
  readonly oldest_first?: boolean;
  /** Lists that forget their oldest records, by the names of their resources. */
  readonly rolling?: ReadonlyMap<string, RollingList> | undefined;
  readonly on_event?: (event: LoadEvent) => void;
  /** Aborting it ends the load; staged rows stay for the next one. */
  readonly signal?: AbortSignal | undefined;
  /** Epoch milliseconds. Default Date.now. */
  readonly now?: () => number;
  /** Four hexadecimal digits that tell loads of the same second apart. */
  readonly random?: () => string;
}
