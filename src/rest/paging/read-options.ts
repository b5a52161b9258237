/** What reading a list needs beside its config. */
import type { Constant, ShapeColumn } from '../decode/record-schema.js';
import type { Http } from '../http/client.js';
import type { RequestContext } from '../http/messages.js';
import type { PageRequest } from '../http/request.js';
import type { LinkedAnswer, PageReader } from './page-reader.js';
import type { PageSizes } from './page-size.js';
import type { KeyRange } from './paginator.js';

/** What reading needs beside the config. */
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
  /** Room for one more request beside the one under way, as {@link Http.lane}; none where it is not given. */
  readonly lane?: Http['lane'] | undefined;
  /** What was found out about page sizes while this list was read before. */
  readonly sizes?: PageSizes | undefined;
  /** What every record gets beside its own. */
  readonly constants?: readonly Constant[] | undefined;
  /** Shared by several lists that go into one table, so that they agree on its columns. */
  readonly reader?: PageReader | undefined;
  /** The first answer, where it has been asked for already. */
  readonly asked?: Promise<LinkedAnswer> | undefined;
}
