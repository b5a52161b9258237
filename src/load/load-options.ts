/** What a caller chooses of a load, and what the load is given to work with. */
import type { Destination } from '../destinations/destination.js';
import type { LoadEvent } from '../events.js';
import type { Http } from '../rest/http/client.js';
import type { Nested } from '../table/column.js';

/** What a load needs beside its configs. */
export interface LoadOptions {
  readonly destination: Destination;
  readonly http: Http;
  /** The schema that the tables go to. Default `xano_data`. */
  readonly dataset?: string;
  /** How many resources are read at a time; where it is one, so are requests. Default 4. */
  readonly concurrency?: number;
  /** Fail a resource when a value does not fit its column, instead of keeping the value aside. */
  readonly strict?: boolean;
  /** Forget rows of an earlier load that did not finish. */
  readonly restart?: boolean;
  /** Replace a table that had rows by an empty one, or remove all of its rows. */
  readonly allow_empty?: boolean;
  /** Let a table lose more than half of its rows. */
  readonly allow_shrink?: boolean;
  /** merge: remove rows that are gone at the source, instead of marking them. */
  readonly hard_delete?: boolean;
  /** How values that are objects or lists are kept, whatever configs say. */
  readonly nested?: Nested | undefined;
  /** Whether lists in rows become tables of their own, whatever configs say. */
  readonly flatten?: boolean | undefined;
  /** The configs are all there are of their place: what was loaded from there before, and is not among them, is gone. */
  readonly complete?: boolean;
  /** Begin with what was never loaded, then with what was loaded longest ago: where time may run out, nothing stays behind for ever. */
  readonly oldest_first?: boolean;
  readonly on_event?: (event: LoadEvent) => void;
  /** Aborting it ends the load; rows that were staged stay for the next one. */
  readonly signal?: AbortSignal | undefined;
  /** Epoch milliseconds. Default Date.now. */
  readonly now?: () => number;
  /** Four hexadecimal digits that tell loads of the same second apart. */
  readonly random?: () => string;
}
