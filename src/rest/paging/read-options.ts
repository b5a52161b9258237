/** The options of reading a list, beside its config. */
import type { Constant, ShapeColumn } from '../decode/record-schema.js';
import type { Http } from '../http/client.js';
import type { RequestContext } from '../http/messages.js';
import type { PageRequest } from '../http/request.js';
import type { LinkedAnswer, PageReader } from './page-reader.js';
import type { PageSizes } from './page-size.js';
import type { KeyRange } from './paginator.js';

/** The options of reading, beside the config. */
export interface ReadOptions {
  readonly http: Http;
  readonly columns: readonly ShapeColumn[];
  readonly range?: KeyRange;
  /** Begin with this request instead of the first page. */
  readonly from?: PageRequest | undefined;
  /** The key that the request before `from` ended with. */
  readonly after?: string | undefined;
  /** The request before `from`, and the records read up to it. */
  readonly last?: PageRequest | undefined;
  readonly rows?: number | undefined;
  readonly sender: RequestContext;
  /** Ask for no page after the first. */
  readonly only_first?: boolean;
  /** Takes a slot for one more concurrent request, as {@link Http.lane}; without it there is none. */
  readonly lane?: Http['lane'] | undefined;
  /** The page sizes that an earlier reading of this list found. */
  readonly sizes?: PageSizes | undefined;
  /** Values that every record gets beside its own. */
  readonly constants?: readonly Constant[] | undefined;
  /** Columns that several lists of one table share, so that they agree. */
  readonly reader?: PageReader | undefined;
  /** The first answer, if it has already been requested. */
  readonly asked?: Promise<LinkedAnswer> | undefined;
}
