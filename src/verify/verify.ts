/**
 * Compares a destination with its source now, without loading and without writing into either.
 * In: endpoint configs, a loaded target, a client.
 * Out: for each table whether it is the same, behind or wrong, with the rows that differ.
 */
import { openStore } from '../destinations/open.js';
import type { Store } from '../destinations/store.js';
import type { PlaceOptions } from '../destinations/target.js';
import { asXanoError, endsEverything, errorReport, XanoError } from '../errors.js';
import type { EndpointConfig } from '../rest/config/endpoint-config.js';
import type { Http } from '../rest/http/client.js';
import { isUnsupportedFilter } from '../rest/http/failures.js';
import type { Traffic, Wait } from '../rest/http/messages.js';
import { type Comparison, comparisonOf, heldFor } from './comparison.js';
import { type DestinationRows, destinationRows } from './destination-rows.js';
import { type HeldTable, heldTables, nameIn } from './held-tables.js';
import { judgeTable, type ReadSides } from './judge-table.js';
import { planReads, type ReadPlan } from './plan-reads.js';
import { type SourceRead, type SourceReader, withSourceRows } from './read-source.js';
import { seededFor } from './seeded.js';
import type { VerifiedTable, VerifyReport } from './verify-report.js';

/** What a comparison needs beside its configs. */
export interface VerifyOptions {
  readonly http: Http;
  /** Only tables of this schema; default every table that the configs fill. */
  readonly dataset?: string | undefined;
  /** How the target is opened. */
  readonly place?: Partial<PlaceOptions> | undefined;
  /**
   * Compare the values of so many random rows a table, and of a range of up to 1,000. Default 0: counts
   * alone.
   */
  readonly values?: number | undefined;
  /** Chooses those rows; default a random one. */
  readonly seed?: number | undefined;
  /** The secret key of masks of the kind `hash`, as the load had it. */
  readonly mask_key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Receives waits for the server: rate limits and retries. */
  readonly on_wait?: ((wait: Wait) => void) | undefined;
  /** Epoch milliseconds. Default Date.now. */
  readonly now?: (() => number) | undefined;
}

/** One table while it is compared. */
interface Work {
  readonly endpoint: EndpointConfig;
  readonly held: HeldTable;
  readonly traffic: Traffic;
  readonly comparison: Comparison;
  readonly destination: DestinationRows;
  readonly plan: ReadPlan;
  readonly reads: readonly SourceRead[];
}

/**
 * Compares the tables of these configs with the source now. A table's failure is its own. Throws
 * DATABASE_FAILED where nothing was loaded, and errors of the token.
 */
export async function verify(
  endpoints: readonly EndpointConfig[],
  to: string,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const { dataset, place = {}, now = Date.now, values = 0 } = options;
  const { seed = Math.floor(Math.random() * 2 ** 31) } = options;
  const store = await openStore(to, place);
  try {
    const held = await heldTables(store);
    const done = new Map<string, VerifiedTable>();
    const works: Work[] = [];
    const order: string[] = [];
    for (const endpoint of endpoints) {
      const tables = heldFor(endpoint, held, dataset);
      if (tables.length === 0) {
        order.push(endpoint.name);
        done.set(endpoint.name, blank(endpoint, null, ['The destination does not have this table.']));
      }
      for (const table of tables) {
        options.signal?.throwIfAborted();
        const id = `${table.schema}.${table.name}`;
        order.push(id);
        const opened = await openTable(endpoint, table, store, { ...options, values, seed });
        if ('state' in opened) done.set(id, opened);
        else works.push(opened);
      }
    }
    await withSourceRows(
      works.flatMap(({ reads }) => reads),
      options,
      async (reader) => {
        for (const work of works)
          done.set(`${work.held.schema}.${work.held.name}`, await judged(work, reader));
      },
    );
    const tables = order.flatMap((id) => done.get(id) ?? []);
    return {
      destination: store.label,
      verified_at: new Date(now()).toISOString(),
      seed,
      values,
      requests: tables.reduce((sum, { requests }) => sum + requests, 0),
      tables,
    };
  } finally {
    await store.close();
  }
}

type Opening = VerifyOptions & { readonly values: number; readonly seed: number };

/** Counts a table on both sides, and plans what is read of it; its result where that cannot be done. */
async function openTable(
  endpoint: EndpointConfig,
  held: HeldTable,
  store: Store,
  { http, mask_key, values, seed, signal, on_wait }: Opening,
): Promise<Work | VerifiedTable> {
  const traffic: Traffic = { requests: 0, bytes: 0 };
  try {
    if (held.present === null)
      return {
        ...blank(endpoint, held, [
          `The destination lacks the table, in which a load published ${held.rows} rows.`,
        ]),
        state: 'wrong',
        rows_wrong: held.rows,
      };
    const comparison = comparisonOf(endpoint, held, mask_key, nameIn(store));
    if ('reason' in comparison) return blank(endpoint, held, [comparison.reason]);
    const destination = destinationRows(store, comparison);
    const sender = { traffic, stop: signal, ...(on_wait === undefined ? {} : { on_wait }) };
    const seeded = seededFor(seed, `${held.schema}.${held.name}`);
    const plan = await planReads({ comparison, destination, http, sender, values, seeded });
    if (plan === null) return { ...blank(endpoint, held, [NOT_COUNTED]), requests: traffic.requests };
    const reads = plan.reads.map((read) => ({ ...read, comparison }));
    return { endpoint, held, traffic, comparison, destination, plan, reads };
  } catch (thrown) {
    if (thrown instanceof XanoError && isUnsupportedFilter(thrown))
      return { ...blank(endpoint, held, [NOT_COUNTED]), requests: traffic.requests };
    return failed(endpoint, held, thrown, traffic.requests);
  }
}

const NOT_COUNTED = 'The source does not count its rows by ranges of keys.';

async function judged(work: Work, reader: SourceReader): Promise<VerifiedTable> {
  const { endpoint, held, comparison, destination, plan, reads, traffic } = work;
  const requests = traffic.requests + reads.reduce((sum, read) => sum + reader.requests(read), 0);
  try {
    const sides: ReadSides[] = [];
    const refused: string[] = [];
    for (const read of reads) {
      const { keys, span, columns } = read;
      const error = reader.error(read);
      if (error !== undefined && keys !== undefined && error.code === 'XANO_FAILED') {
        refused.push(`Random rows were not compared: ${error.message}`);
        continue;
      }
      const rows =
        keys === undefined
          ? await destination.rows(span, columns)
          : await destination.rowsWith(keys, columns);
      sides.push({ read, source: await reader.rows(read), held: rows });
    }
    const { figures, rows_source } = plan;
    const duplicates =
      figures.rows - figures.without_key > figures.keys ? await destination.duplicates() : [];
    const rejected = await destination.rejected();
    const lost = comparison.lost.map(
      (name) => `The destination lacks the column "${name}", which a load published.`,
    );
    const judgement = judgeTable({ comparison, plan, sides, duplicates, rejected });
    return {
      ...blank(endpoint, held, []),
      rows: figures.rows,
      rows_source,
      columns_skipped: comparison.skipped,
      requests,
      ...judgement,
      state: lost.length > 0 ? 'wrong' : judgement.state,
      reasons: [...lost, ...judgement.reasons, ...refused],
    };
  } catch (thrown) {
    return failed(endpoint, held, thrown, requests);
  }
}

/** The result of a table that could not be compared. Throws what ends everything: a token that is refused. */
function failed(endpoint: EndpointConfig, held: HeldTable, thrown: unknown, requests: number): VerifiedTable {
  const error: XanoError = asXanoError(thrown);
  if (endsEverything(error) || error.code === 'BUG') throw thrown;
  return { ...blank(endpoint, held, [error.message]), requests, error: errorReport(error) };
}

function blank({ name }: EndpointConfig, held: HeldTable | null, reasons: readonly string[]): VerifiedTable {
  return {
    resource: name,
    target: held === null ? null : `${held.schema}.${held.name}`,
    state: 'not_provable',
    rows: null,
    rows_source: null,
    changed_since: { added: 0, removed: 0, updated: null },
    rows_wrong: 0,
    rows_unknown: 0,
    values_compared: 0,
    differences: [],
    columns_skipped: [],
    reasons,
    requests: 0,
  };
}
